"""What a retraining learns from: garments and photos of the store. Photos of people are in memory only."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, zip_longest
from typing import Any

import numpy as np
from django.core.files.storage import default_storage

from ml.analysis import ClothAnalysis
from ml.errors import Refusal
from ml.images import read_image
from ml.training.store_set import StoreSet, all_worn_pairs, fabric_of, held_out
from tryon.errors import TryOnError
from tryon.key_ring import SealError
from tryon.models import DataSource, Garment, TrainingRun
from tryon.selectors.training_runs import (
    DataFilter,
    filter_of,
    garments_to_learn_from,
    samples_to_learn_from,
)
from tryon.services.photo_store import object_open

from .engines import Engine
from .handlers import analyse_cloth

SHEET_GARMENTS = 6
MOST_GARMENTS = 3000
"""Each takes 150 kB of memory."""
MOST_SAMPLES = 400
"""What is worn on each takes 1.5 MB for each garment."""
logger = logging.getLogger(__name__)


def read_store(
    run: TrainingRun, engine: Engine, progress: Callable[[float], None]
) -> tuple[StoreSet, list[ClothAnalysis], dict[str, Any]]:
    """What the run learns from, garments for the sheet, and the manifest: the filter, and the SHA-256 of all
    that was read. `progress` is told the share that is read, 0 to 1."""
    chosen = filter_of(run)
    manifest: dict[str, Any] = {"filter": chosen.as_json(), "garments": {}, "samples": {}}
    garments = list(garments_to_learn_from(chosen)[:MOST_GARMENTS])
    fabrics = []
    by_category: dict[str, list[ClothAnalysis]] = {category: [] for category in run.categories}
    for index, (garment, cloth) in enumerate(_analysed(engine, garments)):
        identifier = str(garment.pk)
        manifest["garments"][identifier] = _picture_digest(garment)
        fabrics.append(fabric_of(identifier, cloth))
        if held_out(identifier) and len(by_category[garment.category]) < SHEET_GARMENTS:
            by_category[garment.category].append(cloth)
        progress(index / len(garments))
    worn = []
    photos = photos_to_read(chosen, manifest["samples"])
    for _, pairs in all_worn_pairs(photos, engine.pipeline.analyse_person):
        worn += [pair for pair in pairs if pair.category in run.categories]
        progress(1.0)
    if not garments:
        by_category = {"": _not_learnt(engine, run)}
    in_turn = (cloth for row in zip_longest(*by_category.values()) for cloth in row if cloth is not None)
    return StoreSet(fabrics, worn), list(islice(in_turn, SHEET_GARMENTS)), manifest


def photos_to_read(chosen: DataFilter, manifest: dict[str, str]) -> Iterator[tuple[str, np.ndarray]]:
    """(name, RGB uint8) of the samples that may be trained on, each asked for anew when its turn comes. What
    was read is noted in `manifest`.

    A photo is named after the garment that it was added to, if there is one, so that both are held out or
    neither is. One that was added twice counts once: its second copy could be on the other side.
    """
    for pk in list(samples_to_learn_from(chosen).values_list("pk", flat=True)[:MOST_SAMPLES]):
        sample = samples_to_learn_from(chosen).select_related("sealed").filter(pk=pk).first()
        if sample is None or sample.sealed is None or sample.sha256 in manifest.values():
            continue
        try:
            image = read_image(object_open(sealed=sample.sealed))
        except (TryOnError, SealError) as error:
            logger.info("Sample %s is of no use: %s", pk, type(error).__name__)
            continue
        manifest[str(pk)] = sample.sha256
        yield str(sample.garment_id or pk), image


def _analysed(engine: Engine, garments: Iterable[Garment]) -> Iterator[tuple[Garment, ClothAnalysis]]:
    """Those whose picture is there and shows a garment."""
    for garment in garments:
        try:
            yield garment, analyse_cloth(engine, garment)
        except (Refusal, FileNotFoundError) as error:
            logger.info("Garment %s is of no use: %s", garment.pk, type(error).__name__)


def _not_learnt(engine: Engine, run: TrainingRun) -> list[ClothAnalysis]:
    """Garments to look at on the sheet of a run that learns from photos alone."""
    garments = garments_to_learn_from(DataFilter(run.categories, [DataSource.GARMENTS]))
    return [cloth for _, cloth in _analysed(engine, garments[:SHEET_GARMENTS])]


def _picture_digest(garment: Garment) -> str:
    with default_storage.open(str(garment.image.name)) as file:
        return hashlib.sha256(file.read()).hexdigest()
