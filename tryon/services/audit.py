"""Writing the audit trail.

What always holds:
- A fact is written in the transaction of what it tells of: neither is there without the other.
- That transaction waits for nobody. The chain needs an order, so facts are linked one by one, right after the
  commit, under a lock that lasts no longer than that; what a crash leaves is linked by the sweep.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from structlog.contextvars import get_contextvars

from tryon.actors import current_actor
from tryon.audit_chain import FIELDS, entry_digest, head_signature
from tryon.models import AuditEntry, AuditHead, PendingAuditEntry

BATCH_SIZE = 500


def audit_record(
    *, action: str, object_kind: str, object_id: object = "", subject: str = "", note: str = ""
) -> None:
    """Remember what whoever acts now is doing. `subject` is the pseudonym of whom it is about, if anybody."""
    actor = current_actor()
    PendingAuditEntry.objects.create(
        at=timezone.now(),
        actor_kind=actor.kind,
        actor=actor.id,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        subject=subject,
        note=note[:64],
        request_id=str(get_contextvars().get("request_id", ""))[:64],
    )
    transaction.on_commit(audit_link, robust=True)


def audit_link() -> int:
    """Move what was recorded into the chain; returns how many entries."""
    linked = 0
    while PendingAuditEntry.objects.exists() and (count := _link_batch()):
        linked += count
    return linked


def audit_overdue(*, before: datetime) -> int:
    """How many entries recorded before then are not in the chain."""
    return PendingAuditEntry.objects.filter(created_at__lte=before).count()


@transaction.atomic
def _link_batch() -> int:
    AuditHead.objects.get_or_create(pk=1)
    head = AuditHead.objects.select_for_update().get(pk=1)
    pending = list(PendingAuditEntry.objects.order_by("pk")[:BATCH_SIZE])
    entries = []
    for row in pending:
        entry = AuditEntry(number=head.number + 1, **{name: getattr(row, name) for name in FIELDS})
        entry.digest = entry_digest(entry, head.digest)
        entries.append(entry)
        head.number, head.digest = entry.number, entry.digest
    AuditEntry.objects.bulk_create(entries)
    PendingAuditEntry.objects.filter(pk__in=[row.pk for row in pending]).delete()
    head.signature = head_signature(head.number, head.digest)
    head.save()
    return len(entries)
