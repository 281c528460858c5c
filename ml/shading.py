"""The shadow that a garment casts on what lies under its edge; the light on itself is the generator's."""

import cv2
import numpy as np

SHADOW_STRENGTH, SHADOW_REACH = 0.15, 0.009


def cast_shadow(alpha: np.ndarray) -> np.ndarray:
    """Factors (H, W) float32 in 0..1 for what lies under the garment's edge, with light from above."""
    height = alpha.shape[0]
    reach = SHADOW_REACH * height
    moved = np.array([[1, 0, 0], [0, 1, reach * 0.8]], np.float32)
    shifted = cv2.warpAffine(alpha.astype(np.float32), moved, alpha.shape[::-1])
    return 1 - SHADOW_STRENGTH * cv2.GaussianBlur(np.maximum(shifted, 0.5 * alpha), (0, 0), reach)
