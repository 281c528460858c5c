"""A shopper as a whole: a guest who logs in, and the end of everything that is theirs.

Login. The wrapped keys of a guest's pictures are bound to the guest, so an account that takes them over wraps
each data key again: no ciphertext is touched, and a picture still opens for its one owner only. An account
without a shopper of its own simply gets the guest's.
"""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tryon.ledger import Kind
from tryon.models import AuditEntry, Consent, ErasureReceipt, Shopper
from tryon.pseudonyms import shopper_pseudonym
from tryon.selectors.audit import all_pseudonyms
from tryon.throttle_keys import throttles_forget

from .audit import audit_record
from .erasures import erasure_record
from .jobs import job_erase
from .photo_store import object_erase, object_reassign
from .samples import sample_erase


@transaction.atomic
def shopper_merge(*, guest: Shopper, user: AbstractBaseUser) -> Shopper | None:
    """Give what is the guest's to the account; returns the account's shopper. Idempotent."""
    # FOR UPDATE: a worker about to save a result for the guest waits, finds the guest gone, and tries again.
    locked = Shopper.objects.select_for_update().filter(pk=guest.pk, user__isnull=True).first()
    shopper = Shopper.objects.select_for_update().filter(user_id=user.pk).first()
    if locked is None:
        return shopper
    if shopper is None:
        locked.user_id = user.pk
        locked.save(update_fields=["user"])
        return locked
    guest.photos.update(shopper=shopper)
    keys = shopper.tryons.exclude(idempotency_key="").values("idempotency_key")
    guest.tryons.filter(idempotency_key__in=keys).update(idempotency_key="")
    guest.tryons.update(shopper=shopper)
    guest.samples.update(shopper=shopper)
    for sealed in guest.sealed_objects.select_for_update():
        object_reassign(sealed=sealed, shopper=shopper)
    for consent in guest.consents.all():
        _consent_move(consent, shopper)
    _samples_without_consent_erase(shopper)
    _quota_add(shopper, locked)
    audit_record(
        action=AuditEntry.Action.MERGE,
        object_kind=Kind.SHOPPER,
        object_id=shopper_pseudonym(locked.pk),
        subject=shopper_pseudonym(shopper.pk),
    )
    locked.delete()
    return shopper


@transaction.atomic
def shopper_erase(*, shopper: Shopper, reason: str = ErasureReceipt.Reason.ACCOUNT) -> list[ErasureReceipt]:
    """Erase everything known of the shopper, consents included; returns the receipts of the pictures.

    Idempotent. Workers in the middle of something find their rows gone and keep nothing.
    """
    if not Shopper.objects.select_for_update().filter(pk=shopper.pk).exists():
        return []
    list(shopper.photos.select_for_update())  # Photos before try-ons, as everywhere: no deadlock.
    samples = [sample_erase(sample=sample, reason=reason) for sample in shopper.samples.all()]
    receipts = samples + [job_erase(job=job, reason=reason) for job in shopper.tryons.order_by("pk")]
    shopper.photos.all().delete()
    receipts += [object_erase(sealed=sealed, reason=reason) for sealed in shopper.sealed_objects.all()]
    shopper_id = shopper.pk
    shopper.delete()
    for owner in all_pseudonyms(shopper_id):  # A backup from before their login knows them as a guest.
        erasure_record(kind=Kind.SHOPPER, owner=owner, reason=reason)
    transaction.on_commit(lambda: throttles_forget(shopper_id=shopper_id))
    return [receipt for receipt in receipts if receipt is not None]


def _consent_move(consent: Consent, shopper: Shopper) -> None:
    """Of two words on a purpose, the account's and the guest's, the later one counts: a withdrawal too."""
    latest = shopper.consents.filter(purpose=consent.purpose).order_by("given_at").last()
    if latest is not None and consent.withdrawn_at is None:
        if latest.withdrawn_at is None and latest.given_at <= consent.given_at:
            latest.withdrawn_at = consent.given_at
            latest.save(update_fields=["withdrawn_at"])
        elif latest.withdrawn_at is None or latest.withdrawn_at > consent.given_at:
            consent.withdrawn_at = latest.withdrawn_at or latest.given_at
    consent.shopper = shopper
    consent.save(update_fields=["shopper", "withdrawn_at"])


def _samples_without_consent_erase(shopper: Shopper) -> None:
    """The account may have withdrawn after its owner agreed as a guest."""
    if shopper.consents.filter(purpose=Consent.Purpose.TRAINING, withdrawn_at__isnull=True).exists():
        return
    for sample in shopper.samples.all():
        sample_erase(sample=sample, reason=ErasureReceipt.Reason.WITHDRAWN)


def _quota_add(shopper: Shopper, guest: Shopper) -> None:
    """Logging in gives no second daily quota."""
    if guest.quota_day is None or (shopper.quota_day and shopper.quota_day > guest.quota_day):
        return
    same_day = shopper.quota_day == guest.quota_day
    shopper.quota_used = guest.quota_used + (shopper.quota_used if same_day else 0)
    shopper.quota_day = guest.quota_day
    shopper.save(update_fields=["quota_day", "quota_used"])
