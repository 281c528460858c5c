"""What a photo shows of a shopper: clothing, body and limbs, and what of it a new garment replaces."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import cv2
import numpy as np

from ml.anatomy import SIDES, below_waist
from ml.labels import LABELS
from ml.morphology import dilate
from ml.pose import Pose
from ml.regions import body_regions
from ml.sleeves import hidden_arm

INDEX = {name: index for index, name in enumerate(LABELS)}
ERASED = {
    "upper_body": ("upper", "outer", "dress"),
    "lower_body": ("lower", "dress"),
    "dresses": ("upper", "outer", "dress", "lower"),
}
IN_FRONT = {
    "upper_body": ("hair", "bag", "shoes"),
    "lower_body": ("hair", "bag", "shoes", "upper", "outer"),
    "dresses": ("hair", "bag", "shoes"),
}
TOPS = ("upper", "outer")
HEM = 0.004
"""How much of the rim of a top that hangs over a lower garment goes over into it, as a share of the photo's
height: an edge is soft.
"""

OLD_RIM = 0.004
"""How wide the colour of the old garment lies on the skin beside it, as a share of the photo's height."""


@dataclass(frozen=True)
class Scene:
    """What is known about the photo. photo: uint8 (H, W, 3); labels: uint8 (H, W), indices into LABELS;
    pose; taken: bool (H, W), pixels of `photo` that are not those of the shopper's any more.
    """

    photo: np.ndarray
    labels: np.ndarray
    pose: Pose
    taken: np.ndarray | None = None

    @cached_property
    def regions(self) -> dict[str, np.ndarray]:
        """Bool (H, W) masks of the visible skin by part of the body."""
        return body_regions(self.labels, self.pose)

    @cached_property
    def arms(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """What `arm_pixels` has found so far, by category."""
        return {}

    @cached_property
    def rims(self) -> np.ndarray:
        """Skin beside clothing or a bare trunk, which has some of its colour or shadow: bool (H, W)."""
        trunk = self.of(*ERASED["dresses"]) | self.regions["torso"]
        return self.of("skin") & dilate(trunk, OLD_RIM * len(trunk))

    def of(self, *names: str) -> np.ndarray:
        """Pixels with one of these labels: bool (H, W)."""
        chosen = np.zeros(256, np.uint8)
        chosen[[INDEX[name] for name in names]] = 1
        return cv2.LUT(self.labels, chosen).view(bool)

    def reduced(self, factor: int) -> Self:
        """The same at 1 / `factor` of its size, for what has no sharp edges."""
        if factor <= 1:
            return self
        height, width = self.labels.shape
        size = max(1, width // factor), max(1, height // factor)
        scale = np.float32(size) / np.float32((width, height))
        area = cv2.INTER_AREA
        pose = replace(
            self.pose,
            keypoints=(self.pose.keypoints + np.float32(0.5)) * scale - np.float32(0.5),
            segmentation=cv2.resize(self.pose.segmentation, size, interpolation=area),
        )
        labels = cv2.resize(self.labels, size, interpolation=cv2.INTER_NEAREST)
        return type(self)(cv2.resize(self.photo, size, interpolation=area), labels, pose)


def old_garment(scene: Scene, category: str) -> np.ndarray:
    """Clothing that the new garment replaces: bool (H, W). Half a dress goes when only a top or trousers
    come.
    """
    worn, dress = scene.of(*ERASED[category]), scene.of("dress")
    if category == "dresses" or not dress.any():
        return worn
    legs_side = below_waist(scene.pose)
    kept_half = legs_side if category == "upper_body" else ~legs_side
    return worn & ~(dress & kept_half)


def in_front(scene: Scene, category: str) -> np.ndarray:
    """Pixels that no garment of this category may cover: bool (H, W)."""
    regions = scene.regions
    front = scene.of(*IN_FRONT[category]) | regions["face"] | regions["left_hand"] | regions["right_hand"]
    if category == "lower_body":
        tops = scene.of(*TOPS)
        front &= ~tops | dilate(tops, -HEM * len(tops))
        front |= scene.of("dress") & ~below_waist(scene.pose)
    return front


def arm_pixels(scene: Scene, category: str) -> tuple[np.ndarray, np.ndarray]:
    """Left and right arm, bool (H, W) each: their skin, and the old garment where an arm must be under it."""
    if category not in scene.arms:
        old = old_garment(scene, category) & ~in_front(scene, category)
        left, right = (
            scene.regions[f"{name}_arm"] | hidden_arm(scene.pose, side, bare_limb(scene, side), old)
            for side, name in enumerate(SIDES)
        )
        scene.arms[category] = left, right & ~left
    return scene.arms[category]


def bare_limb(scene: Scene, side: int) -> np.ndarray:
    """Skin of an arm and its hand, bool (H, W). side: 0 is the left one, 1 the right."""
    return scene.regions[f"{SIDES[side]}_arm"] | scene.regions[f"{SIDES[side]}_hand"]


def bare_hands(scene: Scene) -> np.ndarray:
    """Both hands, bool (H, W)."""
    return scene.regions["left_hand"] | scene.regions["right_hand"]


def bare_limbs(scene: Scene) -> np.ndarray:
    """Both bare arms, with their hands: bool (H, W)."""
    return bare_limb(scene, 0) | bare_limb(scene, 1)
