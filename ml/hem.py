"""The hem of a top lies in one gentle line.

A warp wavers, and a hem goes up and down with it, most where sleeves hang beside it in the picture.
"""

import cv2
import numpy as np

from ml.anatomy import HIPS, SHOULDERS, middle, outer_side
from ml.garmentparts import Trunk
from ml.layer import FIT_SIGMA as SIGMA
from ml.layer import plane_fit
from ml.lines import LEAST, OUTLIER, gentle_line
from ml.morphology import bounding_box
from ml.scene import Scene, arm_pixels

WORKING_HEIGHT = 256
"""Height in pixels at which flows are looked at: they are smooth."""
CHEST, KNEES = 0.4, 2.0
"""Between which heights of the body a top may end, 0 at the shoulders and 1 at the hips."""
FURTHEST = 0.05
"""How far a hem is moved at most, as a share of the photo's height."""
CURVE, SLANT = 0.05, 0.1
"""How much lower the middle of a hem is than its ends at most, as a share of its width, since one looks down
on it; and how many rows a column it slants at most."""
PINCHED = 0.06
"""How far a corner of it is drawn in at most, as a share of the photo's height."""
SETTLED = 0.7
"""After which share of the way from the chest to the hem a garment moves with its hem."""
FAINT = 1e-3
"""Weight of what is near below which there is nothing to fit."""


