"""Whether a merchant's picture of a garment can be worn: typed refusals that say what to do, and warnings.

The thresholds lean towards letting a picture through; `python -m ml evaluate-garment-checks` measures them.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.anonymise import MIN_SCORE, faces_around, is_at
from ml.errors import Refusal
from ml.faces import FaceSource
from ml.mannequin import Head
from ml.photocheck import HIPS, SHOULDERS, edge_sharpness
from ml.pose import Pose, PoseSource

QUALITY_SIDE = 768
"""Sharpness is judged with the garment's longer side reduced to this: finer blur does no harm."""
MIN_SHARPNESS = 0.25
MARGIN = 0.04
"""Share of the garment's longer side that is looked at around it: plain cloth shows edges only there."""
MIN_SIDE, GOOD_SIDE = 128, 512
"""Longer side of a garment, px, below which its picture is refused, and below which a larger is advised."""
MIN_RIVAL = 0.4
"""Share of the largest part's area from which another part is a garment of its own."""
EDGE = 0.01
"""Share of the picture's shorter side that counts as its edge."""
MAX_CONTACT = {"top": 0.5, "bottom": 0.35, "left": 0.5, "right": 0.5}
"""Share of the garment's width (or height) that may touch each edge of the picture: a sleeve that ends there
is tolerated, two trouser legs are not."""
MAY_TOUCH = {"lower_body": ("top",), "upper_body": (), "dresses": ()}
"""Edges at which a garment may be cut: a top is worn over the waistband."""
MIRRORED_HEAD = (0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, 12, 11)
"""MediaPipe's keypoints of head and shoulders after a horizontal mirror."""
MAX_DISAGREEMENT = 0.045
"""Lengths of the torso by which a person's head and shoulders may differ from those in the mirror image."""
SURE = 0.9
"""Probability from which the network is believed rather than the merchant."""
WARNINGS = ("category_mismatch", "cloth_low_resolution")


@dataclass(frozen=True)
class GarmentCheck:
    """What was measured of a garment that passed, and the codes of warnings about it."""

    sharpness: float
    warnings: tuple[str, ...]


def check_garment(
    image: np.ndarray, mask: np.ndarray, category: str, worn: bool, guess: dict[str, float] | None = None
) -> GarmentCheck:
    """All checks of RGB uint8 (H, W, 3) that shows a garment of `category` where mask, bool (H, W), is true.

    worn: whether somebody was found in it; guess: probabilities of categories, if a network gave its opinion.
    Raises the Refusal of the first check that fails: cloth_too_small, cloth_blurred, cloth_worn,
    several_garments or cloth_cropped.
    """
    low_resolution = check_size(mask)
    sharpness = check_sharpness(image, mask)
    if worn:
        raise Refusal("cloth_worn")
    if count_garments(mask) > 1:
        raise Refusal("several_garments")
    touching = contact(mask)
    if any(touching[side] > MAX_CONTACT[side] for side in MAX_CONTACT if side not in MAY_TOUCH[category]):
        raise Refusal("cloth_cropped")
    mismatch = any(sure > SURE for other, sure in (guess or {}).items() if other != category)
    warnings = tuple(code for code, given in zip(WARNINGS, (mismatch, low_resolution), strict=True) if given)
    return GarmentCheck(sharpness, warnings)


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is true in bool (H, W)."""
    x, y, width, height = cv2.boundingRect(np.uint8(mask))
    return x, y, width, height


def check_size(mask: np.ndarray) -> bool:
    """Whether the garment is shown smaller than is good. Raises Refusal cloth_too_small when useless."""
    side = max(box_of(mask)[2:])
    if side < MIN_SIDE:
        raise Refusal("cloth_too_small")
    return side < GOOD_SIDE


def check_sharpness(image: np.ndarray, mask: np.ndarray) -> float:
    """Sharpness, 0..1, of the garment and its outline. Raises Refusal cloth_blurred."""
    x, y, width, height = box_of(mask)
    around = round(MARGIN * max(width, height))
    rows, columns = (slice(max(0, at - around), at + side + around) for at, side in ((y, height), (x, width)))
    grey = cv2.cvtColor(image[rows, columns], cv2.COLOR_RGB2GRAY)
    scale = QUALITY_SIDE / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sharpness = edge_sharpness(grey)
    if sharpness < MIN_SHARPNESS:
        raise Refusal("cloth_blurred")
    return sharpness


def count_garments(mask: np.ndarray) -> int:
    """How many parts of the mask are large enough to be garments."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.uint8(mask))
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int((areas >= MIN_RIVAL * areas.max()).sum()) if areas.size else 0


def contact(mask: np.ndarray) -> dict[str, float]:
    """For each side, the share of the garment's width (or height) that lies at this edge of the picture."""
    _, _, width, height = box_of(mask)
    edge = max(1, round(EDGE * min(mask.shape)))
    strips = mask[:edge].any(0), mask[-edge:].any(0), mask[:, :edge].any(1), mask[:, -edge:].any(1)
    extents = width, width, height, height
    return {
        side: float(strip.sum()) / max(extent, 1)
        for side, strip, extent in zip(MAX_CONTACT, strips, extents, strict=True)
    }


def is_worn(image: np.ndarray, poses: PoseSource, faces: FaceSource) -> bool:
    """Whether somebody wears the garment in RGB uint8 (H, W, 3).

    MediaPipe now and then sees a person in a garment that nobody wears, but then another one in the mirror,
    unless the garment is the same on both sides. So a head that is in the picture must have a face, too.
    """
    found = poses.estimate(image)
    mirrored = poses.estimate(np.ascontiguousarray(image[:, ::-1])) if found else []
    return any(
        disagreement(pose, other) < MAX_DISAGREEMENT and _may_have_head(image, pose, faces)
        for pose in found
        for other in mirrored
    )


def _may_have_head(image: np.ndarray, pose: Pose, faces: FaceSource) -> bool:
    """Whether there is a face in the place of the head, or that place is not in the picture."""
    head = Head.of(pose)
    inside = ((head.centre >= 0) & (head.centre < image.shape[1::-1])).all()
    return not inside or any(
        face.score >= MIN_SCORE and is_at(face, head) for face in faces_around(image, head, faces)
    )


def disagreement(pose: Pose, mirrored: Pose) -> float:
    """Median distance of head and shoulders, in lengths of the torso, from those in the mirror image."""
    width = pose.segmentation.shape[1]
    back = mirrored.keypoints[list(MIRRORED_HEAD)] * (-1, 1) + (width - 1, 0)
    shoulders, hips = (pose.keypoints[list(pair)].mean(0) for pair in (SHOULDERS, HIPS))
    torso = max(float(np.linalg.norm(shoulders - hips)), 1.0)
    return float(np.median(np.linalg.norm(back - pose.keypoints[: len(back)], axis=1))) / torso
