"""Put the new garment on the shopper: erase the old one, lay the new one, leave every other pixel alone.

Outside the returned mask the result is the photo bit for bit. Face, hair, hands, bag and shoes are never in
it.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ml.inpaint import fill_from, fill_skin, push_pull
from ml.layer import GarmentLayer
from ml.layout import BACKGROUND, BODY, FRONT, GARMENT
from ml.parsing import LABELS
from ml.pose import Pose
from ml.regions import (
    SHOULDERS,
    SIDES,
    arm_shape,
    below_waist,
    body_regions,
    dilate,
    limb_axes,
    middle,
    shoulder_width,
)
from ml.shading import cast_shadow, fold_light, roundness
from ml.sleeves import bare_arms, beyond_cuffs, sleeve_end

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

ERASE_MARGIN = 0.012
"""How far around the old garment it is erased, as a share of the photo's height: parser edges are that
uncertain.
"""
HALO = 0.012
"""How close to the person background pixels are not trusted to be background, likewise."""
SKIN_RIM = 0.006
SHADOW_MARGIN = 0.016
BODY_DISCOUNT, BACKGROUND_DISCOUNT = (0.6, 0.9), (0.5, 0.8)
"""How little a layout's "body" and "background" count against "garment", above the shoulders and below."""
SURE = 0.9
"""Probability in a layout from which a garment is taken to be seen without doubt."""
NEARBY = 0.2
"""Probability in a layout of seeing the garment from which it is not far away."""
OLD_RIM = 0.004
"""How wide the colour of the old garment lies on the skin beside it, as a share of the photo's height."""
ARM_MARGIN = 0.008
"""How far a layout's idea of where an arm ends may be off, likewise."""


@dataclass(frozen=True)
class Scene:
    """What is known about the photo. photo: uint8 (H, W, 3); labels: uint8 (H, W), indices into LABELS;
    pose.
    """

    photo: np.ndarray
    labels: np.ndarray
    pose: Pose

    @cached_property
    def regions(self) -> dict[str, np.ndarray]:
        """Bool (H, W) masks of the visible skin by part of the body."""
        return body_regions(self.labels, self.pose)

    def of(self, *names: str) -> np.ndarray:
        """Pixels with one of these labels: bool (H, W)."""
        return np.isin(self.labels, [INDEX[name] for name in names])


def old_garment(scene: Scene, category: str) -> np.ndarray:
    """Clothing that the new garment replaces: bool (H, W). Half a dress goes when only a top or trousers
    come.
    """
    worn = scene.of(*ERASED[category])
    if category == "dresses":
        return worn
    legs_side = below_waist(scene.pose)
    kept_half = legs_side if category == "upper_body" else ~legs_side
    return worn & ~(scene.of("dress") & kept_half)


def in_front(scene: Scene, category: str) -> np.ndarray:
    """Pixels that no garment of this category may cover: bool (H, W)."""
    regions = scene.regions
    front = scene.of(*IN_FRONT[category]) | regions["face"] | regions["left_hand"] | regions["right_hand"]
    if category == "lower_body":
        front |= scene.of("dress") & ~below_waist(scene.pose)
    return front


