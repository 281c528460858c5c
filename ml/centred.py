"""A top lies with its middle between the arms.

Of the trunk of a top each arm hides a part. A warp turns tops a little too far: one arm hides a print, while
beside the other all of the trunk is seen, or even a piece of the sleeve. What is hidden is shared, and
on the side where an arm hides some all the same the trunk is drawn in: cloth that goes around a body looks
narrower towards its sides. A print lies on the trunk, before the sleeves, and none of them cuts it.
"""

import cv2
import numpy as np

from ml.anatomy import HIPS, SHOULDERS, middle, shoulder_width
from ml.garmentparts import Trunk
from ml.scene import Scene, arm_pixels, bare_limbs
from ml.sides import first_columns, trunk_axis
from ml.sleeves import hangs
from ml.yoke import Neckline

FURTHEST = 0.13
"""How far a trunk is moved to the side at most, in widths of the shoulders: the rest is the body's turn."""
DRAWN_IN, GUESSED = 0.3, 0.08
"""By how much a half of it of which an arm still hides some is drawn in at most, in widths of what is seen of
that half: beside a bare arm, and beside one in an old sleeve, whose width is but guessed."""
LITTLE = 0.03
"""How much more than the other an arm may hide, likewise: no warp is more exact."""
FULL = 0.25
"""From which height of the body on it is moved as far as that, 0 at the shoulders and 1 at the hips."""
EVEN = 0.1
"""Over which height that changes (standard deviation of a blur), likewise."""
SOFT = 0.07
"""From how far within a side of the garment, likewise, it is moved less and less: the side stays."""
LEAST = 0.5
"""Least share of the rows from there to the hips in which an arm must be seen on both sides."""
BESIDE = 0.25
"""How far beyond the sides of the trunk the move comes to an end, in widths of the shoulders. No further than
that are they looked for behind an arm."""


def between_arms(
    scene: Scene, category: str, flow: np.ndarray, trunk: Trunk, outline: np.ndarray, neckline: Neckline
) -> np.ndarray:
    """`flow`, float32 (H, W, 2) px of the picture of a top, moved to the left or the right so that arms that
    hang beside its `trunk` hide as little and as much of it on either side. Sides stay where they are seen.

    outline: float32 (h, w), 1 on the garment in its picture; neckline: which moves with it.
    """
    pose, unit = scene.pose, shoulder_width(scene.pose)
    shoulders, hips = (float(middle(pose, pair)[1]) for pair in (SHOULDERS, HIPS))
    torso = hips - shoulders
    if torso < 1 or not (hangs(pose, 0) and hangs(pose, 1)):
        return flow
    first, last = max(0, round(shoulders + FULL * torso)), min(len(flow), round(hips))
    arm = np.logical_or(*(part[first:last] for part in arm_pixels(scene, category)))
    rows, begin, end = _between(arm, trunk_axis(scene)[first:last])
    across = flow[first + rows, end, 0] - flow[first + rows, begin, 0]
    rows, begin, end = (part[across > 0] for part in (first + rows, begin, end))
    if len(rows) <= LEAST * (1 - FULL) * torso:
        return flow
    left, right = flow[rows, begin], flow[rows, end]
    scale = (right - left) / (end - begin)[:, None]
    bare = bare_limbs(scene)[rows, [begin - 1, end + 1]]
    most = np.where(bare, DRAWN_IN, GUESSED) * (end - begin) / 2
    off, drawn_in, rest = _shared(_hidden(left, right, trunk) / scale[:, 0], most, unit)
    # What is hidden all the same moves along.
    sides = begin - rest[0], end + rest[1]
    places = np.arange(max(0, int(shoulders)), min(len(flow), int(hips + FULL * torso)))
    seen = off, *drawn_in, begin, end, *sides, *scale.T
    found = np.stack([np.interp(places, rows, part) for part in seen], axis=1)
    found = cv2.GaussianBlur(found, (1, 0), 0.1, sigmaY=EVEN * torso, borderType=cv2.BORDER_REPLICATE)
    low = (places - shoulders) / torso
    found[:, :3] *= (np.minimum(low, 1 + FULL - low) / FULL).clip(0, 1)[:, None]
    return _moved(flow, outline, neckline, places, found, unit)


def _between(arm: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows with an `arm`, bool (h, w), on both sides of the columns `axis`, (h,), and the first and the last
    column between them, (N,) int each.
    """
    places = np.arange(arm.shape[1])
    end = first_columns(arm & (places >= axis[:, None]))
    begin = arm.shape[1] - first_columns((arm & (places < axis[:, None]))[:, ::-1])
    rows = np.flatnonzero((begin > 0) & (end < arm.shape[1]) & (end > begin + 1))
    return rows, begin[rows], end[rows] - 1


def _hidden(left: np.ndarray, right: np.ndarray, trunk: Trunk) -> np.ndarray:
    """How much of a `trunk` that is seen from `left` to `right`, (N, 2) px of its picture, is hidden on the
    left and on the right: (2, N) px, less than 0 where more than the trunk is seen.
    """
    begin, end = (
        side[places[:, 1].round().astype(int).clip(0, len(side) - 1)]
        for side, places in ((trunk.left, left), (trunk.right, right))
    )
    return np.stack([left[:, 0] - begin, end - right[:, 0]])


def _shared(hidden: np.ndarray, most: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By how many pixels each row of a trunk is moved to the right, (N,), and drawn in on the left and on the
    right, at `most` (2, N), and how much of it is hidden beside an arm's inner side then, likewise.

    hidden: (2, N) px, of it on the left and on the right, less than 0 where more is seen; unit: width of the
    shoulders in pixels.
    """
    more = hidden[0] - hidden[1]
    off = np.sign(more) * (np.abs(more) - LITTLE * unit).clip(0, 2 * FURTHEST * unit) / 2
    hidden = hidden + np.stack([-off, off])
    drawn_in = (hidden - LITTLE * unit).clip(0, most)
    return off, drawn_in, (hidden - drawn_in).clip(0, BESIDE * unit)


def _moved(
    flow: np.ndarray,
    outline: np.ndarray,
    neckline: Neckline,
    rows: np.ndarray,
    found: np.ndarray,
    unit: float,
) -> np.ndarray:
    """`flow` (H, W, 2) moved to the right in its `rows`, (N,), where it means the garment with `outline` or
    what its neckline leaves open.

    found: (N, 9), pixels it is moved, and drawn in on the left and on the right, columns between which it is
    seen, those of its sides, and how much the flow changes from one column to the next. unit: width of the
    shoulders in pixels.
    """
    off, left, right, begin, end, first, last, *scale = found.T[..., None]
    reach, result = round(BESIDE * unit), flow.copy()
    places = np.arange(max(0, int(first.min()) - reach), min(flow.shape[1], int(last.max()) + reach))
    box = np.s_[rows[0] : rows[-1] + 1, places[0] : places[-1] + 1]
    aside = (2 * places.clip(begin, end) - begin - end) / (end - begin)
    # Cloth that goes around a body looks narrower towards its sides; a print in its middle keeps its shape.
    off = off - np.where(aside < 0, left, right) * aside * np.abs(aside)
    share = (1 - np.maximum(first - places, places - last) / reach).clip(0, 1)
    seen = cv2.remap(outline, flow[box][..., 0], flow[box][..., 1], cv2.INTER_LINEAR)
    seen[neckline.open_at(flow[box])] = 1
    soft = 2 * round(SOFT * unit) + 1
    share *= (2 * cv2.blur(seen, (soft, soft)) - 1).clip(0, 1)
    result[box] -= np.stack([share * off * change for change in scale], axis=2).astype(np.float32)
    return result
