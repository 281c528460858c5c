"""Light on a garment from the form of the body in it, and the shadow of its edge on what lies under it."""

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from ml.anatomy import along_arm, arm_shape, limb_axes, outer_side, shoulder_width
from ml.inpaint import carried_on
from ml.morphology import bounding_box
from ml.pose import Pose

SHADOW_STRENGTH = 0.15
SHADOW_REACH = 0.009
"""Softness of the shadow (standard deviation of a blur) as a share of the photo's height."""

GREY = np.array([[0.299, 0.587, 0.114]], np.float32)
"""Shares of red, green and blue in how bright a colour is (BT.601)."""
OWN_COLOUR = 1.5
"""How much more of its colour pale cloth has in full shadow."""

CONTACT, NARROW = 0.3, 0.4
"""Strength of the shadow where cloth touches what is under it, and its softness in that of the other."""
THROWN_BACK = 0.6
"""How much of the light that it takes away white cloth on something white throws back."""
COARSE = 8
"""One pixel in so many, along a side, tells what is around."""

DEEP, DEEP_REACH = 0.9, 0.06
"""How much of its light the wall in a narrow gap between two parts of a garment has less at most, and how far
those darken it (standard deviation of a blur), in widths of the shoulders."""
SPARSE = 4
"""One pixel in so many, along a side, tells how far something is surrounded."""

FORM_HEIGHT = 256
"""Height in pixels at which forms are found: they are smooth."""
DARKEST = 0.28
"""How much darker than in the middle cloth is where it turns away from the viewer."""
THROUGH = 0.8
"""How much of that is seen in sheer cloth, which hangs loosely and lets light through."""
TRUNK_ROUND, ARM_ROUND = 0.25, 0.13
"""How far from their outline trunk, legs and arms begin to turn away, in widths of the shoulders."""
ARMPIT = 0.45
"""Above this place, 0 the shoulder and 1 the elbow, arm and trunk go over into one form."""
SLEEVE_GIRTH = 1.6
"""Width of a sleeve on the outer side of an arm, in widths of the arm."""
SOFTNESS = 1.2
"""Blur of the light (standard deviation) in pixels of FORM_HEIGHT."""


def roundness(believed: np.ndarray, *, sheer: bool) -> np.ndarray:
    """The power of `form_light` for a garment, by how far the light of the old one is `believed`, as of
    `fold_light`: that has some of the form in it.
    """
    return (1 - believed / 2) * np.float32(THROUGH if sheer else 1)


def form_light(
    pose: Pose, person: np.ndarray, alpha: np.ndarray, limbs: tuple[np.ndarray, ...]
) -> np.ndarray:
    """Factors (H, W) float32 for a garment's colours, their median on it 1: darker where cloth turns away.

    Light from the viewer on round bodies (Lambert): trunk and legs are one, each arm another, and none ends
    where only a hem or a cuff does. person: bool (H, W), where the picture shows the dressed person; alpha:
    float32 (H, W), the garment; limbs: bool (H, W) each, left and right arm, covered or not.
    """
    height, width = alpha.shape
    size = max(1, round(width * FORM_HEIGHT / height)), FORM_HEIGHT
    scale = np.float32(size) / np.float32((width, height))
    points = (pose.keypoints + np.float32(0.5)) * scale - np.float32(0.5)
    pose = replace(pose, keypoints=points, segmentation=cv2.resize(pose.segmentation, size))
    cloth, dressed, *arms = (
        cv2.resize(np.float32(part), size, interpolation=cv2.INTER_AREA) > 0.5
        for part in (alpha, person, *limbs)
    )
    if not cloth.any():
        return np.ones(alpha.shape, np.float32)
    dressed |= cloth
    arms = [dressed & (arm | _sleeve(pose, side)) for side, arm in enumerate(arms)]
    unit = shoulder_width(pose)
    light = rounded(dressed & ~arms[0] & ~arms[1], TRUNK_ROUND * unit)
    whole = rounded(dressed, ARM_ROUND * unit)
    for side, arm in enumerate(arms):
        light[arm] = rounded(arm, ARM_ROUND * unit)[arm]
        where = np.argwhere(dressed)[:, ::-1]
        apart = (along_arm(pose, side, where) / ARMPIT).clip(0, 1)
        columns, rows = where.T
        joined = np.maximum(light, whole)[rows, columns]
        light[rows, columns] = apart * light[rows, columns] + (1 - apart) * joined
    light = cv2.GaussianBlur(light, (0, 0), SOFTNESS)
    light /= np.median(light[cloth])
    return cv2.resize(light, (width, height), interpolation=cv2.INTER_CUBIC)


