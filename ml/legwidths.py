"""How wide the legs of trousers are in their picture, next to their hips."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from ml.flatgarment import FlatGarment

WIDEST = 75
"""Percentile of the widths of the hips that tells how wide they are: arms hide some of them."""
COARSE = 4
"""One of so many pixels, along a side, tells how wide they are."""
HEM = 0.08
"""How much of trousers, at their lower end, is hem and corners, as a share of their height."""


@dataclass(frozen=True)
class LegWidths:
    """Of trousers in each COARSE-th row of their picture, in as many pixels of it: all of them, float32
    (n,), from the row `top` on, and left and right of the gap between their legs, (m,), from the row `crotch`
    on.
    """

    top: int
    whole: np.ndarray
    crotch: int
    left: np.ndarray
    right: np.ndarray

    @classmethod
    def of(cls, garment: FlatGarment) -> Self | None:
        """Those of a lower garment; None of a skirt."""
        if garment.gap is None or not garment.gap.any():
            return None
        coarse = np.s_[::COARSE, ::COARSE]
        start, end = first_and_last(garment.outline[coarse] > 0.5)
        inner, outer = first_and_last(largest(garment.gap[coarse] > 0.5))
        rows, legs = np.flatnonzero(np.isfinite(start)), np.flatnonzero(np.isfinite(inner))
        legs = legs[legs < rows[-1] - HEM * len(rows)]
        if not legs.size:
            return None
        beside = np.s_[legs[0] : legs[-1] + 1]
        whole = (end - start)[rows[0] : rows[-1] + 1]
        return cls(int(rows[0]), whole, int(legs[0]), (inner - start)[beside], (end - outer)[beside])

    def scale(self, rows: np.ndarray, widths: np.ndarray) -> float:
        """Pixels of the photo for one of the picture, by the `widths` (N,) in the photo of all that is in the
        `rows` (N,) of the picture; nan if there are none.
        """
        ratios = widths / COARSE / _at(self.whole, rows / COARSE - self.top)
        return float(np.nanpercentile(ratios, WIDEST)) if np.isfinite(ratios).any() else np.nan

    def leg(self, rows: np.ndarray, *, right: bool) -> np.ndarray:
        """Width of a leg, (N,) px of the picture, in these `rows` (N,) of it, or in the nearest."""
        return COARSE * _at(self.right if right else self.left, rows / COARSE - self.crotch)


def _at(widths: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return widths[np.nan_to_num(rows).round().astype(int).clip(0, len(widths) - 1)]


def largest(mask: np.ndarray) -> np.ndarray:
    """The largest part of a bool mask (h, w)."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(mask), connectivity=4)
    return mask if count < 2 else parts == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()


def first_and_last(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First column of a bool mask (h, w) in each row, and the one beyond its last: float32 (h,) each, nan
    where there is none.
    """
    there = mask.any(axis=1)
    first, beyond = mask.argmax(axis=1), mask.shape[1] - mask[:, ::-1].argmax(axis=1)
    return tuple(np.where(there, side, np.nan).astype(np.float32) for side in (first, beyond))
