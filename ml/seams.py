"""Where two parts of a garment pass before one another, as a sleeve before the trunk.

There a flow leaps from one pixel to the next, and the edge of the part in front has the stairs of pixels.
"""

from dataclasses import replace

import cv2
import numpy as np

from ml.layer import GarmentLayer
from ml.morphology import bounding_box

LEAP = 6.0
"""Change of a flow from one pixel to the next that is a leap, in those that it has on average if all of the
picture is seen."""
SOFT = 0.8
"""How softly the colours of both sides go over into one another there (standard deviation), in pixels."""


def with_soft_seams(layer: GarmentLayer, flow: np.ndarray, height: int) -> GarmentLayer:
    """`layer` whose colours go over into one another where its `flow`, float32 (H, W, 2), leaps. height: of
    the garment's picture.
    """
    box = bounding_box(layer.alpha > 0)
    places, pair = flow[box], np.ones((2, 2), np.uint8)
    if not places.size:
        return layer
    step = cv2.subtract(cv2.dilate(places, pair), cv2.erode(places, pair))
    leaps = np.maximum(step[..., 0], step[..., 1]) > LEAP * height / len(places)
    # On both sides of it.
    near = cv2.dilate(np.uint8(leaps), pair, anchor=(0, 0)) > 0
    colour = layer.colour.copy()
    colour[box][near] = cv2.GaussianBlur(colour[box], (0, 0), SOFT)[near]
    return replace(layer, colour=colour) if near.any() else layer
