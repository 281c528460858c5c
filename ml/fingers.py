"""Fifth look at the parser's labels: what is seen of clothing between the fingers of a hand before it.

In the hollow between thumb and fingers a hand shades the clothing so deeply that it has no colour any more,
and it is taken for a part of the hand. It would stay, a black spot, when the clothing goes.
"""

import cv2
import numpy as np

from ml.anatomy import shoulder_width
from ml.edges import CLOTHES, nearest_of
from ml.limbs import HAND, SKIN, around_bones, hand_bones
from ml.morphology import bounding_box, dilate
from ml.pose import Pose

SHADED, GREY = 0.4, 0.65
"""How bright such a place is at most, next to half of the hand, and how saturated: things that a hand holds
may be dark, too."""
CREASE = 0.001
"""Half the width of what is only a crease between two fingers, as a share of the photo's height."""
HOLLOW = 0.05
"""Half the width of a hollow, as a share of the shoulders' width: nails are at the end of fingers."""
PALM = 0.25
"""Where on the way from the wrist to the fingertips hollows begin: before that are watches."""


def without_hollows(photo: np.ndarray, labels: np.ndarray, pose: Pose) -> np.ndarray:
    """`labels`, uint8 (H, W), of an RGB uint8 (H, W, 3) photo, in which hollows of a hand before clothing
    show that clothing.
    """
    result, reach = labels.copy(), (HAND + 2 * HOLLOW) * shoulder_width(pose)
    for side in range(2):
        wrist, tips = hand_bones(pose, side)
        low, high = (np.stack([wrist, tips]).min(axis=0) - reach, np.stack([wrist, tips]).max(axis=0) + reach)
        box = tuple(slice(max(int(a), 0), max(int(b), 0)) for a, b in zip(low[::-1], high[::-1], strict=True))
        hand = (labels[box] == SKIN) & around_bones([wrist, tips], HAND, pose)[box]
        hand &= _along(box, wrist, tips - wrist, hand.shape) > PALM
        near = bounding_box(hand, round(2 * HOLLOW * shoulder_width(pose)))
        part, hand = result[box][near], hand[near]
        skin, cloth = part == SKIN, np.isin(part, CLOTHES)
        if (hand & dilate(cloth, 2)).any():
            hollow = _hollows(photo[box][near], hand, skin, cloth, pose)
            part[hollow] = nearest_of(part, cloth)[hollow]
    return result


def _along(box: tuple[slice, slice], start: np.ndarray, way: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """How far each pixel of a `box` of `size` (h, w) lies from `start` (2,) along `way` (2,): (h, w), 1 at
    its end.
    """
    x, y = (np.arange(n) + side.start - at for n, side, at in zip(size[::-1], box[::-1], start, strict=True))
    return (x * way[0] + y[:, None] * way[1]) / max(float(way @ way), 1)


def _hollows(
    photo: np.ndarray, hand: np.ndarray, skin: np.ndarray, cloth: np.ndarray, pose: Pose
) -> np.ndarray:
    """Dark parts of a `hand`, bool (h, w), that lie between others of the `skin` and touch the `cloth`,
    likewise: bool (h, w).
    """
    light, most, crease = photo.mean(axis=2), photo.max(axis=2), CREASE * len(pose.segmentation)
    dark = hand & (light < SHADED * np.median(light[hand])) & (most - photo.min(axis=2) < GREY * most)
    wide = dilate(dilate(dark, -crease), 2 * crease) & dark
    wide = dilate(dilate(wide, 3 * crease), -3 * crease) & hand
    count, parts = cv2.connectedComponents(np.uint8(wide))
    reached = np.zeros(count, bool)
    reached[np.unique(parts[dilate(cloth, 2 * crease)])] = True
    wide &= reached[parts]
    # At its end a finger is as narrow as a nail.
    reach, rest = HOLLOW * shoulder_width(pose), skin & ~wide
    return wide & dilate(dilate(rest, reach), -reach)
