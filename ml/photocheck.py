"""The gate before the costly part: is this a usable photo of one person, seen from the front, with enough
body in it?

The thresholds lean towards letting a photo through: a wrong refusal loses a shopper, a poor photo costs a
second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ml.errors import Refusal
from ml.pose import Pose

CATEGORIES = ("upper_body", "lower_body", "dresses")

MIN_SHORT_SIDE = 256
MIN_BRIGHTNESS = 0.16
"""Least luma, as a share of white, that the brightest twentieth of the photo must reach."""
MIN_SHARPNESS = 0.15
QUALITY_SIDE = 768
"""Sharpness is judged at this longer side: blur that a reduced photo hides does no harm."""

RIVAL_SIZE = 0.6
"""A second person counts when their torso is at least this share of the first one's."""
MIN_VISIBILITY = 0.5
MIN_THIGH = 0.3
"""Share of the thigh that must be inside the photo for a lower garment or a dress."""
BEHIND_WIDTH = 0.25
"""Shoulders crossed by this share of the torso's length mean that we look at a back."""

SHOULDERS, HIPS, KNEES = (11, 12), (23, 24), (25, 26)


@dataclass(frozen=True)
class PhotoCheck:
    """What the gate found. brightness and sharpness lie in 0..1; categories are those that the photo can
    show.
    """

    pose: Pose
    brightness: float
    sharpness: float
    categories: tuple[str, ...]


def check_quality(image: np.ndarray) -> tuple[float, float]:
    """Brightness and sharpness (0..1) of RGB uint8 (H, W, 3).

    Raises Refusal photo_too_small, photo_too_dark or photo_blurred.
    """
    if min(image.shape[:2]) < MIN_SHORT_SIDE:
        raise Refusal("photo_too_small")
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    scale = QUALITY_SIDE / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    brightness = float(np.percentile(grey, 95)) / 255
    if brightness < MIN_BRIGHTNESS:
        raise Refusal("photo_too_dark")
    sharpness = edge_sharpness(grey)
    if sharpness < MIN_SHARPNESS:
        raise Refusal("photo_blurred")
    return brightness, sharpness


def edge_sharpness(grey: np.ndarray) -> float:
    """How much of the strongest edges of uint8 (H, W) a further slight blur takes away, 0 (blurred) to 1
    (crisp).

    Comparing the photo with its own blurred copy makes the measure independent of contrast and of how plain
    the background is.
    """
    values = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.7)  # sensor noise is not sharpness
    softer = cv2.GaussianBlur(values, (0, 0), 2.0)
    edges, softer_edges = (_gradient(level) for level in (values, softer))
    strongest = edges >= np.percentile(edges, 98)
    total = float(edges[strongest].sum())
    return 1 - float(softer_edges[strongest].sum()) / total if total > 0 else 0.0


def check_people(poses: Sequence[Pose]) -> Pose:
    """The one person of the photo. Raises Refusal no_person, several_people or person_from_behind."""
    if not poses:
        raise Refusal("no_person")
    ordered = sorted(poses, key=_torso_size, reverse=True)
    person = ordered[0]
    if any(
        _torso_size(other) > RIVAL_SIZE * _torso_size(person) and _is_someone_else(person, other)
        for other in ordered[1:]
    ):
        raise Refusal("several_people")
    if _from_behind(person):
        raise Refusal("person_from_behind")
    return person


def supported_categories(pose: Pose) -> tuple[str, ...]:
    """Garment categories that this pose shows enough of. Raises Refusal person_cropped when there are
    none.
    """
    inside = _inside(pose)
    shoulders, hips = (inside[list(pair)].all() for pair in (SHOULDERS, HIPS))
    thighs = _visible_thigh(pose) >= MIN_THIGH
    supported = {
        "upper_body": shoulders and hips,
        "lower_body": hips and thighs,
        "dresses": shoulders and hips and thighs,
    }
    found = tuple(category for category in CATEGORIES if supported[category])
    if not found:
        raise Refusal("person_cropped")
    return found


def require_category(category: str, supported: Sequence[str]) -> None:
    """Raise Refusal category_unsupported for an unknown category, person_cropped for one the photo cannot
    show.
    """
    if category not in CATEGORIES:
        raise Refusal("category_unsupported")
    if category not in supported:
        missing = "shoulders and hips" if category == "upper_body" else "hips and legs"
        raise Refusal(
            "person_cropped",
            f"For this garment your {missing} must be in the photo. Step back and try again.",
        )


def check_photo(quality: tuple[float, float], poses: Sequence[Pose]) -> PhotoCheck:
    """What is known of a photo by its `check_quality` and the poses found in it. Raises the Refusal of
    `check_people`.
    """
    pose = check_people(poses)
    return PhotoCheck(pose, *quality, supported_categories(pose))


def _gradient(values: np.ndarray) -> np.ndarray:
    return cv2.magnitude(cv2.Sobel(values, cv2.CV_32F, 1, 0), cv2.Sobel(values, cv2.CV_32F, 0, 1))


def _middle(pose: Pose, pair: tuple[int, int]) -> np.ndarray:
    return pose.keypoints[list(pair)].mean(axis=0)


def _torso_size(pose: Pose) -> float:
    return float(np.linalg.norm(_middle(pose, SHOULDERS) - _middle(pose, HIPS)))


def _is_someone_else(person: Pose, other: Pose) -> bool:
    """MediaPipe sometimes finds one person twice; two people have their chests at different places."""
    distance = np.linalg.norm(_middle(person, SHOULDERS) - _middle(other, SHOULDERS))
    return bool(distance > 0.5 * _torso_size(person))


def _from_behind(pose: Pose) -> bool:
    """Facing the camera, a person's left shoulder is on the right of the photo."""
    crossed = pose.keypoints[SHOULDERS[1], 0] - pose.keypoints[SHOULDERS[0], 0]
    return bool(crossed > BEHIND_WIDTH * _torso_size(pose))


def _inside(pose: Pose) -> np.ndarray:
    """Which keypoints are seen inside the photo, with a little grace at its edge: (33,) bool."""
    size = np.array(pose.segmentation.shape[::-1], np.float32)
    grace = 0.02 * size
    within = ((pose.keypoints >= -grace) & (pose.keypoints < size + grace)).all(axis=1)
    return within & (pose.visibility >= MIN_VISIBILITY)


def _visible_thigh(pose: Pose) -> float:
    """Share of the way from hips to knees that lies above the photo's lower edge."""
    hip, knee = (_middle(pose, pair)[1] for pair in (HIPS, KNEES))
    return float((pose.segmentation.shape[0] - hip) / max(knee - hip, 1.0))


def in_steps(check: PhotoCheck) -> PhotoCheck:
    """`check` with its silhouette in steps of 1/255, as it is kept: pictures do not depend on that."""
    steps = np.uint8((check.pose.segmentation.clip(0, 1) * 255).round())
    return replace(check, pose=replace(check.pose, segmentation=steps.astype(np.float32) / 255))
