"""The sides of a garment beside bare arms: even, and without slits towards the arms."""

import cv2
import numpy as np

from ml.anatomy import HIPS, SHOULDERS, SIDES, middle, shoulder_width
from ml.limbs import hand_bones
from ml.lines import steady
from ml.scene import Scene, bare_limbs, in_front, old_garment
from ml.sleeves import hangs

REACH = 0.3
"""How far from an arm a side is beside it, as a share of the shoulders' width."""
FURTHEST = 0.1
"""How far a bite or a flap reaches at most, likewise."""
CLOTHES = ("upper", "outer", "dress", "lower")
SLIT = 0.02
"""Widest gap between side and arm in which there is no wall but the garment, likewise."""
BITE = 0.012
"""Half the height of a bite or a flap in a side that is none, as a share of the photo's height."""
EVEN = 0.012
"""Over which height a side is even (standard deviation of a blur), likewise."""
CORNER, CUFF = 0.035, 0.008
"""How far from its ends, and from the end of a sleeve, a side is left alone, likewise: those are its own."""
FLARE, BILLOW = 0.08, 0.3
"""By how many columns a row a side moves outwards, at most, behind a hand that hangs before it, and how many
more a row that is the width of the shoulders further down."""
IN_POCKET = 0.75
"""Up to which share of a hand's length it is seen where the rest is in a pocket."""
SOFT = 3
"""Pixels over which an outline may be soft."""


def even_sides(scene: Scene, category: str, alpha: np.ndarray) -> np.ndarray:
    """`alpha`, float32 (H, W) in 0..1, of a garment with even sides where a bare arm hangs beside them.

    A warp leaves bites and flaps in an outline, and the wall that shows between it and an arm makes each of
    them seen. An arm hides what is behind it: a side that nearly reaches it goes on up to there.
    """
    limbs = bare_limbs(scene) & (alpha <= 0.5)
    front, axis, result = in_front(scene, category), trunk_axis(scene), alpha.copy()
    stop, rims = limbs | front, bare_limbs(scene) & scene.rims & ~front
    unit, lower = shoulder_width(scene.pose), category == "lower_body"
    for way in (1, -1):
        from_axis = axis if way == 1 else alpha.shape[1] - 1 - axis
        before = (limbs[:, ::way], stop[:, ::way], rims[:, ::way])
        _even(result[:, ::way], before, from_axis, unit, lower)
    if not lower:
        _without_flares(scene, result, axis, unit)
    _over_pockets(scene, old_garment(scene, category), result, axis, unit)
    return result


def _hanging_hands(scene: Scene) -> np.ndarray:
    """Hands of arms that hang down: bool (H, W)."""
    hands = np.zeros(scene.labels.shape, bool)
    for side, name in enumerate(SIDES):
        if hangs(scene.pose, side):
            hands |= scene.regions[f"{name}_hand"]
    return hands


def _without_flares(scene: Scene, alpha: np.ndarray, axis: np.ndarray, unit: float) -> None:
    """Take off what comes out of both sides behind a hand, in place. axis, unit: of `_even`."""
    hands, regions = _hanging_hands(scene), scene.regions
    body = scene.of(*CLOTHES) | regions["left_leg"] | regions["right_leg"]
    for way in (1, -1):
        from_axis = axis if way == 1 else alpha.shape[1] - 1 - axis
        _flare(alpha[:, ::way], hands[:, ::way], body[:, ::way], from_axis, unit)


def _over_pockets(scene: Scene, worn: np.ndarray, alpha: np.ndarray, axis: np.ndarray, unit: float) -> None:
    """Let both sides of `alpha`, in place, come out to hands in pockets that go. worn: bool (H, W), the
    clothing that goes; axis, unit: of `_even`.
    """
    hands = _hands_in_pockets(scene)
    for way in (1, -1):
        from_axis = axis if way == 1 else alpha.shape[1] - 1 - axis
        _over_pocket(alpha[:, ::way], hands[:, ::way], worn[:, ::way], from_axis, unit)


def _hands_in_pockets(scene: Scene) -> np.ndarray:
    """Hands of which only the beginning is seen: bool (H, W)."""
    hands = np.zeros(scene.labels.shape, bool)
    for side, name in enumerate(SIDES):
        hand = scene.regions[f"{name}_hand"]
        wrist, tips = hand_bones(scene.pose, side)
        along = (np.argwhere(hand)[:, ::-1] - wrist) @ (tips - wrist)
        if along.size and along.max() < IN_POCKET * float((tips - wrist) @ (tips - wrist)):
            hands |= hand
    return hands


