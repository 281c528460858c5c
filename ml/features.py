"""What the warp network sees of a person and a garment: one function for real photos and for synthetic twins.

Nothing here depends on the colours of the old clothing, so that twins, which have none, are no easier than
photos.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import cv2
import numpy as np

from ml.crops import NETWORK_SIZE, joint_heatmaps
from ml.pose import MIRRORED_JOINTS

CATEGORIES = ("upper_body", "lower_body", "dresses")
_DRAWN_SIZE = (128, 96)
"""Limbs are drawn at this size, then averaged down."""

FEATURE_SIZE = (64, 48)
"""Height and width of the feature planes: a quarter of NETWORK_SIZE, whose 4x4 blocks become 16 planes."""

_BLOCK = NETWORK_SIZE[0] // FEATURE_SIZE[0]
_LIMBS = ((1, 3, 5), (2, 4, 6), (7, 9, 11), (8, 10, 12))
"""Joints along left arm, right arm, left leg, right leg."""
_TRUNK = (1, 2, 8, 7)

_CLOTH_COUNT = 4 * _BLOCK**2 + 1 + 3  # colours and mask in full detail, depth, places in the outline
_SHARED_COUNT = len(CATEGORIES) + 2  # x and y
# Silhouette, skin and hair in full detail, heatmaps, limbs and trunk as drawn and as places along them.
_PERSON_COUNT = 3 * _BLOCK**2 + 13 + 3 * (len(_LIMBS) + 1)
FEATURE_COUNT = _CLOTH_COUNT + _SHARED_COUNT + _PERSON_COUNT
CLOTH_PLANES = slice(0, _CLOTH_COUNT + _SHARED_COUNT)
"""The planes that show the garment, its category and x and y."""
PERSON_PLANES = slice(_CLOTH_COUNT, FEATURE_COUNT)
"""The planes that show the category, x and y, and the person."""
MASK_PLANES = slice(3 * _BLOCK**2, 4 * _BLOCK**2)
"""The planes that hold the garment's mask."""


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

    def mirrored(self) -> Self:
        """The person seen in a mirror; left and right joints change places."""
        joints = self.joints[list(MIRRORED_JOINTS)].copy()
        joints[:, 0] = NETWORK_SIZE[1] - 1 - joints[:, 0]
        planes = (plane[:, ::-1] for plane in (self.silhouette, self.skin, self.hair))
        return type(self)(joints, self.visibility[list(MIRRORED_JOINTS)], *planes)


@dataclass(frozen=True)
class ClothView:
    """A garment in the 256x192 garment frame: image (256, 192, 3) RGB uint8, mask (256, 192) bool."""

    image: np.ndarray
    mask: np.ndarray
    category: str

    def mirrored(self) -> Self:
        """The garment seen in a mirror."""
        return type(self)(self.image[:, ::-1], self.mask[:, ::-1], self.category)


def _blocks(layers: np.ndarray) -> np.ndarray:
    """(256, 192, C) -> (16 * C, 64, 48): each 4x4 block of pixels becomes sixteen planes."""
    height, width = FEATURE_SIZE
    blocks = layers.reshape(height, _BLOCK, width, _BLOCK, -1)
    return blocks.transpose(4, 1, 3, 0, 2).reshape(-1, height, width)


