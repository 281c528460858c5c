"""The shadow of a wide sleeve on the trunk beside it, or both look like one cape."""

from dataclasses import replace

import cv2
import numpy as np

from ml.anatomy import ELBOWS, SHOULDERS
from ml.garmentparts import Trunk
from ml.layer import GarmentLayer
from ml.morphology import bounding_box
from ml.pose import Pose
from ml.sleeves import ARMPIT, hangs

REACH = 0.009
"""Softness of the shadow (standard deviation), as a share of the photo's height."""
STRENGTH = 0.25
"""How much light is missing right beside the sleeve."""
THROWN_BACK = 0.6
"""How much of that white cloth throws back."""
COARSE = 4
"""One pixel in so many, along a side, is enough for a shadow."""
FAINT = 0.01
"""Shadow that is none."""


def shaded_beside(pose: Pose, layer: GarmentLayer, flow: np.ndarray, trunk: Trunk) -> GarmentLayer:
    """`layer` of a top with wide sleeves whose `trunk`, by the `flow`, float32 (H, W, 2), is darker beside
    the sleeves, from the armpits on, if both arms hang down.
    """
    garment = layer.alpha > 0.5
    if not garment.any() or not all(hangs(pose, side) for side in range(2)):
        return layer
    box, height = bounding_box(garment), len(garment)
    own = trunk.holds(flow[box])
    shoulders, elbows = (float(pose.keypoints[list(pair), 1].mean()) for pair in (SHOULDERS, ELBOWS))
    armpit = shoulders + ARMPIT * (elbows - shoulders)
    begun = ((np.arange(height)[box[0]] - armpit) / max(elbows - armpit, 1)).clip(0, 1)
    size = tuple(max(1, side // COARSE) for side in own.shape[::-1])
    beside = cv2.resize(np.float32(garment[box] & ~own), size, interpolation=cv2.INTER_AREA)
    shade = cv2.resize(cv2.GaussianBlur(beside, (0, 0), REACH * height / COARSE), own.shape[::-1])
    # The edge of a sleeve has no stairs.
    shade *= np.float32(2 * begun)[:, None] * cv2.blur(np.float32(own), (3, 3))
    dark = np.nonzero(shade > FAINT)
    colour = layer.colour.copy()
    cloth, lost = colour[box][dark], STRENGTH * np.minimum(shade[dark], 1)[:, None]
    colour[box][dark] = cloth * (1 - lost * (1 - THROWN_BACK / 255 * cloth.clip(0, 255)))
    return replace(layer, colour=colour)
