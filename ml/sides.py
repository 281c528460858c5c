"""The sides of a garment beside bare arms: even, and without slits towards the arms."""

import cv2
import numpy as np

from ml.compose import Scene, in_front
from ml.regions import HIPS, SHOULDERS, SIDES, middle, shoulder_width

REACH = 0.3
"""How far from an arm a side is beside it, as a share of the shoulders' width."""
SLIT = 0.02
"""Widest gap between side and arm in which there is no wall but the garment, likewise."""
BITE = 0.012
"""Half the height of a bite or a flap in a side that is none, as a share of the photo's height."""
EVEN = 0.012
"""Over which height a side is even (standard deviation of a blur), likewise."""

SOFT = 3
"""Pixels over which an outline may be soft."""


def even_sides(scene: Scene, category: str, alpha: np.ndarray) -> np.ndarray:
    """`alpha`, float32 (H, W) in 0..1, of a garment on the trunk, with even sides where a bare arm hangs beside
    them.

    A warp leaves bites and flaps in an outline, and the wall that shows between it and an arm makes each of
    them seen. An arm hides what is behind it: up to there a side that nearly reaches it goes on.
    """
    limbs = np.any([scene.regions[f"{side}_{part}"] for side in SIDES for part in ("arm", "hand")], axis=0)
    limbs &= alpha <= 0.5
    stop, axis = limbs | in_front(scene, category), _axis(scene)
    rest = shoulder_width(scene.pose), category == "lower_body"
    result, width = alpha.copy(), alpha.shape[1]
    _even(result, limbs, stop, axis, *rest)
    flipped = (part[:, ::-1] for part in (result, limbs, stop))
    _even(*flipped, width - 1 - axis, *rest)
    return result


def _even(alpha: np.ndarray, limbs: np.ndarray, stop: np.ndarray, axis: np.ndarray, unit: float, lower: bool) -> None:
    """Even the right side of `alpha`, in place. axis: column (H,) from which it is looked for."""
    places, rows = np.arange(alpha.shape[1], dtype=np.float32), np.arange(len(alpha))
    inside = places < axis[:, None]
    barred, open_ = stop & ~inside, (alpha <= 0.5) & ~inside
    arm = np.where(barred.any(axis=1), barred.argmax(axis=1), alpha.shape[1])
    end = np.minimum(np.where(open_.any(axis=1), open_.argmax(axis=1), alpha.shape[1]), arm)
    beside = limbs[rows, np.minimum(arm, alpha.shape[1] - 1)] & (end > axis) & (arm - end < REACH * unit)
    if beside.sum() < 2:
        return
    height = len(alpha)
    top = rows[beside][0] if lower else rows[end > axis][0]
    level = np.float32(np.interp(rows, rows[beside], end[beside]))[:, None]
    kernel = np.ones((2 * round(BITE * height) + 1, 1), np.uint8)
    for operation in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        level = cv2.morphologyEx(level, operation, kernel, borderType=cv2.BORDER_REPLICATE)
    level = cv2.GaussianBlur(level, (1, 0), 0.1, sigmaY=EVEN * height, borderType=cv2.BORDER_REPLICATE)[:, 0]
    gap = np.where(beside, arm - level, 0)
    _, pocket = cv2.connectedComponents(np.uint8(gap > 0)[:, None])
    widest = np.zeros(pocket.max() + 1)
    np.maximum.at(widest, pocket[:, 0], gap)
    level = np.where(widest[pocket[:, 0]] < SLIT * unit, arm, level)
    # At its corners a garment is what it is; away from them the change is gradual.
    steady = np.minimum(rows - top, rows[beside][-1] - rows) / (3 * BITE * height) - 1
    level = end + steady.clip(0, 1) * (level - end)
    beside &= steady > 0
    free = (beside & (end < arm))[:, None] & ~inside & (places < arm[:, None])
    edge = (level[:, None] - places + 0.5).clip(0, 1)
    changed = free & (places > np.minimum(level, end)[:, None] - SOFT)
    alpha[changed] = edge[changed]


def _axis(scene: Scene) -> np.ndarray:
    """Column, int (H,), of the middle of the trunk; below the hips it goes straight down."""
    shoulders, hips = (middle(scene.pose, pair) for pair in (SHOULDERS, HIPS))
    rows = np.arange(len(scene.labels))
    return np.interp(rows, (shoulders[1], hips[1]), (shoulders[0], hips[0])).round().astype(int)
