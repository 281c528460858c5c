"""Light on the legs of trousers: each shades the inner side of the other.

A picture of trousers that lie or hang empty knows nothing of that, and on a body they look cut out of paper.
Measured along the rows of legs in trousers, not jeans, of people on the street, as the natural logarithm of
grey values beside that of the middle of a leg: at the inner side 0.14 less below the crotch, 0.07 at the
knees and 0.04 further down, standard errors up to 0.02, and slightly more at the outer side; in dark cloth
two to four times as much as in white cloth, between which light is thrown to and fro. On empty trousers it is
0.05 below the crotch and 0.02 elsewhere at most.
"""

import cv2
import numpy as np

from ml.anatomy import KNEES, middle, shoulder_width
from ml.inseam import Legs
from ml.pose import Pose
from ml.shading import GREY

INNER = (0.3, 0.24, 0.15)
"""How much darker the innermost of a leg in black cloth is than its outer side, in that logarithm, at the
crotch, at the knee, and as far below that; in white cloth not at all."""
FALL = 2
"""The power with which that falls off towards the outer side."""
ABOVE = 0.25
"""How far above the crotch it ends, in widths of the shoulders."""
COARSE = 4
"""One of so many pixels, along a side, tells it."""


def leg_light(pose: Pose, legs: Legs, colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Factors, float32 (H, W), about 1, for the colours of trousers with these `legs`; 1 above and below.

    colour: float32 (H, W, 3) in 0..255; alpha: float32 (H, W), where they are seen.
    """
    seen = alpha[::COARSE, ::COARSE] > 0.5
    if not seen.any():
        return np.ones(alpha.shape, np.float32)
    grey = float(np.median(cv2.transform(colour[::COARSE, ::COARSE], GREY)[seen]))
    rows, places = (COARSE * np.arange(side, dtype=np.float32) + (COARSE - 1) / 2 for side in seen.shape)
    known = np.arange(legs.rows.start, legs.rows.stop)
    lines = legs.first, (legs.left + legs.right) / 2, legs.last
    first, centre, last = (np.interp(rows, known, line)[:, None] for line in lines)
    aside = places - centre
    share = (aside / np.where(aside < 0, first - centre, last - centre)).clip(0, 1)
    down = rows - legs.rows.start
    thigh = max(float(middle(pose, KNEES)[1]) - legs.rows.start, 1.0)
    much = np.interp(down / thigh, (0, 1, 2), INNER) * (1 - grey / 255)
    much *= (1 + down / (ABOVE * shoulder_width(pose))).clip(0, 1) ** 2 * (rows <= known[-1])
    light = np.exp(much[:, None] * (0.5**FALL - (1 - share) ** FALL))
    return cv2.resize(np.float32(light), alpha.shape[::-1])
