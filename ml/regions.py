"""Split the skin of a parsed person into face, neck, arms, hands, torso and legs with the help of the
pose.
"""

from itertools import pairwise

import cv2
import numpy as np

from ml.anatomy import (
    ANKLES,
    ELBOWS,
    EYES,
    HIPS,
    KNEES,
    KNUCKLES,
    MOUTH,
    SHOULDERS,
    SIDES,
    TOES,
    WRISTS,
    chin,
    middle,
    shoulder_width,
)
from ml.armside import give_waist
from ml.morphology import bounding_box, dilate
from ml.pose import Pose

SKIN = 1
"""Index of "skin" in the parser's labels."""
REGIONS = (
    "face",
    "neck",
    "torso",
    "left_arm",
    "right_arm",
    "left_hand",
    "right_hand",
    "left_leg",
    "right_leg",
)
NECK = 0.12
"""Where the middle of the neck begins, as a share of the way from the chin to the chest: half-way there ends
the face."""
UNDER_CHIN = 0.05
"""How far below its guessed place a chin may be, as a share of the shoulders' width."""
HAND_PART = 0.7
"""Largest part of a hand that may be nearer to trunk or legs, as a share of the rest of it."""
SPUR = 0.085
"""Half the width of what sticks out of an arm and is none, as a share of the shoulders' width."""
LEAST_ARM = 0.1
"""Share of an arm from which it is the arm that is as thin as that."""
WAIST = 0.4
"""Height, as a share of the shoulders' width, over which an arm may lie on a bare waist and is straight."""
GRID = 4
"""Pixels between the places where distances from bones are measured: in between they hardly bend."""
FINGERTIPS = 1.9
"""Distance from wrist to fingertips as a multiple of that from wrist to knuckles."""


def body_regions(labels: np.ndarray, pose: Pose) -> dict[str, np.ndarray]:
    """Bool (H, W) masks by name in REGIONS: every skin pixel of `labels` (uint8 (H, W)) is in exactly one."""
    skin, bones = labels == SKIN, _bones(pose)
    height, width = (-(-side // GRID) for side in labels.shape)
    x, y = ((np.arange(side, dtype=np.float32) + 0.5) * GRID - 0.5 for side in (width, height))
    distances = [_distance(x[None], y[:, None], bones[name]) for name in REGIONS]
    fine = (cv2.resize(np.float32(coarse), (width * GRID, height * GRID)) for coarse in distances)
    best, nearest = next(fine), np.zeros((height * GRID, width * GRID), np.uint8)
    for index, distance in enumerate(fine, start=1):
        nearest[distance < best] = index
        np.minimum(best, distance, out=best)
    nearest = nearest[: labels.shape[0], : labels.shape[1]]
    regions = {name: skin & (nearest == index) for index, name in enumerate(REGIONS)}
    # Where a head is inclined a part of the neck is nearer to it.
    low = max(0, round(float(chin(pose)[1] + UNDER_CHIN * shoulder_width(pose))))
    regions["neck"][low:] |= regions["face"][low:]
    regions["face"][low:] = False
    for side in SIDES:
        _part_with_leg(regions, side)
        _gather_hand(regions, f"{side}_hand")
        _trim_arm(regions, side, SPUR * shoulder_width(pose))
        give_waist(regions[f"{side}_arm"], regions["torso"], WAIST * shoulder_width(pose))
    return regions


def _part_with_leg(regions: dict[str, np.ndarray], side: str) -> None:
    """Give the leg of a side what is taken for the hand and lies apart from it, further down: a strip of a
    thigh below a skirt is nearer to the fingertips than to any bone of the leg.
    """
    hand, leg = regions[f"{side}_hand"], regions[f"{side}_leg"]
    count, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(hand))
    if count < 3:
        return
    whole = stats[1 + stats[1:, cv2.CC_STAT_AREA].argmax()]
    below = stats[:, cv2.CC_STAT_TOP] >= whole[cv2.CC_STAT_TOP] + whole[cv2.CC_STAT_HEIGHT]
    strip = below[parts] & hand
    hand &= ~strip
    leg |= strip


def _gather_hand(regions: dict[str, np.ndarray], hand: str) -> None:
    """Give `hand` the small parts of trunk and legs that touch it.

    A hand that hangs beside trousers is wider than any bone tells, and half of it is nearer to the thigh.
    """
    whole, around = regions[hand].copy(), dilate(regions[hand], 1)
    for name in ("torso", "left_leg", "right_leg"):
        if not (around & regions[name]).any():
            continue
        _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(regions[name]))
        touching = np.unique(parts[around & regions[name]])
        areas = stats[touching, cv2.CC_STAT_AREA]
        own = np.isin(parts, touching[areas < HAND_PART * regions[hand].sum()]) & regions[name]
        regions[name] &= ~own
        whole |= own
    regions[hand] = whole


def _trim_arm(regions: dict[str, np.ndarray], side: str, radius: float) -> None:
    """Give the trunk what sticks out of an arm beside it: where no circle of `radius` pixels fits into it.

    A bare waist beside an arm is split along the middle between their bones, not along the arm.
    """
    arm = regions[f"{side}_arm"]
    box = bounding_box(arm, round(2 * radius))
    part, trunk = arm[box], regions["torso"][box]
    if not part.any() or not (dilate(part, 1) & trunk).any():
        return
    limb = part | regions[f"{side}_hand"][box]
    trunks = part & ~dilate(dilate(limb, -radius), radius) & dilate(trunk, radius)
    if trunks.sum() > LEAST_ARM * part.sum():
        return
    part &= ~trunks
    trunk |= trunks


def _bones(pose: Pose) -> dict[str, list[np.ndarray]]:
    """Polylines, each (n, 2), whose nearest one names a skin pixel's region."""
    points, below_face, chest = pose.keypoints, chin(pose), middle(pose, SHOULDERS)
    eyes = middle(pose, EYES)
    torso = np.linspace(chest, middle(pose, HIPS), 5)
    across = 0.28 * (points[SHOULDERS[0]] - points[SHOULDERS[1]])
    bones = {
        "face": [np.stack([2 * eyes - middle(pose, MOUTH), below_face])],
        "neck": [np.stack([below_face + NECK * (chest - below_face), chest])],
        "torso": [torso - across, torso, torso + across],
    }
    for side, name in enumerate(SIDES):
        wrist = points[WRISTS[side]]
        knuckles = points[list(KNUCKLES[side])].mean(axis=0)
        tips = wrist + FINGERTIPS * (knuckles - wrist)
        bones[f"{name}_arm"] = [np.stack([points[SHOULDERS[side]], points[ELBOWS[side]], wrist])]
        bones[f"{name}_hand"] = [np.stack([wrist + 0.15 * (tips - wrist), tips])]
        bones[f"{name}_leg"] = [points[[HIPS[side], KNEES[side], ANKLES[side], TOES[side]]]]
    return bones


def _distance(x: np.ndarray, y: np.ndarray, lines: list[np.ndarray]) -> np.ndarray:
    """Distance of the points at x (1, W) and y (H, 1) from the nearest segment of the polylines: (H, W)."""
    best = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf, np.float32)
    for line in lines:
        for start, end in pairwise(line.astype(np.float32)):
            along = end - start
            right, down = x - start[0], y - start[1]
            share = (right * along[0] + down * along[1]) / max(along @ along, np.float32(1e-6))
            share = share.clip(0, 1)
            np.minimum(best, (right - share * along[0]) ** 2 + (down - share * along[1]) ** 2, out=best)
    return np.sqrt(best)
