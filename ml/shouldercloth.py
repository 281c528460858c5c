"""The texture of a top or a dress reaches up to the shoulders that it covers.

A warp lays a garment's shoulders a little below those of a body, and the mask of a picture leaves out a white
stripe before a white wall. What is beyond the garment's edge there is its texture in a mirror, which looks
torn if it has stripes: the texture below it is drawn up instead.
"""

from dataclasses import replace

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


def up_to_shoulders(
    scene: Scene, layer: GarmentLayer, flow: np.ndarray, outline: np.ndarray
) -> tuple[GarmentLayer, np.ndarray]:
    """`layer` and `flow`, float32 (H, W, 2), with the texture of the garment up to its upper edge on the
    shoulders. outline: float32 (h, w), 1 on the garment in its picture.
    """
    unit, ends = shoulder_width(scene.pose), scene.pose.keypoints[list(SHOULDERS)]
    away = np.abs(np.arange(flow.shape[1]) - ends[:, 0].mean()) - np.ptp(ends[:, 0]) / 2
    near = (1 - away / (BEYOND * unit)).clip(0, 1)
    sides = bounding_box(near[None] > 0)[1]
    low = int((ends[:, 1].max() + BELOW * unit).clip(0, len(flow)))
    box = np.s_[: low + round(DRAWN * HIGHEST * unit), sides]
    seen = layer.alpha[box] > 0.5
    if not seen[:low].any():
        return layer, flow
    box = np.s_[int(seen.any(axis=1).argmax()) : box[0].stop, sides]
    seen = layer.alpha[box] > 0.5
    known = seen & (cv2.remap(outline, flow[box], None, cv2.INTER_LINEAR) > 0.5)
    up = _drawn_up(seen, known, low - box[0].start, HIGHEST * unit, EVEN * len(flow), near[sides])
    if up.max() < NONE:
        return layer, flow
    rows, columns = np.indices(up.shape, dtype=np.float32)

    def drawn(values: np.ndarray, way: int) -> np.ndarray:
        result = values.copy()
        result[box] = cv2.remap(values[box], columns, rows + up, way, borderMode=cv2.BORDER_REPLICATE)
        return result

    opacity = None if layer.opacity is None else drawn(layer.opacity, cv2.INTER_LINEAR)
    colour = drawn(layer.colour, cv2.INTER_CUBIC)
    np.clip(colour[box], 0, 255, out=colour[box])
    return replace(layer, colour=colour, opacity=opacity), drawn(flow, cv2.INTER_LINEAR)


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
