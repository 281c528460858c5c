"""Trousers, shorts and skirts on a body: their waist lies where that of the old ones did, legs part where
their picture shows it, and a top hangs over them.

A warp knows the waist of a person roughly; the photo shows it, in the edge of the old trousers.
"""

from dataclasses import replace

import cv2
import numpy as np

from ml.anatomy import HIPS, KNEES, leg_shape, middle, shoulder_width
from ml.edges import nearest_of
from ml.flatgarment import FlatGarment
from ml.generator import Painted
from ml.layer import NEARBY, STEPS, GarmentLayer, soft_edged
from ml.layout import BACKGROUND, GARMENT, LAYOUT
from ml.lowercut import between_legs
from ml.morphology import bounding_box, dilate
from ml.pose import Pose
from ml.scene import HEM, INDEX, TOPS, Scene, bare_limbs
from ml.shading import SHADOW_REACH, cast_shadow
from ml.waist import NEAR, Waist, dress_line, in_dress, waist_of, waist_rows
from ml.waistedge import OVERLAP

CROTCH = 0.25
"""Where legs part, as a share of the way from the hip joints to the knees."""
MOST_UP, MOST_DOWN, MOST_ASIDE = 0.25, 0.1, 0.1
"""How far a garment may be moved at its waist, and each of its sides, in widths of the shoulders. Under a top
it is lowered half the way to where it would be seen as a whole: nobody knows how high the old one went."""
LEGS_TOUCH = 0.004
"""Half the width of a gap between two legs that touch, as a share of the photo's height."""
CORE = 0.6
"""How much of a leg's width is leg without doubt."""
BESIDE = 0.1
"""How far to each side of a place a leg is looked at, and half of how far the trousers that a layout sees may
be from their gap, in widths of the shoulders."""
IN_IT = 0.3
"""Share of a leg there that trousers must cover for the leg to be in them."""
ROUND_HEM = 0.07
"""Radius of the corners of a dress's upper half as a top, in widths of the shoulders."""
STRAYS = 0.05
"""How much of old trousers, at most, a parser takes for such above their waist: more is a bib."""
COARSE = 4
"""One of so many pixels, along a side, tells where a garment is expected."""


def crotch_row(pose: Pose) -> float:
    """The row in which the legs of trousers part."""
    hips, knees = (middle(pose, pair)[1] for pair in (HIPS, KNEES))
    return float(hips + CROTCH * (knees - hips))