def with_even_hem(scene: Scene, category: str, flow: np.ndarray, trunk: Trunk) -> np.ndarray:
    """`flow`, float32 (H, W, 2) px of the picture of a garment with `trunk`, with its hem in one line."""
    step = max(1, round(len(flow) / WORKING_HEIGHT))
    arms, seen = arm_pixels(scene, category), slice(step // 2, None, step)
    between, chest = _between(scene, arms, seen)
    coarse = np.ascontiguousarray(flow[seen, seen])
    wide = _not_pinched(coarse, between, chest, trunk)
    settled = _settled(wide, between & trunk.holds(wide), chest, trunk)
    if settled is None:
        return flow
    box, result = bounding_box(between & (trunk.holds(coarse) | trunk.holds(wide))), flow.copy()
    fine = tuple(slice(side.start * step, side.stop * step) for side in box)
    part, free = result[fine], ~(arms[0] | arms[1])[fine]

    def enlarged(values: np.ndarray, way: int = cv2.INTER_LINEAR) -> np.ndarray:
        large = cv2.resize(np.float32(values[box]), None, fx=step, fy=step, interpolation=way)
        return large[: len(part), : part.shape[1]]

    still, share = (enlarged(values) for values in settled)
    here = (enlarged(between, cv2.INTER_NEAREST) > 0) & free & (trunk.holds(part) | trunk.holds(still))
    part[here] += share[here][:, None] * (still - part)[here]
    return result


def _not_pinched(coarse: np.ndarray, between: np.ndarray, chest: np.ndarray, trunk: Trunk) -> np.ndarray:
    """The flow `coarse` (h, w, 2) whose trunk, in its lower half, narrows no more than that of the picture:
    a warp draws the corners of a hem in.

    between, chest: of `_between`.
    """
    own = between & trunk.holds(coarse)
    _, ends = _hem_rows(trunk.rows_to_hem(coarse), own, trunk.hem)
    rows = np.flatnonzero((own & (coarse[..., 1] < trunk.hem)).any(axis=1))
    # Far below the hem a flow means anything.
    rows = rows[rows < np.max(ends, initial=0)]
    step = np.diff(coarse[..., 0], axis=1)[own[:, 1:]]
    if len(rows) < LEAST or not step.size or np.median(step) <= 0:
        return coarse
    rows = rows[rows > (rows[-1] + chest.min()) / 2]
    moved, places = np.zeros(own.shape, np.float32), np.arange(own.shape[1])
    for way, side in ((1, trunk.right), (-1, trunk.left)):
        edge, free = own[rows, ::way], between[rows, ::way]
        last = edge.shape[1] - 1 - edge[:, ::-1].argmax(axis=1)
        # What an arm hides is not known.
        known = edge.any(axis=1) & (last + 1 < edge.shape[1])
        known[known] = free[known, last[known] + 1]
        if known.sum() < LEAST:
            continue
        seen, end = rows[known], last[known]
        columns = end if way > 0 else own.shape[1] - 1 - end
        told = coarse[seen, columns, 1].round().astype(int).clip(0, len(side) - 1)
        beyond = end - way * side[told] / np.median(step)
        out = (np.maximum.accumulate(beyond) - beyond).clip(0, PINCHED * len(own))
        out = cv2.GaussianBlur(np.float32(np.interp(rows, seen, out))[:, None], (1, 0), 0.1, sigmaY=SIGMA / 2)
        middle = np.median(places[own[rows].any(axis=0)])
        far = np.maximum(np.abs(np.interp(rows, seen, columns) - middle), 1)[:, None]
        moved[rows] -= way * out * (way * (places - middle) / far).clip(0, 1)
    y, x = np.indices(own.shape, dtype=np.float32)
    return cv2.remap(coarse, x + moved, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _between(scene: Scene, arms: tuple[np.ndarray, np.ndarray], seen: slice) -> tuple[np.ndarray, np.ndarray]:
    """Where the trunk is and no arm before it, bool (h, w), in the `seen` rows and columns of the photo; and
    (w,) the first row in which its hem may be.
    """
    pose = scene.pose
    rows, columns = (np.arange(length)[seen] for length in scene.labels.shape)
    places = np.stack(np.meshgrid(columns, rows), axis=-1).astype(np.float32)
    shoulders, hips = (middle(pose, pair) for pair in (SHOULDERS, HIPS))
    down = hips - shoulders
    share = (places - shoulders) @ down / max(float(down @ down), 1e-6)
    inner = (share > CHEST) & (share < KNEES)
    for side, arm in enumerate(arms):
        inner &= ~arm[seen, seen]
        inner[inner] = ~outer_side(pose, side, places[inner])
    return inner, (share > CHEST).argmax(axis=0)


def _settled(
    coarse: np.ndarray, own: np.ndarray, chest: np.ndarray, trunk: Trunk
) -> tuple[np.ndarray, np.ndarray] | None:
    """The flow `coarse` (h, w, 2) moved up and down so that the hem lies in one line, and smooth; and how far
    that is believed, (h, w) in 0..1. None when no hem is seen.

    own: bool (h, w), where the trunk is; chest: (w,), rows from which on it may be moved.
    """
    columns, hem = _hem_rows(trunk.rows_to_hem(coarse), own, trunk.hem)
    line = gentle_line(columns, hem, OUTLIER * len(coarse))
    if line is None:
        return None
    line = _as_worn(line, columns[0], columns[-1])
    places, furthest = np.arange(coarse.shape[1]), FURTHEST * len(coarse)
    target = line(places)
    off = np.interp(places, columns, hem - target[columns]).clip(-furthest, furthest)
    rows = np.arange(len(coarse))[:, None]
    share = ((rows - chest) / np.maximum(SETTLED * (target - chest), 1)).clip(0, 1).astype(np.float32)
    moved = _moved(coarse, share * off)
    still, weight = plane_fit(moved, own & trunk.holds(moved) & (rows < target + SIGMA), SIGMA)
    share[weight < FAINT] = 0
    return still, share


def _as_worn(line: np.polynomial.Polynomial, first: float, last: float) -> np.polynomial.Polynomial:
    """The parabola `line` over the columns from `first` to `last` as far as a hem is bent and slants, at the
    same height in the mean: a warp draws it up around the hips.
    """
    half, middle = max((last - first) / 2, 1), (first + last) / 2
    bent = float(line.deriv(2)(middle)) / 2
    slant = float(line.deriv()(middle))
    kept = float(np.clip(bent, -2 * CURVE / half, 0))
    level = float(line(middle)) + (bent - kept) * half**2 / 3
    centred = np.polynomial.Polynomial((-middle, 1))
    return level + float(np.clip(slant, -SLANT, SLANT)) * centred + kept * centred**2


def _moved(flow: np.ndarray, down: np.ndarray) -> np.ndarray:
    """`flow` (H, W, 2) as it is `down` pixels (H, W) below each place."""
    y, x = np.indices(flow.shape[:2], dtype=np.float32)
    return cv2.remap(flow, x, y + np.float32(down), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _hem_rows(down: np.ndarray, own: np.ndarray, hem: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns in which `down` (h, w), rows of the picture, reaches the row `hem` where it is `own`, bool
    (h, w), and the rows in which it does, between pixels.
    """
    beyond = own & (down >= hem)
    first = beyond.argmax(axis=0)
    columns = np.flatnonzero(beyond.any(axis=0) & (first > 0))
    first = first[columns]
    columns, first = (part[own[first - 1, columns]] for part in (columns, first))
    above, below = down[first - 1, columns], down[first, columns]
    return columns, first - 1 + (hem - above) / np.maximum(below - above, 1e-6)
