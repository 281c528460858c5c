"""Signed proof that something was erased. Anyone with the public key can check a receipt offline."""

import base64
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils import timezone

from tryon.ledger import Entry
from tryon.models import ErasureReceipt


def receipt_create(*, object_id: uuid.UUID, kind: str, reason: str) -> ErasureReceipt:
    """Sign and save the statement that the object is erased, as of now."""
    receipt = ErasureReceipt(object_id=object_id, kind=kind, reason=reason, erased_at=timezone.now())
    _signed(receipt).save(force_insert=True)
    return receipt


def receipts_restore(*, entries: Iterable[Entry]) -> None:
    """Save the receipts of erasures that a restored backup knows nothing of: the same, to the signature.

    An object has one receipt: where there is one already, it stays. Of two entries about an object the first
    given counts.
    """
    receipts = (
        ErasureReceipt(
            id=entry.id,
            object_id=uuid.UUID(entry.object_id),
            kind=entry.kind,
            reason=entry.reason,
            erased_at=entry.erased_at,
        )
        for entry in entries
    )
    ErasureReceipt.objects.bulk_create(map(_signed, receipts), batch_size=500, ignore_conflicts=True)


def receipt_verify(*, receipt: ErasureReceipt) -> bool:
    """Whether the signature is ours and covers exactly what the receipt says."""
    try:
        signature = base64.b64decode(receipt.signature, validate=True)
        _signing_key().public_key().verify(signature, _statement(receipt))
    except (InvalidSignature, ValueError):
        return False
    return True


def receipt_document(*, receipt: ErasureReceipt) -> dict[str, str]:
    """The receipt as handed to the shopper: the signed fields, the signature, the public key (base64)."""
    public_key = base64.b64encode(_signing_key().public_key().public_bytes_raw()).decode()
    return {**_fields(receipt), "signature": receipt.signature, "public_key": public_key}


def receipt_from_document(document: Any) -> ErasureReceipt:
    """The receipt that a document speaks of, unsaved and unchecked. Raises ValueError if it is none."""
    try:
        return ErasureReceipt(
            id=uuid.UUID(document["id"]),
            object_id=uuid.UUID(document["object_id"]),
            kind=str(document["kind"]),
            reason=str(document["reason"]),
            erased_at=datetime.fromisoformat(document["erased_at"]),
            signature=str(document["signature"]),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("This is no receipt.") from error


def _signed(receipt: ErasureReceipt) -> ErasureReceipt:
    receipt.signature = base64.b64encode(_signing_key().sign(_statement(receipt))).decode()
    return receipt


def _fields(receipt: ErasureReceipt) -> dict[str, str]:
    erased_at: datetime = receipt.erased_at.astimezone(UTC)
    return {
        "id": str(receipt.id),
        "object_id": str(receipt.object_id),
        "kind": receipt.kind,
        "reason": receipt.reason,
        "erased_at": erased_at.isoformat(timespec="microseconds"),
    }


def _statement(receipt: ErasureReceipt) -> bytes:
    """What is signed: the fields as JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(_fields(receipt), sort_keys=True, separators=(",", ":")).encode()


def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.RECEIPT_KEY)
