"""How wide the legs of trousers are in their picture, next to their hips."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from ml.flatgarment import FlatGarment


@dataclass(frozen=True)
class LegWidths:
    """Of trousers in each row of their picture, float32 (h,) px: all of them, and what is left and right of
    the gap between their legs; nan where there is none.
    """

    whole: np.ndarray
    left: np.ndarray
    right: np.ndarray

    @classmethod
    def of(cls, garment: FlatGarment) -> Self | None:
        """Those of a lower garment; None of a skirt."""
        gap = largest(garment.gap > 0.5) if garment.gap is not None else np.zeros((0, 0), bool)
        if not gap.any():
            return None
        start, end = first_and_last(garment.outline > 0.5)
        inner, outer = first_and_last(gap)
        return cls(end - start, inner - start, end - outer)

    def scale(self, rows: np.ndarray, widths: np.ndarray) -> float:
        """Pixels of the photo for one of the picture, by the `widths` (N,) in the photo of all that is in the
        `rows` (N,) of the picture; nan if nothing tells.
        """
        ratio = widths / _at(self.whole, rows)
        return float(np.nanmedian(ratio)) if np.isfinite(ratio).any() else np.nan

    def leg(self, rows: np.ndarray, *, right: bool) -> np.ndarray:
        """Width of a leg, (N,) px of the picture, in these `rows` (N,) of it; nan where it shows none."""
        return _at(self.right if right else self.left, rows)


def _at(widths: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return widths[rows.round().astype(int).clip(0, len(widths) - 1)]


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
