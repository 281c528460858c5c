"""Colours as people see them: CIELAB and the differences in it."""

import cv2
import numpy as np

BIN = 12.0
"""Side of the cubes of CIELAB in which a palette counts colours."""
SHARE = 0.08
"""Of the pixels, what a colour of a palette has at least."""


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB (D65; L* 0..100) float32 of sRGB colours (..., 3), 0..255 of any type."""
    if not rgb.size:  # OpenCV takes no empty picture.
        return np.zeros(rgb.shape, np.float32)
    flat = np.ascontiguousarray(rgb, np.float32).reshape(-1, 1, 3) / np.float32(255)
    return cv2.cvtColor(flat, cv2.COLOR_RGB2LAB).reshape(rgb.shape)


def ciede2000(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Colour difference of CIELAB arrays (..., 3), broadcast together: (...) float64.

    CIE 142-2001 with kL = kC = kH = 1, as in Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula",
    2005. About 1 is just to be seen, 10 another shade, 50 another colour.
    """
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(x, np.float64), -1, 0) for x in (first, second))
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    far = np.abs(h2 - h1) > 180
    turn = h2 - h1 - np.where(far, 360 * np.sign(h2 - h1), 0)
    hue_difference = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    mean_hue = np.where(far, (h1 + h2 + np.where(h1 + h2 < 360, 360, -360)) / 2, (h1 + h2) / 2)
    mean_hue = np.where(grey, h1 + h2, mean_hue)
    weight = (
        1
        - 0.17 * np.cos(np.radians(mean_hue - 30))
        + 0.24 * np.cos(np.radians(2 * mean_hue))
        + 0.32 * np.cos(np.radians(3 * mean_hue + 6))
        - 0.20 * np.cos(np.radians(4 * mean_hue - 63))
    )
    lightness, chroma = (l1 + l2) / 2 - 50, (c1 + c2) / 2
    by_lightness = (l2 - l1) / (1 + 0.015 * lightness**2 / np.sqrt(20 + lightness**2))
    by_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    by_hue = hue_difference / (1 + 0.015 * chroma * weight)
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation = rotation * np.sin(np.radians(60 * np.exp(-(((mean_hue - 275) / 25) ** 2))))
    return np.sqrt(by_lightness**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue)


def palette(colours: np.ndarray) -> np.ndarray:
    """The main colours of CIELAB pixels (N, 3), the most frequent first: (K, 3) float32, K >= 1 unless N = 0.

    Pixels are counted in cubes of side BIN; each cube with at least SHARE of them gives its mean, and the
    median stands for pixels so varied that no cube has that many.
    """
    if not len(colours):
        return np.zeros((0, 3), np.float32)
    _, index, counts = np.unique(np.floor(colours / BIN), axis=0, return_inverse=True, return_counts=True)
    index = index.ravel()
    means = np.stack([np.bincount(index, colours[:, c]) for c in range(3)], axis=1) / counts[:, None]
    order = np.argsort(-counts, kind="stable")
    chosen = means[order[counts[order] >= SHARE * len(colours)]]
    return np.float32(chosen if len(chosen) else np.median(colours, axis=0)[None])


def nearest_difference(colours: np.ndarray, others: np.ndarray) -> np.ndarray:
    """CIEDE2000 of each of `colours` (N, 3) to the nearest of `others` (K, 3), both CIELAB: (N,); infinite
    for none.
    """
    best = np.full(len(colours), np.inf)
    for other in others:
        best = np.minimum(best, ciede2000(colours, other))
    return best


def typology_angle(colour: np.ndarray) -> float:
    """Individual typology angle of skin, degrees, from its CIELAB colour (3,) (Chardon et al., 1991)."""
    return float(np.degrees(np.arctan2(colour[0] - 50, colour[2])))
