"""Morphology of masks: grown, shrunk, and the box they lie in."""

import math

import cv2
import numpy as np

WIDE = 6
"""Pixels from which distances are quicker than a structuring element."""


def bounding_box(mask: np.ndarray, margin: int = 0) -> tuple[slice, slice]:
    """The rows and the columns between which a bool (H, W) mask lies, with `margin` more on each side."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + 1 + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + 1 + margin),
    )


def dilate(mask: np.ndarray, radius: float) -> np.ndarray:
    """Grow (or, with a negative radius, shrink) a bool mask by `radius` pixels."""
    changed, window = np.zeros(mask.shape, bool), bounding_box(mask, math.ceil(abs(radius)) + 1)
    if changed[window].size:
        changed[window] = _dilated(mask[window], radius)
    return changed


def _dilated(mask: np.ndarray, radius: float) -> np.ndarray:
    if abs(radius) > WIDE:
        away = cv2.distanceTransform(np.uint8(mask if radius < 0 else mask == 0), cv2.DIST_L2, 5)
        return away > -radius if radius < 0 else away <= radius
    operation = cv2.dilate if radius >= 0 else cv2.erode
    return operation(mask.astype(np.uint8), ellipse(abs(radius))).astype(bool)


def ellipse(radius: float) -> np.ndarray:
    """Round structuring element of `radius` pixels."""
    size = 2 * round(radius) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
