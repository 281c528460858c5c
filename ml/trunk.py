"""The trunk under the new garment: a garment that covers it is at least as wide as it."""

import numpy as np

from ml.compose import Scene, arm_pixels
from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.regions import HIPS, SHOULDERS, middle, shoulder_width

REACH = 0.08
"""How much wider than the garment a trunk may be, as a share of the shoulders' width. One that looks wider is
in a loose top, which says little of it."""
ARMPITS, END = 0.3, 1.0
"""Between which heights, from the shoulders (0) to the hips (1), a garment is as wide as the trunk."""
COVERED = 0.6
"""How much of the trunk's width is covered where a garment covers it, and is no strap and no opening."""


def covering_trunk(scene: Scene, category: str, layer: GarmentLayer) -> GarmentLayer:
    """`layer` as wide as the trunk on both sides, if it nearly is.

    A warp is a few pixels off, and where it leaves a strip of the trunk bare, wall would be painted on it.
    """
    if category == "lower_body":
        return layer
    trunk, rows = _trunk(scene, category)
    seen, alpha = layer.alpha[rows] > 0.5, layer.alpha.copy()
    covered = (seen & trunk).sum(axis=1) > COVERED * trunk.sum(axis=1)
    places, reach = np.arange(alpha.shape[1]), REACH * shoulder_width(scene.pose)
    for side in (1, -1):
        trunk_from, seen_from = (part[:, ::side].argmax(axis=1) for part in (trunk, seen & trunk))
        gap = seen_from - trunk_from
        wider = gap * (2 - gap / reach).clip(0, 1) * covered
        strip = (places < seen_from[:, None]) & (places >= (seen_from - wider)[:, None])
        alpha[rows][strip[:, ::side]] = 1
    if (alpha == layer.alpha).all():
        return layer
    return GarmentLayer(layer.colour, soft_edged(alpha, STEPS * len(alpha)), layer.person)


def _trunk(scene: Scene, category: str) -> tuple[np.ndarray, slice]:
    """What is seen of the trunk and of the clothing on it, bool (rows, W), and the rows of the photo."""
    shoulders, hips = (middle(scene.pose, pair) for pair in (SHOULDERS, HIPS))
    top, bottom = (round(float(shoulders[1] + share * (hips - shoulders)[1])) for share in (ARMPITS, END))
    rows = slice(max(top, 0), max(bottom, 0))
    arms = np.logical_or(*arm_pixels(scene, category))
    someone = scene.of("upper", "outer", "dress", "lower") | scene.regions["torso"]
    body = someone[rows] & ~arms[rows]
    share = (np.arange(len(body)) + rows.start - shoulders[1]) / max(float((hips - shoulders)[1]), 1)
    axis = np.round(shoulders[0] + share * (hips - shoulders)[0]).astype(int)[:, None]
    # What lies beyond an arm is sleeve and not trunk: only as far as nothing comes between.
    places = np.arange(body.shape[1])
    start = np.where(~body & (places <= axis), places, -1).max(axis=1, keepdims=True)
    end = np.where(~body & (places >= axis), places, len(places)).min(axis=1, keepdims=True)
    return body & (places > start) & (places < end), rows
