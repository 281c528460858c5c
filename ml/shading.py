"""Light on the new garment, taken from the photo: folds and body shape, roundness, and the shadow the garment
casts.
"""

import cv2
import numpy as np

from ml.inpaint import push_pull

FOLD_STRENGTH = 0.5
FOLD_RANGE = (0.8, 1.06)
FOLD_SIGMA = 0.006
"""Blur of the old garment's luminance as a share of the photo's height: folds stay, threads and prints go."""
PLAIN_CHROMA = 10.0
"""Spread of an old garment's chroma (CIELAB units) at which its luminance is only half trusted to be
light.
"""
ROUND_DEPTH, ROUND_REACH = 0.10, 0.02
SHADOW_STRENGTH, SHADOW_REACH = 0.28, 0.009


def luminance(photo: np.ndarray) -> np.ndarray:
    """Linear-ish luminance (H, W) float32 of a float32 RGB photo in 0..255."""
    return (photo @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.float32)


def fold_light(photo: np.ndarray, parts: list[np.ndarray]) -> np.ndarray:
    """Light on the body: factors (H, W) float32 around 1, from the luminance of `parts`, each relative to its
    median.

    photo: float32 (H, W, 3); parts: bool (H, W) masks of one material each (the old garment, bare skin). A
    colourful part says little about light and counts less. 1 far from all parts.
    """
    height = photo.shape[0]
    light, known = np.ones(photo.shape[:2], np.float32), np.zeros(photo.shape[:2], np.float32)
    luma = luminance(photo)
    for part in parts:
        core = cv2.erode(part.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
        if core.sum() < 100:
            continue
        relative = luma[core] / max(float(np.median(luma[core])), 8.0)
        light[core] = 1 + (relative - 1) * FOLD_STRENGTH * _plainness(photo, core)
        known[core] = 1
    filled = push_pull(light[..., None].clip(*FOLD_RANGE), known)[..., 0] if known.any() else light
    return cv2.GaussianBlur(filled, (0, 0), FOLD_SIGMA * height).clip(*FOLD_RANGE)


def roundness(alpha: np.ndarray) -> np.ndarray:
    """Factors (H, W) float32 in 0..1 that darken a garment slightly towards its outline, as cloth round a
    body is.
    """
    height = alpha.shape[0]
    depth = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    return (1 - ROUND_DEPTH * np.exp(-depth / (ROUND_REACH * height))).astype(np.float32)


def cast_shadow(alpha: np.ndarray) -> np.ndarray:
    """Factors (H, W) float32 in 0..1 for what lies under the garment's edge, with light from above."""
    height = alpha.shape[0]
    reach = SHADOW_REACH * height
    moved = np.array([[1, 0, 0], [0, 1, reach * 0.8]], np.float32)
    shifted = cv2.warpAffine(alpha.astype(np.float32), moved, alpha.shape[::-1])
    return 1 - SHADOW_STRENGTH * cv2.GaussianBlur(np.maximum(shifted, 0.5 * alpha), (0, 0), reach)


def _plainness(photo: np.ndarray, core: np.ndarray) -> float:
    pixels = photo[core].reshape(-1, 1, 3)[::7] / 255
    chroma = cv2.cvtColor(np.ascontiguousarray(pixels, np.float32), cv2.COLOR_RGB2LAB)[:, 0, 1:]
    return float(1 / (1 + (chroma.std(axis=0).max() / PLAIN_CHROMA) ** 2))
