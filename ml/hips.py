"""Trousers on somebody in a dress: at the hips they are as wide as a body, and that was in the dress."""

from dataclasses import replace

import numpy as np

from ml.compose import Scene
from ml.layer import GarmentLayer
from ml.lowerfit import CROTCH
from ml.regions import HIPS, KNEES, middle
from ml.sides import evened, trunk_axis
from ml.waist import Waist, in_dress

BESIDE = 3
"""Pixels beside a dress where the wall tells that its side is seen."""
SEEN = 0.5
"""Share of the rows in which it must be seen."""
LOOSENING = 0.5
"""By how many columns a row a leg may be wider below the crotch."""


def within_dress(scene: Scene, old: Waist | None, layer: GarmentLayer) -> GarmentLayer:
    """`layer` of trousers no wider, from the waist to the crotch, than the dress that was worn. old: of
    `old_waist`.
    """
    hips, knees = (middle(scene.pose, pair)[1] for pair in (HIPS, KNEES))
    if old is None or not in_dress(scene):
        return layer
    axis, height = trunk_axis(scene), len(layer.alpha)
    first = max(round(float(old.row(np.float32([axis[round(float(hips.clip(0, height - 1)))]]))[0])), 0)
    last = min(round(float(hips + CROTCH * (knees - hips))), height)
    if last - first < 2:
        return layer
    rows, columns = np.arange(first, height), np.arange(layer.alpha.shape[1], dtype=np.float32)
    alpha, dress, wall = layer.alpha.copy(), scene.of("dress"), scene.of("background")
    for side in (1, -1):
        there, beside = dress[first:last, ::side], wall[first:last, ::side]
        start = there.argmax(axis=1)
        seen = beside[np.arange(last - first), (start - BESIDE).clip(0, None)] & there.any(axis=1)
        if seen.mean() < SEEN:
            continue
        known = np.interp(rows[: last - first], rows[: last - first][seen], start[seen])
        level = np.concatenate([evened(known), np.full(height - last, known[-1])])
        level -= LOOSENING * (rows - last).clip(0, None)
        edge = alpha[first:, ::side]
        np.minimum(edge, (columns - level[:, None] + 1).clip(0, 1), out=edge)
    return replace(layer, alpha=alpha)
