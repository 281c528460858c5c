"""What any try-on model must beat, measured like it: the unchanged photo and a fill of one colour.

The third baseline, a thin-plate spline, is a pipeline of its own (`ml.tps`).
"""

from dataclasses import replace

import numpy as np

from ml.analysis import ClothAnalysis, PersonAnalysis, TryOnResult


def unchanged(person: PersonAnalysis, result: TryOnResult) -> TryOnResult:
    """The photo as it was, with mask and placement of `result`, so that the same places are measured."""
    return replace(result, image=person.photo)


def flat_fill(cloth: ClothAnalysis, result: TryOnResult) -> TryOnResult:
    """`result` (with placement) whose garment is filled with the median colour of its picture."""
    if result.placement is None:
        raise ValueError("a flat fill needs the placement of the garment")
    colour = np.median(cloth.image[cloth.mask & ~cloth.inside], axis=0)
    alpha = result.placement.alpha[..., None]
    filled = alpha * colour + (1 - alpha) * result.image
    return replace(result, image=filled.round().clip(0, 255).astype(np.uint8))
