"""Which pixels of a worn garment lie on arms or legs, where these touch or cross the trunk and each other."""

from itertools import pairwise

import cv2
import numpy as np

from ml.anatomy import ANKLES, ELBOWS, HIPS, KNEES, SHOULDERS, WRISTS, along_arm, outer_side, shoulder_width
from ml.pose import Pose
from ml.unworn.skeleton import segment_distance

BINS = 16
"""Places along an arm at which its sleeve's width is measured."""
REACH, LEAST = 0.32, 0.09
"""Widest and narrowest half of a sleeve in widths of the shoulders."""
SHOULDER_HALF, SHOULDER_END = 0.24, 0.5
"""Half the width of a sleeve at the shoulder, likewise, and where along the arm (2: wrist) it has its own."""
AXIS, COVERED = 0.05, 0.5
"""Half the width of the arm's axis, likewise, and what share of it cloth must cover to be a sleeve."""


def on_limbs(worn: np.ndarray, pose: Pose, legs: bool) -> tuple[np.ndarray, np.ndarray]:
    """What of `worn`, bool (H, W), lies on the left and on the right arm, or leg: bool (H, W) each."""
    if legs:
        return _nearest_leg(worn, pose)
    return _sleeve(worn, pose, 0), _sleeve(worn, pose, 1)


def _nearest_leg(worn: np.ndarray, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(worn)
    points = np.stack([columns, rows], axis=1).astype(float)
    left, right = (_axis_distance(pose, points, (HIPS, KNEES, ANKLES), side) for side in range(2))
    legs = np.zeros((2, *worn.shape), bool)
    legs[0, rows, columns] = left <= right
    legs[1, rows, columns] = right < left
    return legs[0], legs[1]


def _axis_distance(
    pose: Pose, points: np.ndarray, joints: tuple[tuple[int, int], ...], side: int
) -> np.ndarray:
    ends = [pose.keypoints[pair[side]].astype(float) for pair in joints]
    return np.min([segment_distance(points, start, end) for start, end in pairwise(ends)], axis=0)


def _sleeve(worn: np.ndarray, pose: Pose, side: int) -> np.ndarray:
    """The sleeve: as wide towards the trunk as away from it, where nothing hides its edge."""
    points, distance = _near_arm(worn, pose, side)
    along, outer = along_arm(pose, side, points), outer_side(pose, side, points)
    x, y = points.astype(int).T
    cloth, width = worn[y, x], shoulder_width(pose)
    bins = (along / 2 * BINS).astype(int).clip(0, BINS - 1)
    covered, half = np.zeros(BINS, bool), np.full(BINS, LEAST * width)
    for index in range(BINS):
        here = bins == index
        axis = here & (distance < AXIS * width)
        covered[index] = not axis.any() or cloth[axis].mean() >= COVERED
        edge = distance[here & outer & cloth]
        if edge.size > 5:
            half[index] = max(half[index], float(np.percentile(edge, 92)))
    covered[: BINS // 8] = True  # a shoulder joint may lie a little outside
    reached = np.logical_and.accumulate(covered)
    ramp = SHOULDER_HALF * width * (1 - np.arange(BINS) * 2 / BINS / SHOULDER_END).clip(0)
    inner = np.maximum(cv2.blur(half[:, None], (1, 3))[:, 0], ramp)
    chosen = cloth & (outer | (distance <= inner[bins])) & reached[bins]
    sleeve = np.zeros_like(worn)
    sleeve[y[chosen], x[chosen]] = True
    return sleeve


def _near_arm(worn: np.ndarray, pose: Pose, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (N, 2) within REACH of an arm, and their distances (N,) from its axis."""
    rows, columns = np.indices(worn.shape).reshape(2, -1)
    points = np.stack([columns, rows], axis=1).astype(float)
    distance = _axis_distance(pose, points, (SHOULDERS, ELBOWS, WRISTS), side)
    near = distance < REACH * shoulder_width(pose)
    return points[near], distance[near]