def lit(colour: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Cloth of `colour`, float32 (H, W, 3), in `light`, float32 (H, W) with 1 as it is: float32 (H, W, 3).

    The light in a fold has been thrown to and fro by the cloth, each time with more of its colour: a shadow
    on pale pink is a deeper pink, not grey. It is as bright as ever, and a deep colour has little to gain.
    """
    grey = cv2.transform(colour, GREY)
    pale = np.minimum(np.minimum(colour[..., 0], colour[..., 1]), colour[..., 2]) / np.maximum(grey, 1)
    own = light * (1 + OWN_COLOUR * pale * (1 - light).clip(0, 1))
    return colour * own[..., None] + (grey * (light - own))[..., None]


def _sleeve(pose: Pose, side: int) -> np.ndarray:
    """Where the cloth of a sleeve may be, bool (H, W): on the arm, and beside it on its outer side."""
    wide = np.zeros(pose.segmentation.shape, np.uint8)
    for start, end, radius in limb_axes(pose)[side:4:2]:
        ends = [tuple(int(value) for value in np.round(point)) for point in (start, end)]
        cv2.line(wide, *ends, 1, max(1, round(2 * SLEEVE_GIRTH * radius)))
    points = np.argwhere(wide > 0)[:, ::-1]
    columns, rows = points[outer_side(pose, side, points)].T
    sleeve = arm_shape(pose, side)
    sleeve[rows, columns] = True
    return sleeve


def rounded(form: np.ndarray, reach: float) -> np.ndarray:
    """Light (h, w) float32, at most 1, on a bool `form` that is flat but for a quarter of a circle along its
    outline, `reach` pixels wide. It goes on beyond the picture.
    """
    away = cv2.distanceTransform(np.uint8(np.pad(form, 1, mode="edge")), cv2.DIST_L2, 5)[1:-1, 1:-1]
    turned = 1 - np.minimum(away / np.float32(reach), 1)
    return np.float32(1 - DARKEST * (1 - np.sqrt(1 - turned**2)))


def cast_shadow(alpha: np.ndarray, reach: float) -> np.ndarray:
    """Factors (H, W) float32 in 0..1 for what lies under the garment's edge, with light from above, and
    less of any light the nearer the edge is.

    reach: softness of the shadow in pixels.
    """
    moved = np.array([[1, 0, 0], [0, 1, reach * 0.8]], np.float32)
    shifted = cv2.warpAffine(alpha.astype(np.float32), moved, alpha.shape[::-1])
    soft = 1 - SHADOW_STRENGTH * cv2.GaussianBlur(np.maximum(shifted, 0.5 * alpha), (0, 0), reach)
    return soft * (1 - CONTACT * cv2.GaussianBlur(np.float32(alpha), (0, 0), NARROW * reach))


def under_hands(light: np.ndarray, hands: Iterable[np.ndarray]) -> np.ndarray:
    """`light`, float32 (H, W), on a garment in the shadow of `hands` before it, bool (H, W) each."""
    result, reach = light.copy(), SHADOW_REACH * len(light)
    for hand in hands:
        box = bounding_box(hand, round(3 * reach))
        if hand[box].any():
            result[box] *= cast_shadow(hand[box], reach)
    return result


def in_gaps(alpha: np.ndarray, unit: float) -> np.ndarray:
    """The share (H, W) float32 of its light, up to DEEP, that the wall in a narrow gap of a garment lacks.

    alpha: float32 (H, W) in 0..1, the garment; unit: width of the shoulders in pixels. Along a straight edge,
    which surrounds nothing, it is 0.
    """
    height, width = alpha.shape
    size = max(1, width // SPARSE), max(1, height // SPARSE)
    around = cv2.resize(np.float32(alpha), size, interpolation=cv2.INTER_AREA)
    around = cv2.GaussianBlur(around, (0, 0), DEEP_REACH * unit / SPARSE)
    return DEEP * (2 * cv2.resize(around, (width, height)) - 1).clip(0, 1)


def cloth_beside(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The `colour` of a garment, float32 (H, W, 3), carried on smoothly beyond its `alpha`, float32 (H, W) in
    0..1.
    """
    # Every second pixel along a side tells as much.
    carried = carried_on(colour[::2, ::2], alpha[::2, ::2] > 0.5, COARSE // 2)
    return cv2.resize(carried, alpha.shape[::-1])


def in_shadow(under: np.ndarray, dark: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """What lies `under` the edge of a garment of the colour `cloth`, float32 (..., 3) each, without the
    share `dark`, float32 (...), of its light: float32 (..., 3).

    Between cloth and skin that nearly touch, light is thrown to and fro, each time with more of their
    colours: the shadow of pink on a chest is no grey rim, and one of black is darker than one of white.
    """
    return under * (1 - dark[..., None] * (1 - THROWN_BACK / 255 * (cloth + under) / 2))


def in_shade(
    under: np.ndarray,
    colour: np.ndarray,
    alpha: np.ndarray,
    onto: tuple[np.ndarray, float],
    wall: tuple[np.ndarray, float],
) -> None:
    """Darken, in `under`, RGB float32 (H, W, 3), what lies under a garment of `colour`, likewise.

    alpha: float32 (H, W) in 0..1, the garment; onto: float32 (H, W), how far its edge casts a shadow, and the
    softness of that in pixels; wall: bool (H, W), what lies far behind, and the width of the shoulders.
    """
    dark = onto[0] * (1 - cast_shadow(alpha, onto[1]))
    dark = np.maximum(dark, wall[0] * in_gaps(alpha, wall[1]))
    seen, cloth = (dark > 0) & (alpha < 1), cloth_beside(colour, alpha)
    under[seen] = in_shadow(under[seen], dark[seen], cloth[seen])
