"""The wall goes up to a garment that covers an arm or a shoulder: no rim of the body is seen around it."""

import cv2
import numpy as np

from ml.inpaint import carried_on
from ml.morphology import bounding_box, dilate

RIM = 0.005
"""How wide what is left of a covered body may be beside a garment, as a share of the photo's height: the soft
edge of the body in the photo, and the few pixels by which it comes out."""
THIN = 0.002
"""Half the width from which a part of the body is none of that, likewise."""
NEAR = 0.02
"""From how far away the wall is taken, likewise."""
COARSE = 2
"""One pixel in so many, along a side, is looked at."""


def wall_beside(
    under: np.ndarray, body: np.ndarray, wall: np.ndarray, alpha: np.ndarray, height: int
) -> None:
    """Replace, in `under`, RGB float32 (h, w, 3), which lies under a garment, what is left of the covered
    `body` along its outer side by the wall around.

    body: bool (h, w), what of the person may be covered; wall: bool (h, w), what is nobody; alpha: float32
    (h, w) in 0..1, the garment; height: of the whole photo. Beside a part of the body that is seen
    everything stays.
    """
    height //= COARSE
    body, wall, covered = (part[::COARSE, ::COARSE] for part in (body, wall, alpha > 0.5))
    rim, thin = RIM * height, THIN * height
    near = covered & body & dilate(wall, rim)
    if not near.any():
        return
    box = bounding_box(near, round(2 * NEAR * height))
    near, covered, wall = near[box], covered[box], wall[box]
    seen = dilate(dilate(~covered & ~wall, -thin), thin + rim)
    source = wall & ~dilate(~wall | covered, 2 * rim)
    beside = dilate(near, 1.5 * rim) & dilate(source, NEAR * height) & ~seen
    if not beside.any():
        return
    share = cv2.GaussianBlur(np.float32(beside), (0, 0), rim / 3) * ~seen
    photo = tuple(slice(side.start * COARSE, side.stop * COARSE) for side in box)
    part = np.ascontiguousarray(under[photo])
    colours = carried_on(part[::COARSE, ::COARSE], source)
    share, colours = (cv2.resize(values, part.shape[1::-1]) for values in (share, colours))
    under[photo] = cv2.blendLinear(part, colours, 1 - share, share)
