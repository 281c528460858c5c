"""Split the skin of a parsed person into face, neck, arms, hands, torso and legs with the help of the
pose.
"""

import math
from itertools import pairwise

import cv2
import numpy as np

from ml.armside import give_waist
from ml.pose import Pose

SKIN = 1
"""Index of "skin" in the parser's labels."""

NOSE, EYES, MOUTH = 0, (2, 5), (9, 10)
SHOULDERS, ELBOWS, WRISTS, KNUCKLES = (11, 12), (13, 14), (15, 16), ((17, 19), (18, 20))
HIPS, KNEES, ANKLES, TOES = (23, 24), (25, 26), (27, 28), (31, 32)
SIDES = ("left", "right")
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

CHIN_BELOW_MOUTH = 0.65
"""Distance from mouth to chin as a share of that from eyes to mouth."""
WAIST_ABOVE_HIPS = 0.22
"""Height of the waist over the hip joints as a share of the torso's length."""
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
WIDE = 6
"""Pixels from which distances are quicker than a structuring element."""
WITHIN_LIMB = 0.75
"""How much of a limb's radius is limb without doubt."""
NECK_SLOPE = 0.6
"""Where the neck goes over into the shoulders, as a share of the way from the chest to the chin."""
FINGERTIPS = 1.9
"""Distance from wrist to fingertips as a multiple of that from wrist to knuckles."""


def chin(pose: Pose) -> np.ndarray:
    """Where the chin is, (2,) pixels, guessed from eyes and mouth."""
    eyes, mouth = (pose.keypoints[list(pair)].mean(axis=0) for pair in (EYES, MOUTH))
    return mouth + CHIN_BELOW_MOUTH * (mouth - eyes)


def middle(pose: Pose, pair: tuple[int, int]) -> np.ndarray:
    """Midpoint (2,) of a left and a right keypoint."""
    return pose.keypoints[list(pair)].mean(axis=0)


