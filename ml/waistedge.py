"""The upper edge of trousers, shorts and skirts on a body: a smooth line, where that of the old ones was."""

from dataclasses import replace

import numpy as np

from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.morphology import bounding_box, dilate
from ml.scene import HEM, TOPS, Scene
from ml.waist import NEAR, Waist, in_dress, waist_of, waist_rows

OVERLAP = 0.01
"""How far under a top a waist reaches, as a share of the photo's height."""
DIP = 0.02
"""How deep a dip in a waist is filled, likewise."""
SHORT = 0.035
"""How far below the old waist the new one may end and still be drawn up to it, likewise."""
END, ROUND = 0.15, 0.01
"""How much of a waist, at either side, is its end, as a share of its width; and the radius of its corners, as
a share of the photo's height."""
SPREAD = 1.0
"""How much wider than a waist a garment may be on each side, in distances below the waist."""
HALF = 0.5
"""How much of a waist nearby a top hangs over where it hides a place of it."""


def with_whole_edge(scene: Scene, old: Waist | None, layer: GarmentLayer) -> GarmentLayer:
    """`layer` of a lower garment without dips in its waist, a smooth line that nothing interrupts, drawn up
    to the old waist where that is seen and near, nowhere wider than the body, and nowhere higher than where
    it comes out from under a top. old: of `old_waist`.
    """
    seen, height = layer.alpha > 0.5, len(layer.alpha)
    waist = waist_of(scene, seen)
    box = waist_rows(scene.pose), bounding_box(seen, round(4 * STEPS * height))[1]
    rows, columns = (np.arange(side, dtype=np.float32) for side in layer.alpha.shape)
    rows, columns, alpha = rows[box[0], None], columns[box[1]], layer.alpha[box]
    if waist is not None:
        below = rows - waist.row(columns)
        width = waist.ends[1] - waist.ends[0]
        dips = (below > 0) & (below < DIP * height) & (columns > waist.ends[0]) & (columns < waist.ends[1])
        alpha = np.where(dips, np.float32(1), alpha)
    if alpha.size and old is not None and not (old.hidden or in_dress(scene)):
        # Skin that comes out between both would be as wide as the old clothes were.
        level, within = old.row(columns), (columns > old.ends[0]) & (columns < old.ends[1])
        edge = box[0].start + seen[box].argmax(axis=0)
        near = within & seen[box].any(axis=0) & (edge - level < SHORT * height)
        alpha = np.where(near & (rows > level) & (rows < edge), np.float32(1), alpha)
    if old is not None:
        below = rows - old.row(columns) + np.float32(OVERLAP * height) * old.covered[box[1]]
        wide = np.float32(SPREAD) * below.clip(0, None) + np.float32(HEM * height)
        ends = _under_top(scene, old) if old.hidden else old.ends
        left, right = (side * (columns - end) > wide for side, end in zip((-1, 1), ends, strict=True))
        above = (rows < old.row(columns)) & (old.covered[box[1]] < HALF) & (not in_dress(scene))
        cut = (left & old.seen[0]) | (right & old.seen[1]) | (((below < 0) | above) & old.hidden)
        alpha = np.where(cut, np.float32(0), alpha)
    if waist is not None:
        # Where a waist climbs at its ends it would end in horns.
        ends = (columns < waist.ends[0] + END * width) | (columns > waist.ends[1] - END * width)
        alpha = np.where(ends & ~dilate(dilate(alpha > 0.5, -ROUND * height), ROUND * height), 0, alpha)
    result = layer.alpha.copy()
    if alpha.size:
        result[box] = soft_edged(alpha, STEPS * height)
    return replace(layer, alpha=result)


def _under_top(scene: Scene, old: Waist) -> tuple[float, float]:
    """The ends of the waist `old` no further out than those of the top that hangs over it."""
    reach = NEAR * len(scene.labels)
    level = old.row(np.arange(scene.labels.shape[1]))
    rows = np.arange(len(scene.labels))[:, None]
    above = scene.of(*TOPS) & (rows < level) & (rows > level - reach)
    columns = np.flatnonzero(above.any(axis=0))
    if not columns.size:
        return old.ends
    left, right = old.ends
    return max(left, min(float(columns[0]), left + reach)), min(right, max(float(columns[-1]), right - reach))
