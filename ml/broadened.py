"""The texture of a garment reaches as far as the garment.

A warp lays a garment a little narrower than it expects to see it, and a body may be wider still. What is
beyond the garment's edge in its picture is no texture: the one beside it is drawn out instead.
"""

from dataclasses import replace

import cv2
import numpy as np

from ml.anatomy import SHOULDERS, middle, shoulder_width
from ml.evencloth import COARSE, spread_evenly
from ml.garmentparts import Trunk
from ml.layer import GarmentLayer
from ml.morphology import bounding_box, dilate
from ml.scene import OLD_RIM, Scene, arm_pixels
from ml.sides import first_columns, trunk_axis

WIDEST = 0.25
"""How far texture is missing at most, in widths of the shoulders: more is another part of the garment."""
DRAWN = 6.0
"""From how far within texture is drawn out, in widths of what is missing."""
EVEN = 0.02
"""Over which height that changes (standard deviation of a blur), as a share of the photo's height, and beside
the shoulders begins: higher up are a collar and the slopes to the neck, and no sides of a trunk."""
NONE = 0.5
"""Pixels by which nothing is moved."""


def broadened(
    scene: Scene,
    category: str,
    layer: GarmentLayer,
    flow: np.ndarray,
    outline: np.ndarray,
    trunk: Trunk,
) -> tuple[GarmentLayer, np.ndarray]:
    """`layer` and `flow`, float32 (H, W, 2), with the texture of the garment up to the sides of its trunk or
    its legs. outline: float32 (h, w), 1 on the garment in its picture.
    """
    seen = layer.alpha > 0.5
    box = bounding_box(seen, 1)
    if not seen.any():
        return layer, flow
    legs, size = category == "lower_body", seen[box].shape[::-1]
    few = slice(box[0].start + min(COARSE // 2, size[1] - 1), box[0].stop, COARSE), box[1]
    places, there = flow[few], seen[few]
    shown = cv2.remap(outline, places[..., 0], places[..., 1], cv2.INTER_LINEAR) > 0.5
    covered, rim = np.logical_or(*arm_pixels(scene, category)) & seen, OLD_RIM * len(seen)
    sleeves = dilate(dilate(covered, -rim), rim) & covered
    # Under the rim of a bare arm the trunk goes on, and not the sleeve above.
    shown &= (~covered | sleeves)[few]
    sleeves = sleeves[few]
    axis = (trunk_axis(scene)[few[0]] - few[1].start).clip(0, size[0] - 1)
    unit, even = shoulder_width(scene.pose), EVEN * len(seen) / COARSE
    inwards = np.zeros(shown.shape, np.float32)
    for way in (1, -1):
        from_axis = axis if way == 1 else size[0] - 1 - axis
        seen_there, known, beside = (part[:, ::way] for part in (there, shown, sleeves))
        missing = _missing(seen_there, known, beside, from_axis, WIDEST * unit, even, legs=legs)
        inwards[:, ::way] += way * missing
    rows = np.arange(len(seen), dtype=np.float32)[few[0]]
    below = (rows - middle(scene.pose, SHOULDERS)[1])[:, None] / (2 * EVEN * len(seen))
    inwards *= below.clip(0, 1)
    if not legs:
        laid = _moved(places, -inwards), there
        aside = spread_evenly(scene, category, trunk, outline, few, laid) * (1 + below).clip(0, 1)
        inwards = _moved(inwards, aside) - aside
    if np.abs(inwards).max() < NONE:
        return layer, flow
    inwards = cv2.resize(inwards, size)

    def drawn(values: np.ndarray, way: int) -> np.ndarray:
        result = values.copy()
        result[box] = _moved(values[box], -inwards, way)
        return result

    opacity = None if layer.opacity is None else drawn(layer.opacity, cv2.INTER_LINEAR)
    colour = drawn(layer.colour, cv2.INTER_CUBIC)
    np.clip(colour[box], 0, 255, out=colour[box])
    return replace(layer, colour=colour, opacity=opacity), drawn(flow, cv2.INTER_LINEAR)


def _moved(values: np.ndarray, aside: np.ndarray, way: int = cv2.INTER_LINEAR) -> np.ndarray:
    """`values` (h, w[, C]) from as many pixels further right as `aside`, float32 (h, w), says."""
    rows, columns = np.indices(aside.shape, dtype=np.float32)
    return cv2.remap(values, columns + aside, rows, way, borderMode=cv2.BORDER_REPLICATE)


def _missing(
    seen: np.ndarray,
    shown: np.ndarray,
    sleeves: np.ndarray,
    axis: np.ndarray,
    most: float,
    even: float,
    *,
    legs: bool,
) -> np.ndarray:
    """How far further in, float32 (h, w), the texture of each pixel on the right side of a garment lies.

    seen, shown: bool (h, w), where it is seen, and where a flow means it; sleeves: likewise, which are not
    looked at; axis: (h,), column from which its side is looked for; most, even: pixels; legs: whether what is
    between axis and side may be bare.
    """
    width, places = seen.shape[1], np.arange(seen.shape[1], dtype=np.float32)
    outside = places >= axis[:, None]
    if legs:
        side, known = (np.where(part & outside, places, -1).max(axis=1) + 1 for part in (seen, shown & seen))
    else:
        side = first_columns((~seen | sleeves) & outside)
        known = np.minimum(first_columns(~shown & outside), side)
    there = (known > axis) & (side > known) & (side - known < most)
    beside = np.minimum(side.astype(int), width - 1)
    there &= ~sleeves[np.arange(len(seen)), beside]
    gap = np.where(there, side - known, 0).astype(np.float32)[:, None]
    reach = np.ones((2 * round(even) + 1, 1), np.uint8)
    gap = cv2.GaussianBlur(cv2.dilate(gap, reach), (1, 0), 0.1, sigmaY=even)
    within = np.minimum(DRAWN * gap, np.maximum(side - axis, 1)[:, None])
    share = (1 - (side[:, None] - places) / np.maximum(within, 1e-3)).clip(0, 1)
    return np.where(outside & ~sleeves, gap * share**2, 0).astype(np.float32)
