"""A head without a face, as shop-window figures have it, and a studio's wall: drawn, from nothing but a place
and the tone of the skin."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ml.anatomy import EYES, MOUTH, SHOULDERS, chin, middle
from ml.pose import Pose

EARS = (7, 8)
CROWN = 1.08
"""Height of the crown above the eyes as a multiple of that of the eyes above the chin."""
BREADTH = 0.7
"""Width of a head as a share of its height, at least: a turned one is no narrower."""
OVER_EARS = 1.12
JAW = 0.2
"""How much narrower the head is at the chin than an ellipse, and wider at the crown."""
LIGHT = np.array([-0.35, -0.55, 0.76], np.float32)
"""Unit vector to the light: above the camera, from the left."""
AMBIENT, DIFFUSE = 0.72, 0.34
NECK = 0.5
"""Half the width of a neck as a share of half that of the head."""
UNDER_JAW = 0.75
"""How bright a neck is in the shadow of the jaw."""
WALL = ((236.0, 234.0, 231.0), (204.0, 202.0, 199.0))
"""Colour of the wall at its upper and at its lower edge."""


@dataclass(frozen=True)
class Head:
    """An upright or tilted egg: centre (2,) in pixels, unit vector `up` (2,), half its height and width."""

    centre: np.ndarray
    up: np.ndarray
    half_height: float
    half_width: float

    @classmethod
    def of(cls, pose: Pose) -> Self:
        """The head of a person, from eyes, mouth and ears."""
        eyes, mouth, below = middle(pose, EYES), middle(pose, MOUTH), chin(pose)
        up = (eyes - mouth) / max(float(np.linalg.norm(eyes - mouth)), 1e-6)
        face = float((eyes - below) @ up)
        half_height = face * (1 + CROWN) / 2
        ears = pose.keypoints[list(EARS)]
        half_width = max(BREADTH * half_height, OVER_EARS * float(np.linalg.norm(ears[0] - ears[1])) / 2)
        # Seen from the side a head is centred between face and ears, not on the eyes.
        side = np.array([-up[1], up[0]])
        across = float(((eyes + ears.mean(axis=0)) / 2 - below) @ side)
        return cls(below + half_height * up + across * side, up, half_height, half_width)

    def places(self, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Where each pixel of a picture of `size` lies: (H, W) float32 each, across in half widths and down
        in half heights from the centre; the chin is at (0, 1)."""
        y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
        x, y = x - self.centre[0], y - self.centre[1]
        across = (x * -self.up[1] + y * self.up[0]) / self.half_width
        return across, -(x * self.up[0] + y * self.up[1]) / self.half_height


def draw_head(head: Head, tone: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The head in skin of `tone` (3,): colour, float32 (H, W, 3), and alpha, float32 (H, W) in 0..1."""
    across, down = head.places(size)
    round_ = np.sqrt((1 - down**2).clip(0, 1))
    across = across / (1 - JAW * down.clip(-1, 1)).clip(0.5, 1.5)
    inside = (round_**2 - across**2).clip(0, None)
    normal = np.stack([across, down, np.sqrt(inside)], axis=-1)
    light = AMBIENT + DIFFUSE * (normal @ LIGHT).clip(0, None)
    radius = np.sqrt(across**2 + down**2)
    alpha = ((1 - radius) * min(head.half_height, head.half_width) + 0.5).clip(0, 1)
    return light[..., None] * tone, alpha.astype(np.float32)


def draw_neck(head: Head, pose: Pose, tone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The neck below the head, as of `draw_head`: from within the jaw down to between the shoulders."""
    size = pose.segmentation.shape
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    start, end = head.centre, middle(pose, SHOULDERS)
    along = end - start
    length = max(float(np.linalg.norm(along)), 1e-6)
    share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length**2
    across = np.abs((x - start[0]) * along[1] - (y - start[1]) * along[0]) / length
    radius = NECK * head.half_width * (1 + 0.25 * (2 * share - 1).clip(0, 1))
    alpha = (radius - across + 0.5).clip(0, 1) * ((share > 0) & (share < 1))
    light = AMBIENT + 0.25 * np.sqrt((1 - (across / radius) ** 2).clip(0, 1))
    jaw = head.half_height / length
    light *= UNDER_JAW + (1 - UNDER_JAW) * ((share - jaw) / 0.35).clip(0, 1)
    return light[..., None] * tone, alpha.astype(np.float32)


def draw_wall(size: tuple[int, int]) -> np.ndarray:
    """A plain wall in studio light, float32 (H, W, 3)."""
    down = np.linspace(0, 1, size[0], dtype=np.float32)[:, None, None]
    top, bottom = (np.array(colour, np.float32) for colour in WALL)
    return np.broadcast_to(top + down * (bottom - top), (*size, 3)).copy()
