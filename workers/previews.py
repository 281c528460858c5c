"""Garments on the sample shoppers that ship with the shop."""

from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders

from ml.analysis import PersonAnalysis
from ml.images import read_image
from tryon.models import GarmentPreview
from tryon.services.garment_previews import preview_finish

from . import models
from .handlers import cloth_of
from .marking import encode_marked_png
from .runner import LeaseLostError, Progress

SAMPLES_KEPT = 8
"""Sample shoppers kept in memory, who are drawn and no persons."""


def make_preview(preview: GarmentPreview, progress: Progress[GarmentPreview]) -> None:
    """Put the garment on the sample shopper."""
    progress("pose", 0.0)
    person = sample_person(preview.sample)
    progress("cloth", 0.4)
    result = models.pipeline().dress(person, cloth_of(preview.garment), progress)
    png = encode_marked_png(result.image, model_version=models.pipeline().model_version)
    if not preview_finish(preview=preview, png=png):
        raise LeaseLostError


@lru_cache(maxsize=SAMPLES_KEPT)
def sample_person(sample: str) -> PersonAnalysis:
    """What is known of a sample shopper. Raises FileNotFoundError for one that does not ship any more."""
    path = finders.find(sample)
    if path is None:
        raise FileNotFoundError(sample)
    return models.pipeline().analyse_person(read_image(Path(path).read_bytes()))
