"""Rotation: the current key comes to wrap every data key, so that older keys may leave the ring.

What always holds:
- Wrapped keys change, stored bytes never.
- The rows are the only memory of how far it has come. A run that is killed anywhere has lost nothing, the
  next one goes on with what is left, and any number may run at once.
- Nobody waits for it longer than one UPDATE takes: no lock outlives its statement (`object_rewrap`).
- One data key that does not open does not keep the others.
"""

import logging
import math
import time
from collections.abc import Iterator
from typing import NamedTuple

from tryon.key_ring import SealError, key_manager
from tryon.models import AuditEntry, SealedObject

from .audit import audit_record
from .photo_store import object_rewrap
from .text_rotation import texts_rotate

BATCH_SIZE = 200
logger = logging.getLogger(__name__)


class Rotated(NamedTuple):
    """How many data keys and short secrets were wrapped again, and how many did not open."""

    rewrapped: int
    broken: int


def keys_rotate(*, batch_size: int = BATCH_SIZE, seconds: float = math.inf) -> Rotated:
    """Wrap again, by the current key, what the other keys of the ring wrap. Idempotent.

    After `seconds` it stops and leaves the rest to the next run. Left alone are what keys that are not in the
    ring wrap (`keys_missing`), and what is sealed meanwhile by a process that still has the old ring.
    """
    end = time.monotonic() + seconds
    rewrapped = broken = 0
    for sealed in _older(batch_size):
        if time.monotonic() >= end:
            break
        try:
            rewrapped += object_rewrap(sealed=sealed)
        except SealError as error:
            logger.error("The data key of %s is not wrapped again: %s", sealed.pk, error)
            broken += 1
    texts, broken_texts = texts_rotate()
    if rewrapped or texts:
        note = f"{rewrapped + texts} by {key_manager().current_id}"
        audit_record(action=AuditEntry.Action.ROTATE, object_kind="key", note=note)
    return Rotated(rewrapped + texts, broken + broken_texts)


def _older(batch_size: int) -> Iterator[SealedObject]:
    """Objects whose key the ring holds but no longer wraps with, read in batches, each of them once."""
    keys = key_manager()
    others = [key_id for key_id in keys.key_ids if key_id != keys.current_id]
    rows = SealedObject.objects.filter(key_id__in=others).order_by("pk")
    batch = list(rows[:batch_size])
    while batch:
        yield from batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:batch_size])
