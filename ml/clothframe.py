"""The upright 3:4 frame around a garment in which the warp network sees it, and the way back to its photo.

Flow is given in normalised coordinates of this frame: (0, 0) is the outer corner of its first pixel, (1, 1)
that of its last, whatever the resolution.
"""

from typing import Self

import numpy as np

from ml.crops import NETWORK_SIZE, PersonFrame

MARGIN = 0.04


class ClothFrame(PersonFrame):
    """Similarity transform between a garment photo and the 256x192 frame around its mask.

    Unlike that of a person the frame may be turned, so that the garment is upright in it.
    """

    @classmethod
    def of_cloth(cls, mask: np.ndarray, turn: float = 0.0) -> Self:
        """The frame of a garment given as mask (H, W) bool, which lies turned by `turn` radians, clockwise
        as one sees it. Raises ValueError when the mask is empty.
        """
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not rows.size:
            raise ValueError("an empty garment mask")
        if not turn:
            box = float(columns[0]), float(rows[0]), float(columns[-1]), float(rows[-1])
            return cls.around(box, MARGIN)
        back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        points = np.argwhere(mask)[:, ::-1] @ back.T
        (left, top), (right, bottom) = points.min(0), points.max(0)
        matrix = cls.around((left, top, right, bottom), MARGIN).matrix
        return cls(np.column_stack([matrix[:, :2] @ back, matrix[:, 2]]))

    def points_to_photo(self, points: np.ndarray, size: tuple[int, int] = NETWORK_SIZE) -> np.ndarray:
        """Pixels (..., 2) of a frame of `size` (h, w) -> float32 photo pixels."""
        matrix = self.matrix_for(size)
        if not matrix[0, 1]:
            return super().points_to_photo(points, size)
        return ((points - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T).astype(np.float32)

    def flow_to_photo(self, flow: np.ndarray) -> np.ndarray:
        """Normalised frame coordinates (..., 2) -> float32 garment photo pixels, ready for cv2.remap."""
        return self.points_to_photo(flow * np.array(NETWORK_SIZE[::-1], np.float32) - 0.5)
