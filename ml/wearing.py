"""What a picture shows once a garment has been put on: so that the next one can be worn with it.

The body has not moved and the garment's place is known, so neither pose nor parse is estimated again.
"""

from dataclasses import replace

import numpy as np

from ml.anatomy import along_arm, below_waist, outer_side
from ml.compose import ERASE_MARGIN, sleeves_on
from ml.layout import BACKGROUND, LAYOUT
from ml.morphology import dilate
from ml.scene import INDEX, Scene, arm_pixels, in_front, old_garment
from ml.sleeves import CUFF_REACH

WORN_AS = {"upper_body": "upper", "lower_body": "lower", "dresses": "dress"}
CLOTHES = ("upper", "outer", "dress")


def open_front(scene: Scene, alpha: np.ndarray, layout: np.ndarray) -> tuple[Scene, np.ndarray]:
    """Scene and layout for a garment that is worn over a top: what it leaves uncovered of the top stays.

    alpha: float32 (H, W), the new garment; layout: float32 (H, W, 4). Only what would stick out of the new
    garment is still taken for clothing to be erased, and there the layout expects the background.
    """
    worn, clothes = alpha > 0.5, scene.of(*CLOTHES)
    kept = clothes & (layout[..., BACKGROUND] < 0.5) & ~_old_sleeves(scene, layout)
    layout = np.where((clothes & ~kept & ~worn)[..., None], np.eye(len(LAYOUT))[BACKGROUND], layout)
    # Under the rim of the garment the top goes on: erasing spreads a little.
    kept &= ~dilate(worn, -2 * ERASE_MARGIN * len(alpha))
    # The label of clothing that composition leaves alone when it puts a top on.
    labels = np.where(kept, INDEX["lower"], scene.labels).astype(np.uint8)
    return replace(scene, labels=labels), layout.astype(np.float32)


def _old_sleeves(scene: Scene, layout: np.ndarray) -> np.ndarray:
    """The outer side of the arms, bool (H, W), as far as the new sleeves reach: wider ones do not show."""
    hidden = np.zeros(scene.labels.shape, bool)
    sleeves = sleeves_on(scene, "upper_body", layout)
    for side, arm in enumerate(sleeves.arms):
        points = np.argwhere(dilate(arm, CUFF_REACH * len(arm)))[:, ::-1]
        outside = outer_side(scene.pose, side, points) & (along_arm(scene.pose, side, points) < sleeves.end)
        columns, rows = points[outside].T
        hidden[rows, columns] = True
    return hidden


def worn_labels(
    before: Scene, scene: Scene, category: str, alpha: np.ndarray, layout: np.ndarray, *, outer: bool
) -> np.ndarray:
    """Labels, uint8 (H, W), of the picture that `compose` makes of `scene` with a garment of `category`.

    before: the scene as it was parsed; for an outer garment `scene` and `layout`, float32 (H, W, 4), are
    those of `open_front`. alpha: float32 (H, W). Where old clothing went and nothing came, there is
    background where `layout` expects it, else what goes on below the waist of a top, else skin.
    """
    labels, front = before.labels.copy(), in_front(scene, category)
    worn = (alpha > 0.5) & (~front | scene.of("shoes"))
    gone = old_garment(scene, category) & ~worn & ~front
    body = np.any(arm_pixels(scene, category), axis=0) | (layout[..., BACKGROUND] < 0.5)
    labels[gone] = INDEX["background"]
    labels[gone & body] = INDEX["skin"]
    if category == "upper_body" and before.of("lower").any():
        labels[gone & body & below_waist(before.pose)] = INDEX["lower"]
    labels[worn] = INDEX["outer" if outer else WORN_AS[category]]
    return labels
