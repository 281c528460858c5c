"""What appears where old clothing is taken away: background, skin, or more of the garment below.

Everything is interpolated from the photo's own pixels by push-pull (Gortler et al., "The Lumigraph", 1996):
average what is known into ever coarser levels, then fill the holes from coarse to fine.
"""

import cv2
import numpy as np

GRAIN_SIGMA = 1.2
"""Pixels: what a blur of this width removes from a photo is taken for its grain."""


def push_pull(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fill `values` (float32 (H, W, C)) smoothly where `known` (float32 (H, W), 0..1) is low.

    Pixels with known = 1 are kept. With nothing known at all the result is zero.
    """
    height, width = known.shape
    if min(height, width) <= 2:
        total = float(known.sum())
        mean = (values * known[..., None]).sum((0, 1)) / max(total, 1e-6)
        return np.where(known[..., None] >= 1, values, mean).astype(np.float32)
    weight = cv2.pyrDown(known)
    coarse = cv2.pyrDown(values * known[..., None]).reshape(*weight.shape, -1)
    coarse = coarse / np.maximum(weight, 1e-6)[..., None]
    # A coarse pixel with a few known children is as good as known: 1 - (1 - w)^4, like the original's
    # saturation.
    filled = push_pull(coarse, 1 - (1 - weight.clip(0, 1)) ** 4)
    above = cv2.pyrUp(filled, dstsize=(width, height)).reshape(values.shape)
    return above + known[..., None] * (values - above)


def carried_on(values: np.ndarray, known: np.ndarray, shrink: int = 4) -> np.ndarray:
    """`values` (float32 (H, W, C)) where they are `known` (bool (H, W)), carried on smoothly everywhere: at
    1 / `shrink` of the size, where detail is of no use. With nothing known the result is zero.
    """
    height, width = known.shape
    size = max(1, width // shrink), max(1, height // shrink)
    weight = cv2.resize(np.float32(known), size, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(values * known[..., None], size, interpolation=cv2.INTER_AREA)
    coarse /= np.maximum(weight, 1e-3)[..., None]
    return cv2.resize(push_pull(coarse, weight), (width, height))


def grain_like(photo: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Random grain (H, W, 3) float32 as strong in each channel as that of `photo` (float32) within `region`
    (bool).
    """
    # Every fourth pixel tells as much.
    sample = (slice(None, None, 2), slice(None, None, 2))
    residual = (photo[sample] - cv2.GaussianBlur(photo, (0, 0), GRAIN_SIGMA)[sample])[region[sample]]
    if not residual.size:
        return np.zeros_like(photo)
    strength = 1.4826 * np.median(np.abs(residual), axis=0)
    white = np.random.default_rng(0).standard_normal(photo.shape[:2], np.float32)
    noise = cv2.GaussianBlur(white, (0, 0), 0.6)
    return noise[..., None] * (strength / max(float(noise.std()), 1e-6)).astype(np.float32)
