"""The upright 3:4 frame around a garment in which the warp network sees it, and the way back to its photo.

Flow is given in normalised coordinates of this frame: (0, 0) is the outer corner of its first pixel, (1, 1)
that of its last, whatever the resolution.
"""

from typing import Self

import numpy as np

from ml.crops import NETWORK_SIZE, PersonFrame

MARGIN = 0.04


class ClothFrame(PersonFrame):
    """Similarity transform between a garment photo and the 256x192 frame around its mask."""

    @classmethod
    def of_cloth(cls, mask: np.ndarray) -> Self:
        """The frame of a garment given as mask (H, W) bool. Raises ValueError when the mask is empty."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not rows.size:
            raise ValueError("an empty garment mask")
        return cls.around((float(columns[0]), float(rows[0]), float(columns[-1]), float(rows[-1])), MARGIN)

    def flow_to_photo(self, flow: np.ndarray) -> np.ndarray:
        """Normalised frame coordinates (..., 2) -> float32 garment photo pixels, ready for cv2.remap."""
        return self.points_to_photo(flow * np.array(NETWORK_SIZE[::-1], np.float32) - 0.5)
