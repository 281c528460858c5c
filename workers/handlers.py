"""What is done with one claimed row. Pictures of shoppers are in memory only, while they are needed."""

import hashlib
import io
import logging
from collections import OrderedDict
from dataclasses import replace

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from ml.analysis import ClothAnalysis, PersonAnalysis, TryOnResult
from ml.analysis_bytes import (
    AnalysisBytesError,
    cloth_from_bytes,
    cloth_to_bytes,
    person_from_bytes,
    person_to_bytes,
)
from ml.anonymise import anonymise
from ml.clothframe import ClothFrame
from ml.errors import Refusal
from ml.images import read_image
from ml.landmarks import LANDMARKS, turn_of
from ml.outfit import dress_outfit
from ml.progress import PROGRESS, OnStage
from ml.reading import GarmentReading
from ml.samplecheck import measure
from tryon.errors import TryOnError
from tryon.models import ErasureReceipt, Garment, Photo, SealedObject, Shopper, TrainingSample, TryOnJob
from tryon.selectors.garments import garment_corners
from tryon.services.analyses import analysis_keep, analysis_open
from tryon.services.garment_swatches import swatch_of
from tryon.services.garments import garment_analysis_keep, garment_analysis_open, garment_guess_keep
from tryon.services.photo_store import object_erase, object_open, object_seal
from tryon.services.samples import sample_collect, sample_keep, sample_source_open, sample_upload_erase
from tryon.services.work import work_succeed

from . import engines
from .engines import Engine
from .guessing import guess_category
from .marking import encode_marked_png
from .runner import LeaseLostError, Progress

GARMENTS_KEPT = 16
"""Analysed garments kept in memory: about 10 MB each. Photos are never kept."""

logger = logging.getLogger(__name__)


def check_photo(photo: Photo, progress: Progress[Photo]) -> None:
    """Whether the photo is worth the costly part."""
    progress("pose", 0.0)
    check = engines.engine().pipeline.check_photo(_open(photo))
    measured = {
        "brightness": round(check.brightness, 3),
        "sharpness": round(check.sharpness, 3),
        "categories": list(check.categories),
    }
    if not work_succeed(work=photo, checks=measured):
        raise LeaseLostError
    sample_collect(photo=photo)


def prepare_garment(garment: Garment, progress: Progress[Garment]) -> None:
    """Find the garment in its picture, check it, and keep it as a cut-out with a transparent background."""
    progress("cloth", 0.0)
    engine = engines.engine()
    warnings = ["category_guessed"] if _guessed_category(engine, garment) else []
    cloth = cloth_of(engine, garment)
    check = engine.pipeline.check_cloth(cloth)
    landmarks = _landmarks(garment, engine.pipeline.read_cloth(cloth))
    cutout = np.dstack([cloth.image, cloth.mask.astype(np.uint8) * 255])
    buffer = io.BytesIO()
    Image.fromarray(cutout).save(buffer, format="WEBP", quality=90, method=2)
    name = garment.cutout.storage.save(f"cutouts/{garment.pk}.webp", ContentFile(buffer.getvalue()))
    warnings += check.warnings
    swatch = swatch_of(buffer)
    if not work_succeed(work=garment, cutout=name, swatch=swatch, warnings=warnings, landmarks=landmarks):
        garment.cutout.storage.delete(name)
        raise LeaseLostError


def _guessed_category(engine: Engine, garment: Garment) -> bool:
    """Whether the merchant has left the category open, and it was guessed now."""
    if garment.category:
        return False
    with default_storage.open(str(garment.image.name)) as file:
        category, _certainty = guess_category(engine.pipeline, read_image(file.read()))
    if not garment_guess_keep(garment=garment, category=category):
        raise LeaseLostError
    return True


def prepare_sample(sample: TrainingSample, progress: Progress[TrainingSample]) -> None:
    """Take face and surroundings out of the picture and keep the rest; an upload that cannot be used goes."""
    try:
        source = sample_source_open(sample=sample)
        person = engines.engine().pipeline.analyse_person(read_image(source), progress)
        progress("compose", PROGRESS["compose"])
        result = anonymise(person, engines.faces())
    except (Refusal, TryOnError):
        sample_upload_erase(sample=sample, reason=ErasureReceipt.Reason.REFUSED)
        raise
    buffer = io.BytesIO()
    Image.fromarray(result.image).save(buffer, format="JPEG", quality=95)
    if not sample_keep(sample=sample, picture=buffer.getvalue(), quality=measure(person, result)):
        raise LeaseLostError


def run_tryon(job: TryOnJob, progress: Progress[TryOnJob]) -> None:
    """Make the picture, seal it, and finish with it; a picture that came too late is erased again."""
    engine = engines.engine(job)
    result = _dress(engine, job, _checked_photo(job), progress)
    data = encode_marked_png(result.image, model_version=engine.name)
    # A guest may have logged in meanwhile: the owner is whoever owns the job now.
    owner = Shopper.objects.filter(tryons=job).first()
    if owner is None:
        raise LeaseLostError
    sealed = object_seal(shopper=owner, kind=SealedObject.Kind.RESULT, media_type="image/png", data=data)
    kept = work_succeed(
        work=job,
        result=sealed,
        confidence=result.confidence,
        model_version=engine.name,
        timings={stage: round(seconds, 4) for stage, seconds in result.timings.items()},
    )
    if not kept:
        object_erase(sealed=sealed, reason=ErasureReceipt.Reason.STALE)
        raise LeaseLostError


