"""What is done with one claimed row. Pictures of shoppers are in memory only, while they are needed."""

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from ml.images import read_image
from tryon.errors import TryOnError
from tryon.models import ErasureReceipt, Garment, Photo, SealedObject, Shopper, TryOnJob
from tryon.services.photo_store import object_erase, object_open, object_seal
from tryon.services.work import work_succeed

from . import models
from .marking import encode_marked_png
from .runner import LeaseLostError, Progress

if TYPE_CHECKING:
    from ml.pipeline import ClothAnalysis, TryOnResult

GARMENTS_KEPT = 16
"""Analysed garments kept in memory: about 10 MB each. Photos are never kept."""

CLOTH_SHARE = 0.45
"""Share of a garment's work that is done when the person is analysed."""


def check_photo(photo: Photo, progress: Progress[Photo]) -> None:
    """Whether the photo is worth the costly part."""
    progress("pose", 0.0)
    check = models.pipeline().check_photo(_open(photo))
    measured = {
        "brightness": round(check.brightness, 3),
        "sharpness": round(check.sharpness, 3),
        "categories": list(check.categories),
    }
    if not work_succeed(work=photo, checks=measured):
        raise LeaseLostError


def prepare_garment(garment: Garment, progress: Progress[Garment]) -> None:
    """Find the garment in its picture, check it, and keep it as a cut-out with a transparent background."""
    progress("cloth", 0.0)
    cloth = _analyse_cloth(garment.image.name, garment.category)
    check = models.pipeline().check_cloth(cloth)
    cutout = np.dstack([cloth.image, cloth.mask.astype(np.uint8) * 255])
    buffer = io.BytesIO()
    Image.fromarray(cutout).save(buffer, format="WEBP", quality=90, method=2)
    name = garment.cutout.storage.save(f"cutouts/{garment.pk}.webp", ContentFile(buffer.getvalue()))
    if not work_succeed(work=garment, cutout=name, warnings=list(check.warnings)):
        garment.cutout.storage.delete(name)
        raise LeaseLostError


def run_tryon(job: TryOnJob, progress: Progress[TryOnJob]) -> None:
    """Make the picture, seal it, and finish with it; a picture that came too late is erased again."""
    photo = _checked_photo(job)
    result, timings = _dress(job, photo, progress)
    data = encode_marked_png(result.image, model_version=models.pipeline().model_version)
    # A guest may have logged in meanwhile: the owner is whoever owns the job now.
    owner = Shopper.objects.filter(tryons=job).first()
    if owner is None:
        raise LeaseLostError
    sealed = object_seal(shopper=owner, kind=SealedObject.Kind.RESULT, media_type="image/png", data=data)
    kept = work_succeed(
        work=job,
        result=sealed,
        confidence=result.confidence,
        model_version=models.pipeline().model_version[:64],
        timings={stage: round(seconds, 4) for stage, seconds in timings.items()},
    )
    if not kept:
        object_erase(sealed=sealed, reason=ErasureReceipt.Reason.STALE)
        raise LeaseLostError


def _checked_photo(job: TryOnJob) -> np.ndarray:
    """The job's photo, RGB uint8 (H, W, 3). Raises TryOnError if it is gone or was refused."""
    photo = Photo.objects.select_related("sealed").filter(tryons=job).first()
    if photo is None or photo.expires_at <= timezone.now():
        raise TryOnError("photo_expired")
    if photo.status != Photo.Status.SUCCEEDED:
        raise TryOnError(photo.error_code or "photo_not_ready")
    return _open(photo)


def _dress(
    job: TryOnJob, photo: np.ndarray, progress: Progress[TryOnJob]
) -> tuple["TryOnResult", dict[str, float]]:
    """Put the garments on in their order, each on the picture of those before it; seconds by stage."""
    garments = [item.garment for item in job.items.select_related("garment")]
    timings: dict[str, float] = {}
    picture = photo
    for index, garment in enumerate(garments):

        def on_stage(stage: str, share: float, done: int = index) -> None:
            progress(stage, (done + share) / len(garments))

        person = models.pipeline().analyse_person(picture, on_stage)
        on_stage("cloth", CLOTH_SHARE)
        cloth = _analyse_cloth(garment.image.name, garment.category)
        result = models.pipeline().dress(person, cloth, on_stage)
        picture = result.image
        for stage, seconds in result.timings.items():
            timings[stage] = timings.get(stage, 0.0) + seconds
    if np.array_equal(picture, photo):
        raise TryOnError("result_unchanged")
    return result, timings


def _open(photo: Photo) -> np.ndarray:
    return read_image(object_open(sealed=photo.sealed))


@lru_cache(maxsize=GARMENTS_KEPT)
def _analyse_cloth(image_name: str, category: str) -> "ClothAnalysis":
    """A garment's picture never changes under its name, so neither does what is found in it."""
    with default_storage.open(image_name) as file:
        picture = read_image(file.read())
    return models.pipeline().analyse_cloth(picture, category)
