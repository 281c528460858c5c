"""The shadow that a garment casts on what lies under its edge; the light on itself is the generator's."""

import cv2
import numpy as np

SHADOW_STRENGTH = 0.15
SHADOW_REACH = 0.009
"""Softness of the shadow (standard deviation of a blur) as a share of the photo's height."""


def cast_shadow(alpha: np.ndarray, reach: float) -> np.ndarray:
    """Factors (H, W) float32 in 0..1 for what lies under the garment's edge, with light from above.

    reach: softness of the shadow in pixels.
    """
    moved = np.array([[1, 0, 0], [0, 1, reach * 0.8]], np.float32)
    shifted = cv2.warpAffine(alpha.astype(np.float32), moved, alpha.shape[::-1])
    return 1 - SHADOW_STRENGTH * cv2.GaussianBlur(np.maximum(shifted, 0.5 * alpha), (0, 0), reach)
