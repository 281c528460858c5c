"""A collar that stands up before the neck, as ruffles and polo necks do, and is no inside of a back."""

import numpy as np

from ml.landmarks import LANDMARKS
from ml.reading import GarmentReading

CORNERS = ("front_neck", "left_collar", "right_collar", "left_shoulder", "right_shoulder")
SEEN = 0.5
"""How surely each of these must be seen."""
DEEPEST = 0.15
"""How far below its sides a collar that is closed may end in front, in widths of the collar."""
STANDS = 0.4
"""How high over the shoulders it stands at least, likewise."""
UPRIGHT, NEAR_TOP = 1.2, 0.3
"""How wide a garment is at most, likewise, that share of the way down from its top to the shoulders: one that
grows wider there is a slope, or wings of a collar."""


def may_stand(front: np.ndarray) -> bool:
    """Whether the front of a garment, bool (h, w), goes up to its top in the middle: cheaply told."""
    rows, columns = np.nonzero(front)
    if not rows.size:
        return False
    middle = round(np.median(columns[rows <= rows.min() + 0.1 * np.ptp(rows)]))
    return bool(front[rows.min() : rows.min() + round(0.05 * np.ptp(rows)) + 1, middle].any())


def collar_base(mask: np.ndarray, front: np.ndarray, reading: GarmentReading) -> int:
    """The row of its picture above which a garment is a collar that stands before the neck; 0 without one.

    mask: bool (h, w), the garment; front: likewise, but for the inside of its back.
    """
    corners = dict(zip(LANDMARKS, zip(reading.landmarks, reading.visibility, strict=True), strict=True))
    (neck, left, right, *shoulders), seen = zip(*(corners[name] for name in CORNERS), strict=True)
    width, top = float(np.linalg.norm(left - right)), float(left[1] + right[1]) / 2
    below = float(np.mean([shoulder[1] for shoulder in shoulders]))
    closed = neck[1] - top < DEEPEST * width and _top(front, float(neck[0])) - top < DEEPEST * width
    row = round(top + NEAR_TOP * (below - top))
    if min(seen) < SEEN or not closed or below - top < STANDS * width or not 0 <= row < len(mask):
        return 0
    across = np.flatnonzero(mask[row])
    upright = across.size and np.ptp(across) + 1 < UPRIGHT * width
    return round((top + below) / 2) if upright else 0


def _top(front: np.ndarray, column: float) -> int:
    """First row of `front` in a column; its height where it has none."""
    line = front[:, int(np.clip(round(column), 0, front.shape[1] - 1))]
    return int(line.argmax()) if line.any() else len(line)
