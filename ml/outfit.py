"""Several garments on one person: from below to above, each on the picture of those before it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ml.analysis import ClothAnalysis, PersonAnalysis, TryOnResult
from ml.errors import Refusal
from ml.progress import PROGRESS, OnStage

if TYPE_CHECKING:
    from ml.pipeline import TryOnPipeline

OUTER = "outer"
"""The layer of garments that are worn over a top. The other layers are the categories."""
LAYERS = ("lower_body", "dresses", "upper_body", OUTER)
"""From below to above."""


def layer_of(cloth: ClothAnalysis) -> str:
    """The one of LAYERS that a garment belongs to."""
    return OUTER if cloth.outer else cloth.category


def put_on_order(cloths: Sequence[ClothAnalysis]) -> list[ClothAnalysis]:
    """The garments from below to above. Raises Refusal outfit_conflict unless there is at most one of each
    layer, and neither a top nor a lower garment with a dress.
    """
    layers = {layer_of(cloth) for cloth in cloths}
    if len(layers) < len(cloths) or ("dresses" in layers and layers - {"dresses", OUTER}):
        raise Refusal("outfit_conflict")
    return sorted(cloths, key=lambda cloth: LAYERS.index(layer_of(cloth)))


def dress_outfit(
    pipeline: "TryOnPipeline",
    person: PersonAnalysis,
    cloths: Sequence[ClothAnalysis],
    on_stage: OnStage | None = None,
) -> TryOnResult:
    """The person in one garment or more, given in any order. Raises Refusal outfit_conflict, and as
    `TryOnPipeline.dress` does.

    The mask is the union of the garments' masks: outside it the picture is the photo, bit for bit. Confidence
    is that of the least certain garment, timings are sums.
    """
    ordered = put_on_order(cloths)
    wearing, timings = person, dict.fromkeys(person.timings, 0.0)
    mask, confidence = np.zeros(person.photo.shape[:2], bool), 1.0
    for index, cloth in enumerate(ordered):

        def listen(stage: str, share: float, done: int = index) -> None:
            begin = PROGRESS["warp"]
            if on_stage:
                on_stage(stage, begin + (1 - begin) * (done + (share - begin) / (1 - begin)) / len(ordered))

        result = pipeline.dress(wearing, cloth, listen)
        for stage, seconds in result.timings.items():
            timings[stage] = timings.get(stage, 0.0) + seconds
        mask, confidence = mask | result.mask, min(confidence, result.confidence)
        parse = replace(person.parse, labels=result.labels)
        wearing = replace(person, photo=result.image, parse=parse, timings={})
    return replace(result, mask=mask, confidence=confidence, timings=timings)
