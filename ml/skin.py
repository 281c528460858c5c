"""Skin that clothing covers: its tone from the skin that is seen, its light from the body's round shapes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

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
TINTED, LEAST_TINT, SHINE = 0.8, 0.5, 80.0
"""Quantile of chroma that most skin has about, the share of it that any skin has at least, and the lightness
from which it may have less."""
LEAST_SPREAD = 2.0
"""Deviation of CIELAB values that skin has at least."""
DARKEST = 6.0
"""Value of a channel below which there is nothing but noise."""
LUMINANCE = np.array([0.30, 0.59, 0.11], np.float32)
REWEIGHTED = 4
"""Rounds in which a line of tints is found."""
LINE, LEVEL = (0.05, 0.98), 1e-3
"""Quantiles of luminance between which it is known; variance of luminance below which it is level."""
MOST_LIGHT, MOST_TINT = 0.7, 0.1
"""Largest difference (natural logarithm) between skin that is seen and what is expected there, in luminance
and beyond it in a channel: more is something else than light."""


def tinted(photo: np.ndarray, source: np.ndarray) -> np.ndarray:
    """The pixels of `source`, bool (H, W), that are as tinted as most of it, or nearly white as skin that
    shines: no glasses, no beard, no rim of a white collar, and no deep shadow either. photo: RGB float32
    (H, W, 3).
    """
    result = source.copy()
    if source.any():
        lightness, *tint = lab(photo[source]).T
        chroma = np.hypot(*tint)
        result[source] = (chroma >= LEAST_TINT * np.quantile(chroma, TINTED)) | (lightness > SHINE)
    return result


def typical(photo: np.ndarray, source: np.ndarray, tolerance: float = 3.0) -> np.ndarray:
    """The pixels of `source` whose CIELAB colour is within `tolerance` robust deviations of the median: no
    edges, no jewels.
    """
    result = tinted(photo, source)
    if result.any():
        colours = lab(photo[result])
        median = np.median(colours, axis=0)
        spread = 1.4826 * np.median(np.abs(colours - median), axis=0) + LEAST_SPREAD
        result[result] = (np.abs(colours - median) <= tolerance * spread).all(axis=1)
    return result


def lit_tone(colours: np.ndarray) -> np.ndarray:
    """The tone (3,) of skin of RGB colours (N, 3), N > 0, where light falls on it: the mean of those between
    the LIT quantiles of CIELAB lightness.
    """
    lightness = lab(colours)[:, 0]
    low, high = np.quantile(lightness, LIT)
    return colours[(lightness >= low) & (lightness <= high)].mean(axis=0)


@dataclass(frozen=True)
class TintLine:
    """How the tint of somebody's skin goes with its luminance: in shadow it has more colour than in the
    light, along a line.

    darkest, lightest: ends of the line, natural logarithms of luminance; start, end: (3,) tint there, the
    logarithm of red, green and blue less that of luminance.
    """

    darkest: float
    lightest: float
    start: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, colours: np.ndarray) -> Self:
        """The line through most RGB colours (N, 3), N > 0, of skin, by iterated weights."""
        logs = np.log(np.maximum(colours, DARKEST))
        light = logs @ LUMINANCE
        tint, weight = logs - light[:, None], np.ones_like(light)
        ends = np.quantile(light, LINE)
        for _ in range(REWEIGHTED):
            middle, centre = (np.average(part, axis=0, weights=weight) for part in (light, tint))
            away = light - middle
            slope = (weight * away) @ (tint - centre) / (weight @ away**2 + LEVEL * weight.sum())
            missed = np.abs(tint - centre - away[:, None] * slope).sum(axis=1)
            weight = 1 / np.maximum(missed / max(float(np.median(missed)), 1e-3), 1)
        return cls(*ends.tolist(), *(centre + (end - middle) * slope for end in ends))

    def away(self, logs: np.ndarray) -> np.ndarray:
        """What the tint of colours lacks to that of the line at their luminance: logarithms (..., 3) both."""
        light = logs @ LUMINANCE
        length = max(self.lightest - self.darkest, 1e-6)
        share = (light.clip(self.darkest, self.lightest) - self.darkest) / length
        return self.start + share[..., None] * (self.end - self.start) - (logs - light[..., None])


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
    chest: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Skin everywhere, as if no clothing were worn: float32 (H, W, 3), equal to the photo on clean `skin`.

    skin: bool (H, W), visible skin; beside: bool (H, W), what is near to clothing; parts: bool (H, W) each,
    the places of limbs, each of which has its own tone when `reach` squared pixels of it are seen, and else
    the mean of the others. All else is trunk, which faces the light: its tone is the lightest of those of the
    limbs and of other skin `beside` it, shaded like round `limbs`. chest: what is known better of a part of
    it, (H, W, 3), and how far that holds, (H, W) in 0..1; then its lit tone is that of the trunk. Over about
    `reach` pixels the light and tint of the skin beside it, a shadowed neck perhaps, goes over into that.
    """
    clean = typical(photo, skin)
    if not clean.any():
        return photo.copy()
    elsewhere = ~np.logical_or.reduce([np.zeros_like(skin), *parts])
    seen = [photo[part & clean] for part in (*parts, elsewhere & beside)]
    *own, trunk = [lit_tone(colours) if len(colours) > reach**2 else None for colours in seen]
    bare = [colour for colour in own if colour is not None]
    lit = [*bare, trunk] if trunk is not None else bare
    if chest is not None and (chest[1] > 0.5).any():
        lit = [lit_tone(chest[0][chest[1] > 0.5])]
    tone = np.empty_like(photo)
    tone[:] = max(lit, key=np.sum, default=lit_tone(photo[clean]))
    for part, colour in zip(parts, own, strict=True):
        if bare:
            tone[part] = np.mean(bare, axis=0) if colour is None else colour
    tone = cv2.GaussianBlur(tone, (0, 0), reach / 2)
    shading = limb_shading(skin.shape, limbs, falloff(photo[clean]))
    shading = cv2.GaussianBlur(shading, (0, 0), reach / 4)
    expected = tone * shading[..., None]
    if chest is not None:
        colours, worth = chest
        expected += worth[..., None] * (colours - expected)
    # What is further away may be in another light.
    known = clean & beside if (clean & beside).any() else clean
    light = np.log(np.maximum(photo, DARKEST) / np.maximum(expected, DARKEST))
    grey = (light @ LUMINANCE)[..., None]
    light = grey.clip(-MOST_LIGHT, MOST_LIGHT) + (light - grey).clip(-MOST_TINT, MOST_TINT)
    light = push_pull(np.float32(light), np.float32(known))
    distance = cv2.distanceTransform((~clean).astype(np.uint8), cv2.DIST_L2, 3)
    near = cv2.exp(-((distance / np.float32(reach)) ** 2))[..., None]
    filled = expected * np.exp(near * light)
    return np.where(clean[..., None], photo, filled).astype(np.float32)
