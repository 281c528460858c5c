"""The inside of the back of trousers and skirts, which a picture shows above the front of their waist.

Laid flat or on a stand, a waist is open: behind the front, which hangs lower in the middle, its back is seen,
in shadow. On somebody the body is in between.
"""

from itertools import product

import cv2
import numpy as np

PART = 0.1
"""How much of a lower garment, from its highest place on, tells where its waist ends, as a share of its
height."""
LEVEL = 0.08
"""How much lower than that place the upper edge of a waist may be, in widths of it: beyond are its sides."""
STARTS, ENDS, DEPTHS = (
    (0.02, 0.09, 0.16, 0.23, 0.3),
    (0.7, 0.77, 0.84, 0.91, 0.98),
    np.arange(0.02, 0.13, 0.01),
)
"""From where to where along the waist the front may hang lower, and by how much in the middle, likewise."""
FINER = (-0.04, -0.02, 0, 0.02, 0.04), (-0.04, -0.02, 0, 0.02, 0.04), (-0.006, -0.003, 0, 0.003, 0.006)
"""What is tried beside the best of these."""
STRIP, EDGE = 0.012, 0.004
"""Width of what is compared above and below the edge of the front, and how far from it, likewise."""
SECTIONS, PLACES = 9, 10
"""Parts of the edge, in all but one of which the back must be darker, and columns in each."""
DARKER = 6.0
"""By how much, in L of CIELAB."""
RIM = 0.006
"""How much further down a garment is cut, in widths of the waist: an edge is soft."""
LEAST = 64
"""Columns in which a waist tells anything."""


def behind_front(cloth: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What of the lower garment `mask`, bool (h, w), is the inside of its back, likewise: the lens above the
    edge of its front, if that is seen. cloth: RGB uint8 (h, w, 3).
    """
    inside, rows = np.zeros_like(mask), np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return inside
    top, first = mask.argmax(axis=0), rows[0]
    there = np.flatnonzero(mask[first : first + max(2, round(PART * len(rows)))].any(axis=0))
    level = LEVEL * (there[-1] - there[0])
    there = np.flatnonzero(mask.any(axis=0) & (top <= first + level))
    left, width = there[0], there[-1] - there[0]
    if width < LEAST:
        return inside
    deep = round((LEVEL + DEPTHS[-1] + FINER[2][-1] + STRIP + EDGE) * width) + 2
    band = cv2.cvtColor(cloth[first : first + deep, left : left + width + 1], cv2.COLOR_RGB2LAB)
    light = cv2.blur(np.float32(band[..., 0]) * np.float32(100 / 255), (5, 1))
    found = _edge(light, np.float32(top[left : left + width + 1] - first))
    if found is None:
        return inside
    start, end, depth = found
    share = (2 * (np.arange(mask.shape[1]) - left) / width - start - end) / (end - start)
    level = top + (depth * (1 - share**2) + RIM) * width
    return mask & (np.abs(share) < 1) & (np.arange(len(mask))[:, None] < level)


def _edge(light: np.ndarray, top: np.ndarray) -> np.ndarray | None:
    """Where along a waist its front begins and ends to hang lower, and by how much, in widths of it: (3,).

    light: float32 (h, w), L of CIELAB from the highest place of the waist on; top: float32 (w,), its rows.
    """
    summed = np.concatenate([np.zeros((1, light.shape[1]), np.float32), light.cumsum(axis=0)])
    best, tried = np.zeros(3), (STARTS, ENDS, DEPTHS)
    for around in (tried, FINER):
        lenses = best + np.float32(list(product(*around)))
        contrast = _contrast(summed, top, lenses)
        # Of two that are as clear the longer one is meant.
        best = lenses[(contrast * (lenses[:, 1] - lenses[:, 0])).argmax()]
    return best if contrast.max() > DARKER else None


def _contrast(summed: np.ndarray, top: np.ndarray, lenses: np.ndarray) -> np.ndarray:
    """How much darker it is above than below the edge of each of the `lenses` (N, 3), as of `_edge`, in its
    second-worst section: (N,).

    summed: float32 (h + 1, w), light summed down each column; top: as of `_edge`.
    """
    share = np.linspace(-0.9, 0.9, SECTIONS * PLACES, dtype=np.float32)
    (start, end, depth), last = lenses.T[..., None], len(top) - 1
    columns = ((start + end + share * (end - start)) / 2 * last).round().astype(np.intp).clip(0, last)
    back = top[columns]
    edge = back + depth * (1 - share**2) * last
    aside, strip = max(1, EDGE * last), max(2, STRIP * last)

    def mean(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        low = low.round().astype(np.intp).clip(0, len(summed) - 2)
        high = np.maximum(high.round().astype(np.intp).clip(0, len(summed) - 1), low + 1)
        return (summed[high, columns] - summed[low, columns]) / (high - low)

    above = mean(np.maximum(edge - aside - strip, back + 1), edge - aside)
    darker = (mean(edge + aside, edge + aside + strip) - above).reshape(-1, SECTIONS, PLACES)
    return np.sort(np.median(darker, axis=2), axis=1)[:, 1]
