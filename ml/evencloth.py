"""The texture of a garment is spread evenly over the width of its trunk and of its sleeves.

Where a person is turned, a garment's picture shows too little of the side that comes to light. A warp draws
out its last columns, fivefold at times, and they are seen as streaks. All of a row lends a little instead.
"""

import cv2
import numpy as np

from ml.anatomy import SHOULDERS, shoulder_width
from ml.garmentparts import Trunk
from ml.scene import Scene, arm_pixels
from ml.sides import evened, first_columns, trunk_axis
from ml.sleeves import hangs

LEAST = 0.8
"""How much of a picture each pixel of a row shows at least, as a share of what all do in the mean: cloth that
turns away from the viewer looks narrower, not wider."""
MOST = 3.0
"""How much more than the median a part of a row shows at most; more is a jump, from a sleeve to the trunk."""
KNOWN = 0.5
"""Least share of a row's width where its texture must be known."""
EVEN = 0.02
"""Over which height that changes (standard deviation of a blur), as a share of the photo's height."""
RISE = 0.2
"""Over which height, below a neckline or a shoulder, it comes to be spread, in widths of the shoulders."""
COARSE = 8
"""One of so many rows is looked at."""
PLACES = 64
"""Places across it, likewise."""
ROUNDS = 6
"""Of a search for how much the other parts of a row can lend: each finds some that would show too little."""


