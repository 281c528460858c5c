"""What the warp network sees of a person and a garment: one function for real photos and for synthetic twins.

Nothing here depends on the colours of the old clothing, so that twins, which have none, are no easier than
photos.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from ml.crops import NETWORK_SIZE, joint_heatmaps

CATEGORIES = ("upper_body", "lower_body", "dresses")
FEATURE_SIZE = (64, 48)
"""Height and width of the feature planes: a quarter of NETWORK_SIZE. Larger ones cost more than they tell."""

_DRAWN_SIZE = (128, 96)
"""Planes are drawn at this size, then averaged down."""

_LIMBS = ((1, 3, 5), (2, 4, 6), (7, 9, 11), (8, 10, 12))
"""Joints along left arm, right arm, left leg, right leg."""
_TRUNK = (1, 2, 8, 7)
_FINE_PLANES = 3 + 1 + 1 + 1 + 1  # garment colours and mask; silhouette, skin, hair
_COARSE_PLANES = 1 + len(CATEGORIES) + 2 + 13 + len(_LIMBS) + 1
MASK_PLANES = slice(12, 16)
"""The planes of the features that hold the garment's mask."""
FEATURE_COUNT = 4 * _FINE_PLANES + _COARSE_PLANES


@dataclass(frozen=True)
class PersonView:
    """A person in the 256x192 person frame.

    joints: (13, 2) px in the order of `ml.pose.JOINT_NAMES`; visibility: (13,) 0..1
    silhouette, skin, hair: (256, 192) float32 0..1; skin includes the face
    """

    joints: np.ndarray
    visibility: np.ndarray
    silhouette: np.ndarray
    skin: np.ndarray
    hair: np.ndarray


@dataclass(frozen=True)
class ClothView:
    """A garment in the 256x192 garment frame: image (256, 192, 3) RGB uint8, mask (256, 192) bool."""

    image: np.ndarray
    mask: np.ndarray
    category: str


def _halves(plane: np.ndarray) -> np.ndarray:
    """(256, 192[, C]) -> (4 * C, 128, 96): each 2x2 block of pixels becomes four planes."""
    height, width = _DRAWN_SIZE
    blocks = plane.reshape(height, 2, width, 2, -1)
    return blocks.transpose(4, 1, 3, 0, 2).reshape(-1, height, width)


def _limb_planes(joints: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """(5, 128, 96) float32: each limb drawn as thick lines between its visible joints, and the trunk."""
    planes = np.zeros((len(_LIMBS) + 1, *_DRAWN_SIZE), np.float32)
    points = np.round((joints / 2 - 0.25) * 16).astype(int)
    seen = visibility > 0.2
    trunk = joints[list(_TRUNK)]
    girth = np.linalg.norm(joints[1] - joints[2]) + 0.5 * np.linalg.norm(joints[1] - joints[7])
    thickness = max(2, round(float(girth) * 0.06))
    for plane, chain in zip(planes, _LIMBS, strict=False):
        for a, b in pairwise(chain):
            if seen[a] and seen[b]:
                cv2.line(plane, points[a].tolist(), points[b].tolist(), 1.0, thickness, cv2.LINE_8, 4)
    if seen[list(_TRUNK)].all() and np.isfinite(trunk).all():
        cv2.fillConvexPoly(planes[-1], points[list(_TRUNK)], 1.0, cv2.LINE_8, 4)
    return planes


def _cloth_planes(cloth: ClothView) -> tuple[np.ndarray, np.ndarray]:
    """Fine (256, 192, 4) and coarse (1, 128, 96) planes of a garment."""
    mask = cloth.mask.astype(np.float32)
    colours = (cloth.image.astype(np.float32) / 127.5 - 1) * mask[..., None]
    small = np.ascontiguousarray(cloth.mask[::2, ::2]).astype(np.uint8)
    # Nothing but garment would be infinitely deep.
    depth = np.minimum(cv2.distanceTransform(small, cv2.DIST_L2, 3) / 24, 4)
    return np.concatenate([colours, mask[..., None]], axis=2), depth[None]


def warp_features(person: PersonView, cloth: ClothView) -> np.ndarray:
    """(FEATURE_COUNT, 64, 48) float32, the input of WarpNet. Raises ValueError for an unknown category."""
    if cloth.category not in CATEGORIES:
        raise ValueError(f"unknown category {cloth.category!r}")
    height, width = _DRAWN_SIZE
    fine, depth = _cloth_planes(cloth)
    body = np.stack([person.silhouette, person.skin, person.hair], axis=2)
    category = np.zeros((len(CATEGORIES), height, width), np.float32)
    category[CATEGORIES.index(cloth.category)] = 1
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    scale = height / NETWORK_SIZE[0]
    joints = person.joints * scale - (1 - scale) / 2
    planes = np.concatenate(
        [
            _halves(fine),
            _halves(body * 2 - 1),
            depth,
            category,
            np.stack([x, y]),
            joint_heatmaps(joints, person.visibility, _DRAWN_SIZE),
            _limb_planes(person.joints, person.visibility),
        ]
    )
    blocks = planes.reshape(FEATURE_COUNT, FEATURE_SIZE[0], 2, FEATURE_SIZE[1], 2)
    return blocks.mean((2, 4), dtype=np.float32)
