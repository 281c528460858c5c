"""The wall goes up to a garment that covers an arm or a shoulder: no rim of the body is seen around it."""

import cv2
import numpy as np

from ml.inpaint import carried_on
from ml.regions import bounding_box, dilate

RIM = 0.004
"""How wide what is left of a covered body may be beside a garment, as a share of the photo's height: the soft
edge of the body in the photo, and the few pixels by which it comes out."""
THIN = 0.002
"""Half the width from which a part of the body is none of that, likewise."""
NEAR = 0.02
"""From how far away the wall is taken, likewise."""


def wall_beside(under: np.ndarray, body: np.ndarray, wall: np.ndarray, alpha: np.ndarray, height: int) -> None:
    """Replace, in `under`, RGB float32 (h, w, 3), which lies under a garment, what is left of the covered
    `body` along its outer side by the wall around.

    body: bool (h, w), what is the person, and may be covered; wall: bool (h, w), what is nobody; alpha:
    float32 (h, w) in 0..1, the garment; height: of the whole photo. A rim that belongs to a part of the body
    that is seen stays.
    """
    covered, rim, thin = alpha > 0.5, RIM * height, THIN * height
    if not (covered & body).any() or not wall.any():
        return
    seen = ~covered & ~wall
    seen = dilate(dilate(seen, -thin), thin + rim)
    beside = dilate(covered & body, rim) & dilate(wall, rim) & (alpha < 1) & ~seen
    source = wall & ~dilate(~wall | covered, rim)
    beside &= dilate(source, NEAR * height)
    if not beside.any():
        return
    box = bounding_box(beside, round(2 * NEAR * height))
    colours = carried_on(under[box], source[box])
    share = cv2.GaussianBlur(np.float32(beside[box]), (0, 0), 0.7)
    share = np.maximum(share, beside[box]) * ~seen[box]
    under[box] += share[..., None] * (colours - under[box])
