"""Which worn garments can be taken off a photo at all."""

from itertools import pairwise

import numpy as np

from ml.anatomy import ANKLES, HIPS, KNEES, SHOULDERS, middle
from ml.keypoints import COCO_17, Keypoints, to_pose
from ml.labels import LABELS
from ml.pose import JOINT_NAMES, Pose
from ml.training.people import Person

LEAST_AREA = 0.02
"""Of a garment, as a share of the photo."""
COMPANIONS = {"upper_body": "dress", "lower_body": "dress", "dresses": "upper outer"}
"""Labels on the same part of the body that make a garment half hidden or half missing."""
OVER = {"upper_body": "", "lower_body": "upper outer", "dresses": ""}
"""Labels that hide a garment where they are seen below the hips."""
OTHERS = 0.15
"""How much of them, as a share of the garment, is too much."""
LEAST_VISIBILITY, FACING = 0.5, 0.4
"""Of the joints that are needed; least distance of the shoulders, left to right, in lengths of the torso."""
GAP_FROM, GAPS = 0.5, 3
"""Legs are seen apart when on so many of 40 levels, from half way down the thighs, no cloth is between."""


class NotUsable(Exception):  # noqa: N818 - an answer, not an error
    """Why a garment cannot be taken off a photo."""


def full_pose(person: Person) -> Pose:
    """The stored 13 joints, with face, hands and feet put where a body has them."""
    points, known = np.zeros((len(COCO_17), 2), np.float32), np.zeros(len(COCO_17), np.float32)
    for name, point, sure in zip(JOINT_NAMES, person.joints, person.visibility, strict=True):
        index = COCO_17.index("nose" if name == "head" else name)
        points[index], known[index] = point, max(sure, 1e-3)
    return to_pose(Keypoints("coco_17", points, known), person.silhouette / np.float32(255))


def require_garment(person: Person, category: str, worn: np.ndarray, pose: Pose) -> None:
    """Raises NotUsable when `worn`, bool (H, W), is too small, or not alone on its part of the body."""
    area = int(worn.sum())
    if area < LEAST_AREA * worn.size:
        raise NotUsable("too small")
    others = [LABELS.index(name) for name in COMPANIONS[category].split()]
    if np.isin(person.labels, others).sum() > OTHERS * area:
        raise NotUsable("worn with another")
    over = np.isin(person.labels, [LABELS.index(name) for name in OVER[category].split()])
    if over[max(0, int(middle(pose, HIPS)[1])) :].sum() > OTHERS * area:
        raise NotUsable("worn under another")


def require_pose(person: Person, category: str, pose: Pose) -> None:
    """Raises NotUsable when the joints that a garment hangs on are not sure or not seen from the front."""
    needed = ("shoulder", "hip", "knee") if category == "lower_body" else ("shoulder", "hip")
    joints = [JOINT_NAMES.index(f"{side}_{joint}") for side in ("left", "right") for joint in needed]
    if person.visibility[joints].min() < LEAST_VISIBILITY:
        raise NotUsable("pose not sure")
    left, right = (pose.keypoints[joint] for joint in SHOULDERS)
    length = float(np.linalg.norm(middle(pose, SHOULDERS) - middle(pose, HIPS)))
    if left[0] - right[0] < FACING * length:
        raise NotUsable("turned away")


def has_legs(worn: np.ndarray, pose: Pose) -> bool:
    """Whether a lower garment, bool (H, W), is trousers or shorts: on both legs, not between them."""
    left, right = (_along_leg(pose, side) for side in range(2))
    gap = _at(worn, left) & _at(worn, right) & ~_at(worn, (left + right) / 2)
    return int(gap.sum()) >= GAPS


def _along_leg(pose: Pose, side: int) -> np.ndarray:
    """(40, 2) points from GAP_FROM down the thigh to the ankle."""
    joints = [pose.keypoints[pair[side]] for pair in (HIPS, KNEES, ANKLES)]
    shares = (np.linspace(GAP_FROM, 1, 20)[:, None], np.linspace(0, 1, 20)[:, None])
    parts = zip(pairwise(joints), shares, strict=True)
    return np.concatenate([start + share * (end - start) for (start, end), share in parts])


def _at(mask: np.ndarray, points: np.ndarray) -> np.ndarray:
    """`mask` at `points` (N, 2), False beyond it."""
    x, y = points.round().astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
    return inside & mask[y.clip(0, mask.shape[0] - 1), x.clip(0, mask.shape[1] - 1)]
