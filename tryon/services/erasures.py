"""Remembering that something was erased: in the audit trail, and where a restored backup cannot forget it."""

from django.utils import timezone

from tryon.ledger import ledger_append
from tryon.models import AuditEntry, ErasureReceipt

from .audit import audit_record


def erasure_record(
    *, kind: str, owner: str, reason: str, object_id: object = "", receipt: ErasureReceipt | None = None
) -> None:
    """Enter the erasure into both. To be called inside the transaction that erases.

    `owner` is a pseudonym (`tryon.pseudonyms`). Raises LedgerDownError: then nothing must be erased.
    """
    audit_record(
        action=AuditEntry.Action.ERASE,
        object_kind=kind,
        object_id=object_id or owner,
        subject=owner,
        note=reason,
    )
    ledger_append(
        kind=kind,
        owner=owner,
        reason=reason,
        object_id=object_id,
        erased_at=receipt.erased_at if receipt else timezone.now(),
        entry_id=receipt.pk if receipt else None,
    )
