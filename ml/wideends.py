"""The ends of wide sleeves hang closed.

In a picture they are spread out: the front of a sleeve ends, and below it the inside of its back is seen, and
folds. On an arm that hangs down they would lie around the wrist like rags.
"""

import numpy as np

from ml.anatomy import along_arm
from ml.cuffs import LENGTH
from ml.garmentparts import Trunk
from ml.morphology import bounding_box
from ml.sleeves import FLARE, LONG, WRIST, Sleeves, hangs

LAST = 0.1
"""How much of an arm before the end of its sleeve tells what is seen there."""
MOST = 90
"""Percentile of the rows of the picture that are seen there: a spread end slants."""
SHRUNK = 0.5
"""How much of the end of a sleeve is left out at most."""
LEAST = 100
"""Pixels of it that are needed."""


def with_closed_ends(
    sleeves: Sleeves, flow: np.ndarray, rows: tuple[float, float] | None, trunk: Trunk
) -> np.ndarray:
    """`flow`, float32 (H, W, 2) px of the picture of a garment with `trunk`, that shows nothing below the
    `rows` in which the fronts of its wide sleeves end, on the left and the right of the picture; None without
    such.
    """
    pose, end = sleeves.pose, min(sleeves.end, WRIST)
    if rows is None or end < LONG:
        return flow
    result = flow.copy()
    for side, arm in enumerate(sleeves.arms):
        if not hangs(pose, side):
            continue
        points = np.argwhere(arm)[:, ::-1]
        along = along_arm(pose, side, points)
        found = flow[points[:, 1], points[:, 0]]
        sleeve = ~trunk.holds(found)
        at_end = sleeve & (along > end - LAST) & (along <= end)
        begun = sleeve & (along > end - LENGTH) & (along < end - LENGTH + LAST)
        if min(at_end.sum(), begun.sum()) < LEAST:
            continue
        front = rows[trunk.side_of(found[at_end])]
        first, last = float(np.median(found[begun, 1])), float(np.percentile(found[at_end, 1], MOST))
        share = (front - first) / max(last - first, 1)
        if SHRUNK < share < 1:
            around = result[bounding_box(arm, round(FLARE * len(arm)))]
            lower = (around[..., 1] > first) & ~trunk.holds(around)
            around[lower, 1] = first + share * (around[lower, 1] - first)
    return result