def _over_pocket(
    alpha: np.ndarray, hands: np.ndarray, worn: np.ndarray, axis: np.ndarray, unit: float
) -> None:
    """Let the right side of `alpha`, in place, come out to where a hand ends in a pocket that goes: there it
    would end in the air.

    hands, worn: bool (H, W), hands in pockets and the clothing that goes; axis, unit: of `_even`.
    """
    rows, places = np.arange(len(alpha)), np.arange(alpha.shape[1], dtype=np.float32)
    outside = places >= axis[:, None]
    hand = first_columns(hands & outside)
    seen = np.flatnonzero(hand < alpha.shape[1])
    if not seen.size:
        return
    last, end = seen[-1], first_columns((alpha <= 0.5) & outside)
    pocket = np.where(worn & outside, places, 0).max(axis=1)[min(last + 1, rows[-1])] + 1
    level = np.where(rows > last, pocket - FLARE * (rows - last), hand)
    there = (rows >= seen[0]) & (end > axis) & (level > end) & (level - end < FURTHEST * unit)
    there[: last + 1] &= worn[: last + 1][rows[: last + 1], np.maximum(hand[: last + 1] - 1, 0)]
    for row in np.flatnonzero(there):
        side = np.s_[row, max(end[row] - SOFT, 0) :]
        np.maximum(alpha[side], (level[row] - places[side[1]]).clip(0, 1), out=alpha[side])


def _flare(alpha: np.ndarray, hands: np.ndarray, body: np.ndarray, axis: np.ndarray, unit: float) -> None:
    """Take off the right side of `alpha`, in place, what comes out behind or below a hand all at once.

    hands, body: bool (H, W), hands that hang, old clothing and legs; axis, unit: of `_even`. What a
    warp lays behind an arm it cannot tell; a side that passes there goes on as it went, or as the body does.
    """
    places = np.arange(alpha.shape[1], dtype=np.float32)
    outside = places >= axis[:, None]
    hand = first_columns(hands & outside)
    rows = np.flatnonzero(hand < alpha.shape[1])
    if not rows.size:
        return
    wrist = rows[0]
    end = min(first_columns((alpha <= 0.5) & outside)[wrist], hand[wrist])
    if hand[wrist] - end > REACH * unit:
        return
    along = np.arange(len(alpha) - wrist)
    flare = along * (FLARE + BILLOW * along / (2 * unit))
    widest = np.where(body & outside, places, 0).max(axis=1)[wrist:]
    # A body is made of pixels, and as wide in several rows: an outline has no stairs.
    level = np.maximum(end + flare, evened(np.maximum.accumulate(widest)))
    np.minimum(alpha[wrist:], (level[:, None] + 1 - places).clip(0, 1), out=alpha[wrist:])


def _even(
    alpha: np.ndarray,
    before: tuple[np.ndarray, np.ndarray, np.ndarray],
    axis: np.ndarray,
    unit: float,
    lower: bool,
) -> None:
    """Even the right side of `alpha`, in place.

    before: bool (H, W) each, where limbs and where anything is before it, and rims under which it goes on;
    axis: column (H,) from which its side is looked for; unit: width of the shoulders in pixels; lower:
    whether it begins at the waist.
    """
    (height, width), rows, (limbs, stop, rims) = alpha.shape, np.arange(len(alpha)), before
    places = np.arange(width, dtype=np.float32)
    outside = places >= axis[:, None]
    arm, end = (first_columns(part & outside) for part in (stop, alpha <= 0.5))
    end = np.minimum(end, arm)
    beside = limbs[rows, np.minimum(arm, width - 1)] & (end > axis) & (arm - end < REACH * unit)
    lasting = _lasting(beside)
    beside &= lasting
    if beside.sum() < 2:
        return
    # Above the sleeve that an arm comes out of some of it may be seen, too.
    changes = np.flatnonzero(np.diff(lasting, prepend=False, append=False))
    sleeve = changes[::2][np.diff(changes)[::2].argmax()]
    above, below = rows - np.where(rows < sleeve, rows[beside][0], sleeve), rows[beside][-1] - rows
    touching = arm - end <= SOFT
    level = evened(np.interp(rows, rows[beside], np.where(touching, arm, end)[beside]))
    # What is further away is a sleeve.
    beside &= np.abs(level - end) < FURTHEST * unit
    closed = pockets(np.where(beside, arm - level, 0)) < SLIT * unit
    corners = (CORNER if lower else CUFF) * height, CORNER * height
    inner = (np.minimum(above / corners[0], below / corners[1]) - 1).clip(0, 1)
    level = end + inner * (np.where(closed, arm, level) - end)
    # Up to an arm a garment is all there in every row, lest wall be seen in some; a sleeve on it stays.
    moved = np.where(touching, level > end, level != end)
    _end_at(alpha, level, (axis, end, arm), np.flatnonzero(beside & (closed | moved)))
    # Near a cuff an arm is not drawn before the garment.
    _under_rims(alpha, rims, (end, arm), beside, (np.minimum(above, below) / corners[1] - 1).clip(0, 1))


