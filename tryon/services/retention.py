"""Forgetting on schedule. Dangerous code: what it erases is gone, keys, bytes and rows.

Invariants:
- Only what has passed its own `expires_at`, or what nothing refers to, is erased.
- Batches: a stopped sweep has lost nothing and holds few locks. Rows held by another sweep are skipped.
- One object that cannot be erased does not keep the others; it stays overdue, and overdue is an alarm.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone
from knox.models import AuthToken

from tryon.ledger import ledger_prune
from tryon.models import (
    ErasureReceipt,
    PendingDeletion,
    Photo,
    SealedObject,
    Shopper,
    TrainingSample,
    TryOnJob,
)
from tryon.personal_data import HOLDERS

from .jobs import job_erase
from .photo_store import deletions_sweep, object_erase
from .photos import photo_erase
from .samples import sample_erase

BATCH_SIZE = 25
UNREFERENCED_AFTER = timedelta(hours=1)
"""Far longer than any worker needs from sealing a picture to saving the row that refers to it."""

Row = TypeVar("Row", bound=models.Model)
logger = logging.getLogger(__name__)


class Swept(NamedTuple):
    """How many of each a sweep has erased."""

    photos: int
    tryons: int
    samples: int
    unreferenced: int
    deletions: int
    guests: int
    sessions: int
    tokens: int
    other_apps: int
    ledger: int


class Overdue(NamedTuple):
    """How many of each should have been erased longer ago than the alarm allows."""

    photos: int
    tryons: int
    samples: int
    deletions: int
    unreferenced: int


def retention_sweep(*, now: datetime | None = None) -> Swept:
    """Erase what has expired by `now`, what a crash has left behind, guests who left nothing, sessions and
    tokens that are over, what other apps keep too long, and the ledger of before the oldest backup."""
    now = now or timezone.now()
    photos = Photo.objects.filter(expires_at__lte=now).order_by("expires_at")
    tryons = TryOnJob.objects.filter(expires_at__lte=now).order_by("expires_at")
    samples = TrainingSample.objects.filter(expires_at__lte=now).order_by("expires_at")
    return Swept(
        photos=_erase_in_batches(photos, _photo_expire),
        tryons=_erase_in_batches(tryons, _tryon_expire),
        samples=_erase_in_batches(samples, _sample_expire),
        unreferenced=_erase_in_batches(objects_unreferenced(now=now), _unreferenced_erase),
        deletions=deletions_sweep(now=now),
        guests=_guests_forget(now),
        sessions=Session.objects.filter(expire_date__lt=now).delete()[0],
        tokens=AuthToken.objects.filter(expiry__lt=now).delete()[0],
        other_apps=sum(holder.sweep(now) for holder in HOLDERS.values()),
        ledger=ledger_prune(before=(now - settings.TRYON["LEDGER_TTL"]).astimezone(UTC).date()),
    )


def retention_overdue(*, now: datetime | None = None) -> Overdue:
    """What should have been erased `SWEEP_OVERDUE_ALARM` ago or earlier: anything but zeros is an alarm."""
    limit = (now or timezone.now()) - settings.TRYON["SWEEP_OVERDUE_ALARM"]
    return Overdue(
        photos=Photo.objects.filter(expires_at__lte=limit).count(),
        tryons=TryOnJob.objects.filter(expires_at__lte=limit).count(),
        samples=TrainingSample.objects.filter(expires_at__lte=limit).count(),
        deletions=PendingDeletion.objects.filter(created_at__lte=limit).count(),
        unreferenced=objects_unreferenced(now=limit).count(),
    )


def objects_unreferenced(*, now: datetime) -> models.QuerySet[SealedObject]:
    """Objects that no photo, try-on or sample has named for so long by `now` that none will."""
    return SealedObject.objects.filter(
        created_at__lt=now - UNREFERENCED_AFTER,
        photo__isnull=True,
        tryon__isnull=True,
        analysed__isnull=True,
        sample__isnull=True,
        sample_upload__isnull=True,
    )


def _erase_in_batches(due: models.QuerySet[Row], erase: Callable[[Row], None]) -> int:
    failed: list[object] = []
    erased = 0
    while True:
        with transaction.atomic():
            batch = due.select_for_update(skip_locked=True, of=("self",)).exclude(pk__in=failed)[:BATCH_SIZE]
            rows = list(batch)
            for row in rows:
                try:
                    with transaction.atomic():
                        erase(row)
                    erased += 1
                except Exception:  # Whatever is wrong with one object, the others still have to go.
                    logger.exception("%s %s cannot be erased.", type(row).__name__, row.pk)
                    failed.append(row.pk)
        if not rows:
            return erased


def _photo_expire(photo: Photo) -> None:
    photo_erase(photo=photo, reason=ErasureReceipt.Reason.EXPIRED)


def _tryon_expire(job: TryOnJob) -> None:
    job_erase(job=job, reason=ErasureReceipt.Reason.EXPIRED)


def _sample_expire(sample: TrainingSample) -> None:
    sample_erase(sample=sample, reason=ErasureReceipt.Reason.EXPIRED)


def _unreferenced_erase(sealed: SealedObject) -> None:
    object_erase(sealed=sealed, reason=ErasureReceipt.Reason.STALE)


def _guests_forget(now: datetime) -> int:
    """Forget guests of whom nothing is left but consents older than any session."""
    ended = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    guests = Shopper.objects.filter(user__isnull=True, created_at__lt=ended)
    guests = guests.exclude(consents__given_at__gte=ended)
    empty = guests.filter(
        photos__isnull=True, tryons__isnull=True, samples__isnull=True, sealed_objects__isnull=True
    )
    locked = Shopper.objects.select_for_update(skip_locked=True).filter(pk__in=empty.values("pk"))
    with transaction.atomic():
        ids = list(locked.values_list("pk", flat=True))
        Shopper.objects.filter(pk__in=ids).delete()
    return len(ids)
