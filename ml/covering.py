"""A garment that covers the trunk or the legs is at least as wide as they are."""

from dataclasses import replace

import cv2
import numpy as np

from ml.anatomy import HIPS, SHOULDERS, below_hips, middle, shoulder_width
from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.scene import Scene, arm_pixels
from ml.waist import Waist

REACH = 0.08
"""How much wider than the garment a body may be, as a share of the shoulders' width. One that looks wider
is in a loose top, which says little of it."""
EVEN = 0.015
"""Over which height a garment grows wider evenly (standard deviation), as a share of the photo's height."""
TAPER = 0.15
"""By how much a leg of trousers may grow wider from one row of pixels to the next, in pixels."""
ARMPITS = 0.3
"""From which height a garment is as wide as the trunk: 0 at the shoulders, 1 at the hips."""
COVERED = 0.6
"""How much of the body's width is covered where a garment covers it, and is no strap and no opening."""


def covering_body(
    scene: Scene, category: str, layer: GarmentLayer, waist: Waist | None = None
) -> GarmentLayer:
    """`layer` as wide as the trunk and the bare legs that it covers, if it nearly is; below a `waist` that is
    seen as wide as what was worn there.

    A warp is a few pixels off, and where it leaves a strip of the body bare, wall would be painted on it, or
    a strip of a leg would be seen beside trousers.
    """
    seen, alpha = layer.alpha > 0.5, layer.alpha.copy()
    legs = (scene.regions["left_leg"] | scene.regions["right_leg"]) & below_hips(scene.pose)
    body = (legs | seen) & below_hips(scene.pose)
    below, arms = body.any(axis=1), np.logical_or(*arm_pixels(scene, category))
    if category == "dresses":
        body |= _trunk(scene, category)
    elif category == "lower_body":
        if waist is not None and not waist.hidden:
            body |= scene.of("lower") & ~below_hips(scene.pose) & ~arms
    else:
        # Sleeves that hang beside a top are none of its sides.
        body = legs | _trunk(scene, category, body)
    covered = (seen & body).sum(axis=1) > COVERED * body.sum(axis=1)
    places, reach = np.arange(alpha.shape[1]), REACH * shoulder_width(scene.pose)
    for side in (1, -1):
        body_from, seen_from = (part[:, ::side].argmax(axis=1) for part in (body, seen & body))
        gap = seen_from - body_from
        wider = gap * (2 - gap / reach).clip(0, 1) * covered
        # A body has no steps where one piece of old clothing ends and another begins.
        wider = np.maximum(wider, cv2.GaussianBlur(wider[:, None], (0, 0), EVEN * len(wider))[:, 0] * covered)
        start = _tapering(seen_from, wider, below & covered, reach)
        strip = (places < seen_from[:, None]) & (places >= start[:, None])
        alpha[strip[:, ::side] & ~arms] = 1
    if (alpha == layer.alpha).all():
        return layer
    return replace(layer, alpha=soft_edged(alpha, STEPS * len(alpha)))


def _tapering(edge: np.ndarray, wider: np.ndarray, legs: np.ndarray, reach: float) -> np.ndarray:
    """Where each row of a garment begins, (H,) pixels, that began at `edge` and is to be `wider`, likewise.

    In the bool rows `legs` (H,) it comes by TAPER pixels a row, as far as `reach` pixels.
    """
    wide = edge - wider
    slope = TAPER * np.arange(len(edge))
    upwards = np.where(legs & (wider > 0), wide, np.inf)[::-1]
    tapered = (np.minimum.accumulate(upwards - slope) + slope)[::-1]
    # Where one leg of trousers is longer a row begins at that one.
    return np.where(legs & (edge - tapered <= reach), np.minimum(edge, tapered), wide)


def _trunk(scene: Scene, category: str, top: np.ndarray | None = None) -> np.ndarray:
    """What is seen of the trunk and of the clothing on it, from armpits to hips: bool (H, W). Of somebody in
    a `top`, bool (H, W) below the hips, what is there as well.
    """
    shoulders, hips = (middle(scene.pose, pair) for pair in (SHOULDERS, HIPS))
    height, width = scene.labels.shape
    share = (np.arange(height) - shoulders[1]) / max(float((hips - shoulders)[1]), 1)
    someone = scene.of("upper", "outer", "dress", "lower") | scene.regions["torso"]
    body = someone & ~np.logical_or(*arm_pixels(scene, category))
    body &= (share > ARMPITS)[:, None]
    if top is None:
        body &= ~below_hips(scene.pose)
    else:
        body |= top & ~np.logical_or(*arm_pixels(scene, category))
    # What lies beyond an arm is sleeve and not trunk: only as far as nothing comes between.
    axis = np.round(shoulders[0] + share * (hips - shoulders)[0]).astype(int)[:, None]
    places = np.arange(width)
    start = np.where(~body & (places <= axis), places, -1).max(axis=1, keepdims=True)
    end = np.where(~body & (places >= axis), places, width).min(axis=1, keepdims=True)
    return body & (places > start) & (places < end)
