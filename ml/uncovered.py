"""A guess, from the photo's own colours, of what comes to light when old clothing is taken away."""

import cv2
import numpy as np

from ml.compose import ERASE_MARGIN, Scene, narrowed, old_garment
from ml.inpaint import fill_skin, push_pull
from ml.layout import BODY, FRONT, GARMENT
from ml.regions import below_waist, dilate, limb_axes, shoulder_width

HALO = 0.012
"""How close to the person background pixels are not trusted to be background, as a share of the photo's
height."""
SKIN_RIM = 0.006


def uncovered(scene: Scene, category: str, layout: np.ndarray) -> np.ndarray:
    """The photo, float32 (H, W, 3), as if the old garment of `category` were not worn.

    Skin goes on from skin, wall from wall, trousers upwards from trousers. layout: float32 (H, W, 4), what is
    expected in the place of old clothing.
    """
    # Given that the new garment is not seen: beside its outline that is seldom the person.
    person = (layout[..., FRONT] + layout[..., BODY]) / np.maximum(1 - layout[..., GARMENT], 1e-3)
    person = narrowed(scene, category, person)
    photo, height = scene.photo.astype(np.float32), scene.photo.shape[0]
    old = old_garment(scene, category)
    hole = dilate(old, ERASE_MARGIN * height)
    skin = scene.of("skin") & ~hole
    # The rim of an arm is dark or half background; colours are taken from further in.
    inner = dilate(skin, -SKIN_RIM * height)
    reach = 0.15 * shoulder_width(scene.pose)
    body = fill_skin(photo, inner if inner.any() else skin, limb_axes(scene.pose), reach)
    if category == "upper_body" and scene.of("lower", "dress").any():
        share, lower = _lower_garment(scene, photo, hole, old)
        body = body * (1 - share) + lower * share
    someone = dilate(~scene.of("background") | (scene.pose.segmentation > 0.5), HALO * height)
    wall = photo if someone.all() else push_pull(photo, np.float32(~someone))
    return wall + person[..., None] * (body - wall)


def _lower_garment(
    scene: Scene, photo: np.ndarray, hole: np.ndarray, old: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Trousers or skirt continued upwards under a taken-off top: share (H, W, 1) and colours (H, W, 3).

    It goes no higher than the waist, and not where the photo shows bare waist between top and trousers.
    """
    worn = scene.of("lower", "dress") & ~old
    source = worn & ~hole
    if not source.any():
        return np.zeros((*old.shape, 1), np.float32), photo
    midriff = scene.regions["torso"] & ~hole
    nearby = push_pull(worn.astype(np.float32)[..., None], (source | midriff).astype(np.float32))[..., 0]
    share = (nearby * below_waist(scene.pose) > 0.5).astype(np.float32)
    share = np.where(worn, 1, np.where(scene.of("skin"), 0, share)).astype(np.float32)
    return cv2.GaussianBlur(share, (0, 0), 1.5)[..., None], push_pull(photo, np.float32(source))
