"""The picture of trousers, shorts or a skirt: a waist without bites, and the space between two legs."""

import cv2
import numpy as np

from ml.morphology import dilate

WAIST_PART = 0.2
"""How far down a lower garment its waist and hips reach, as a share of its height: they are convex."""
BUCKLE = 0.02
"""Half the width of what may stand out of a waist, a buckle or a loop, as a share of the picture's height."""
DEEPEST_BITE = 0.05
"""How deep a bite in waist and hips may be, likewise."""


def whole_waist(mask: np.ndarray) -> np.ndarray:
    """`mask`, bool (h, w), of a lower garment with bites in its waist and hips filled.

    Pale prints before a pale wall bite holes into an outline there. A buckle that stands out fills nothing.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return mask
    part = np.s_[rows[0] : rows[0] + max(1, round(WAIST_PART * (rows[-1] - rows[0] + 1)))]
    reach = BUCKLE * len(mask)
    # Beyond the part the garment goes on; its corners are not to be rounded off.
    body = np.pad(np.uint8(mask[part]), ((0, round(2 * reach)), (0, 0)), mode="edge")
    flat = cv2.morphologyEx(body, cv2.MORPH_OPEN, np.ones((1, 2 * round(reach) + 1), np.uint8))
    points = cv2.findNonZero(flat)
    if points is None:
        return mask
    hull = cv2.fillConvexPoly(np.zeros_like(body), cv2.convexHull(points), 1)[: part.stop - part.start] > 0
    result = mask.copy()
    result[part] |= hull & dilate(mask, DEEPEST_BITE * len(mask))[part]
    return result


def at_waist_alone(inside: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The bool `inside` (h, w) of a lower garment `mask` as far as it is at its waist: further down the
    network takes a leg that is lit otherwise for the inside of the back.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    result = inside.copy()
    if rows.size:
        result[rows[0] + max(1, round(WAIST_PART * len(rows))) :] = False
    return result


def between_legs(mask: np.ndarray) -> np.ndarray:
    """Where trousers show what is behind them: pixels between two of a bool `mask` in a row, bool (h, w)."""
    inside = np.maximum.accumulate(mask, axis=1) & np.maximum.accumulate(mask[:, ::-1], axis=1)[:, ::-1]
    return inside & ~mask