def garment_share(scene: Scene, category: str, layout: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probability (H, W) float32 of seeing the garment, and where that is beyond doubt, bool (H, W).

    layout: float32 (H, W, 4), which is coarse. Where it sees a bare arm before the garment and the photo
    shows one, the arm is where the photo shows it, and the garment goes on right up to it. Arms in a sleeve
    are covered as wide as the photo shows them.
    """
    garment = layout[..., GARMENT]
    # Hems, cuffs and neckline are the garment's own, so that its outline should decide, not a doubt.
    above = (np.arange(len(garment)) < middle(scene.pose, SHOULDERS)[1])[:, None]
    doubt = np.where(above, *BODY_DISCOUNT) * layout[..., BODY]
    doubt += np.where(above, *BACKGROUND_DISCOUNT) * layout[..., BACKGROUND]
    share = garment / np.maximum(1 - doubt, 1e-6)
    arms = arm_pixels(scene, category)
    end = sleeve_end(scene.pose, arms, layout)
    bare = bare_arms(scene.pose, arms, layout, end)
    sleeved = (arms[0] | arms[1]) & ~bare
    skin, height = scene.of("skin"), len(share)
    # Beside the old garment a rim of the skin has its colour.
    rim = skin & dilate(old_garment(scene, category), OLD_RIM * height) & (garment > NEARBY)
    beside = dilate(bare & skin, ARM_MARGIN * height) & (~scene.of("background", "skin") | rim)
    share = np.where(beside, share + layout[..., FRONT], share)
    share = np.where(sleeved, 1, np.where(bare & ~rim, 0, share.clip(0, 1)))
    share[beyond_cuffs(scene.pose, arms, scene.of("background"), end)] = 0
    return share.astype(np.float32), sleeved | ((garment > SURE) & ~bare)


def arm_pixels(scene: Scene, category: str) -> tuple[np.ndarray, np.ndarray]:
    """Left and right arm, bool (H, W) each: their skin, and the old garment where an arm must be under it."""
    old = old_garment(scene, category) & ~in_front(scene, category)
    left, right = (
        scene.regions[f"{name}_arm"] | (old & arm_shape(scene.pose, side)) for side, name in enumerate(SIDES)
    )
    return left, right & ~left


def edit_mask(old: np.ndarray, alpha: np.ndarray, front: np.ndarray) -> np.ndarray:
    """Pixels that may change, bool (H, W): around the old garment and around the new one, never what is in
    front.
    """
    height = old.shape[0]
    changed = dilate(old, ERASE_MARGIN * height) | dilate(alpha > 1 / 255, SHADOW_MARGIN * height)
    return changed & ~front


def compose(
    scene: Scene, category: str, layer: GarmentLayer, layout: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Dress the scene. Returns the picture, uint8 (H, W, 3), and the mask of pixels that were allowed to
    change.

    layer: the garment at the photo's place and size; layout: float32 (H, W, 4), probabilities of BACKGROUND,
    GARMENT, FRONT (arms and hair before it) and BODY (anything else of the person) in the finished picture.
    """
    front = in_front(scene, category)
    old = old_garment(scene, category)
    alpha = np.where(front, 0, layer.alpha).astype(np.float32)
    mask = edit_mask(old, alpha, front)
    photo = scene.photo.astype(np.float32)
    materials = [old & scene.of(name) for name in ERASED[category]]
    light = fold_light(photo, [*materials, scene.of("skin") & ~scene.regions["face"]])
    under = erase(scene, category, old & ~front, layout, light)
    body = scene.of("skin", "upper", "outer", "dress", "lower")
    under *= np.where(body, cast_shadow(alpha), 1)[..., None]
    garment = layer.colour * (light * roundness(layer.alpha))[..., None]
    dressed = alpha[..., None] * garment + (1 - alpha[..., None]) * under
    result = scene.photo.copy()
    result[mask] = dressed[mask].round().clip(0, 255).astype(np.uint8)
    return result, mask


def erase(scene: Scene, category: str, old: np.ndarray, layout: np.ndarray, light: np.ndarray) -> np.ndarray:
    """The photo, float32 (H, W, 3), as if the old garment were not worn: what `layout` expects in its place.

    light: (H, W) factors about 1, the shape of the body as the old garment showed it.
    """
    photo, height = scene.photo.astype(np.float32), scene.photo.shape[0]
    hole = dilate(old, ERASE_MARGIN * height)
    skin = scene.of("skin") & ~hole
    # The rim of an arm is dark or half background; colours are taken from further in.
    inner = dilate(skin, -SKIN_RIM * height)
    limbs = limb_axes(scene.pose)
    bare = fill_skin(photo, inner if inner.any() else skin, limbs, 0.15 * shoulder_width(scene.pose))
    bare *= np.where(old, light, 1)[..., None]
    person = dilate(~scene.of("background") | (scene.pose.segmentation > 0.5), HALO * height)
    backdrop = fill_from(photo, ~person) if not person.all() else photo
    body_share = _expected_body(scene, category, old, layout)[..., None]
    covered = bare
    if category == "upper_body" and scene.of("lower", "dress").any():
        lower_share, lower = _lower_garment(scene, photo, hole, old)
        covered = bare * (1 - lower_share) + lower * lower_share
    replaced = backdrop * (1 - body_share) + covered * body_share
    share = _remnants(scene, old, hole, replaced)[..., None]
    return photo * (1 - share) + replaced * share


def _remnants(scene: Scene, old: np.ndarray, hole: np.ndarray, replaced: np.ndarray) -> np.ndarray:
    """How much of each pixel (H, W) is to be replaced: all of `old`, the wall beside it, and its remnants.

    Beside the old garment the person's own arm is better than any painted one, so of the person a pixel goes
    only if its colour is not clearly nearer to what would take its place than to the garment.
    """
    photo, margin = scene.photo.astype(np.float32), ERASE_MARGIN * scene.photo.shape[0]
    core = dilate(old, -0.25 * margin)
    garment = push_pull(photo, (core if core.any() else old).astype(np.float32))
    to_garment, to_new = (np.linalg.norm(photo - other, axis=2) for other in (garment, replaced))
    alike = ((to_new + 4) / (to_new + to_garment + 8) * 5 - 0.75).clip(0, 1)
    alike = np.where(scene.of("background"), 1, alike).astype(np.float32)
    edge = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 0.3 * margin)
    beside = cv2.GaussianBlur(alike, (0, 0), 1.0) * ((edge - 0.5) * 2).clip(0, 1)
    return np.where(old, 1, beside).astype(np.float32)


def _expected_body(scene: Scene, category: str, old: np.ndarray, layout: np.ndarray) -> np.ndarray:
    """Share (H, W) of person rather than background once the old garment is gone.

    Where the old garment was, arms are where they must be, and else the layout decides; beside it what the
    photo shows there stays what it is.
    """
    shown = (~scene.of("background")).astype(np.float32)
    expected = ((0.5 - layout[..., BACKGROUND]) * 3 + 0.5).clip(0, 1)  # a coarse map's edge, made narrower
    expected = np.maximum(expected, np.any(arm_pixels(scene, category), axis=0))
    share = np.where(old, expected, shown)
    return cv2.GaussianBlur(share.astype(np.float32), (0, 0), 1.5)


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
    return cv2.GaussianBlur(share, (0, 0), 1.5)[..., None], fill_from(photo, source)
