"""The texture of a top or a dress reaches up to the shoulders that it covers.

A warp lays a garment's shoulders a little below those of a body, and the mask of a picture leaves out a white
stripe before a white wall. What is beyond the garment's edge there is its texture in a mirror, which looks
torn if it has stripes: the texture below it is drawn up instead.
"""

import cv2
import numpy as np

from ml.anatomy import SHOULDERS, shoulder_width
from ml.layer import GarmentLayer
from ml.morphology import bounding_box
from ml.scene import Scene
from ml.sides import first_columns

HIGHEST = 0.15
"""How far texture is missing at most, in widths of the shoulders: more is the side of a sleeve."""
BELOW, BEYOND = 0.15, 0.2
"""Down to where below the lower shoulder, and how far beyond both, it is looked for, likewise."""
DRAWN = 5.0
"""From how far below texture is drawn up, in heights of what is missing."""
EVEN = 0.012
"""Over which width that changes (standard deviation of a blur), as a share of the photo's height."""
GENTLE = 0.7
"""Slope of that edge up to which texture comes from below all the way, and at twice of which none does: on a
sleeve it lies beside it."""
NONE = 0.5
"""Pixels by which nothing is moved."""


def up_to_shoulders(scene: Scene, layer: GarmentLayer, flow: np.ndarray, outline: np.ndarray) -> None:
    """Draw the texture of the garment up to its upper edge on the shoulders in `layer` and `flow`, float32
    (H, W, 2), in place. outline: float32 (h, w), 1 on the garment in its picture.
    """
    unit, ends = shoulder_width(scene.pose), scene.pose.keypoints[list(SHOULDERS)]
    away = np.abs(np.arange(flow.shape[1]) - ends[:, 0].mean()) - np.ptp(ends[:, 0]) / 2
    near = (1 - away / (BEYOND * unit)).clip(0, 1)
    sides = bounding_box(near[None] > 0)[1]
    low = int((ends[:, 1].max() + BELOW * unit).clip(0, len(flow)))
    seen = layer.alpha[: low + round(DRAWN * HIGHEST * unit), sides] > 0.5
    if not seen[:low].any():
        return
    first = int(seen.any(axis=1).argmax())
    part, seen = flow[first : len(seen), sides], seen[first:]
    known = seen & (cv2.remap(outline, part, None, cv2.INTER_LINEAR) > 0.5)
    up = _drawn_up(seen, known, low - first, HIGHEST * unit, EVEN * len(flow), near[sides])
    if up.max() < NONE:
        return
    rows, columns = bounding_box(up > NONE / 4)
    y, x = np.mgrid[rows, columns].astype(np.float32)
    y += up[rows, columns]
    drawn = (layer.colour, cv2.INTER_CUBIC), (layer.opacity, cv2.INTER_LINEAR), (flow, cv2.INTER_LINEAR)
    for values, way in drawn:
        if values is not None:
            part = values[first : first + len(seen), sides]
            part[rows, columns] = cv2.remap(part, x, y, way, borderMode=cv2.BORDER_REPLICATE)
    colour = layer.colour[first : first + len(seen), sides][rows, columns]
    np.clip(colour, 0, 255, out=colour)


def _drawn_up(
    seen: np.ndarray, known: np.ndarray, low: int, most: float, even: float, near: np.ndarray
) -> np.ndarray:
    """From how many pixels further down, float32 (h, w), the texture of each pixel comes.

    seen, known: bool (h, w), where the garment is seen, and where its texture is known as well; low: row in
    which the shoulders end; most, even: pixels; near: (w,) in 0..1, how near each column is to them.
    """
    top, begin = (first_columns(part.T) for part in (seen, known))
    there = (top < low) & (begin < len(seen)) & (begin - top < most)
    steep = np.abs(np.gradient(cv2.blur(np.float32(top)[None], (2 * round(even) + 1, 1))[0]))
    gap = np.float32(np.where(there, begin - top, 0) * (2 - steep / GENTLE).clip(0, 1))[None]
    wide = np.ones((1, 4 * round(even) + 1), np.uint8)
    gap = cv2.GaussianBlur(cv2.dilate(gap, wide), (0, 1), even, sigmaY=0.1)
    gap *= np.float32(near)
    depth = np.arange(len(seen), dtype=np.float32)[:, None] - top
    share = (1 - depth / np.maximum(DRAWN * gap, 1e-3)).clip(0, 1)
    return np.where(top < len(seen), gap * share**2, 0).astype(np.float32)
