"""Kinds of people and try-ons by which an evaluation is broken down."""

from collections.abc import Sequence

import numpy as np

from ml.anatomy import ELBOWS, HIPS, SHOULDERS, WRISTS, arm_shape, middle
from ml.colour import lab, typology_angle
from ml.pose import Pose
from ml.scene import Scene, old_garment

ARM_AWAY = 30.0
"""Degrees off the trunk from which an arm is away from it."""
ACROSS = 0.9
"""Share of half the shoulders' width within which a wrist lies before the trunk."""
SKIN_TONES = ((55, "very light"), (41, "light"), (28, "intermediate"), (10, "tan"), (-30, "brown"))
"""Least individual typology angle, degrees, of each tone (Chardon et al., 1991; Del Bino et al., 2006)."""
DARKEST = "dark"
LEAST_SKIN = 100
"""Pixels of the face that are needed to tell its tone."""
SLIM, MIDDLE = 0.48, 0.515
"""Breadth up to which somebody is slim, and neither slim nor broad: thirds of 101 people of Clothing
Co-Parsing."""
SLEEVES = ((0.15, "sleeveless"), (0.6, "short"))
"""Share of the arms, from shoulder to wrist, up to which sleeves cover them."""
LONG = "long"
SLEEVE_CHANGE = 0.25
"""Share of the arms that is newly covered or bared when sleeves are longer or shorter."""


def arms_of(pose: Pose) -> str:
    """How hard a pose is: "across" when a wrist is before the trunk, "away" when an arm is ARM_AWAY off it,
    else "at the sides".
    """
    points, shoulders = pose.keypoints, middle(pose, SHOULDERS)
    down = middle(pose, HIPS) - shoulders
    length = max(float(np.linalg.norm(down)), 1e-6)
    down = down / length
    side = np.array([-down[1], down[0]])
    half = ACROSS * float(np.linalg.norm(points[SHOULDERS[0]] - points[SHOULDERS[1]])) / 2
    for wrist in points[list(WRISTS)]:
        along, across = (wrist - shoulders) @ down, (wrist - shoulders) @ side
        if 0 < along < length and abs(across) < half:
            return "across"
    upper = points[list(ELBOWS)] - points[list(SHOULDERS)]
    cosines = upper @ down / np.maximum(np.linalg.norm(upper, axis=1), 1e-6)
    return "away" if np.degrees(np.arccos(cosines.clip(-1, 1))).max() > ARM_AWAY else "at the sides"


def breadth(pose: Pose) -> float:
    """Body size without a scale: mean width of shoulders and hips (joints) over the torso's length."""
    widths = [np.linalg.norm(pose.keypoints[a] - pose.keypoints[b]) for a, b in (SHOULDERS, HIPS)]
    length = float(np.linalg.norm(middle(pose, SHOULDERS) - middle(pose, HIPS)))
    return float(np.mean(widths)) / max(length, 1e-6)


def size_of(pose: Pose) -> str:
    """ "slim", "middle" or "broad" by `breadth`, for one person on their own."""
    width = breadth(pose)
    return "slim" if width <= SLIM else "middle" if width <= MIDDLE else "broad"


def skin_tone(scene: Scene) -> str | None:
    """The tone of the face by its individual typology angle; None when hardly any face is seen.

    It is measured as the photo shows it, under any light, so it sorts photos rather than people.
    """
    face = scene.photo[scene.regions["face"]]
    if len(face) < LEAST_SKIN:
        return None
    angle = typology_angle(np.median(lab(face), axis=0))
    return next((name for least, name in SKIN_TONES if angle > least), DARKEST)


def sleeves_worn(pose: Pose, worn: np.ndarray) -> str | None:
    """ "sleeveless", "short" or "long" by how much of the place of the arms a garment covers, `worn`, bool
    (H, W); None when no arm is in the photo.
    """
    arms = arm_shape(pose, 0) | arm_shape(pose, 1)
    if not arms.any():
        return None
    covered = float(worn[arms].mean())
    return next((name for most, name in SLEEVES if covered <= most), LONG)


def sleeve_of(scene: Scene) -> str | None:
    """The same of the top or the dress that somebody wears; None without one."""
    worn = scene.of("upper", "outer", "dress")
    return sleeves_worn(scene.pose, worn) if worn.any() else None


def sleeve_change(scene: Scene, category: str, alpha: np.ndarray) -> str | None:
    """Whether sleeves get "longer", "shorter" or stay "as before", by how much of the arms' place the old and
    the new garment (alpha, float32 (H, W)) cover; None for lower garments.
    """
    if category == "lower_body":
        return None
    arms = arm_shape(scene.pose, 0) | arm_shape(scene.pose, 1)
    if not arms.any():
        return None
    change = float((alpha[arms] > 0.5).mean()) - float(old_garment(scene, category)[arms].mean())
    return "longer" if change > SLEEVE_CHANGE else "shorter" if change < -SLEEVE_CHANGE else "as before"


def confidence_group(confidence: float) -> str:
    """Between which tenths a confidence in 0..1 lies: "0.6-0.7"."""
    low = min(int(confidence * 10 + 1e-6), 9) / 10
    return f"{low:.1f}-{low + 0.1:.1f}"


def terciles(values: Sequence[float]) -> list[str]:
    """ "slim", "middle" or "broad": the third of `values` in which each lies."""
    low, high = np.quantile(values, (1 / 3, 2 / 3)) if values else (0, 0)
    return ["slim" if value <= low else "middle" if value <= high else "broad" for value in values]
