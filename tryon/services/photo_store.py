"""Pictures of shoppers at rest: ciphertext in the private store, the wrapped key in the database.

What always holds:
- The store never sees plaintext, and the data key exists unwrapped only in memory.
- The stream is bound to the object (id, kind, version, media type), the wrapped key to the object and to its
  owner. Bytes, key or row moved to another object or another shopper do not open. A change of owner or of the
  wrapping key wraps the data key again and leaves the bytes alone.
- Every stored byte is named by a `SealedObject` or a `PendingDeletion` that is already committed. A crash
  anywhere leaves something for `deletions_sweep` or the retention sweep, never a forgotten object.
- Erasing drops the wrapped key first, in the transaction; the bytes, noise by then, follow after commit.
- Before that commit the ledger says so (`tryon.ledger`): what was erased is erased again after a restore.
"""

import io
import logging
import shutil
import tempfile
import uuid
from datetime import datetime, timedelta
from functools import partial

import tink
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone
from tink import proto_keyset_format, secret_key_access, streaming_aead

from tryon.key_ring import SealError, key_manager
from tryon.models import ErasureReceipt, PendingDeletion, SealedObject, Shopper
from tryon.pseudonyms import shopper_pseudonym
from tryon.services.erasures import erasure_record
from tryon.services.receipts import receipt_create

DELETION_GRACE = timedelta(minutes=10)
"""How long a deletion is left to whoever announced it before the sweeper takes over."""
PIECE_BYTES = 1 << 20
SPOOL_BYTES = 16 << 20
"""Ciphertext held in memory: more than any photo has. Whatever is larger costs no more than this."""

logger = logging.getLogger(__name__)
streaming_aead.register()


def object_seal(*, shopper: Shopper | None, kind: str, media_type: str, data: bytes) -> SealedObject:
    """Encrypt `data` under a fresh key, store it, and return its committed row. Only training samples may
    be nobody's.

    Not to be called inside a transaction: the name of the bytes has to be committed before they are.
    """
    sealed = SealedObject(shopper=shopper, kind=kind, media_type=media_type, size=len(data))
    sealed.storage_name = storage_name(sealed.id)
    keyset, ciphertext = _encrypt(data, _object_context(sealed))
    with ciphertext:
        sealed.key_id, sealed.wrapped_key = key_manager().wrap(keyset, _owner_context(sealed))
        with transaction.atomic(durable=True):
            PendingDeletion.objects.create(storage_name=sealed.storage_name)
        storages["private"].save(sealed.storage_name, File(ciphertext))
    with transaction.atomic(durable=True):
        kept, _ = PendingDeletion.objects.filter(storage_name=sealed.storage_name).delete()
        if not kept:
            raise TimeoutError("Storing took so long that the sweeper has deleted the bytes.")
        sealed.save(force_insert=True)
    return sealed


def storage_name(object_id: uuid.UUID) -> str:
    """Where the bytes of the object with this id lie in the private store."""
    return f"{object_id.hex[:2]}/{object_id.hex}"


def object_open(*, sealed: SealedObject) -> bytes:
    """Return the plaintext, all of it. Raises SealError, without a byte of it, if anything was altered.

    UnknownKeyError, a SealError, says that the key which wraps the data key is not in the ring.
    """
    keyset = key_manager().unwrap(sealed.key_id, bytes(sealed.wrapped_key), _owner_context(sealed))
    try:
        with storages["private"].open(sealed.storage_name) as ciphertext:
            return _decrypt(keyset, ciphertext, _object_context(sealed))
    except FileNotFoundError as error:
        raise SealError("The bytes of the object are missing.") from error


def object_reassign(*, sealed: SealedObject, shopper: Shopper) -> None:
    """Make `shopper` the owner: the key is wrapped again, bound to them and by the current key."""
    keys = key_manager()
    keyset = keys.unwrap(sealed.key_id, bytes(sealed.wrapped_key), _owner_context(sealed))
    sealed.shopper = shopper
    sealed.key_id, sealed.wrapped_key = keys.wrap(keyset, _owner_context(sealed))
    sealed.save(update_fields=["shopper", "key_id", "wrapped_key"])