def at_waist(
    scene: Scene, old: Waist | None, outline: np.ndarray, flow: np.ndarray, layout: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Flow (H, W, 2) and layout (H, W, 4), float32, with the waist of a lower garment where the old one was.

    old: of `old_waist`; outline: float32 (h, w), the garment in its picture. From the waist to the crotch
    less and less is moved.
    """
    garment = _laid_on(scene, outline, flow, layout)
    new = waist_of(scene, garment)
    if new is None or old is None:
        return flow, layout
    unit, columns = shoulder_width(scene.pose), np.arange(flow.shape[1], dtype=np.float32)
    level = old.row(columns) - np.float32(OVERLAP * len(flow)) * old.covered
    up = new.row(columns) + new.off - level
    if old.hidden and not in_dress(scene):
        up = np.maximum(up, (up / 2).clip(-MOST_DOWN * unit, None))
    up *= min(1, MOST_UP * unit / max(float(np.abs(up).max()), 1e-6))
    sides = np.subtract(new.ends, old.ends).clip(-MOST_ASIDE * unit, MOST_ASIDE * unit) * old.seen
    aside = np.float32(np.interp(columns, old.ends, sides))
    crotch = crotch_row(scene.pose)
    around, down = bounding_box(garment, round(NEARBY * len(flow)))[1], waist_rows(scene.pose).start
    box = slice(down, max(round(crotch), down + 1)), around
    level, up, aside = (line[around] for line in (level, up, aside))
    rows = np.arange(len(flow), dtype=np.float32)[box[0], None] - down
    turned = np.float32(np.pi) * ((rows + down - level) / np.maximum(crotch - level, 1)).clip(0, 1)
    fading = np.float32(0.5) + np.float32(0.5) * np.cos(turned)
    x, y = columns[around] - around.start + aside * fading, rows + up * fading
    moved = flow.copy(), layout.copy()
    for part in moved:
        part[box] = cv2.remap(part[box], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved


def _laid_on(scene: Scene, outline: np.ndarray, flow: np.ndarray, layout: np.ndarray) -> np.ndarray:
    """Where a flow lays a garment, bool (H, W), around where it is expected: further away a flow may come
    back to it.
    """
    box, garment = waist_rows(scene.pose), np.zeros(flow.shape[:2], bool)
    expected = layout[box][::COARSE, ::COARSE, GARMENT] > 0.5
    if not expected.size:
        return garment
    near = np.uint8(dilate(expected, NEARBY * len(flow) / COARSE))
    there = cv2.remap(outline, *np.moveaxis(flow[box], 2, 0).copy(), cv2.INTER_LINEAR) > 0.5
    garment[box] = there & (cv2.resize(near, there.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)
    return garment


def legs_apart(
    scene: Scene, garment: FlatGarment, flow: np.ndarray, layout: np.ndarray, legs: np.ndarray
) -> np.ndarray:
    """`layout`, float32 (H, W, 4), with what is behind the person where trousers show it between their legs,
    and with the trousers beside that.

    flow: float32 (H, W, 2); legs: bool (H, W), of `middle_of_legs`. Where a skirt was, nothing tells a
    network how far apart the legs are, and it expects cloth between them, or a gap beside that of the flow.
    Legs themselves are covered.
    """
    below = slice(max(round(float(middle(scene.pose, HIPS)[1])), 0), None)
    places = flow[below]
    if not places.size:
        return layout
    gap, cloth = (
        cv2.remap(part, places[..., 0], places[..., 1], cv2.INTER_LINEAR) > 0.5
        for part in (garment.gap, garment.outline)
    )
    known = cloth & (layout[below][..., GARMENT] > 0.5)
    left, right = (np.maximum.accumulate(known[:, ::side], axis=1)[:, ::side] for side in (1, -1))
    between = gap & left & right & ~legs[below]
    reach = LEGS_TOUCH * len(layout)
    apart = between & dilate(dilate(between, -reach), reach)
    window = np.ones((1, 2 * round(BESIDE * shoulder_width(scene.pose)) + 1), np.uint8)
    beside = (cv2.morphologyEx(np.uint8(known | apart), cv2.MORPH_CLOSE, window) > 0) & cloth
    result = layout.copy()
    for part, shown in ((apart, BACKGROUND), (beside, GARMENT)):
        result[below][part] = np.eye(len(LAYOUT), dtype=np.float32)[shown]
    return result


def middle_of_legs(scene: Scene) -> np.ndarray:
    """What is leg without doubt, bool (H, W). Where nothing but old clothing is seen between both a skirt
    may hide them, and where they are is only guessed.
    """
    legs = leg_shape(scene.pose, CORE)
    rows = np.flatnonzero(legs.any(axis=1))
    if rows.size:
        part = np.s_[rows[0] : rows[-1] + 1]
        between = between_legs(legs[part])
        worn = replace(scene, labels=scene.labels[part]).of("lower", "dress")
        legs[part][between.any(axis=1) & ~(between & ~worn).any(axis=1)] = False
    return legs


def over_legs(scene: Scene, layer: GarmentLayer, nearby: np.ndarray, legs: np.ndarray) -> GarmentLayer:
    """`layer` of trousers over all that is seen of a leg, and over its middle, where they cover some of that:
    a leg does not come out at a side.

    nearby: bool (H, W), where a flow lays at least what is next to the garment; legs: likewise, of
    `middle_of_legs`.
    """
    window = 2 * round(BESIDE * shoulder_width(scene.pose)) + 1, 1
    below = slice(max(round(float(middle(scene.pose, HIPS)[1])), 0), None)
    alpha = layer.alpha[below]
    if not alpha.size:
        return layer
    legs = (legs | scene.regions["left_leg"] | scene.regions["right_leg"])[below]
    covered, all_of_it = (
        cv2.boxFilter(np.float32(part), -1, window) for part in (legs & (alpha > 0.5), legs)
    )
    in_it = (covered > 0) & (covered >= IN_IT * all_of_it)
    bare = legs & in_it & nearby[below] & (alpha < 1)
    if not bare.any():
        return layer
    result = layer.alpha.copy()
    result[below] = np.where(bare, np.float32(1), alpha)
    around = bounding_box(result > 0, round(4 * STEPS * len(result)))
    result[around] = soft_edged(result[around], STEPS * len(result))
    return replace(layer, alpha=result)


def parted(
    scene: Scene, old: Waist | None, alpha: np.ndarray, layout: np.ndarray
) -> tuple[Scene, np.ndarray]:
    """`scene` and `layout`, float32 (H, W, 4), as a lower garment `alpha`, float32 (H, W) in 0..1, finds
    them: of a dress what is above the waist is a top that hangs over it, and the rest goes; what seems to be
    old trousers above their waist stays. old: of `old_waist`.
    """
    if in_dress(scene):
        return _halved(scene, old, alpha, layout)
    if old is None:
        return scene, layout
    rows, lower = np.arange(len(alpha))[:, None], scene.of("lower", "dress")
    strays = lower & (rows < old.row(np.arange(alpha.shape[1])) - NEAR * len(alpha))
    if not 0 < strays.sum() < STRAYS * lower.sum():
        return scene, layout
    # Beside a bare arm they are the wall in the gap between it and the waist.
    gap = strays & dilate(bare_limbs(scene), BESIDE * shoulder_width(scene.pose))
    beside = np.where(gap, np.uint8(INDEX["background"]), nearest_of(scene.labels, ~lower))
    return _relabelled(scene, np.where(strays, beside, scene.labels)), layout


def _halved(
    scene: Scene, old: Waist | None, alpha: np.ndarray, layout: np.ndarray
) -> tuple[Scene, np.ndarray]:
    """As `parted` for somebody in a dress: where trousers end a little lower, it reaches down to them."""
    (height, width), line, dress = alpha.shape, dress_line(scene), scene.of("dress")
    rows, columns = np.arange(height)[:, None], np.arange(width)
    top = dress & (rows < line)
    if old is not None:
        within = (columns > old.ends[0]) & (columns < old.ends[1]) & (rows < line + OVERLAP * height)
        top |= dress & within & ~dilate(alpha > 0.5, -HEM / 2 * height)
    top &= ~_corners(top, ROUND_HEM * shoulder_width(scene.pose))
    halves = np.where(top, np.uint8(INDEX["upper"]), np.uint8(INDEX["lower"]))
    layout = layout.copy()
    layout[dress & ~top & (rows < line)] = np.eye(len(LAYOUT))[BACKGROUND]
    return _relabelled(scene, np.where(dress, halves, scene.labels)), layout


def _corners(top: np.ndarray, radius: float) -> np.ndarray:
    """The corners of the hem of a bool `top` (H, W), which is round there: what no circle of `radius` pixels
    reaches.
    """
    corners, bottom = np.zeros_like(top), np.flatnonzero(top.any(axis=1))[-1:]
    if bottom.size:
        near = np.s_[max(int(bottom[0]) - round(2 * radius), 0) :]
        corners[near] = top[near] & ~dilate(dilate(top[near], -radius), radius)
    return corners


def _relabelled(scene: Scene, labels: np.ndarray) -> Scene:
    """`scene` with other labels, uint8 (H, W), of its clothing: its skin stays parted as it was."""
    other = replace(scene, labels=labels)
    vars(other)["regions"] = scene.regions
    return other


def under_tops(scene: Scene, painted: Painted) -> Painted:
    """`painted`, of a lower garment, as the tops of the photo leave it to be seen: along the smooth line of a
    hem, and in its shadow.
    """
    tops, alpha, light = np.float32(scene.of(*TOPS)), painted.alpha.copy(), painted.light.copy()
    height = len(tops)
    box = bounding_box(alpha > 0, round(4 * SHADOW_REACH * height))
    if tops[box].size:
        alpha[box] *= 1 - soft_edged(tops[box], STEPS * height)
        light[box] *= cast_shadow(tops[box], SHADOW_REACH * height)
    return replace(painted, alpha=alpha, light=light)
