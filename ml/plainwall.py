"""A plain wall between an arm and pale clothing, which the parser takes for clothing.

A white dress before a pale wall has no colours of its own that would tell them apart. But the wall is even,
and in one place it is as bright on either side of an arm.
"""

import cv2
import numpy as np

from ml.inpaint import carried_on
from ml.morphology import dilate

GAP = 0.2
"""Widest gap between arm and clothing, as a share of the shoulders' width."""
ALIKE = 8.0
"""How far the wall in a gap may be from that beyond the arm, in steps of a channel."""
EVEN = 3.0
"""By how many steps a wall changes from one pixel to the next at most."""
UNLIKE = 24.0
"""From how far on, likewise, something is none of it."""
LEAST = 0.001
"""Least area of a gap, in squares of the shoulders' width."""
SOFT, RIM, SPREAD = 0.7, 3, 4
"""Blur before all that (standard deviation), width of the rim of an arm that is no wall, and how far the edge
of a gap may lie from what is even in it, in pixels."""


def flat_wall(
    colours: np.ndarray, wall: np.ndarray, cloth: np.ndarray, arm: np.ndarray, unit: float
) -> np.ndarray:
    """Where what is taken for `cloth` beside an `arm` is as even as the `wall`, and has its colour: all bool
    (h, w).

    colours: RGB uint8 (h, w, 3); unit: width of the shoulders in pixels.
    """
    near = cloth & dilate(arm, GAP * unit)
    if not (near.any() and wall.any()):
        return np.zeros_like(cloth)
    seen = cv2.GaussianBlur(colours.astype(np.float32), (0, 0), SOFT)
    inner = dilate(wall, -RIM)
    unlike = np.abs(seen - carried_on(seen, inner if inner.any() else wall)).max(axis=2)
    steps = np.maximum(*(np.abs(cv2.Sobel(seen, -1, *axis, scale=1 / 8)) for axis in ((1, 0), (0, 1))))
    even = near & (unlike < ALIKE) & (steps.max(axis=2) < EVEN)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(even))
    touching = np.unique(parts[dilate(arm | wall, RIM) & (parts > 0)])
    touching = touching[stats[touching, cv2.CC_STAT_AREA] > LEAST * unit**2]
    # What goes on beyond any gap is clothing in the colour of the wall.
    even = np.isin(parts, np.setdiff1d(touching, parts[dilate(cloth & ~near, 1)]))
    if not even.any():
        return even
    # From what is known of either both spread up to the edge between them (Meyer, 1992).
    reach = near & dilate(even, SPREAD)
    marks = np.where(reach & (unlike < UNLIKE) & ~even, 0, np.where(even, 1, 2)).astype(np.int32)
    return (cv2.watershed(colours, marks) == 1) & near
