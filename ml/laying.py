"""A garment laid on a photo: what the warp is shown, and what is made of its answer."""

from dataclasses import replace

import cv2
import numpy as np

from ml.analysis import ClothAnalysis, Laid, PersonAnalysis
from ml.anatomy import below_hips, leg_shape
from ml.broadened import broadened
from ml.centred import between_arms
from ml.compose import expected_person, garment_share, sleeves_on, with_arms_as_seen, without_rags
from ml.covering import covering_body
from ml.cuffs import with_cuffs
from ml.evenlegs import spread_evenly
from ml.features import ClothView, PersonView
from ml.gaps import with_gaps
from ml.hem import with_even_hem
from ml.hips import within_dress
from ml.inseam import Legs, let_meet
from ml.layer import GarmentLayer, extend_flow, garment_layer, smooth_flow, upsample_flow
from ml.layout import BACKGROUND, GARMENT, LAYOUT
from ml.legsides import with_smooth_sides
from ml.lowerends import with_own_outline, with_straight_end
from ml.lowerfit import at_waist, legs_apart, middle_of_legs, over_legs
from ml.scene import Scene, arm_pixels, old_garment
from ml.seams import with_soft_seams
from ml.shortcuffs import with_short_cuffs
from ml.shouldercloth import up_to_shoulders
from ml.sleeveline import with_even_sleeves
from ml.sleeves import Sleeves, without_trunk
from ml.sleevescale import with_sleeves_to_scale
from ml.sleeveshade import shaded_beside
from ml.standing import around_neck
from ml.waist import Waist, old_waist
from ml.waistband import spread_down
from ml.waistedge import with_whole_edge
from ml.warpnet import Warp
from ml.wideends import with_closed_ends
from ml.yoke import on_shoulders, over_shoulders

ARMS, LEGS = ("left_arm", "right_arm", "torso"), ("left_leg", "right_leg")
MAY_BE_COVERED = {"upper_body": ARMS, "lower_body": LEGS, "dresses": ARMS + LEGS}
SURE = 0.9
"""Probability in a layout from which a garment's flow is believed. Near hems a warp that wavers between two
lengths gives a mean of both, which is neither; what is sure is continued instead."""
UNSURE = 14.0
"""Pixels between two looks of the warp by which trust falls to a third. Most garments of held-out photos
above it were misplaced, and pictures that judges accept stay below (docs/model-card.md)."""
RIM = 3
"""Network pixels along the edges of a lower garment whose flow is not believed, either."""
LOOSE = 1.2
"""How much wider than bare legs clothing on them may look to the warp."""
LAYOUT_SIGMA = 3.0
"""Network pixels over which a layout is averaged: straight edges stay where they are, frayed ones settle."""


def person_view(person: PersonAnalysis, category: str) -> PersonView:
    """What the warp sees of a person, in the 256x192 frame: joints, silhouette, hair and part of the skin.

    Arms and legs that the new garment may cover are left out, bare or not: how long the old sleeves were must
    say nothing about the new ones. Nor must a wide skirt say anything about new trousers: of old clothing on
    the legs the silhouette keeps only what may be legs.
    """
    joints, visibility = person.check.pose.joints()
    frame = person.frame_for(category)
    shown = [mask for name, mask in person.scene.regions.items() if name not in MAY_BE_COVERED[category]]
    skin, hair = (
        frame.to_network(mask.astype(np.float32), fill=0)
        for mask in (np.any(shown, axis=0), person.scene.of("hair"))
    )
    pose, scene = person.check.pose, person.scene
    wide = old_garment(scene, category) & below_hips(pose) & ~leg_shape(pose, LOOSE)
    if category == "upper_body":
        wide[:] = False
    silhouette = frame.to_network(np.where(wide, 0, pose.segmentation), fill=0)
    return PersonView(frame.points_to_network(joints), visibility, silhouette, skin, hair)


def cloth_view(cloth: ClothAnalysis) -> ClothView:
    """What the warp sees of a garment, in its own 256x192 frame."""
    image = cloth.frame.to_network(cloth.image, fill=255)
    return ClothView(
        image, cloth.frame.to_network(cloth.mask.astype(np.float32), fill=0) > 0.5, cloth.category
    )