def spread_evenly(
    scene: Scene,
    category: str,
    trunk: Trunk,
    outline: np.ndarray,
    box: tuple[slice, slice],
    laid: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """From how many pixels further right the texture of each pixel in a `box` of the photo, one of COARSE
    rows, comes, float32 (h, w), for none to be drawn out.

    trunk, outline: of the picture of a top or a dress; laid: what of it each of these pixels means, float32
    (h, w, 2), and where it is seen, bool (h, w).
    """
    pose, (flow, seen), places = scene.pose, laid, np.arange(laid[1].shape[1])
    axis = (trunk_axis(scene)[box[0]] - box[1].start).clip(0, places[-1])
    even, rise = EVEN * len(scene.labels) / COARSE, RISE * shoulder_width(pose) / COARSE
    known = cv2.remap(outline, flow, None, cv2.INTER_LINEAR) > 0.5
    arms = np.logical_or(*arm_pixels(scene, category))[box] & ~trunk.holds(flow)
    sleeves = seen & (arms | (known & trunk.in_sleeve(flow)))
    aside = _spread(flow, known & ~sleeves, _trunk_sides(~seen | sleeves, axis), even, rise)
    right = int(pose.keypoints[SHOULDERS[1], 0] > pose.keypoints[SHOULDERS[0], 0])
    for way, side in ((1, right), (-1, 1 - right)):
        if not hangs(pose, side):
            continue
        from_axis = axis if way == 1 else places[-1] - axis
        where, shown, there, sleeve = (part[:, ::way] for part in (flow, known, seen, sleeves))
        begin, end = _sleeve_sides(sleeve & (places >= from_axis[:, None]), there)
        beyond = (end > begin)[:, None] & (places >= begin[:, None])
        moved = _spread(np.ascontiguousarray(where), shown, (begin, end), even, rise)
        aside[:, ::way] = np.where(beyond, way * moved, aside[:, ::way])
    return aside


def _spread(
    flow: np.ndarray, known: np.ndarray, sides: tuple[np.ndarray, np.ndarray], even: float, rise: float
) -> np.ndarray:
    """The same for one part of a garment, whose ends stay if their texture is known, and which goes on beyond
    them. sides: first and last column of each row, (h,) each, the same where it is left alone.
    """
    (height, width), (begin, end) = known.shape, sides
    share, wide = np.linspace(0, 1, PLACES + 1, dtype=np.float32), np.float32(end - begin)[:, None]
    if not wide.any():
        return np.zeros(known.shape, np.float32)
    places = np.float32(begin)[:, None] + wide * share
    down = np.repeat(np.arange(height, dtype=np.float32)[:, None], PLACES + 1, axis=1)
    found = cv2.remap(flow, places, down, cv2.INTER_LINEAR)
    there = cv2.remap(np.uint8(known), places, down, cv2.INTER_NEAREST) > 0
    there = there[:, 1:] & there[:, :-1]
    step = np.diff(found, axis=1)
    across = (step * there[..., None]).sum(axis=1)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    shown = np.einsum("ijk,ik->ij", step, across).clip(0, None) * there
    shown = np.minimum(shown, MOST * np.median(shown, axis=1, keepdims=True))
    usable = (wide > 0) & ((shown > 0).mean(axis=1, keepdims=True) > KNOWN)
    weights = np.float32(usable)
    moved = np.float32(_levelled(shown) - share) * weights
    weights, moved = (cv2.GaussianBlur(part, (1, 0), 0.1, sigmaY=even) for part in (weights, moved))
    moved /= np.maximum(weights, 1e-3)
    moved *= ((down[:, :1] - (wide > 0).argmax()) / rise).clip(0, 1)
    within = (np.arange(width, dtype=np.float32) - np.float32(begin)[:, None]) / np.maximum(wide, 1)
    down = np.repeat(down[:, :1], width, axis=1)
    return cv2.remap(moved, within.clip(0, 1) * PLACES, down, cv2.INTER_LINEAR) * wide


def _levelled(shown: np.ndarray) -> np.ndarray:
    """Places (r, n + 1) in 0..1 of a row from which its parts, one after another, are to be taken for each to
    show LEAST of the mean of all at least. shown: (r, n), how much each part shows.
    """
    parts, share = shown.shape[1], np.linspace(0, 1, shown.shape[1] + 1)
    total = shown.sum(axis=1, keepdims=True) + 1e-6
    least, level = LEAST * total / parts, shown
    for _ in range(ROUNDS):
        low = level <= least
        free = np.where(low, 0, shown)
        left = total - least * low.sum(axis=1, keepdims=True)
        level = np.where(low, least, free * left / np.maximum(free.sum(axis=1, keepdims=True), 1e-6))
    given, wanted = (np.pad(np.cumsum(part, axis=1), ((0, 0), (1, 0))) for part in (shown, level))
    given += 1e-7 * total * share
    places, ends = np.tile(share, (len(shown), 1)), np.zeros((2, len(shown), 1))
    ends[1] = 1
    for row in np.flatnonzero((shown < least).any(axis=1) & (shown > 0).any(axis=1)):
        first, last = np.flatnonzero(shown[row])[[0, -1]]
        # What shows nothing, at either end, is nothing to be taken.
        ends[:, row, 0] = share[first], share[last + 1]
        places[row] = np.interp(wanted[row], given[row], share)
    return np.minimum(np.maximum(places, ends[0]), ends[1])


def _trunk_sides(off: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last column of a trunk in each row, (h,) each, the same where none is seen.

    off: bool (h, w), where it is not; axis: (h,), columns in its middle.
    """
    places = np.arange(off.shape[1])
    end = first_columns(off & (places >= axis[:, None])) - 1
    begin = off.shape[1] - first_columns((off & (places <= axis[:, None]))[:, ::-1])
    return _smooth(begin, end)


def _sleeve_sides(sleeve: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last column of the right `sleeve` of a garment, likewise.

    sleeve, seen: bool (h, w), where it is, and where the garment is.
    """
    begin = first_columns(sleeve)
    end = first_columns(~seen & (np.arange(seen.shape[1]) > begin[:, None])) - 1
    return _smooth(begin, np.where(begin < seen.shape[1], end, -1))


def _smooth(begin: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sides (h,) without bites, flaps and steps, the same above the first and below the last row that has
    any.
    """
    rows, there = np.arange(len(begin)), np.flatnonzero(end > begin)
    if there.size < 2:
        return np.zeros(len(begin)), np.zeros(len(begin))
    begin, end = (evened(np.interp(rows, there, side[there])) for side in (begin, end))
    return begin, np.where((rows < there[0]) | (rows > there[-1]), begin, end)
