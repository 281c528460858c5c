"""A garment in another colour or with a print, before it exists: its picture changed, its folds kept.

Both work on the flat picture in CIELAB. The colour that the garment mostly has is replaced where it is seen,
and light and shadow around it stay; buttons, stripes and trimmings of other colours keep theirs.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ml.analysis import ClothAnalysis
from ml.colour import lab, palette

COUNTED = 20_000
"""Pixels of a garment that are counted to find its main colour."""
REACH = (35.0, 18.0)
"""Differences of lightness and of chroma from the main colour that still are the same cloth: folds change the
one far more than the other."""
CLOTH_TO = 1.0, 2.0
"""Where, in these reaches, a pixel is all cloth, and where it is none of it."""
LEAST_CONTRAST = 0.25
"""Of the folds, what is left of them in a very dark colour."""
GRAIN = 0.35
"""How much of the small differences in chroma (melange, wear) is kept."""
INK_LIGHT = 40.0
"""Lightness below which the light on dark cloth is measured as on cloth of this lightness: its noise would
be blown up otherwise."""
FOLD_SHIFT = 0.006
"""How far folds move a print, as a share of the garment's height, at a slope as steep as any."""
MOTIF, TILE = 0.5, 0.34
"""Width of a motif and of a repeated tile, as a share of the trunk's width."""
HEIGHTS = {"upper_body": 0.36, "dresses": 0.24, "lower_body": 0.2}
"""Where the middle of a motif is, as a share of the garment's height from its top."""


@dataclass(frozen=True)
class Variation:
    """colour: sRGB 0..255 (3,), or None as it is; motif: RGB uint8 (h, w, 3) to print, or None; repeat: all
    over, rather than once at the chest.
    """

    colour: tuple[int, int, int] | None = None
    motif: np.ndarray | None = None
    repeat: bool = False


def varied(cloth: ClothAnalysis, variation: Variation) -> ClothAnalysis:
    """The same garment, its picture changed: masks and frame stay true of it."""
    image = cloth.image
    share = cloth_share(image, cloth.mask & ~cloth.inside)
    if variation.colour is not None:
        whole = cloth_share(image, cloth.mask)
        image = recoloured(image, cloth.mask, whole, variation.colour)
    if variation.motif is not None:
        image = printed(image, cloth.mask, share, variation.motif, cloth.category, repeat=variation.repeat)
    return replace(cloth, image=image)