def waist_line(pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    """A point (2,) of the waist and the unit vector (2,) up the torso."""
    hips, shoulders = middle(pose, HIPS), middle(pose, SHOULDERS)
    up = shoulders - hips
    return hips + WAIST_ABOVE_HIPS * up, up / max(float(np.linalg.norm(up)), 1e-6)


def below_waist(pose: Pose) -> np.ndarray:
    """Pixels on the legs' side of the waist line: bool (H, W)."""
    return _below(*waist_line(pose), pose)


def below_hips(pose: Pose) -> np.ndarray:
    """Pixels on the legs' side of the hip joints: bool (H, W)."""
    return _below(middle(pose, HIPS), waist_line(pose)[1], pose)


def _below(point: np.ndarray, up: np.ndarray, pose: Pose) -> np.ndarray:
    height, width = pose.segmentation.shape
    x = (np.arange(width) - point[0]) * up[0]
    y = (np.arange(height) - point[1]) * up[1]
    return y[:, None] + x[None, :] < 0


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


def limb_axes(pose: Pose) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Arms and legs as (start (2,), end (2,), radius) in pixels; radii follow the width of the shoulders."""
    width = shoulder_width(pose)
    points = pose.keypoints
    parts = ((SHOULDERS, ELBOWS, 0.17), (ELBOWS, WRISTS, 0.13), (HIPS, KNEES, 0.26), (KNEES, ANKLES, 0.17))
    return [
        (points[start[side]], points[end[side]], radius * width)
        for start, end, radius in parts
        for side in range(2)
    ]


def shoulder_width(pose: Pose) -> float:
    """Distance of the shoulder joints in pixels; of a turned body, what the torso's length lets us expect."""
    across = float(np.linalg.norm(pose.keypoints[SHOULDERS[0]] - pose.keypoints[SHOULDERS[1]]))
    along = float(np.linalg.norm(middle(pose, SHOULDERS) - middle(pose, HIPS)))
    return max(across, 0.5 * along, 1.0)


def along_arm(pose: Pose, side: int, points: np.ndarray) -> np.ndarray:
    """How far along the arm `points` (N, 2) px lie: (N,), 0 at the shoulder, 1 at the elbow, 2 at the wrist.

    side: 0 is the left arm, 1 the right.
    """
    joints = pose.keypoints[[part[side] for part in (SHOULDERS, ELBOWS, WRISTS)]]
    shares, distances = [], []
    for start, end in pairwise(joints):
        along = end - start
        (across, down), offset = along, (points - start).astype(np.float32)
        x, y = offset[:, 0], offset[:, 1]
        share = ((x * across + y * down) / max(float(along @ along), 1e-6)).clip(0, 1)
        shares.append(share)
        distances.append((x - share * across) ** 2 + (y - share * down) ** 2)
    return np.where(distances[0] <= distances[1], shares[0], 1 + shares[1])


def outer_side(pose: Pose, side: int, points: np.ndarray) -> np.ndarray:
    """Which of `points` (N, 2) px lie on the side of the arm that is away from the trunk: (N,) bool.

    side: 0 is the left arm, 1 the right.
    """
    joints = pose.keypoints[[part[side] for part in (SHOULDERS, ELBOWS, WRISTS)]]
    trunk = (middle(pose, SHOULDERS) + middle(pose, HIPS)) / 2
    forearm = along_arm(pose, side, points) > 1
    turns = []
    for start, end in pairwise(joints):
        along = end - start
        across = np.array([-along[1], along[0]])
        turns.append(((points - start) @ across) * (((start + end) / 2 - trunk) @ across))
    return np.where(forearm, turns[1], turns[0]) > 0


def arm_shape(pose: Pose, side: int) -> np.ndarray:
    """Where an arm must be, covered or not: bool (H, W), a little narrower than most arms.

    side: 0 is the left arm, 1 the right.
    """
    shape = np.zeros(pose.segmentation.shape, np.uint8)
    for start, end, radius in limb_axes(pose)[side:4:2]:
        ends = [tuple(int(value) for value in np.round(point)) for point in (start, end)]
        cv2.line(shape, *ends, 1, max(1, round(2 * WITHIN_LIMB * radius)))
    return shape > 0


def leg_shape(pose: Pose, girth: float) -> np.ndarray:
    """Legs and feet, bool (H, W), as if they were bare; `girth`: their width, 1 that of most."""
    shape, legs, points = np.zeros(pose.segmentation.shape, np.uint8), limb_axes(pose)[4:], pose.keypoints
    feet = [(end, points[toes], radius) for (_, end, radius), toes in zip(legs[2:], TOES, strict=True)]
    for start, end, radius in legs + feet:
        ends = [tuple(int(value) for value in np.round(point)) for point in (start, end)]
        cv2.line(shape, *ends, 1, max(1, round(2 * girth * radius)))
    return shape > 0


def shoulder_shape(pose: Pose) -> np.ndarray:
    """Where the slopes from neck to shoulders are, or clothing that lies close on them: bool (H, W)."""
    left, right = pose.keypoints[list(SHOULDERS)]
    chest = (left + right) / 2
    neck = NECK_SLOPE * (chin(pose) - chest)
    # The joints lie below the skin.
    above = (
        left + 0.2 * neck,
        (2 * chest + left) / 3 + neck,
        (2 * chest + right) / 3 + neck,
        right + 0.2 * neck,
    )
    corners = np.stack([left, *above, right]).round().astype(np.int32)
    shape = np.zeros(pose.segmentation.shape, np.uint8)
    cv2.fillConvexPoly(shape, cv2.convexHull(corners.round().astype(np.int32)), 1)
    return shape > 0


def bounding_box(mask: np.ndarray, margin: int = 0) -> tuple[slice, slice]:
    """The rows and the columns between which a bool (H, W) mask lies, with `margin` more on each side."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + 1 + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + 1 + margin),
    )


def dilate(mask: np.ndarray, radius: float) -> np.ndarray:
    """Grow (or, with a negative radius, shrink) a bool mask by `radius` pixels."""
    changed, window = np.zeros(mask.shape, bool), bounding_box(mask, math.ceil(abs(radius)) + 1)
    if changed[window].size:
        changed[window] = _dilated(mask[window], radius)
    return changed


def _dilated(mask: np.ndarray, radius: float) -> np.ndarray:
    if abs(radius) > WIDE:
        away = cv2.distanceTransform(np.uint8(mask if radius < 0 else mask == 0), cv2.DIST_L2, 5)
        return away > -radius if radius < 0 else away <= radius
    operation = cv2.dilate if radius >= 0 else cv2.erode
    return operation(mask.astype(np.uint8), ellipse(abs(radius))).astype(bool)


def ellipse(radius: float) -> np.ndarray:
    """Round structuring element of `radius` pixels."""
    size = 2 * round(radius) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


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
