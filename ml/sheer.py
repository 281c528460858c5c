"""Sheer garments of one colour, tulle or chiffon: their picture shows the studio's wall through the cloth."""

import cv2
import numpy as np

from ml.morphology import dilate
from ml.shading import GREY

SAMPLE = 4
"""One of so many pixels, along a side, tells whether a garment is sheer."""
BESIDE, CORE = 0.02, 0.03
"""How far from the outline there is wall alone, and opaque cloth if anywhere, in heights of the picture."""
MISFIT, OPAQUE, LININGS, SHEER = 8.0, 0.2, 0.35, 0.2
"""A garment is sheer if wall and core each are of one colour, the core in shades of it (90th and 99th
percentile of the difference in grey levels), if hardly any of the core's light can be the wall's (95th and
99th percentiles of its share), and if more of its rim's is (90th)."""
TINT = 30.0
"""Least distance in grey levels of a garment's own colour from all shades of the wall's."""
LEAST = 0.1
"""Least share of cloth in what was taken for it."""
BACKLIT, EVEN = 0.6, 0.02
"""How much of what sheer cloth is lighter than dense cloth is the wall's light behind it, which nobody has at
their back, as a power; and over how much of the picture's height that is averaged (standard deviation)."""
VEIL = 0.85
"""Least opacity of cloth on somebody: more seen through it looks like a hole."""


def unmixed(image: np.ndarray, garment: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Colours of a sheer garment without the wall behind it, uint8 (h, w, 3), and its opacity, float32 (h, w)
    in 0..1; None if the garment is not sheer.

    image: RGB uint8 (h, w, 3); garment: bool (h, w). Each pixel is p times the garment's own colour and t
    times that of the wall (least squares): t is what shines through.
    """
    small, inside = image[::SAMPLE, ::SAMPLE].astype(np.float32), garment[::SAMPLE, ::SAMPLE]
    beside, core = ~dilate(inside, BESIDE * len(inside)), dilate(inside, -CORE * len(inside))
    if not beside.any() or not core.any():
        return None
    wall, own = np.median(small[beside], axis=0), np.median(small[core], axis=0)
    tint = np.linalg.norm(own - wall * (own @ wall) / max(float(wall @ wall), 1.0))
    if tint < TINT or np.percentile(np.linalg.norm(small[beside] - wall, axis=1), 90) > MISFIT:
        return None
    mix = np.stack([own, wall], axis=1)
    shares = np.linalg.pinv(mix).astype(np.float32)
    through = cv2.transform(small, shares[1:])
    misfit = np.linalg.norm(small - cv2.transform(small, np.float32(mix @ shares)), axis=-1)
    usual, most = np.percentile(through[core], (95, 99))
    rim = through[inside & ~core]
    opaque = np.percentile(misfit[core], 99) < MISFIT and usual < OPAQUE and most < LININGS
    if not (opaque and rim.size and np.percentile(rim, 90) > SHEER):
        return None
    colours = image.astype(np.float32)
    share = cv2.transform(colours, shares[1:]) - np.float32(usual)
    share = np.where(garment, share.clip(0, 1 - LEAST), 0).astype(np.float32)[..., None]
    # The less is seen of cloth the less is known of its shade: (c - t w) / (1 - t) counts as 1 - t, its own
    # colour as t.
    colours = colours + share * np.float32(own - wall)
    colours *= _without_light_behind(colours[::SAMPLE, ::SAMPLE], inside, garment.shape)[..., None]
    return colours.round().clip(0, 255).astype(np.uint8), np.maximum(1 - share[..., 0], VEIL)


def _without_light_behind(small: np.ndarray, inside: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Factors, float32 of `size` (h, w), at most 1, for the colours of a sheer garment, of which `small`,
    float32 (m, n, 3), and where it is `inside`, bool (m, n), are samples.
    """
    sums = cv2.merge([cv2.transform(small, GREY) * inside, np.float32(inside)])
    grey, weight = cv2.split(cv2.GaussianBlur(sums, (0, 0), EVEN * len(small)))
    grey /= np.maximum(weight, np.float32(1e-3))
    lighter = np.maximum(grey / max(float(np.median(grey[inside])), 1.0), 1) ** np.float32(-BACKLIT)
    return cv2.resize(np.where(inside, lighter, 1), size[::-1], interpolation=cv2.INTER_LINEAR)