def _limb_planes(joints: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """(5, 64, 48) float32: each limb drawn as thick lines between its visible joints, and the trunk."""
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
    return planes.reshape(len(planes), FEATURE_SIZE[0], 2, FEATURE_SIZE[1], 2).mean((2, 4))


def _limb_places(joints: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """(10, 64, 48) float32: for each limb, then the trunk, how far along and how far beside it a pixel lies.

    Along a limb 0 is its root, 1 its middle joint and 2 its end; along the trunk 0 is the line of the
    shoulders and 1 that of the hips. Beside is in lengths of the trunk, positive to the left of the way down.
    All are limited to -1..2, and 0 where the joints are not seen.
    """
    height, width = FEATURE_SIZE
    planes = np.zeros((len(_LIMBS) + 1, 2, height, width), np.float32)
    seen = visibility > 0.2
    shoulders, hips = (joints[list(pair)].mean(0) for pair in (_TRUNK[:2], _TRUNK[2:]))
    unit = max(float(np.linalg.norm(hips - shoulders)), 1.0)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    pixels = np.stack([x, y], axis=-1).astype(np.float32) * _BLOCK + (_BLOCK - 1) / 2
    for plane, chain in zip(planes, _LIMBS, strict=False):
        if seen[list(chain)].all():
            first, second = (_beside(pixels, joints[a], joints[b]) for a, b in pairwise(chain))
            nearer = _distance(*first) <= _distance(*second)
            plane[0] = np.where(nearer, first[0].clip(0, 1), 1 + second[0].clip(0, 1))
            plane[1] = np.where(nearer, first[1], second[1]) / unit
    if seen[list(_TRUNK)].all():
        along, across, _ = _beside(pixels, shoulders, hips)
        planes[-1] = along.clip(-1, 2), across / unit
    return planes.clip(-1, 2).reshape(-1, height, width)


def _beside(pixels: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Share of the way from `start` to `end` and distance beside it, each (h, w), for (h, w, 2) pixels."""
    length = max(float(np.linalg.norm(end - start)), 1e-3)
    way, relative = (end - start) / length, pixels - start
    return relative @ way / length, relative @ np.array([way[1], -way[0]]), length


def _distance(along: np.ndarray, across: np.ndarray, length: float) -> np.ndarray:
    beyond = np.maximum(np.maximum(-along, along - 1), 0) * length
    return np.hypot(beyond, across)


def _outline_places(mask: np.ndarray) -> np.ndarray:
    """(3, h, w) float32: where a pixel lies between the left and right edge of the garment in its row, and
    between top and bottom edge in its column, -1..1, 0 in rows and columns without cloth; and, everywhere,
    the logarithm of how much wider than high the garment is."""
    height, width = mask.shape
    planes = np.zeros((3, height, width), np.float32)
    x, y = np.arange(width), np.arange(height)
    rows, columns = mask.any(1), mask.any(0)
    if not rows.any():
        return planes
    for plane, grid, used, at in ((planes[0], mask, rows, x), (planes[1].T, mask.T, columns, y)):
        first, last = grid[used].argmax(1), grid.shape[1] - 1 - grid[used][:, ::-1].argmax(1)
        middle, half = (first + last) / 2, np.maximum((last - first) / 2, 1)
        plane[used] = ((at - middle[:, None]) / half[:, None]).clip(-1, 1)
    planes[2] = np.log(np.ptp(np.flatnonzero(columns)) + 1) - np.log(np.ptp(np.flatnonzero(rows)) + 1)
    return planes


def _cloth_planes(cloth: ClothView) -> np.ndarray:
    """(68, 64, 48) planes of a garment."""
    mask = cloth.mask.astype(np.float32)[..., None]
    colours = (cloth.image.astype(np.float32) / 127.5 - 1) * mask
    small = np.ascontiguousarray(cloth.mask[::_BLOCK, ::_BLOCK]).astype(np.uint8)
    # Nothing but garment would be infinitely deep.
    depth = np.minimum(cv2.distanceTransform(small, cv2.DIST_L2, 3) / 12, 4)
    drawn = _blocks(np.concatenate([colours, mask], axis=2))
    return np.concatenate([drawn, depth[None], _outline_places(small > 0)])


def warp_features(person: PersonView, cloth: ClothView) -> np.ndarray:
    """(FEATURE_COUNT, 64, 48) float32, the input of WarpNet. Raises ValueError for an unknown category."""
    if cloth.category not in CATEGORIES:
        raise ValueError(f"unknown category {cloth.category!r}")
    height, width = FEATURE_SIZE
    category = np.zeros((len(CATEGORIES), height, width), np.float32)
    category[CATEGORIES.index(cloth.category)] = 1
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    joints = (person.joints - (_BLOCK - 1) / 2) / _BLOCK
    planes = [
        _cloth_planes(cloth),
        category,
        np.stack([x, y]),
        _blocks(np.stack([person.silhouette, person.skin, person.hair], axis=2) * 2 - 1),
        joint_heatmaps(joints, person.visibility, FEATURE_SIZE),
        _limb_planes(person.joints, person.visibility),
        _limb_places(person.joints, person.visibility),
    ]
    return np.concatenate(planes, dtype=np.float32)