def object_rewrap(*, sealed: SealedObject) -> bool:
    """Wrap the data key again, by the current key. False if somebody else has changed or erased the row.

    Compare-and-set in one statement: whoever changed the row meanwhile wins, no lock is held while the key
    manager works, and whoever reads sees either wrapping whole. Raises SealError as `object_open` does.
    """
    keys, before = key_manager(), bytes(sealed.wrapped_key)
    keyset = keys.unwrap(sealed.key_id, before, _owner_context(sealed))
    key_id, wrapped_key = keys.wrap(keyset, _owner_context(sealed))
    # No wrapping occurs twice, so an equal one means the same key and the same owner.
    unchanged = SealedObject.objects.filter(pk=sealed.pk, wrapped_key=before)
    return unchanged.update(key_id=key_id, wrapped_key=wrapped_key) == 1


@transaction.atomic
def object_erase(*, sealed: SealedObject, reason: str) -> ErasureReceipt:
    """Erase the key and, after commit, the bytes. Idempotent: an erased object returns its receipt again.

    Raises LedgerDownError, and then nothing is erased.
    """
    row = SealedObject.objects.select_for_update().filter(pk=sealed.pk).first()
    if row is None:
        return ErasureReceipt.objects.get(object_id=sealed.pk)
    PendingDeletion.objects.create(storage_name=row.storage_name)
    row.delete()
    transaction.on_commit(partial(_bytes_delete_safely, row.storage_name))
    earlier = ErasureReceipt.objects.filter(object_id=sealed.pk).first()
    if earlier is not None:  # A backup had brought the object back: ledger and owner know of its end.
        return earlier
    receipt = receipt_create(object_id=sealed.pk, kind=row.kind, reason=reason)
    owner = shopper_pseudonym(row.shopper_id) if row.shopper_id else ""
    erasure_record(kind=row.kind, owner=owner, reason=reason, object_id=sealed.pk, receipt=receipt)
    return receipt


def deletions_sweep(*, now: datetime | None = None) -> int:
    """Delete bytes that a crash or a failing store has left behind; returns how many objects.

    What the store refuses to delete is logged and stays announced for the next sweep.
    """
    before = (now or timezone.now()) - DELETION_GRACE
    due = PendingDeletion.objects.filter(created_at__lt=before).order_by("created_at")
    return sum(_bytes_delete_safely(name) for name in due.values_list("storage_name", flat=True))


def _bytes_delete_safely(storage_name: str) -> bool:
    try:
        return _bytes_delete(storage_name)
    except Exception:  # Whatever one object does to the store, the others still have to go.
        logger.exception("The store does not delete an erased object.")
        return False


@transaction.atomic
def _bytes_delete(storage_name: str) -> bool:
    """Delete the bytes and then the note of them. False if somebody else is at it or done.

    The lock makes a late `object_seal` of the same name wait, and then see that its bytes are gone.
    """
    pending = (
        PendingDeletion.objects.select_for_update(skip_locked=True).filter(storage_name=storage_name).first()
    )
    if pending is None:
        return False
    storages["private"].delete(storage_name)
    pending.delete()
    return True


def _object_context(sealed: SealedObject) -> bytes:
    return f"tryon|{sealed.version}|{sealed.id}|{sealed.kind}|{sealed.media_type}".encode()


def _owner_context(sealed: SealedObject) -> bytes:
    return _object_context(sealed) + f"|{sealed.shopper_id}".encode()


def _encrypt(data: bytes, context: bytes) -> tuple[bytes, "_Spool"]:
    """Return a fresh serialised keyset and the ciphertext: AES-256-GCM in segments of 1 MB."""
    template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
    handle = tink.new_keyset_handle(template)
    target = _Spool(max_size=SPOOL_BYTES)
    with handle.primitive(streaming_aead.StreamingAead).new_encrypting_stream(target, context) as stream:
        for start in range(0, len(data), PIECE_BYTES):
            stream.write(data[start : start + PIECE_BYTES])
    return proto_keyset_format.serialize(handle, secret_key_access.TOKEN), target


def _decrypt(keyset: bytes, ciphertext: File, context: bytes) -> bytes:
    plain = io.BytesIO()
    try:
        handle = proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
        primitive = handle.primitive(streaming_aead.StreamingAead)
        with primitive.new_decrypting_stream(ciphertext, context) as stream:
            shutil.copyfileobj(stream, plain, PIECE_BYTES)
    except tink.TinkError as error:
        raise SealError("The ciphertext does not fit its key and context.") from error
    return plain.getvalue()


class _Spool(tempfile.SpooledTemporaryFile[bytes]):
    """Ciphertext on its way to the store, on disk where it is large. `with` closes it."""

    def close(self) -> None:
        """Called by the encrypting stream: rewind, since now it is read."""
        self.seek(0)
