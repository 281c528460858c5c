"""Pictures to train on: from photos of shoppers who agreed to that, and from merchants who may.

What always holds:
- A sample of a shopper is begun and kept only while their consent to training is in force; the shopper's row
  is locked for that, as for a withdrawal, so that neither overlooks the other.
- Nothing but the picture without face and surroundings outlives its making: a merchant's upload is erased
  when the sample is made or refused, a shopper's photo has its own end.
- `sample_erase` is the only way in which a sample ends.
"""

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.ingest import decode_upload
from tryon.models import (
    AuditEntry,
    Consent,
    ErasureReceipt,
    Garment,
    Photo,
    SealedObject,
    Shopper,
    TrainingSample,
)
from tryon.selectors.consents import consent_require, consents_active

from .audit import audit_record
from .lookbooks import wearer_forget
from .model_versions import model_versions_mark_tainted
from .photo_store import object_erase, object_open, object_seal
from .work import work_succeed

Source = TrainingSample.Source
UNDECODED = "application/octet-stream"
"""Media type of an upload that nobody has looked into yet."""


@transaction.atomic
def sample_collect(*, photo: Photo) -> TrainingSample | None:
    """Ask the workers for a sample of a checked photo; None unless its owner agrees to training. Idempotent:
    a photo gives one sample."""
    shopper = Shopper.objects.select_for_update(no_key=True).filter(photos=photo).first()
    if not consents_active(shopper=shopper).filter(purpose=Consent.Purpose.TRAINING).exists():
        return None
    usable = Photo.objects.filter(status=Photo.Status.SUCCEEDED, expires_at__gt=timezone.now())
    row = usable.select_for_update(of=("self",)).filter(pk=photo.pk).first()
    if row is None:
        return None
    sample, is_new = TrainingSample.objects.get_or_create(
        photo=row, defaults={"source": Source.SHOPPER, "shopper": shopper, "expires_at": row.expires_at}
    )
    if is_new:
        announce_on_commit(TrainingSample)
    return sample


def sample_add(
    *, picture: bytes, licence_note: str, garment: Garment, in_lookbooks: bool = False
) -> TrainingSample:
    """Take in a merchant's picture of a model who wears `garment`, and ask the workers for a sample of it.
    `in_lookbooks`: the licence permits to show it there.

    Not to be called inside a transaction (see `object_seal`). Raises TryOnError: `licence_note_required`,
    `image_too_large`, `unsupported_image`, `queue_full`, `timed_out`.
    """
    note = licence_note.strip()
    if not note:
        raise TryOnError("licence_note_required")
    clean = decode_upload(picture)
    upload = object_seal(
        shopper=None, kind=SealedObject.Kind.SAMPLE, media_type="image/jpeg", data=clean.data
    )
    with transaction.atomic():
        sample = TrainingSample.objects.create(
            source=Source.MERCHANT,
            upload=upload,
            garment=garment,
            licence_note=note,
            in_lookbooks=in_lookbooks,
            expires_at=timezone.now() + settings.TRYON["PHOTO_TTL"],
        )
        audit_record(action=AuditEntry.Action.CREATE, object_kind="trainingsample", object_id=sample.pk)
        announce_on_commit(TrainingSample)
    return sample


def sample_source_open(*, sample: TrainingSample) -> bytes:
    """The JPEG that the sample is to be made of. What came with many others is decoded only now.

    Raises TryOnError: `photo_expired`, `consent_required`, and as `decode_upload` does.
    """
    row = TrainingSample.objects.select_related("photo__sealed", "upload", "shopper").filter(pk=sample.pk)
    current = row.first()
    if current is not None and current.source == Source.SHOPPER:
        consent_require(shopper=current.shopper, purpose=Consent.Purpose.TRAINING)
    source = current and (current.upload or (current.photo and current.photo.sealed))
    if not source:
        raise TryOnError("photo_expired")
    data = object_open(sealed=source)
    return decode_upload(data).data if source.media_type == UNDECODED else data


def sample_keep(*, sample: TrainingSample, picture: bytes, quality: dict[str, Any]) -> bool:
    """Seal the finished JPEG and finish the work with it. False, and nothing is kept, if the row is no longer
    the caller's.

    Not to be called inside a transaction. Raises TryOnError `consent_required`, and keeps nothing.
    """
    # A guest may have logged in meanwhile: the owner is whoever owns the sample now.
    owner = Shopper.objects.filter(samples=sample).first()
    if owner is None and sample.source == Source.SHOPPER:
        return False
    sealed = object_seal(shopper=owner, kind=SealedObject.Kind.SAMPLE, media_type="image/jpeg", data=picture)
    kept = False
    try:
        kept = _sample_finish(sample, sealed, sha256=hashlib.sha256(picture).hexdigest(), quality=quality)
    finally:
        if not kept:
            object_erase(sealed=sealed, reason=ErasureReceipt.Reason.STALE)
    return kept


@transaction.atomic
def sample_upload_erase(*, sample: TrainingSample, reason: str) -> None:
    """Erase a merchant's upload: it has served, or it cannot be used. Idempotent."""
    upload = SealedObject.objects.filter(sample_upload=sample).first()
    if upload is not None:
        TrainingSample.objects.filter(pk=sample.pk).update(upload=None)
        object_erase(sealed=upload, reason=reason)


@transaction.atomic
def sample_erase(*, sample: TrainingSample, reason: str) -> ErasureReceipt | None:
    """Forget the sample and erase its picture; returns the receipt of the picture, if there was one.

    The one place where a sample ends. Models that have seen it are marked, unless its time merely ran out:
    then they were trained as agreed. It goes from all lookbooks too. A worker in the middle of it finds the
    row gone and keeps nothing.
    Idempotent.
    """
    rows = TrainingSample.objects.select_for_update(of=("self",)).select_related("sealed", "upload")
    row = rows.filter(pk=sample.pk).first()
    if row is None:
        return None
    if reason != ErasureReceipt.Reason.EXPIRED:
        model_versions_mark_tainted(sample_ids=[row.pk])
    key = str(row.pk)
    row.delete()
    if row.in_lookbooks:
        wearer_forget(key=key)
    if row.upload is not None:
        object_erase(sealed=row.upload, reason=reason)
    return object_erase(sealed=row.sealed, reason=reason) if row.sealed else None


@transaction.atomic
def _sample_finish(sample: TrainingSample, sealed: SealedObject, **fields: Any) -> bool:
    """Name the picture in the row, unless consent was withdrawn or the row was lost meanwhile."""
    lifetime: timedelta = settings.TRYON["SAMPLE_TTL"]
    if sample.source == Source.SHOPPER:
        owner = Shopper.objects.select_for_update(no_key=True).filter(samples=sample).first()
        consent_require(shopper=owner, purpose=Consent.Purpose.TRAINING)
        if owner is not None and owner.user_id is None:
            # After their session a guest could not withdraw any more.
            lifetime = min(lifetime, timedelta(seconds=settings.SESSION_COOKIE_AGE))
    expires_at = timezone.now() + lifetime
    if not work_succeed(work=sample, sealed=sealed, expires_at=expires_at, **fields):
        return False
    sample_upload_erase(sample=sample, reason=ErasureReceipt.Reason.OUTDATED)
    return True
