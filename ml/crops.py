"""The upright 3:4 frame around a person in which the networks work, and the way back to the photo.

Photos and synthetic twins are framed by the same rule, from joints and silhouette alone, so that training
and use see people at the same place and size. Pixel centres lie on whole numbers, as in OpenCV.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

NETWORK_SIZE = (256, 192)
"""Height and width that `PersonFrame.matrix` maps to. Other sizes of the same shape are scaled from it."""

MARGIN = 0.05
"""Room left on each side of the person, as a share of the longer side of the tight box."""

VISIBLE = 0.5
_SHOULDERS, _ARMS, _HIPS = [1, 2], [3, 4, 5, 6], [7, 8]
_ABOVE, _BELOW, _AROUND_ARMS = 0.6, 0.85, 0.15
"""Room above the shoulders, below the hips and above raised arms, in lengths of the torso."""
FILL = 127
"""Grey level of network pixels that lie outside the photo."""


def rescaled(matrix: np.ndarray, factor: float) -> np.ndarray:
    """The 2x3 `matrix` followed by a resize by `factor` that aligns pixel areas, not pixel centres."""
    scaled = matrix * factor
    scaled[:, 2] += (factor - 1) / 2
    return scaled


def _warp(
    image: np.ndarray, matrix: np.ndarray, size: tuple[int, int], flags: int, fill: float
) -> np.ndarray:
    """warpAffine for any number of channels: OpenCV fills the border of at most four."""
    if image.ndim == 3 and image.shape[2] > 4:
        layers = [_warp(layer, matrix, size, flags, fill) for layer in np.moveaxis(image, -1, 0)]
        return np.stack(layers, axis=-1)
    return cv2.warpAffine(image, matrix, size[::-1], flags=flags, borderValue=(fill,) * 4)


def person_box(joints: np.ndarray, visibility: np.ndarray, silhouette: np.ndarray) -> tuple[float, ...]:
    """Tight box (left, top, right, bottom) px around visible joints (N, 2) and the silhouette (H, W) 0..1.

    Rows and columns with only a few silhouette pixels are specks, not a person. Raises ValueError when nobody
    is visible.
    """
    solid = silhouette > VISIBLE
    least = max(1, min(solid.shape) // 100)
    columns, rows = (np.flatnonzero(solid.sum(axis=axis) >= least) for axis in (0, 1))
    seen = joints[visibility > VISIBLE]
    xs = np.concatenate([columns, seen[:, 0]])
    ys = np.concatenate([rows, seen[:, 1]])
    if not (xs.size and ys.size):
        raise ValueError("neither a visible joint nor a silhouette")
    return float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max())


def garment_box(box: tuple[float, ...], joints: np.ndarray, category: str) -> tuple[float, ...]:
    """The part of a person's `box` (left, top, right, bottom) px in which a garment of `category` is seen.

    joints: (13, 2) px in the order of `ml.pose.JOINT_NAMES`. Legs below a top, and all above the shoulders
    over trousers, are cut off so that the rest is seen larger; raised arms stay, since sleeves are on them.
    """
    left, top, right, bottom = box
    shoulders, hips = (float(joints[pair, 1].mean()) for pair in (_SHOULDERS, _HIPS))
    torso = float(np.linalg.norm(joints[_SHOULDERS].mean(0) - joints[_HIPS].mean(0)))
    if category == "lower_body":
        return left, min(max(top, shoulders), bottom), right, bottom
    highest = min(shoulders - _ABOVE * torso, float(joints[_ARMS, 1].min()) - _AROUND_ARMS * torso)
    top = min(max(top, highest), bottom)
    if category == "upper_body":
        bottom = max(min(bottom, hips + _BELOW * torso), top)
    return left, top, right, bottom


@dataclass(frozen=True)
class PersonFrame:
    """Similarity transform between a photo and the network frame.

    matrix: (2, 3) float64, photo pixel -> pixel of the 256x192 frame; scale and shift only: it is upright.
    """

    matrix: np.ndarray

    @classmethod
    def around(cls, box: tuple[float, ...], margin: float = MARGIN) -> Self:
        """The frame whose middle is that of `box` (left, top, right, bottom), grown to 3:4."""
        left, top, right, bottom = box
        height, width = NETWORK_SIZE
        extra = 2 * margin * max(right - left, bottom - top)
        span = max((right - left + 1 + extra) / width, (bottom - top + 1 + extra) / height)
        scale = 1 / span
        middle = np.array([(left + right) / 2, (top + bottom) / 2])
        shift = np.array([(width - 1) / 2, (height - 1) / 2]) - scale * middle
        return cls(np.array([[scale, 0, shift[0]], [0, scale, shift[1]]]))

    @classmethod
    def of_person(cls, joints: np.ndarray, visibility: np.ndarray, silhouette: np.ndarray) -> Self:
        """The frame of a person given as joints (N, 2) px, visibility (N,) 0..1 and silhouette (H, W) 0..1.

        Works for full and half figures; depends on nothing else. Raises ValueError when nobody is visible.
        """
        return cls.around(person_box(joints, visibility, silhouette))

    @classmethod
    def for_garment(
        cls, joints: np.ndarray, visibility: np.ndarray, silhouette: np.ndarray, category: str
    ) -> Self:
        """The frame for dressing a person in a garment of `category`; arguments as for `of_person`."""
        return cls.around(garment_box(person_box(joints, visibility, silhouette), joints, category))

    def matrix_for(self, size: tuple[int, int]) -> np.ndarray:
        """(2, 3) float64 from photo pixels to pixels of a frame of `size` (h, w), which must be 4:3."""
        if size[0] * NETWORK_SIZE[1] != size[1] * NETWORK_SIZE[0]:
            raise ValueError(f"{size} has not the shape of {NETWORK_SIZE}")
        return rescaled(self.matrix, size[0] / NETWORK_SIZE[0])

    def to_network(
        self,
        image: np.ndarray,
        size: tuple[int, int] = NETWORK_SIZE,
        *,
        fill: float = FILL,
        interpolation: int = cv2.INTER_LINEAR,
    ) -> np.ndarray:
        """The frame cut out of `image` (H, W[, C]) at `size` (h, w), same dtype; `fill` beyond the photo.

        Pass INTER_NEAREST for labels; otherwise large photos are shrunk by area first, against aliasing.
        """
        matrix = self.matrix_for(size)
        shrink = int(1 / np.hypot(matrix[0, 0], matrix[1, 0]))
        if shrink > 1 and interpolation != cv2.INTER_NEAREST:
            height, width = (max(1, side // shrink) for side in image.shape[:2])
            sx, sy = image.shape[1] / width, image.shape[0] / height
            image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
            # Small pixel p lies at s * p + (s - 1) / 2 in the photo.
            matrix = matrix @ np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]])
        return _warp(image, matrix, size, interpolation, fill)

    def to_photo(
        self,
        values: np.ndarray,
        photo_size: tuple[int, int],
        *,
        fill: float = 0,
        interpolation: int = cv2.INTER_LINEAR,
    ) -> np.ndarray:
        """Bring a network map (h, w[, C]) to a photo of `photo_size` (H, W); `fill` outside the frame."""
        matrix = self.matrix_for(values.shape[:2])
        return _warp(values, matrix, photo_size, interpolation | cv2.WARP_INVERSE_MAP, fill)

    def continued(self, values: np.ndarray, photo_size: tuple[int, int]) -> np.ndarray:
        """A network map (h, w[, C]) with what it says beyond a photo of `photo_size` (H, W) replaced by the
        nearest of what it says within: a body that the photo cuts off does not end there.
        """
        size = values.shape[:2]
        half = max(1 / self.matrix_for(size)[0, 0] - 1, 0) / 2  # a pixel is within the photo if all of it is
        last = np.array(photo_size[::-1]) - 1 - half
        ends = self.points_to_network(np.stack([np.full(2, half), np.maximum(last, half)]), size)
        first, last = np.ceil(ends[0]), np.maximum(np.floor(ends[1]), np.ceil(ends[0]))
        columns, rows = (
            np.arange(length).clip(low, high).clip(0, length - 1).astype(int)
            for length, low, high in zip(size[::-1], first, last, strict=True)
        )
        return values[rows[:, None], columns]

    def points_to_network(self, points: np.ndarray, size: tuple[int, int] = NETWORK_SIZE) -> np.ndarray:
        """Photo pixels (..., 2) -> float32 pixels of a frame of `size` (h, w)."""
        matrix = self.matrix_for(size)
        return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)

    def points_to_photo(self, points: np.ndarray, size: tuple[int, int] = NETWORK_SIZE) -> np.ndarray:
        """Pixels (..., 2) of a frame of `size` (h, w) -> float32 photo pixels."""
        matrix = self.matrix_for(size)
        scale, shift = np.float32(np.diag(matrix)), np.float32(matrix[:, 2])
        return (np.asarray(points, np.float32) - shift) / scale


def joint_heatmaps(
    points: np.ndarray, visibility: np.ndarray, size: tuple[int, int] = NETWORK_SIZE
) -> np.ndarray:
    """One Gaussian per joint: (N, h, w) float32 in 0..1, its height the joint's visibility.

    points: (N, 2) in pixels of a frame of `size` (h, w). The standard deviation is h / 48; beyond four of
    them a map is 0.
    """
    sigma = size[0] / 48
    maps = np.zeros((len(points), *size), np.float32)
    for heatmap, (x, y), height in zip(maps, points, visibility, strict=True):
        rows, columns = (
            np.arange(max(0, int(at - 4 * sigma)), min(side, int(at + 4 * sigma) + 1))
            for side, at in zip(size, (y, x), strict=True)
        )
        if height > 0 and rows.size and columns.size:
            across = np.exp(-((columns - x) ** 2) / (2 * sigma**2))
            down = np.exp(-((rows - y) ** 2) / (2 * sigma**2))
            heatmap[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = height * np.outer(down, across)
    return maps
