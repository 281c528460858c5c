"""What was found in a shopper's photo, kept so that the next garment need not look for it again.

It is personal data as much as the photo: it lies encrypted in the same store, for the same owner, and goes
with the photo. What the bytes mean is the workers' matter, and so is to check that they are about this photo.
"""

import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tryon.key_ring import SealError
from tryon.models import ErasureReceipt, Photo, SealedObject, Shopper

from .photo_store import object_erase, object_open, object_seal

logger = logging.getLogger(__name__)


def analysis_keep(*, photo: Photo, data: bytes) -> bool:
    """Seal the analysis of a photo in the place of an older one. False, and nothing is kept, if it is gone.

    Not to be called inside a transaction (see `object_seal`).
    """
    # A guest may have logged in meanwhile: the owner is whoever owns the photo now.
    owner = Shopper.objects.filter(photos=photo).first()
    if owner is None:
        return False
    sealed = object_seal(
        shopper=owner, kind=SealedObject.Kind.ANALYSIS, media_type="application/octet-stream", data=data
    )
    kept = _analysis_replace(photo, sealed)
    if not kept:
        object_erase(sealed=sealed, reason=ErasureReceipt.Reason.STALE)
    return kept


def analysis_open(*, photo: Photo) -> bytes | None:
    """The analysis kept of a photo; None if there is none, or none of its owner's that opens."""
    mine = SealedObject.objects.filter(kind=SealedObject.Kind.ANALYSIS, shopper=F("analysed__shopper"))
    sealed = mine.filter(analysed=photo).first()
    try:
        return object_open(sealed=sealed) if sealed else None
    except SealError as error:
        logger.warning("The analysis of photo %s does not open: %s", photo.pk, error)
        return None


@transaction.atomic
def _analysis_replace(photo: Photo, sealed: SealedObject) -> bool:
    """Name the analysis in the photo's row, unless the photo was erased or expired meanwhile."""
    alive = Photo.objects.filter(pk=photo.pk, expires_at__gt=timezone.now())
    row = alive.select_for_update(of=("self",)).select_related("analysis").first()
    if row is None:
        return False
    alive.update(analysis=sealed)
    if row.analysis is not None:
        object_erase(sealed=row.analysis, reason=ErasureReceipt.Reason.OUTDATED)
    return True
