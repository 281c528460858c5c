"""The rows of a lower garment's picture spread evenly between its waist and where its legs part.

A warp stretches waistbands 1.3 to 1.9 times as much upwards as sideways, and what is below them less than
that: a button becomes an oval.
"""

import cv2
import numpy as np

from ml.anatomy import shoulder_width
from ml.lowerfit import crotch_row
from ml.scene import Scene
from ml.waist import Waist

STEADY = 0.3
"""Over which width rows are moved alike, in widths of the shoulders."""
MOST = 1.25
"""How many times as many rows of the picture as in the mean are at the waist at most, or as few at least."""
BESIDE = 0.3
"""How far beside the old waist rows are moved, likewise."""


def spread_down(scene: Scene, old: Waist | None, flow: np.ndarray) -> np.ndarray:
    """`flow`, float32 (H, W, 2) px of the picture, of `at_waist`, with its rows spread evenly in each column
    from the waist to the crotch, a few more of them at the waistband where it would be drawn out. The less so
    the more of the waist a top hides: it would hide more of the waistband.

    old: of `old_waist`.
    """
    if old is None:
        return flow
    seen = 1 - 2 * float(old.covered[slice(*np.int32(old.ends))].mean())
    last = min(round(crotch_row(scene.pose)), len(flow) - 1)
    unit = shoulder_width(scene.pose)
    left, right = (round(float(end)) for end in np.add(old.ends, (-BESIDE * unit, BESIDE * unit)))
    columns = np.arange(max(left, 0), min(right, flow.shape[1]), dtype=np.float32)
    level = old.row(columns).clip(0, max(last - 1, 0))
    first = int(level.min())
    if seen <= 0 or last - first < 2:
        return flow
    box = slice(first, last + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    rows, down = np.arange(first, last + 1, dtype=np.float32)[:, None], flow[box][..., 1]
    across, begin = flow[box][np.round(level).astype(int) - first, np.arange(len(columns))].T
    high, share = down[-1] - begin, (rows - level) / (last - level)
    at_waist = _at_waist(across, high / (last - level))
    even = begin + high * share * (at_waist + (1 - at_waist) * share)
    moved = np.where(share > 0, np.float32(seen) * (even - down), 0)
    result = flow.copy()
    result[box][..., 1] += cv2.blur(np.float32(moved), (2 * round(STEADY * unit / 2) + 1, 1))
    return result


def _at_waist(across: np.ndarray, down: np.ndarray) -> float:
    """How many times as many rows of the picture as in the mean a row of the photo passes at the waist: half
    the way to where it is stretched as much upwards as sideways.

    across: column of the picture (n,) at each place of the waist; down: rows of it (n,) that a row passes in
    the mean. It is told from the middle half: the sides turn away.
    """
    half = slice(len(across) // 4, len(across) - len(across) // 4)
    upwards, sideways = float(np.median(down[half])), float(np.median(np.diff(across[half])))
    return float(np.clip((1 + sideways / max(upwards, 1e-6)) / 2, 1 / MOST, MOST))