def confidence_of(person: PersonAnalysis, warp: Warp) -> float:
    """How far the result can be trusted, 0..1: joints seen, parser certain, garment not folded over itself,
    and in the same place straight and in a mirror: where a network is not sure, two looks differ.
    """
    _, visibility = person.check.pose.joints()
    seen = float(visibility[:9].mean())  # head to hips: legs may well be outside
    body = person.parse.probabilities[0] < 0.5
    certain = 1 - float(person.parse.entropy[body].mean()) if body.any() else 0.0
    return seen * certain * (1 - fold_share(warp)) * float(np.exp(-warp.disagreement / UNSURE))


def fold_share(warp: Warp) -> float:
    """Share of the garment whose flow turns the texture over (negative Jacobian); 1 when no garment is
    seen.
    """
    seen = warp.layout[GARMENT] > 0.5
    inner = cv2.erode(seen.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    if not inner.any():
        return 1.0
    (du_dy, du_dx), (dv_dy, dv_dx) = (np.gradient(warp.flow[..., channel]) for channel in range(2))
    return float((du_dx * dv_dy - du_dy * dv_dx < 0)[inner].mean())


def laid(person: PersonAnalysis, cloth: ClothAnalysis, warp: Warp, confidence: float) -> Laid:
    """Bring the warp from the networks' frame to the photo, and the garment with it."""
    scene, category, waist, legs = person.scene, cloth.category, None, None
    flow, layout = _in_photo(person, cloth, warp)
    if category == "lower_body":
        waist = old_waist(scene)
        layer, flow, layout, legs = _below_waist(scene, cloth, waist, flow, layout)
    else:
        layer, flow, layout = _from_shoulders(scene, cloth, flow, layout)
        up_to_shoulders(scene, layer, flow, cloth.flat.outline)
    layer, flow = broadened(scene, category, layer, flow, cloth.flat.outline, cloth.trunk)
    layer = with_soft_seams(layer, flow, len(cloth.mask))
    if cloth.wide_sleeves:
        layer = shaded_beside(scene.pose, layer, flow, cloth.trunk)
    return Laid(layer, flow, layout, confidence, waist, legs)


def _below_waist(
    scene: Scene, cloth: ClothAnalysis, waist: Waist | None, flow: np.ndarray, layout: np.ndarray
) -> tuple[GarmentLayer, np.ndarray, np.ndarray, Legs | None]:
    """A lower garment by flow and layout of `_in_photo`, and both as it has changed them.

    waist: what it replaces.
    """
    category, garment = cloth.category, cloth.flat
    flow, layout = at_waist(scene, waist, garment.outline, flow, layout)
    flow = spread_down(scene, waist, flow)
    flow, end = with_straight_end(scene, category, garment, flow, layout)
    sure_legs = middle_of_legs(scene)
    layout = with_arms_as_seen(scene, category, legs_apart(scene, garment, flow, layout, sure_legs))
    sleeves = sleeves_on(scene, category, layout)
    share, sure = garment_share(scene, sleeves)
    flow = spread_evenly(scene, garment, flow, share)
    layer = garment_layer(garment, flow, share, sure, expected_person(scene, category, layout))
    layer = with_whole_edge(scene, waist, with_own_outline(layer, garment.outline, flow, end))
    if garment.gap is not None and garment.gap.any():
        nearby = cv2.remap(garment.nearby, flow[..., 0], flow[..., 1], cv2.INTER_NEAREST) > 0
        layer = within_dress(scene, waist, over_legs(scene, layer, nearby, sure_legs))
    layer = covering_body(scene, category, without_rags(sleeves, layer, flow, cloth.trunk), waist)
    layer = with_smooth_sides(scene, category, garment, flow, layer)
    legs = Legs.of(scene, garment, layer.alpha, flow)
    if legs is not None:
        let_meet(scene, legs, layer, flow, layout)
    return layer, flow, layout, legs


def _from_shoulders(
    scene: Scene, cloth: ClothAnalysis, flow: np.ndarray, layout: np.ndarray
) -> tuple[GarmentLayer, np.ndarray, np.ndarray]:
    """A top or a dress by flow and layout of `_in_photo`, and both as it has changed them."""
    category, garment = cloth.category, cloth.flat
    flow = on_shoulders(scene, garment.outline, cloth.collar, flow)
    if cloth.collar:
        flow = around_neck(scene, cloth.mask, cloth.collar, flow)
    flow, end = with_straight_end(scene, category, garment, flow, layout)
    layout = with_arms_as_seen(scene, category, layout)
    aside, laid, off = (np.zeros(scene.labels.shape, bool) for _ in range(3))
    if category == "upper_body":
        flow, sleeves, aside = _top(scene, cloth, flow, layout)
    else:
        sleeves = sleeves_on(scene, category, layout)
        flow, laid, off = with_sleeves_to_scale(sleeves, flow, cloth.trunk, scene.of("skin"))
        sleeves = replace(sleeves, off=off) if off.any() else sleeves
    own, bare = cloth.neckline.decides(scene, flow), cloth.neckline.open_at(flow)
    share, sure = garment_share(scene, sleeves)
    arms = np.logical_or(*sleeves.arms)
    own[arms & (share == 0)] = 0
    standing = (flow[..., 1] < cloth.collar) & (cloth.collar > 0)
    own = np.maximum(own, standing)
    share, sure = np.maximum(share, own), sure & ~aside & ~(bare & (own > 0.5))
    share[aside] = 0
    share[laid], share[off & ~arms], own[laid | off] = 1, 0, 1
    sure = (sure | laid) & ~off
    if category == "upper_body":
        flow, beside, beyond = with_even_sleeves(sleeves, cloth, flow, share)
        share[beside], share[beyond], own[beside | beyond] = 1, 0, 1
        sure |= beside
    expected = expected_person(scene, category, sleeves.layout)
    layer = replace(garment_layer(garment, flow, share, sure, expected), own=own)
    layer = over_shoulders(scene, with_own_outline(layer, garment.outline, flow, end), standing)
    layer = covering_body(scene, category, without_rags(sleeves, layer, flow, cloth.trunk))
    if category == "dresses":
        layer = with_smooth_sides(scene, category, garment, flow, layer)
    return with_gaps(scene, cloth, sleeves, layer, flow)


def _in_photo(person: PersonAnalysis, cloth: ClothAnalysis, warp: Warp) -> tuple[np.ndarray, np.ndarray]:
    """Flow, float32 (H, W, 2) px of the garment's picture, and layout, float32 (H, W, 4), of the photo."""
    size, frame = person.photo.shape[:2], person.frame_for(cloth.category)
    sure = _sure(warp.layout[GARMENT])
    if cloth.category == "lower_body":
        sure = _well_inside(sure)
    flow = smooth_flow(extend_flow(warp.flow, sure))
    flow = cloth.frame.flow_to_photo(upsample_flow(flow, frame, size))
    layout = frame.continued(np.moveaxis(warp.layout, 0, -1), size)
    steady = cv2.GaussianBlur(layout, (0, 0), LAYOUT_SIGMA)
    layout = frame.to_photo(steady, size)
    layout[..., BACKGROUND] += 1 - layout @ np.ones(len(LAYOUT), np.float32)
    return flow, layout


def _top(
    scene: Scene, cloth: ClothAnalysis, flow: np.ndarray, layout: np.ndarray
) -> tuple[np.ndarray, Sleeves, np.ndarray]:
    """Flow of a top whose hem and sleeves end in lines, its sleeves, and what lies beside its cuffs, bool
    (H, W).
    """
    category, trunk = cloth.category, cloth.trunk
    if trunk.short_sleeved:
        layout = without_trunk(scene.pose, arm_pixels(scene, category), layout, trunk.holds(flow))
    flow = with_even_hem(scene, category, flow, trunk)
    flow = between_arms(scene, category, flow, trunk, cloth.flat.outline, cloth.neckline)
    sleeves = sleeves_on(scene, category, layout)
    flow = with_short_cuffs(sleeves, flow, trunk)
    flow, aside = with_cuffs(sleeves, flow, cloth.sleeves, trunk)
    flow = with_closed_ends(sleeves, flow, cloth.front_ends, trunk)
    return flow, sleeves, aside


def _sure(garment: np.ndarray) -> np.ndarray:
    """Where a garment is seen without doubt, bool, from its probabilities; the likeliest place at least."""
    return garment > min(SURE, 0.95 * float(garment.max()))


def _well_inside(sure: np.ndarray) -> np.ndarray:
    """The bool `sure` (h, w) without its rim, unless nothing else is left: long edges of legs are straight,
    and a warp wavers along them.
    """
    inner = cv2.erode(np.uint8(sure), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)) > 0
    return inner if inner.any() else sure
