from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from tryon.audit_chain import chain_faults
from tryon.key_ring import SealError
from tryon.ledger import Ledger, ledger_read
from tryon.models import Consent, ErasureReceipt, Photo, SealedObject, TrainingSample, TryOnJob
from tryon.selectors.keys import keys_missing, objects_by_key
from tryon.selectors.stored import files_unnamed, old_versions
from tryon.services.audit import audit_overdue
from tryon.services.photo_store import DELETION_GRACE, object_open
from tryon.services.receipts import receipt_verify
from tryon.services.replay import erasures_undone
from tryon.services.retention import retention_overdue


class Command(BaseCommand):
    help = _(
        "Check that every encrypted object opens, as its row says and for its owner, that the private store "
        "holds nothing else, that every erasure receipt and every entry of the ledger is ours, that nothing "
        "erased is there again, that the audit trail is whole and that nothing is overdue. Counts the "
        "objects that each key wraps: a key with none may leave the ring. Fails if anything is wrong."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for key_id, count in objects_by_key().items():
            self.stdout.write(_("key %(key)s wraps %(count)d objects") % {"key": key_id, "count": count})
        ledger = ledger_read()
        findings = {
            _("keys that are not in the ring"): keys_missing(),
            _("objects that do not open as their row says"): _broken_objects(),
            _("pictures that belong to somebody else"): _strangers(),
            _("try-ons without their picture"): _without_picture(),
            _("training samples of shoppers who do not agree"): _without_consent(),
            _("files without a row"): files_unnamed(),
            _("objects with old versions"): old_versions(),
            _("receipts that are not ours"): _foreign_receipts(),
            _("entries of the ledger that are not ours"): ledger.foreign,
            _("erased, says the ledger, and there all the same"): [
                undone.name for undone in erasures_undone(ledger=_settled(ledger))
            ],
            _("audit entries altered or missing"): chain_faults(),
            _("audit entries that wait for the chain"): _waiting(),
            _("overdue erasures"): [name for name, count in retention_overdue()._asdict().items() if count],
        }
        for finding, names in findings.items():
            self.stdout.write(f"{finding}: {len(names)} {' '.join(names)}".rstrip())
        if any(findings.values()):
            raise CommandError(_("The photo store is not in order."))


def _settled(ledger: Ledger) -> Ledger:
    """Without the newest entries: they are made before the erasure is committed."""
    before = timezone.now() - DELETION_GRACE
    return ledger._replace(entries=[entry for entry in ledger.entries if entry.erased_at < before])


def _without_picture() -> list[str]:
    done = TryOnJob.objects.filter(status=TryOnJob.Status.SUCCEEDED, result=None)
    return [str(job) for job in done.order_by("created_at")]


def _without_consent() -> list[str]:
    agreed = Consent.objects.filter(purpose=Consent.Purpose.TRAINING, withdrawn_at__isnull=True)
    samples = TrainingSample.objects.filter(source=TrainingSample.Source.SHOPPER)
    return sorted(str(sample) for sample in samples.exclude(shopper__in=agreed.values("shopper")))


def _waiting() -> list[str]:
    overdue = audit_overdue(before=timezone.now() - settings.TRYON["SWEEP_OVERDUE_ALARM"])
    return [str(overdue)] if overdue else []


def _broken_objects() -> list[str]:
    return [
        str(sealed) for sealed in SealedObject.objects.order_by("created_at").iterator() if not _opens(sealed)
    ]


def _opens(sealed: SealedObject) -> bool:
    try:
        return len(object_open(sealed=sealed)) == sealed.size
    except SealError:
        # Erased since the list was read: not broken.
        return not SealedObject.objects.filter(pk=sealed.pk).exists()


def _strangers() -> list[str]:
    """Photos, try-ons and samples whose picture is another shopper's: it opens, and the wrong one would see
    it."""
    photos = Photo.objects.exclude(sealed__shopper=F("shopper"))
    analysed = Photo.objects.filter(analysis__isnull=False).exclude(analysis__shopper=F("shopper"))
    tryons = TryOnJob.objects.filter(result__isnull=False).exclude(result__shopper=F("shopper"))
    samples = TrainingSample.objects.filter(sealed__isnull=False).exclude(sealed__shopper=F("shopper"))
    samples = samples.exclude(shopper__isnull=True, sealed__shopper__isnull=True)
    return sorted(str(row) for row in {*photos, *analysed, *tryons, *samples})


def _foreign_receipts() -> list[str]:
    receipts = ErasureReceipt.objects.order_by("erased_at").iterator()
    return [str(receipt) for receipt in receipts if not receipt_verify(receipt=receipt)]
