"""Recording what a shopper agrees to, and the end of it."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tryon.errors import TryOnError
from tryon.ledger import Kind
from tryon.models import AuditEntry, Consent, ErasureReceipt, Shopper
from tryon.pseudonyms import shopper_pseudonym
from tryon.selectors.audit import all_pseudonyms
from tryon.services.audit import audit_record
from tryon.services.erasures import erasure_record
from tryon.services.photos import photo_erase
from tryon.services.samples import sample_erase


@transaction.atomic
def consent_give(*, shopper: Shopper, purpose: str, version: str) -> Consent:
    """Record the agreement to the text of `version`; agreeing twice is one record.

    Raises TryOnError `consent_outdated` if the shopper was shown another text than today's.
    """
    if version != settings.TRYON["CONSENT_VERSION"]:
        raise TryOnError("consent_outdated")
    Shopper.objects.select_for_update(no_key=True).get(pk=shopper.pk)
    active = Consent.objects.filter(shopper=shopper, purpose=purpose, withdrawn_at__isnull=True)
    current = active.filter(version=version).first()
    if current is not None:
        return current
    now = timezone.now()
    active.update(withdrawn_at=now)  # The agreement to an older text ends where the new one begins.
    _audit(shopper, AuditEntry.Action.CONSENT, purpose, note=version)
    return Consent.objects.create(shopper=shopper, purpose=purpose, version=version, given_at=now)


@transaction.atomic
def consent_withdraw(*, shopper: Shopper, purpose: str) -> list[ErasureReceipt]:
    """End the agreement; returns the receipts of what was erased with it.

    Without consent to try on there is no ground to keep a photo: photos and the pictures made from them are
    erased, which stops their queued and running work. Results of photos that are gone already keep their
    own expiry. Without consent to training all samples of the shopper are erased. Idempotent.
    """
    Shopper.objects.select_for_update(no_key=True).get(pk=shopper.pk)
    active = Consent.objects.filter(shopper=shopper, purpose=purpose, withdrawn_at__isnull=True)
    if active.update(withdrawn_at=timezone.now()):
        _audit(shopper, AuditEntry.Action.WITHDRAW, purpose)
        # A backup from before their login knows the shopper as a guest.
        for owner in all_pseudonyms(shopper.pk):
            erasure_record(
                kind=Kind.CONSENT,
                owner=owner,
                reason=ErasureReceipt.Reason.WITHDRAWN,
                object_id=purpose,
            )
    reason = ErasureReceipt.Reason.WITHDRAWN
    if purpose == Consent.Purpose.TRAINING:
        receipts = [sample_erase(sample=sample, reason=reason) for sample in shopper.samples.all()]
        return [receipt for receipt in receipts if receipt is not None]
    return [photo_erase(photo=photo, reason=reason) for photo in shopper.photos.all()]


def _audit(shopper: Shopper, action: str, purpose: str, note: str = "") -> None:
    subject = shopper_pseudonym(shopper.pk)
    audit_record(action=action, object_kind="consent", object_id=purpose, subject=subject, note=note)
