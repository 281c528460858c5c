"""Skin that clothing covers: its tone from the skin that is seen, its light from the body's round shapes."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from ml.colour import lab
from ml.inpaint import push_pull

Limb = tuple[np.ndarray, np.ndarray, float]
"""Start (2,), end (2,) and radius of a round part of the body in pixels."""
LIMB_FALLOFF = 0.3
"""How much darker a bare limb is at most at its rim than on its axis, as a share."""
LIT = (0.7, 0.95)
"""Quantiles of lightness between which skin is neither in shadow nor shining. The chest, which faces the
light as hardly any other part does, is about as light as that."""
SHADED = 0.2
"""Quantile of lightness of skin that is turned away from the light."""


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


def lit_tone(colours: np.ndarray) -> np.ndarray:
    """The tone (3,) of skin of RGB colours (N, 3), N > 0, where light falls on it: the mean of those between
    the LIT quantiles of CIELAB lightness.
    """
    lightness = lab(colours)[:, 0]
    low, high = np.quantile(lightness, LIT)
    return colours[(lightness >= low) & (lightness <= high)].mean(axis=0)


def falloff(colours: np.ndarray) -> float:
    """How much darker than on its axis a limb is at its rim, as a share: no more than skin of RGB colours
    (N, 3), N > 0, is seen to be, so that flat light stays flat.
    """
    shaded = np.quantile(colours.mean(axis=1), SHADED)
    return float(np.clip(1 - shaded / max(lit_tone(colours).mean(), 1.0), 0, LIMB_FALLOFF))


def limb_shading(shape: tuple[int, int], limbs: Iterable[Limb], depth: float = LIMB_FALLOFF) -> np.ndarray:
    """Brightness (H, W) float32 of round limbs lit from the camera: 1 on the axis, 1 - depth at the rim.

    1 also where there is no limb.
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
        shading[box] = np.maximum(shading[box], np.where(squared < 1, 1 - depth * squared, 0))
    return np.where(shading > 0, shading, 1)


def fill_skin(
    photo: np.ndarray,
    skin: np.ndarray,
    beside: np.ndarray,
    parts: Sequence[np.ndarray],
    limbs: Iterable[Limb],
    reach: float,
) -> np.ndarray:
    """Skin everywhere, as if no clothing were worn: float32 (H, W, 3), equal to the photo on clean `skin`.

    skin: bool (H, W), visible skin; beside: bool (H, W), what is near to clothing; parts: bool (H, W) each,
    the places of limbs, which have a tone of their own when `reach` squared pixels of them are seen. All else
    is trunk, which faces the light: its tone is the lightest of those of the limbs and of other skin `beside`
    it. Over about `reach` pixels the skin beside it, a shadowed neck perhaps, turns into the lit tone of the
    part, shaded like round `limbs`.
    """
    clean = typical(photo, skin)
    if not clean.any():
        return photo.copy()
    elsewhere = ~np.logical_or.reduce([np.zeros_like(skin), *parts])
    seen = [(part, photo[part & clean]) for part in (*parts, elsewhere & beside)]
    tones = [(part, lit_tone(own)) for part, own in seen if len(own) > reach**2]
    tone = np.empty_like(photo)
    tone[:] = max((own for _, own in tones), key=np.sum, default=lit_tone(photo[clean]))
    for part, own in tones:
        tone[part & ~elsewhere] = own
    tone = cv2.GaussianBlur(tone, (0, 0), reach / 2)
    shading = limb_shading(skin.shape, limbs, falloff(photo[clean]))
    shading = cv2.GaussianBlur(shading, (0, 0), reach / 4)
    # What is further away may be in another light.
    near = push_pull(photo, np.float32(clean & beside if (clean & beside).any() else clean))
    distance = cv2.distanceTransform((~clean).astype(np.uint8), cv2.DIST_L2, 3)
    far_share = 1 - np.exp(-((distance / np.float32(reach)) ** 2))[..., None]
    filled = near + far_share * (tone * shading[..., None] - near)
    return np.where(clean[..., None], photo, filled).astype(np.float32)