def _end_at(
    alpha: np.ndarray, level: np.ndarray, ends: tuple[np.ndarray, np.ndarray, np.ndarray], rows: np.ndarray
) -> None:
    """Let the right side of `alpha`, in place, end at the columns `level` (H,) in these `rows` (N,).

    ends: columns (H,) from which it is looked for, where it ends so far, and of the arm.
    """
    places, (axis, end, arm) = np.arange(alpha.shape[1], dtype=np.float32), ends
    low = np.maximum(np.minimum(level, end).astype(int) - SOFT, axis)
    high = np.minimum(np.maximum(np.ceil(level).astype(int), end + SOFT), arm)
    for row in rows:
        side, edge = alpha[row, low[row] : high[row]], (level[row] - places[low[row] : high[row]]).clip(0, 1)
        side[:] = np.maximum(side, edge) if level[row] >= end[row] else np.minimum(side, edge)


def _under_rims(
    alpha: np.ndarray,
    rims: np.ndarray,
    ends: tuple[np.ndarray, np.ndarray],
    beside: np.ndarray,
    share: np.ndarray,
) -> None:
    """Let `alpha`, in place, go on under the `rims`, bool (H, W), of arms that it reaches.

    ends: columns (H,) where it ended, and of the arm; beside: bool (H,), rows with both; share: (H,) in 0..1,
    how far it goes on.
    """
    rows, places, (end, arm) = np.arange(len(alpha)), np.arange(alpha.shape[1]), ends
    met = beside & (alpha[rows, np.maximum(arm - 1, 0)] > 0.5)
    there = beside & _lasting(met) & (met | (arm - end <= SOFT)) & (share > 0)
    if not there.any():
        return
    inner = first_columns(~rims & (places >= arm[:, None]))
    share = np.minimum(share, 2 * evened(np.float32(there)) - 1).clip(0, 1)
    level = arm + share * (evened(np.interp(rows, rows[there], inner[there])) - arm)
    cloth = (level[there, None] - places).clip(0, 1) * (places >= end[there, None] - SOFT)
    alpha[there] = np.maximum(alpha[there], cloth)


def _lasting(rows: np.ndarray) -> np.ndarray:
    """`rows`, bool (H,), without what is shorter than a bite; interruptions as short count as well."""
    line, kernel = np.uint8(rows)[:, None], np.ones((2 * round(BITE * len(rows)) + 1, 1), np.uint8)
    for operation in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        line = cv2.morphologyEx(line, operation, kernel)
    return line[:, 0] > 0


def first_columns(mask: np.ndarray) -> np.ndarray:
    """First column of each row of a bool (H, W) mask: (H,), W where there is none."""
    return np.where(mask.any(axis=1), mask.argmax(axis=1), mask.shape[1])


def evened(level: np.ndarray) -> np.ndarray:
    """Places (H,) without bites and flaps, nor fine steps."""
    height, line, border = len(level), np.float32(level)[:, None], cv2.BORDER_REPLICATE
    kernel = np.ones((2 * round(BITE * height) + 1, 1), np.uint8)
    for operation in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        line = cv2.morphologyEx(line, operation, kernel, borderType=border)
    return steady(line[:, 0], EVEN * height)


def pockets(gap: np.ndarray) -> np.ndarray:
    """At each place how wide the gap (H,) is in the widest row of its pocket: (H,). A pocket goes on where it
    is shut over less than the height of a bite.
    """
    kernel = np.ones((2 * round(BITE * len(gap)) + 1, 1), np.uint8)
    open_ = cv2.morphologyEx(np.uint8(gap > 0)[:, None], cv2.MORPH_CLOSE, kernel)
    _, pockets = cv2.connectedComponents(open_)
    widest = np.zeros(pockets.max() + 1)
    np.maximum.at(widest, pockets[:, 0], gap)
    return widest[pockets[:, 0]]


def trunk_axis(scene: Scene) -> np.ndarray:
    """Column, int (H,), of the middle of the trunk; below the hips it goes straight down."""
    shoulders, hips = (middle(scene.pose, pair) for pair in (SHOULDERS, HIPS))
    rows = np.arange(len(scene.labels))
    return np.interp(rows, (shoulders[1], hips[1]), (shoulders[0], hips[0])).round().astype(int)
