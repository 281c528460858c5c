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
CLEAR = 20.0
"""Difference in CIELAB from which it has another colour than the cloth."""
AMID = 0.25
"""Which share of what is around it the network takes for the inside at least."""


def label_in(lab: np.ndarray, cloth: np.ndarray, inside: np.ndarray, side: float) -> np.ndarray:
    """The label sewn into the back of a garment, bool (h, w): a small box of another colour than the `cloth`,
    bool (h, w), amid what the network takes for its inside.

    lab: CIELAB float32 (h, w, 3); inside: float32 (h, w), its probability; side: px between the corners of
    the neck.
    """
    if not cloth.any():
        return cloth
    other = cloth & (np.linalg.norm(lab - np.median(lab[cloth], axis=0), axis=2) > CLEAR)
    gap = GAP * side
    whole = cv2.morphologyEx(np.uint8(other), cv2.MORPH_CLOSE, ellipse(gap))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(whole)
    _, _, across, high, area = stats.T
    narrowest, widest, lowest, highest = (size * side for size in SIZE)
    labels = (across > narrowest) & (across < widest) & (high > lowest) & (high < highest)
    labels &= (area > SOLID * across * high) & (across < LONG * high)
    for part in np.flatnonzero(labels):
        label = dilate(parts == part, gap)
        around = dilate(label, 4 * gap) & ~label & cloth
        if part and (inside[around] > 0.5).mean() > AMID:
            return label & cloth
    return np.zeros_like(cloth)
