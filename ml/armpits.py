"""Below the arms a garment in its picture is drawn together: a sleeve that hangs down there throws folds that
start at the armpit and hide some of its cloth. On somebody they come to lie on the chest, where they look like
smears and swirls of its print. The cloth beside them goes on instead, of the trunk and of the sleeve, up to
the seam between both.
"""

import cv2
import numpy as np

from ml.garmentparts import Trunk

FOLD = 0.05
"""How far beside the side of the trunk they lie, in widths of the trunk."""
DRAWN = 4.0
"""From how far beside it cloth is drawn out over them, in widths of them."""
ABOVE, BELOW = 0.3, 0.12
"""How far above and below the armpit, likewise."""


def without_folds(cloth: np.ndarray, garment: np.ndarray, trunk: Trunk) -> np.ndarray:
    """`cloth`, uint8 (h, w, C), of a top or a dress without the folds at its armpits.

    garment: bool (h, w), where it is, but for webs in its armpits.
    """
    result = cloth
    for left in (True, False):
        # The left side is the right one of a mirror.
        way = -1 if left else 1
        side = garment.shape[1] - 1 - trunk.left if left else trunk.right
        sleeves = trunk.sleeves[:, ::way]
        width = float(np.median(trunk.right - trunk.left))
        armpit = _armpit(garment[:, ::way], sleeves, side, FOLD * width)
        if armpit is None:
            continue
        rows = np.arange(max(0, round(armpit - ABOVE * width)), min(len(cloth), round(armpit + BELOW * width)))
        if len(rows) < 2:
            continue
        high = (rows - armpit) / np.where(rows < armpit, ABOVE * width, BELOW * width)
        fold = FOLD * width * (1 - high**2) ** 2
        reach = DRAWN * FOLD * width
        first, last = int(side[rows].min() - reach), int(side[rows].max() + reach) + 1
        places = np.arange(max(first, 0), min(last, cloth.shape[1]), dtype=np.float32)
        aside = places - side[rows, None]
        near = (1 - np.abs(aside) / reach).clip(0, 1) ** 2
        taken = places + np.where(aside <= 0, -1, 1) * fold[:, None] * near
        box = np.s_[rows[0] : rows[-1] + 1, int(places[0]) : int(places[-1]) + 1]
        down = np.repeat(np.float32(rows)[:, None], len(places), axis=1)
        if result is cloth:
            result = cloth.copy()
        flipped = np.ascontiguousarray(cloth[:, ::way])
        result[:, ::way][box] = cv2.remap(flipped, np.float32(taken), down, cv2.INTER_CUBIC)
    return result


def _armpit(garment: np.ndarray, sleeves: np.ndarray, side: np.ndarray, reach: float) -> int | None:
    """Row of the highest place right of the column `side`, (h,), of a trunk, and at most `reach` beside it,
    where the bool `garment` (h, w) ends below; None if no sleeve is there.
    """
    places = np.arange(garment.shape[1])
    beside = (places > side[:, None]) & (places <= side[:, None] + reach)
    if not (sleeves & (places > side[:, None])).any():
        return None
    above = np.logical_or.accumulate(garment & beside)
    open_ = (~garment & beside & above).any(axis=1)
    return int(open_.argmax()) if open_.any() else None
