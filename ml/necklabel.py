"""The label that is sewn into the back of a garment: what it lies on is never the front."""

import cv2
import numpy as np

from ml.morphology import dilate, ellipse

SIZE = 0.08, 0.45, 0.03, 0.3
"""Least and largest width and height of a label, in distances between the corners of the neck."""
GAP = 0.02
"""How far its letters and its rim reach, likewise."""
SOLID, LONG = 0.7, 5
"""Which share of its box it fills at least, and how many times wider than high it is at most: a stripe is
longer."""
ASIDE = 0.25
"""How far from the middle between the corners its own middle is at most, likewise."""
CLEAR = 20.0
"""Difference in CIELAB from which it has another colour than the cloth."""
PRINTED = 0.15
"""Share of the cloth in other colours from which it is printed all over: figures that touch would fall apart
into boxes."""
AMID = 0.25
"""Which share of what is around it the network takes for the inside at least."""


def label_in(lab: np.ndarray, cloth: np.ndarray, inside: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The label sewn into the back of a garment, bool (h, w): a small box of another colour than the `cloth`,
    bool (h, w), amid what the network takes for its inside.

    lab: CIELAB float32 (h, w, 3); inside: float32 (h, w), its probability; corners: (2,) columns of the
    corners of the neck.
    """
    if not cloth.any():
        return cloth
    other = cloth & (np.linalg.norm(lab - np.median(lab[cloth], axis=0), axis=2) > CLEAR)
    left, right = corners
    side, middle = right - left, (left + right) / 2
    gap = GAP * side
    narrowest, widest, lowest, highest = (size * side for size in SIZE)
    whole = cv2.morphologyEx(np.uint8(other), cv2.MORPH_CLOSE, ellipse(gap))
    if other.sum() < PRINTED * cloth.sum():
        # Seams that lead to it, darker than the cloth, are thinner than any label.
        whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, ellipse(lowest / 2))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(whole)
    start, _, across, high, area = stats.T
    labels = (across > narrowest) & (across < widest) & (high > lowest) & (high < highest)
    labels &= (area > SOLID * across * high) & (across < LONG * high)
    labels &= np.abs(start + across / 2 - middle) < ASIDE * side
    for part in np.flatnonzero(labels):
        label = dilate(parts == part, gap)
        around = dilate(label, 4 * gap) & ~label & cloth
        if part and (inside[around] > 0.5).mean() > AMID:
            return label & cloth
    return np.zeros_like(cloth)
