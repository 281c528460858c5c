"""Where two parts of a garment pass before one another, as a sleeve before the trunk.

There a flow leaps from one pixel to the next, and the edge of the part in front has the stairs of pixels.
"""

from dataclasses import replace

import cv2
import numpy as np

from ml.layer import GarmentLayer
from ml.regions import bounding_box

LEAP = 0.01
"""Change of a flow from one pixel to the next that is a leap, as a share of the height of the picture."""
NEAR, SOFT = 1, 1.0
"""Pixels beside a leap where the colours of both sides go over into one another, and how softly (standard
deviation)."""


def with_soft_seams(layer: GarmentLayer, flow: np.ndarray, height: int) -> GarmentLayer:
    """`layer` whose colours go over into one another where its `flow`, float32 (H, W, 2), leaps. height: of
    the garment's picture.
    """
    box = bounding_box(layer.alpha > 0)
    leaps = np.zeros(layer.alpha[box].shape, np.uint8)
    for part, along in ((leaps, flow[box]), (leaps.T, flow[box].swapaxes(0, 1))):
        step = cv2.absdiff(np.ascontiguousarray(along[1:]), np.ascontiguousarray(along[:-1]))
        leap = (step > LEAP * height).any(axis=2)
        part[1:] |= leap
        part[:-1] |= leap
    if not leaps.any():
        return layer
    colour, near = layer.colour.copy(), cv2.dilate(leaps, np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)) > 0
    colour[box][near] = cv2.GaussianBlur(colour[box], (0, 0), SOFT)[near]
    return replace(layer, colour=colour)
