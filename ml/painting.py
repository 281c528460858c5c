"""Bring the generator's answer to the photo: the frame it sees, and what it says at the photo's own
resolution.
"""

import cv2
import numpy as np

from ml.anatomy import HIPS, middle, waist_line
from ml.crops import PersonFrame, garment_box, person_box
from ml.generator import GENERATOR_SIZE, Painted, generator_input
from ml.inpaint import carried_on
from ml.layer import GarmentLayer, soft_edged
from ml.morphology import bounding_box, dilate
from ml.pose import Pose

AGREEMENT_REACH = 0.02
"""How far into the hole a difference between the photo and what is painted beside it is carried, as a
share of the photo's height."""
MOST_DIFFERENCE = 24.0
"""Largest such difference: more is an edge of the photo, not a tint."""
FRAYED = 1.5
"""Pixels of the frame over which the generator's outline is averaged (standard deviation): it wavers from one
to the next.
"""
PIXEL_STEPS = 1.6
"""Photo pixels over which the steps between pixels are smoothed, likewise."""
OWN_OUTLINE = 0.5
"""What the rough outline counts for beside it: it decides as long as the generator is not three times as sure
of the contrary. Towards the hips it counts for more, and below them it decides alone: the generator likes to
round hems off.
"""
BEHIND = 0.01
"""How far beside what is in front of a garment its light is none that falls on it, as a share of the photo's
height."""
AROUND = 3
"""Over how much of a garment around a place its light is known, in multiples of that."""
COARSE = 3
"""One pixel in so many, along a side, tells how bright it is there."""
SCRAP, PINHOLE = 0.01, 0.0005
"""Size of a part of a garment, and of a hole in it, that is none, as shares of the largest such part."""


def frame_of(pose: Pose, category: str, hole: np.ndarray) -> PersonFrame:
    """The frame around the part of the person where a garment of `category` is worn, and the whole bool
    `hole`.
    """
    joints, visibility = pose.joints()
    box = garment_box(person_box(joints, visibility, pose.segmentation), joints, category)
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    if rows.size:
        low = np.minimum(box[:2], (columns[0], rows[0]))
        high = np.maximum(box[2:], (columns[-1], rows[-1]))
        box = (*low.tolist(), *high.tolist())
    return PersonFrame.around(box)


def painter_input(
    photo: np.ndarray, pose: Pose, hole: np.ndarray, layer: GarmentLayer, frame: PersonFrame
) -> np.ndarray:
    """The generator's features (INPUT_CHANNELS, h, w) of a photo, RGB uint8 (H, W, 3), seen in `frame`.

    hole: bool (H, W), what is made anew; layer: the garment over it.
    """

    def seen(image: np.ndarray, fill: float = 0) -> np.ndarray:
        return frame.to_network(image, GENERATOR_SIZE, fill=fill)

    joints, visibility = pose.joints()
    places = frame.points_to_network(joints, GENERATOR_SIZE)
    garment = seen(layer.colour), seen(layer.alpha), seen(layer.person)
    return generator_input(seen(photo, 127), seen(np.float32(hole)), *garment, places, visibility)


def painted_on(
    photo: np.ndarray,
    pose: Pose,
    hole: np.ndarray,
    painted: Painted,
    frame: PersonFrame,
    guess: np.ndarray,
    rough: np.ndarray,
    own: np.ndarray | None = None,
) -> Painted:
    """The generator's answer in `frame` brought to the photo, RGB uint8 (H, W, 3), with `hole`, bool (H, W).

    `alpha` is 0 outside the hole. guess: float32 (H, W, 3), what is under the old clothing by the photo's own
    colours; it becomes `inpainted`, which equals the photo outside the hole. What the generator paints there
    has a halo along the hole and a weave from its last layer, so only its outline and light are taken.
    rough: float32 (H, W) in 0..1, the outline that the generator was given; own: float32 (H, W) in 0..1, how
    far it is believed as it is.
    """

    def back(values: np.ndarray, fill: float = 0) -> np.ndarray:
        within = frame.continued(values, hole.shape)
        return frame.to_photo(within, hole.shape, fill=fill, interpolation=cv2.INTER_CUBIC)

    said = back(cv2.GaussianBlur(painted.alpha, (0, 0), FRAYED))
    own = _hemward(pose) if own is None else np.maximum(_hemward(pose), own)
    alpha = _outline(said, rough, hole, own)
    light = without_glow(back(painted.light, 1), hole, alpha)
    return Painted(_agreeing(photo, guess, hole), alpha, light)


