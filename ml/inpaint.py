"""What appears where old clothing is taken away: background, skin, or more of the garment below.

Everything is interpolated from the photo's own pixels by push-pull (Gortler et al., "The Lumigraph", 1996):
average what is known into ever coarser levels, then fill the holes from coarse to fine.
"""

import cv2
import numpy as np

GRAIN_SIGMA = 1.2
"""Pixels: what a blur of this width removes from a photo is taken for its grain."""
LIMB_FALLOFF = 0.3
"""How much darker a bare limb is at its rim than on its axis, as a share."""


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


def grain_like(photo: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Random grain (H, W, 3) float32 as strong in each channel as that of `photo` (float32) within `region`
    (bool).
    """
    if not region.any():
        return np.zeros_like(photo)
    residual = (photo - cv2.GaussianBlur(photo, (0, 0), GRAIN_SIGMA))[region]
    strength = 1.4826 * np.median(np.abs(residual), axis=0)
    white = np.random.default_rng(0).standard_normal(photo.shape[:2], np.float32)
    noise = cv2.GaussianBlur(white, (0, 0), 0.6)
    return noise[..., None] * (strength / max(float(noise.std()), 1e-6)).astype(np.float32)


def typical(photo: np.ndarray, source: np.ndarray, tolerance: float = 3.0) -> np.ndarray:
    """The pixels of `source` whose colour is within `tolerance` robust deviations of the median: no edges, no
    jewels.
    """
    if not source.any():
        return source
    colours = photo[source]
    median = np.median(colours, axis=0)
    spread = 1.4826 * np.median(np.abs(colours - median), axis=0) + 4.0
    return source & (np.abs(photo - median) <= tolerance * spread).all(axis=2)


def limb_shading(shape: tuple[int, int], limbs: list[tuple[np.ndarray, np.ndarray, float]]) -> np.ndarray:
    """Brightness (H, W) float32 of round limbs lit from the camera: 1 on the axis, 1 - LIMB_FALLOFF at the
    rim.

    limbs: (start (2,), end (2,), radius) in pixels. 1 also where there is no limb.
    """
    shading = np.zeros(shape, np.float32)
    for start, end, radius in limbs:
        left, top = np.floor(np.minimum(start, end) - radius).astype(int).clip(0)
        right, bottom = np.ceil(np.maximum(start, end) + radius).astype(int) + 1
        box = (slice(top, max(bottom, 0)), slice(left, max(right, 0)))
        height, width = shading[box].shape
        if not height or not width:
            continue
        x = np.arange(left, left + width, dtype=np.float32)[None] - start[0]
        y = np.arange(top, top + height, dtype=np.float32)[:, None] - start[1]
        along = end - start
        share = ((x * along[0] + y * along[1]) / max(float(along @ along), 1e-6)).clip(0, 1)
        squared = ((x - share * along[0]) ** 2 + (y - share * along[1]) ** 2) / radius**2
        shading[box] = np.maximum(shading[box], np.where(squared < 1, 1 - LIMB_FALLOFF * squared, 0))
    return np.where(shading > 0, shading, 1)


def fill_skin(
    photo: np.ndarray, skin: np.ndarray, limbs: list[tuple[np.ndarray, np.ndarray, float]], reach: float
) -> np.ndarray:
    """Skin everywhere, as if no clothing were worn: float32 (H, W, 3), equal to the photo on clean `skin`.

    skin: bool (H, W), visible skin. Further than `reach` pixels from it the colour is the person's median
    with the shading of round limbs; nearer it follows the skin beside it.
    """
    clean = typical(photo, skin)
    if not clean.any():
        return photo.copy()
    near = push_pull(photo, clean.astype(np.float32))
    distance = cv2.distanceTransform((~clean).astype(np.uint8), cv2.DIST_L2, 3)
    far_share = (1 - np.exp(-((distance / reach) ** 2)))[..., None]
    median = np.median(photo[clean], axis=0).astype(np.float32)
    shaded = limb_shading(skin.shape, limbs)[..., None]
    filled = near * (1 - 0.5 * far_share) + 0.5 * far_share * median
    filled = filled * (1 + far_share * (shaded - 1))
    return np.where(clean[..., None], photo, filled).astype(np.float32)
