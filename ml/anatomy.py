"""Lines, sides and shapes of the body by the joints of its pose."""

from itertools import pairwise

import cv2
import numpy as np

from ml.pose import Pose

NOSE, EYES, MOUTH = 0, (2, 5), (9, 10)
SHOULDERS, ELBOWS, WRISTS, KNUCKLES = (11, 12), (13, 14), (15, 16), ((17, 19), (18, 20))
HIPS, KNEES, ANKLES, TOES = (23, 24), (25, 26), (27, 28), (31, 32)
SIDES = ("left", "right")
CHIN_BELOW_MOUTH = 0.65
"""Distance from mouth to chin as a share of that from eyes to mouth."""
WAIST_ABOVE_HIPS = 0.22
"""Height of the waist over the hip joints as a share of the torso's length."""
WITHIN_LIMB = 0.75
"""How much of a limb's radius is limb without doubt."""
NECK_SLOPE = 0.6
"""Where the neck goes over into the shoulders, as a share of the way from the chest to the chin."""


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