def _checked_photo(job: TryOnJob) -> Photo:
    """The job's photo. Raises TryOnError if it is gone or was refused."""
    photo = Photo.objects.select_related("sealed").filter(tryons=job).first()
    if photo is None or photo.expires_at <= timezone.now():
        raise TryOnError("photo_expired")
    if photo.status != Photo.Status.SUCCEEDED:
        raise TryOnError(photo.error_code or "photo_not_ready")
    return photo


def _dress(engine: Engine, job: TryOnJob, photo: Photo, progress: OnStage) -> TryOnResult:
    """Put the job's garments on, from below to above, each on the picture of those before it."""
    picture = _open(photo)
    person = _person(engine, photo, picture, progress)
    progress("cloth", PROGRESS["cloth"])
    cloths = [cloth_of(engine, item.garment) for item in job.items.select_related("garment")]
    result = dress_outfit(engine.pipeline, person, cloths, progress)
    if np.array_equal(result.image, picture):
        raise TryOnError("result_unchanged")
    return result


def _open(photo: Photo) -> np.ndarray:
    return read_image(object_open(sealed=photo.sealed))


def _person(engine: Engine, photo: Photo, picture: np.ndarray, on_stage: OnStage) -> PersonAnalysis:
    """What is known about the photo `picture`: as it is kept, or found out and kept."""
    tag = f"{engine.person_networks}|{photo.pk}"
    kept = analysis_open(photo=photo)
    if kept is not None:
        try:
            return person_from_bytes(kept, picture, tag)
        except AnalysisBytesError as error:
            logger.info("What is kept of photo %s is of no use: %s", photo.pk, error)
    person = engine.pipeline.analyse_person(picture, on_stage)
    data = person_to_bytes(person, tag)
    if not engine.on_trial:
        analysis_keep(photo=photo, data=data)
    # As the next try-on will read it: the first picture is not better than the second.
    return replace(person_from_bytes(data, picture, tag), timings=person.timings)


def cloth_of(engine: Engine, garment: Garment) -> ClothAnalysis:
    """What is known about a garment's picture, for the last ones from memory.

    Neither a picture nor a mask drawn on it changes under its name, so what the same networks find does not.
    """
    drawn = str(garment.drawn_mask.name or ""), _turn(garment)
    key = engine.cloth_networks, str(garment.image.name), garment.category, garment.outer, *drawn
    if key not in _cloths:
        _cloths[key] = replace(analyse_cloth(engine, garment), outer=garment.outer)
    _cloths.move_to_end(key)
    if len(_cloths) > GARMENTS_KEPT:
        _cloths.popitem(last=False)
    return _cloths[key]


_cloths: OrderedDict[tuple[str, str, str, bool, str, float], ClothAnalysis] = OrderedDict()


def analyse_cloth(engine: Engine, garment: Garment) -> ClothAnalysis:
    """What is known about a garment's picture: as it is kept, or found out and kept."""
    with default_storage.open(str(garment.image.name)) as file:
        data = file.read()
    picture, category, drawn = read_image(data), garment.category, str(garment.drawn_mask.name or "")
    tag = f"{engine.cloth_networks}|{category}|{hashlib.sha256(data).hexdigest()}|{drawn}"
    cloth = _kept_cloth(garment, picture, tag)
    if cloth is None:
        cloth = replace(engine.pipeline.analyse_cloth(picture, category, mask=_drawn_mask(drawn)), timings={})
        if not engine.on_trial:
            garment_analysis_keep(garment=garment, data=cloth_to_bytes(cloth, tag))
    turn = _turn(garment)
    return replace(cloth, frame=ClothFrame.of_cloth(cloth.mask, turn)) if turn else cloth


def _kept_cloth(garment: Garment, picture: np.ndarray, tag: str) -> ClothAnalysis | None:
    kept = garment_analysis_open(garment=garment)
    if kept is None:
        return None
    try:
        return cloth_from_bytes(kept, picture, garment.category, tag)
    except AnalysisBytesError as error:
        logger.info("What is kept of garment %s is of no use: %s", garment.pk, error)
        return None


def _turn(garment: Garment) -> float:
    """How far the garment lies turned, by its corners, once somebody has corrected them."""
    return turn_of(garment_corners(garment=garment)) if garment.drawn_landmarks else 0.0


def _drawn_mask(name: str) -> np.ndarray | None:
    """What a merchant has drawn, bool (H, W); None if nothing is."""
    if not name:
        return None
    with default_storage.open(name) as file:
        return read_image(file.read())[..., 0] > 127


def _landmarks(garment: Garment, reading: GarmentReading) -> dict[str, list[float]]:
    """Corners as the network sees them, those moved by hand where they were put and surely there."""
    found = zip(LANDMARKS, reading.landmarks.tolist(), reading.visibility.tolist(), strict=True)
    seen = {name: [round(x, 1), round(y, 1), round(sure, 3)] for name, (x, y), sure in found}
    return seen | {name: [x, y, 1.0] for name, (x, y) in garment.drawn_landmarks.items()}
