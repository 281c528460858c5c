"""What appears where old clothing is taken away: background, skin, or more of the garment below.

Everything is interpolated from the photo's own pixels by push-pull (Gortler et al., "The Lumigraph", 1996):
average what is known into ever coarser levels, then fill the holes from coarse to fine.
"""

from collections.abc import Iterable

import cv2
import numpy as np

GRAIN_SIGMA = 1.2
"""Pixels: what a blur of this width removes from a photo is taken for its grain."""
MOST_GRAIN = 3.0
"""Standard deviation, in steps of a channel, beyond which it is no grain but something small that is seen."""
LEAST_SAMPLE = 100
"""Pixels below which a region does not tell its grain: they are lashes, a beard or an edge."""
GRAIN_TILE = 256
"""Side in pixels of a piece of grain; it comes again, which nobody sees."""


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


def grain_like(photo: np.ndarray, parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Random grey grain (H, W) float32 as strong as that of `photo`, RGB uint8 (H, W, 3), in its green.

    parts: pairs of a region of the photo, bool (H, W), and of the share, float32 (H, W) in 0..1, that such
    grain has in the result.
    """
    green = photo[..., 1].astype(np.float32)
    residual = np.abs(green - cv2.GaussianBlur(green, (0, 0), GRAIN_SIGMA))
    # Every fourth pixel tells as much.
    sample = (slice(None, None, 2), slice(None, None, 2))
    strength = np.zeros_like(green)
    for region, share in parts:
        seen = residual[sample][region[sample]]
        if seen.size >= LEAST_SAMPLE:
            strength += share * np.float32(min(1.4826 * np.median(seen), MOST_GRAIN))
    tile = np.random.default_rng(0).standard_normal((GRAIN_TILE, GRAIN_TILE), np.float32)
    tile = cv2.GaussianBlur(tile, (0, 0), 0.6, borderType=cv2.BORDER_REFLECT)
    height, width = green.shape
    noise = np.tile(tile / tile.std(), (-(-height // GRAIN_TILE), -(-width // GRAIN_TILE)))
    return noise[:height, :width] * strength
