"""Taking a shopper's photo in, and forgetting it."""

from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.ingest import CleanImage, decode_upload
from tryon.models import ErasureReceipt, Photo, SealedObject, Shopper, TrainingSample, TryOnJob
from tryon.selectors.consents import consent_require

from .photo_store import object_erase, object_open, object_seal
from .samples import sample_erase
from .work import work_cancel


class Upload(Protocol):
    """What a form or a request hands over: a file in memory that knows its size."""

    size: int

    def read(self) -> bytes: ...


def photo_create(*, shopper: Shopper, upload: Upload) -> Photo:
    """Clean, encrypt and store a photo and ask the workers to check it.

    Not to be called inside a transaction (see `object_seal`). Raises TryOnError: `consent_required`,
    `image_too_large`, `unsupported_image`, `queue_full`.
    """
    consent_require(shopper=shopper)
    if upload.size > settings.TRYON["MAX_UPLOAD_BYTES"]:
        raise TryOnError("image_too_large")
    picture = decode_upload(upload.read())
    sealed = object_seal(
        shopper=shopper, kind=SealedObject.Kind.PHOTO, media_type="image/jpeg", data=picture.data
    )
    try:
        return _photo_insert(shopper, sealed, picture)
    except TryOnError:
        object_erase(sealed=sealed, reason=ErasureReceipt.Reason.STALE)
        raise


def photo_open(*, photo: Photo) -> bytes:
    """The JPEG of a photo. Raises TryOnError `photo_expired` once its time is up, swept or not."""
    if photo.expires_at <= timezone.now():
        raise TryOnError("photo_expired")
    return object_open(sealed=photo.sealed)


@transaction.atomic
def photo_erase(*, photo: Photo, reason: str) -> ErasureReceipt:
    """Erase the photo, what was found in it and every picture made from it, and stop the work on it.

    Idempotent. Finished try-ons stay in their owner's list as `expired`, those that waited or ran as
    `cancelled`. A training sample goes too, unless the photo's time was merely up: then one that is made
    keeps its own.
    """
    locked = Photo.objects.select_for_update(of=("self",)).select_related("sealed", "analysis")
    row = locked.filter(pk=photo.pk).first()
    if row is None:
        return ErasureReceipt.objects.get(object_id=photo.pk)
    for job in row.tryons.select_for_update(of=("self",)).select_related("result").order_by("pk"):
        work_cancel(work=job)
        if job.result is not None:
            TryOnJob.objects.filter(pk=job.pk).update(status=TryOnJob.Status.EXPIRED, result=None)
            object_erase(sealed=job.result, reason=reason)
    sample = TrainingSample.objects.filter(photo=row).first()
    if sample is not None and (sample.sealed_id is None or reason != ErasureReceipt.Reason.EXPIRED):
        sample_erase(sample=sample, reason=reason)
    row.delete()
    if row.analysis is not None:
        object_erase(sealed=row.analysis, reason=reason)
    return object_erase(sealed=row.sealed, reason=reason)


@transaction.atomic
def _photo_insert(shopper: Shopper, sealed: SealedObject, picture: CleanImage) -> Photo:
    """Insert the row unless consent was withdrawn while the picture was decoded."""
    consent_require(shopper=Shopper.objects.select_for_update(no_key=True).filter(pk=shopper.pk).first())
    photo = Photo.objects.create(
        id=sealed.id,
        shopper=shopper,
        sealed=sealed,
        width=picture.width,
        height=picture.height,
        expires_at=timezone.now() + settings.TRYON["PHOTO_TTL"],
    )
    announce_on_commit(Photo)
    return photo