def cloth_share(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """How much each pixel of RGB uint8 (H, W, 3) is of the main colour in bool `mask`: float32, 0..1."""
    colours = lab(image)
    light, *chroma = np.moveaxis(colours - main_colour(colours, mask), -1, 0)
    far = np.hypot(light / REACH[0], np.hypot(*chroma) / REACH[1])
    share = np.clip((CLOTH_TO[1] - far) / (CLOTH_TO[1] - CLOTH_TO[0]), 0, 1)
    return np.float32(cv2.GaussianBlur(np.float32(share), (0, 0), 1.0) * mask)


def main_colour(colours: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The most frequent CIELAB colour (3,) of `colours` (H, W, 3) where `mask` is true."""
    seen = colours[mask]
    return palette(seen[:: max(1, len(seen) // COUNTED)])[0]


def recoloured(
    image: np.ndarray, mask: np.ndarray, share: np.ndarray, colour: tuple[int, int, int]
) -> np.ndarray:
    """RGB uint8 (H, W, 3) with the main colour of `mask` replaced by `colour` as far as `share` says.

    Lightness keeps its differences from the main colour, less of them in a darker one, as dark cloth shows
    them less; chroma follows light and shadow.
    """
    colours = lab(image)
    old, new = main_colour(colours, mask), lab(np.uint8([colour]))[0]
    contrast = np.clip(new[0] / max(float(old[0]), 1.0), LEAST_CONTRAST, 1.0)
    lightness = soft_limit(new[0] + contrast * (colours[..., 0] - old[0]))
    lit = np.clip(lightness / max(float(new[0]), 1.0), 0.4, 1.25)[..., None]
    chroma = new[1:] * lit**0.7 + GRAIN * contrast * (colours[..., 1:] - old[1:])
    changed = to_rgb(np.dstack([lightness, chroma]))
    return mixed(image, changed, share)


def printed(
    image: np.ndarray, mask: np.ndarray, share: np.ndarray, motif: np.ndarray, category: str, *, repeat: bool
) -> np.ndarray:
    """RGB uint8 (H, W, 3) with `motif` on it: lit as the cloth is, bent a little by its folds.

    White is no ink in a motif that is printed once; all over, the motif is the cloth.
    """
    colours = lab(image)
    base = max(float(main_colour(colours, mask)[0]), INK_LIGHT)
    smooth = cv2.GaussianBlur(colours[..., 0], (0, 0), max(1.0, mask.shape[0] / 600))
    light = np.clip(1 + (smooth - base * (colours[mask][:, 0].mean() / base)) / base, 0.45, 1.3)
    ink, alpha = _laid(mask, smooth, motif, category, repeat=repeat)
    lit = np.float32(ink) * light[..., None] ** 1.6
    return mixed(image, lit, alpha * share)


def _laid(
    mask: np.ndarray, lightness: np.ndarray, motif: np.ndarray, category: str, *, repeat: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The ink (H, W, 3) and how much of it there is (H, W), at its place on the garment."""
    left, width = trunk(mask)
    _, top, _, height = cv2.boundingRect(np.uint8(mask))
    scale = motif.shape[1] / ((TILE if repeat else MOTIF) * width)
    x, y = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in mask.shape[::-1]))
    slope = [
        cv2.GaussianBlur(cv2.Sobel(lightness, cv2.CV_32F, dx, 1 - dx, ksize=5), (0, 0), 3) for dx in (1, 0)
    ]
    shift = [FOLD_SHIFT * height * np.tanh(each / 400) for each in slope]
    x = (x + shift[0] - (left + width / 2)) * scale + motif.shape[1] / 2
    y = (y + shift[1] - (top + HEIGHTS[category] * height)) * scale + motif.shape[0] / 2
    source = motif
    if scale > 1:  # Reduced first, so that fine lines do not flicker.
        source = cv2.resize(motif, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
        x, y = x / scale, y / scale
    if repeat:
        x, y = x % source.shape[1], y % source.shape[0]
        return cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.ones_like(x)
    ink = cv2.remap(
        source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255)
    )
    return without_white(ink)


def without_white(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """RGB uint8 (H, W, 3) on white as its colour (H, W, 3) and opacity (H, W), both float32."""
    share = 1 - ink.min(axis=2).astype(np.float32) / 255
    colour = (ink - (1 - share[..., None]) * 255) / np.maximum(share[..., None], 1e-3)
    return np.clip(colour, 0, 255).astype(np.float32), share


def trunk(mask: np.ndarray) -> tuple[float, float]:
    """Left edge and width, px, of a garment between its sleeves: the median over its lower half."""
    x, y, width, height = cv2.boundingRect(np.uint8(mask))
    middle = x + width // 2
    runs = []
    for row in mask[y + height // 2 : y + height * 4 // 5]:
        gaps = np.flatnonzero(~row)
        before, after = gaps[gaps < middle], gaps[gaps > middle]
        if row[middle]:
            runs.append((before[-1] + 1 if before.size else 0, after[0] if after.size else row.size))
    if not runs:  # Trousers: nothing between the legs.
        return float(x), float(width)
    left, right = np.median(np.array(runs), axis=0)
    return float(left), float(right - left)


def soft_limit(lightness: np.ndarray) -> np.ndarray:
    """Lightness kept in 0..100; what comes near white is pressed together rather than cut off."""
    knee = 88.0
    above = np.maximum(lightness - knee, 0)
    pressed = knee + (100 - knee) * (1 - np.exp(-above / (100 - knee)))
    return np.float32(np.clip(np.where(lightness > knee, pressed, lightness), 0, 100))


def to_rgb(colours: np.ndarray) -> np.ndarray:
    """sRGB float32 (H, W, 3), 0..255, of CIELAB (H, W, 3)."""
    return np.clip(cv2.cvtColor(np.float32(colours), cv2.COLOR_LAB2RGB), 0, 1) * 255


def mixed(image: np.ndarray, changed: np.ndarray, share: np.ndarray) -> np.ndarray:
    """`image` where `share` (H, W) is 0, `changed` where it is 1: RGB uint8."""
    both = image + share[..., None] * (changed - image)
    return np.uint8(np.clip(both, 0, 255).round())
