"""Trousers on somebody in a dress: at the hips they are as wide as a body, and that was in the dress."""

from dataclasses import replace

import numpy as np

from ml.anatomy import HIPS, middle, shoulder_width
from ml.layer import GarmentLayer
from ml.lines import steady
from ml.lowerfit import crotch_row
from ml.scene import Scene
from ml.sides import evened, trunk_axis
from ml.waist import Waist, in_dress

BESIDE = 3
"""Pixels beside a dress where the wall tells that its side is seen."""
SEEN = 0.5
"""Share of the rows in which it must be seen."""
ROUND = 0.15
"""Over which height a hip is round (standard deviation of a blur), in widths of the shoulders."""
LOOSENING = 0.5
"""By how many columns a row a leg may be wider below the crotch."""


def within_dress(scene: Scene, old: Waist | None, layer: GarmentLayer) -> GarmentLayer:
    """`layer` of trousers no wider, from the waist to the crotch, than the dress that was worn, and round
    there. old: of `old_waist`.
    """
    if old is None or not in_dress(scene):
        return layer
    height, width = layer.alpha.shape
    hips = middle(scene.pose, HIPS)[1]
    axis = trunk_axis(scene)[round(float(hips.clip(0, height - 1)))]
    first = max(round(float(old.row(np.float32([axis]))[0])), 0)
    last = min(round(crotch_row(scene.pose)), height)
    if last - first < 2:
        return layer
    rows, columns = np.arange(first, height), np.arange(width, dtype=np.float32)
    dress, wall = (scene.of(name)[first:last] for name in ("dress", "background"))
    alpha, sigma = layer.alpha.copy(), ROUND * shoulder_width(scene.pose)
    for side in (1, -1):
        start = dress[:, ::side].argmax(axis=1)
        seen = wall[:, ::side][np.arange(last - first), (start - BESIDE).clip(0, None)] & dress.any(axis=1)
        if seen.mean() < SEEN:
            continue
        known = evened(np.interp(rows[: last - first], rows[: last - first][seen], start[seen]))
        level = np.concatenate([known, known[-1] - LOOSENING * (rows[last - first :] - last)])
        level = np.maximum(level, (alpha[first:, ::side] > 0.5).argmax(axis=1))
        level[: last - first] = np.maximum(level, steady(level, sigma))[: last - first]
        edge = alpha[first:, ::side]
        np.minimum(edge, (columns - level[:, None] + 1).clip(0, 1), out=edge)
    return replace(layer, alpha=alpha)
