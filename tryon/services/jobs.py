"""Asking for a try-on, stopping it, forgetting it."""

import hashlib
import json
import logging
import uuid
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.ledger import Kind
from tryon.models import ErasureReceipt, Garment, Photo, Shopper, TryOnItem, TryOnJob
from tryon.outfit import put_on_order
from tryon.pseudonyms import shopper_pseudonym
from tryon.selectors.consents import consent_require
from tryon.selectors.garments import garments_to_wear
from tryon.selectors.jobs import median_seconds, queue_length, try_ons_of
from tryon.selectors.photos import photo_get

from .erasures import erasure_record
from .photo_store import object_erase
from .work import work_cancel

logger = logging.getLogger(__name__)


class Quota(NamedTuple):
    """Try-ons a shopper may ask for on one day (UTC)."""

    limit: int
    remaining: int
    reset: timedelta


@transaction.atomic
def job_submit(
    *, shopper: Shopper, photo_id: uuid.UUID, garment_ids: list[uuid.UUID], idempotency_key: str = ""
) -> tuple[TryOnJob, bool]:
    """Queue a try-on; returns it and whether it is new. The same key with the same request is the same job.

    Raises TryOnError: idempotency_conflict, consent_required, not_found, photo_expired, photo_not_ready or
    the photo's own refusal, garment_not_ready, outfit_conflict, person_cropped, queue_full, quota_exceeded,
    store_quota_exceeded.
    """
    # One submit of a shopper at a time: the quota is exact and two requests with one key make one job.
    locked = Shopper.objects.select_for_update(no_key=True).filter(pk=shopper.pk).first()
    if locked is None:
        raise TryOnError("not_found")
    request_hash = _request_hash(photo_id, garment_ids)
    if idempotency_key:
        earlier = TryOnJob.objects.filter(shopper=locked, idempotency_key=idempotency_key).first()
        if earlier is not None:
            if earlier.request_hash != request_hash:
                raise TryOnError("idempotency_conflict")
            return earlier, False
    consent_require(shopper=locked)
    photo = _usable_photo(locked, photo_id)
    garments = put_on_order(garments_to_wear(garment_ids=garment_ids))
    _refuse_hidden(photo, garments)
    _refuse_overload()
    _refuse_beyond_store()
    _spend_quota(locked)
    job = TryOnJob.objects.create(
        shopper=locked,
        photo=photo,
        idempotency_key=idempotency_key,
        request_hash=request_hash,
        expires_at=timezone.now() + settings.TRYON["RESULT_TTL"],
    )
    TryOnItem.objects.bulk_create(
        TryOnItem(job=job, garment=garment, position=position) for position, garment in enumerate(garments)
    )
    announce_on_commit(TryOnJob)
    # With the id of the request beside it: what a worker logs of the job leads back to here.
    logger.info("TryOnJob %s is queued.", job.pk)
    return job, True


def job_cancel(*, job: TryOnJob) -> TryOnJob:
    """Stop the try-on if it has not finished; a worker in the middle of it stops at its next stage."""
    work_cancel(work=job)
    job.refresh_from_db()
    return job


@transaction.atomic
def job_erase(*, job: TryOnJob, reason: str) -> ErasureReceipt | None:
    """Forget the try-on and erase its picture; returns the receipt of the picture, if there was one.

    A worker in the middle of it finds the row gone and keeps nothing.
    """
    job = TryOnJob.objects.select_for_update(of=("self",)).select_related("result").get(pk=job.pk)
    result, job_id = job.result, job.pk
    job.delete()
    owner = shopper_pseudonym(job.shopper_id)
    erasure_record(kind=Kind.TRYON, owner=owner, reason=reason, object_id=job_id)
    return object_erase(sealed=result, reason=reason) if result else None


def quota_of(*, shopper: Shopper | None) -> Quota:
    """What is left of the day's try-ons; a visitor without a shopper has a guest's full quota."""
    today = timezone.now().astimezone(UTC).date()
    is_account = shopper is not None and shopper.user_id is not None
    limit: int = settings.TRYON["DAILY_LIMIT_USER" if is_account else "DAILY_LIMIT_GUEST"]
    used = shopper.quota_used if shopper is not None and shopper.quota_day == today else 0
    return Quota(limit, max(0, limit - used), _until_midnight())


def _spend_quota(shopper: Shopper) -> None:
    quota = quota_of(shopper=shopper)
    if not quota.remaining:
        raise TryOnError("quota_exceeded", retry_after=int(quota.reset.total_seconds()) + 1)
    shopper.quota_day = timezone.now().astimezone(UTC).date()
    shopper.quota_used = quota.limit - quota.remaining + 1
    shopper.save(update_fields=["quota_day", "quota_used"])


def _refuse_beyond_store() -> None:
    """Requests of one moment may exceed the limit by as many as they are: it bounds costs, not exactly."""
    limit: int = settings.TRYON["DAILY_LIMIT_STORE"]
    if limit and try_ons_of(day=timezone.now().astimezone(UTC).date()) >= limit:
        raise TryOnError("store_quota_exceeded", retry_after=int(_until_midnight().total_seconds()) + 1)


def _until_midnight() -> timedelta:
    today = timezone.now().astimezone(UTC).date()
    return datetime.combine(today + timedelta(days=1), time.min, UTC) - timezone.now()


def _refuse_overload() -> None:
    if queue_length() >= settings.TRYON["MAX_QUEUE"]:
        # By then the try-ons before have moved on by a few places.
        raise TryOnError("queue_full", retry_after=max(5, round(5 * (median_seconds() or 5))))


def _usable_photo(shopper: Shopper, photo_id: uuid.UUID) -> Photo:
    photo = photo_get(shopper=shopper, photo_id=photo_id)
    if photo.status == Photo.Status.EXPIRED or photo.expires_at <= timezone.now():
        raise TryOnError("photo_expired")
    if photo.status == Photo.Status.FAILED:
        raise TryOnError(photo.error_code)
    if photo.status == Photo.Status.CANCELLED:
        raise TryOnError("photo_not_ready")
    return photo


def _refuse_hidden(photo: Photo, garments: list[Garment]) -> None:
    """Once the photo is checked we know which garments it has room for: legs that are not there wear none."""
    shown = photo.checks.get("categories")
    if shown is not None and not {garment.category for garment in garments} <= set(shown):
        raise TryOnError("person_cropped")


def _request_hash(photo_id: uuid.UUID, garment_ids: list[uuid.UUID]) -> str:
    """The same for the same outfit on the same photo, in whatever form the request was written."""
    request = {"photo": str(photo_id), "garments": [str(garment_id) for garment_id in garment_ids]}
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
