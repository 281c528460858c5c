"""Garments on the sample shoppers that ship with the shop."""

from pathlib import Path

from django.contrib.staticfiles import finders

from ml.analysis import PersonAnalysis
from ml.images import read_image
from tryon.models import GarmentPreview
from tryon.services.garment_previews import preview_finish

from . import engines
from .engines import Engine
from .handlers import cloth_of
from .marking import encode_marked_png
from .runner import LeaseLostError, Progress

SAMPLES_KEPT = 8
"""Sample shoppers kept in memory, who are drawn and no persons."""


def make_preview(preview: GarmentPreview, progress: Progress[GarmentPreview]) -> None:
    """Put the garment on the sample shopper."""
    progress("pose", 0.0)
    engine = engines.engine()
    person = sample_person(engine, preview.sample)
    progress("cloth", 0.4)
    result = engine.pipeline.dress(person, cloth_of(engine, preview.garment), progress)
    png = encode_marked_png(result.image, model_version=engine.name)
    if not preview_finish(preview=preview, png=png):
        raise LeaseLostError


_people: dict[tuple[str, str], PersonAnalysis] = {}


def sample_person(engine: Engine, sample: str) -> PersonAnalysis:
    """What is known of a sample shopper. Raises FileNotFoundError for one that does not ship any more."""
    key = engine.person_networks, sample
    if key not in _people:
        path = finders.find(sample)
        if path is None:
            raise FileNotFoundError(sample)
        person = engine.pipeline.analyse_person(read_image(Path(path).read_bytes()))
        if len(_people) >= SAMPLES_KEPT:
            _people.clear()
        _people[key] = person
    return _people[key]
