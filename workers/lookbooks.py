"""Making the pictures of a lookbook, a few in a turn, and its sheets when all are there."""

import io
from time import monotonic
from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from ml.analysis import ClothAnalysis, PersonAnalysis
from ml.errors import Refusal
from ml.images import read_image
from ml.variation import Variation, varied
from tryon.errors import TryOnError
from tryon.models import Look, Lookbook
from tryon.selectors.wearers import shipped_wearers
from tryon.services.garment_files import files_delete
from tryon.services.lookbooks import cloth_keep, picture_keep, wearer_open
from tryon.services.work import work_return, work_succeed

from . import engines
from .engines import Engine
from .handlers import cloth_of
from .marking import encode_marked_png
from .previews import sample_person
from .runner import LeaseLostError, Progress
from .sheets import Row, pdf_of, png_of

TURN_SECONDS = 15.0
"""Shoppers' try-ons wait in the same queue: after so long it is their turn."""


def make_lookbook(lookbook: Lookbook, progress: Progress[Lookbook]) -> None:
    """Make pictures for a turn, one at least; the lookbook succeeds when none is missing."""
    end = monotonic() + TURN_SECONDS
    looks = list(lookbook.looks.select_related("garment").prefetch_related("pictures"))
    missing = [(look, sample) for look in looks for sample in _missing(look, lookbook.samples)]
    total = len(looks) * len(lookbook.samples)
    engine, worn = engines.engine(), None
    people: dict[str, PersonAnalysis] = {}
    for done, (look, sample) in enumerate(missing, 1):
        progress("dress", 1 - (len(missing) - done + 1) / total)
        if worn is not look:
            worn, cloth = look, _cloth_of(engine, look)
        _make_picture(engine, look, sample, cloth, people)
        if monotonic() > end and done < len(missing):
            work_return(work=lookbook)
            return
    _finish(engine, lookbook)


def _missing(look: Look, samples: list[str]) -> list[str]:
    made = {picture.sample for picture in look.pictures.all()}
    return [sample for sample in samples if sample not in made]


def _make_picture(
    engine: Engine, look: Look, sample: str, cloth: ClothAnalysis, people: dict[str, PersonAnalysis]
) -> None:
    try:
        result = engine.pipeline.dress(_wearer(engine, sample, people), cloth)
    except (Refusal, TryOnError) as refusal:
        picture_keep(look=look, sample=sample, code=refusal.code)
    else:
        png = encode_marked_png(result.image, model_version=engine.name)
        picture_keep(look=look, sample=sample, png=png)


def _wearer(engine: Engine, key: str, people: dict[str, PersonAnalysis]) -> PersonAnalysis:
    """What is known of whoever wears it. Of models it is kept for one turn, in `people`.

    Raises TryOnError not_found for one who may not be shown any more.
    """
    if any(wearer.key == key for wearer in shipped_wearers()):
        return sample_person(engine, key)
    if key not in people:
        people[key] = engine.pipeline.analyse_person(read_image(wearer_open(key=key)))
    return people[key]


def _cloth_of(engine: Engine, look: Look) -> ClothAnalysis:
    """The garment as the look has it; what it looks like then is kept once."""
    cloth = cloth_of(engine, look.garment)
    if look.is_varied:
        red, green, blue = bytes.fromhex(look.colour[1:]) if look.colour else (0, 0, 0)
        colour = (red, green, blue) if look.colour else None
        motif = _read(look.motif) if look.motif else None
        cloth = varied(cloth, Variation(colour, motif, look.repeat))
    if not look.cloth:
        cutout = np.dstack([cloth.image, cloth.mask.astype(np.uint8) * 255])
        buffer = io.BytesIO()
        Image.fromarray(cutout).save(buffer, format="WEBP", quality=90, method=2)
        cloth_keep(look=look, webp=buffer.getvalue())
        look.refresh_from_db(fields=["cloth"])
    return cloth


def _read(field: Any) -> np.ndarray:
    with field.open() as file:
        return read_image(file.read())


def _finish(engine: Engine, lookbook: Lookbook) -> None:
    """Put the sheets together from what is kept."""
    rows = []
    for look in lookbook.looks.select_related("garment").prefetch_related("pictures"):
        pictures = {each.sample: each.image for each in look.pictures.all() if each.image}
        shown = [_read(pictures[sample]) if sample in pictures else None for sample in lookbook.samples]
        rows.append(Row(look.garment.name, look.colour, _cutout(look), shown))
    version = engine.name
    files = {
        "sheet": (f"lookbooks/{lookbook.pk}.png", png_of(lookbook.name, rows, model_version=version)),
        "document": (f"lookbooks/{lookbook.pk}.pdf", pdf_of(lookbook.name, rows, model_version=version)),
    }
    names = {key: default_storage.save(name, ContentFile(data)) for key, (name, data) in files.items()}
    if not work_succeed(work=lookbook, **names):
        files_delete(names.values())
        raise LeaseLostError


def _cutout(look: Look) -> Image.Image | None:
    if not look.cloth:
        return None
    with look.cloth.open() as file:
        return Image.open(io.BytesIO(file.read())).convert("RGBA")