def without_glow(light: np.ndarray, hole: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """`light` on a garment, float32 (H, W), nowhere more of it beside what is in front than further away.

    hole: bool (H, W); alpha: float32 (H, W), the garment in it. The generator lights the cloth between two
    fingers like the fingers themselves, but what is behind something lies in its shade.
    """
    rows, columns = bounding_box(alpha > 0.5, 1)
    # The generator sees no more of the photo.
    some = slice(rows.start, rows.stop, COARSE), slice(columns.start, columns.stop, COARSE)
    reach = BEHIND * len(hole) / COARSE
    if not hole[some].any():
        return light
    away = cv2.distanceTransform(np.uint8(hole[some]), cv2.DIST_L2, 5) / np.float32(reach)
    lit, size = np.float32((alpha[some] > 0.5) & (away > 1)), (2 * round(AROUND * reach) + 1,) * 2
    near, total = cv2.blur(lit, size), cv2.blur(lit * light[some], size)
    over = np.where(near > 0, light[some] - total / np.maximum(near, 1e-6), 0).clip(0)
    result = light.copy()
    part = result[rows, columns]
    part -= cv2.resize(np.float32(over * (2 - away).clip(0, 1)), part.shape[::-1])
    return result


def _hemward(pose: Pose) -> np.ndarray:
    """0 above the waist, 1 below the hips, for each row of the photo: float32 (H, 1)."""
    rows = np.arange(len(pose.segmentation), dtype=np.float32)[:, None]
    levels = waist_line(pose)[0][1], middle(pose, HIPS)[1]
    return np.interp(rows, levels, (0, 1)).astype(np.float32)


def _outline(said: np.ndarray, rough: np.ndarray, hole: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The garment's outline, float32 (H, W) in 0..1, between what the generator said and a `rough` one.

    The generator knows what belongs in front, but sees only every second or third pixel of the photo and is
    of another mind at each; how the outline runs between them the rough one tells. Where that is believed
    alone (`own` of `painted_on`) it keeps its place between two pixels, lest a slanting edge have stairs.
    """
    told = said + own * (rough - said) + OWN_OUTLINE * (rough - 0.5)
    edge = np.where(own < 1, np.float32(told > 0.5), (2 * rough - 0.5).clip(0, 1))
    seen = without_specks(edge * hole) * hole
    # Up to what is in front of it a garment is all there.
    beside = dilate(seen > 0.5, 2 * PIXEL_STEPS) & ~hole
    return soft_edged(np.maximum(seen, beside), PIXEL_STEPS) * hole


def without_specks(alpha: np.ndarray) -> np.ndarray:
    """`alpha`, float32 (H, W), without scraps beside the garment and without pinholes in it."""
    parts, pinholes = _small_parts(alpha > 0.5, SCRAP), _small_parts(alpha <= 0.5, PINHOLE)
    scraps = dilate(parts, 2) & ((alpha <= 0.5) | parts)
    return np.where(pinholes, 1, np.where(scraps, 0, alpha)).astype(np.float32)


def _small_parts(mask: np.ndarray, least: float) -> np.ndarray:
    """The parts of a bool (H, W) mask that are smaller than the share `least` of its largest."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.uint8(mask), connectivity=4)
    if count < 3:
        return np.zeros_like(mask)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return np.isin(labels, 1 + np.flatnonzero(areas < least * areas.max()))


def _agreeing(photo: np.ndarray, inpainted: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """`inpainted`, float32 (H, W, 3), shifted in colour so that it meets the photo at the edge of the
    hole, with the photo's grain.
    """
    if not hole.any():
        return np.float32(photo)
    reach = AGREEMENT_REACH * len(hole)
    box = bounding_box(hole, round(3 * reach))
    near, inside, result = np.float32(photo[box]), hole[box], np.float32(photo)
    difference = near - inpainted[box]
    alike = ~inside & (np.abs(difference).max(axis=2) < MOST_DIFFERENCE)
    tint = carried_on(difference, alike) if alike.any() else np.zeros_like(near)
    depth = cv2.distanceTransform(np.uint8(inside), cv2.DIST_L2, 3)
    fading = cv2.exp(-depth / np.float32(reach))[..., None]
    shifted = inpainted[box] + tint * fading
    result[box][inside] = shifted[inside].clip(0, 255)
    return result
