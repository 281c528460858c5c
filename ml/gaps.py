"""What is seen between an arm in a sleeve and the trunk.

A layout has one pixel where the photo has five, and between an arm and a waist it knows little: a garment
comes out fused down to the wrist, or with shreds in a gap. The photo knows better. Where it shows the wall
between both, the wall stays, but for what stands off the arm and the trunk; where arm and trunk touch, there
is the garment.
"""

from dataclasses import replace

import cv2
import numpy as np

from ml.analysis import ClothAnalysis
from ml.compose import Scene, arm_pixels, bare_limb
from ml.cuffs import Sleeve
from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.layout import BACKGROUND, LAYOUT
from ml.regions import along_arm, bounding_box, dilate, shoulder_width
from ml.sides import CORNER, SOFT, evened, first_columns, pockets, trunk_axis
from ml.sleeves import ARMPIT, LONG, bare_arms, sleeve_end

SEEN = 0.3
"""Share of a covered arm on which the sleeve must be seen, or the garment has none apart from its trunk."""
SLEEVE, TRUNK = 0.25, 0.4
"""How much of a gap a sleeve fills at most, and how much the trunk of a garment that would fill all of it."""
LOOSE, WIDE = 0.03, 0.12
"""How far those stand off arm and body at most, as shares of the shoulders' width."""
SLIT = 0.025
"""Width of a gap, likewise, that is none: cloth is soft and closes it."""
NARROWER = 0.1
"""How much narrower than the body a garment may be and is not, likewise."""
REACH = 0.25
"""How far a garment may be from an arm that it touches, likewise: what is further away is not beside it."""
FADING = 0.05
"""How far below a short sleeve the side of the trunk comes to be the garment's own, as a share of the photo's
height."""
SLOPE = 0.5
"""By how many pixels a row the seam between trunk and sleeve moves at most."""
STRETCHED = 2.0
"""How much of the trunk beside it is stretched where cloth is missing, in widths of that."""
BESIDE = 0.02
"""How far around a gap the outline is known, as a share of the shoulders' width."""


def with_gaps(
    scene: Scene, cloth: ClothAnalysis, layer: GarmentLayer, flow: np.ndarray, layout: np.ndarray
) -> tuple[GarmentLayer, np.ndarray, np.ndarray]:
    """A garment, its `flow` and its `layout` with the gaps between sleeves and trunk where the photo shows
    them.

    flow: float32 (H, W, 2) px of the garment's picture; layout: float32 (H, W, 4).
    """
    category, trunk = cloth.category, cloth.trunk
    arms, alpha, unit = arm_pixels(scene, category), layer.alpha.copy(), shoulder_width(scene.pose)
    end = sleeve_end(scene.pose, arms, layout)
    bare, settled = bare_arms(scene.pose, arms, layout, end), np.zeros(alpha.shape, bool)
    there = cv2.remap(cloth.flat.outline, flow[..., 0], flow[..., 1], cv2.INTER_LINEAR) > 0.5
    sides = there & trunk.holds(flow), there & ~trunk.holds(flow)
    shift = np.zeros(alpha.shape, np.float32)
    for side, arm in enumerate(arms):
        covered = arm & ~bare
        if not _has_sleeve(scene, side, covered, flow, cloth, end):
            continue
        axis, limb, way = trunk_axis(scene), arm | bare_limb(scene, side), 1
        parts, sleeved = (alpha, settled, shift, *sides, limb, scene.of("background")), covered.any(axis=1)
        if not _right_of(covered, axis):
            parts, axis, way = tuple(part[:, ::-1] for part in parts), alpha.shape[1] - 1 - axis, -1
        _part(*parts, axis, sleeved, _beside(sleeved, end), unit, way)
    if not settled.any():
        return layer, flow, layout
    settled = dilate(settled, BESIDE * unit)
    alpha = np.where(settled, soft_edged(alpha, STEPS * len(alpha)), layer.alpha)
    wall = settled & scene.of("background")
    layout = np.where(wall[..., None], np.eye(len(LAYOUT), dtype=np.float32)[BACKGROUND], layout)
    person = np.where(wall, 0, layer.person).astype(np.float32)
    own = settled if layer.own is None else np.maximum(layer.own, settled)
    colour, flow, opacity = (_taken(part, shift) for part in (layer.colour, flow, layer.opacity))
    layer = replace(layer, colour=colour, alpha=alpha, person=person, own=own, opacity=opacity)
    return layer, flow, layout


def _taken(values, shift):
    """`values` (H, W[, C]) from `shift` (H, W) pixels further right."""
    if values is None or not shift.any():
        return values
    box, result = bounding_box(shift != 0), values.copy()
    rows, columns = (index.astype(np.float32) for index in np.indices(shift.shape)[:, *box])
    taken = cv2.remap(values, columns + shift[box], rows, cv2.INTER_LINEAR)
    result[box][shift[box] != 0] = taken[shift[box] != 0]
    return result


def _has_sleeve(
    scene: Scene, side: int, covered: np.ndarray, flow: np.ndarray, cloth: ClothAnalysis, end: float
) -> bool:
    """Whether on the part of an arm that the garment has `covered`, bool (H, W), its sleeve is seen, and lies
    around the arm: a long one that is wide at its `end` swings freely.
    """
    points = np.argwhere(covered)[:, ::-1]
    columns, rows = points[along_arm(scene.pose, side, points) > ARMPIT].T
    found = flow[rows, columns]
    sleeve = cloth.trunk.in_sleeve(found)
    if not sleeve.size or sleeve.mean() < SEEN:
        return False
    return end < LONG or Sleeve.of(cloth.mask, cloth.trunk, found[sleeve]) is not None


def _beside(sleeved: np.ndarray, end: float) -> np.ndarray:
    """How far each row is beside a sleeve, (H,) in 0..1, that reaches to `end` along an arm, in the rows
    `sleeved`, bool (H,): below a short one less and less.
    """
    rows, there = np.arange(len(sleeved)), np.flatnonzero(sleeved)
    below = (rows - there[-1]) / (FADING * len(sleeved))
    return np.where(rows < there[0], 0, 1 if end >= LONG else (1 - below).clip(0, 1))


def _right_of(part: np.ndarray, axis: np.ndarray) -> bool:
    """Whether most of a bool (H, W) `part` lies right of the columns `axis` (H,)."""
    rows, columns = np.nonzero(part)
    return bool(np.median(columns - axis[rows]) > 0)


def _sloping(seam: np.ndarray) -> np.ndarray:
    """At least `seam` (H,), with no step steeper than SLOPE."""
    slope = SLOPE * np.arange(len(seam))
    down = np.maximum.accumulate(seam + slope) - slope
    return np.maximum(down, (np.maximum.accumulate((seam - slope)[::-1])[::-1]) + slope)


def _part(
    alpha: np.ndarray,
    settled: np.ndarray,
    shift: np.ndarray,
    trunk: np.ndarray,
    sleeve: np.ndarray,
    limb: np.ndarray,
    wall: np.ndarray,
    axis: np.ndarray,
    sleeved: np.ndarray,
    share: np.ndarray,
    unit: float,
    way: int,
) -> None:
    """Part the trunk in `alpha` (H, W) from the arm at its right, in place, mark where in `settled`, and in
    `shift`, float32 (H, W), from how many pixels further right cloth comes there.

    trunk, sleeve: bool (H, W), what either is by the flow; limb, wall: bool (H, W), the arm, bare or not,
    with its hand, and what is behind the person in the photo;
    axis: (H,) columns of the middle of the trunk; sleeved: bool (H,), where the arm is in a sleeve; share:
    (H,) in 0..1, how far each row is beside one; unit: width of the shoulders in pixels;
    way: -1 if all that is seen in a mirror.
    """
    (height, width), places = alpha.shape, np.arange(alpha.shape[1])
    outside, rows = places >= axis[:, None], np.arange(height)
    arm = first_columns(limb & outside)
    between, off = outside & (places < arm[:, None]), alpha <= 0.5
    body, end = (np.minimum(first_columns(part & between), arm) for part in (wall, off))
    inner = np.where(off & between, places + 1, 0).max(axis=1)
    inner = np.where(inner > 0, inner, end)
    beside = (rows >= np.flatnonzero(sleeved)[0]) & (arm < width) & (end > axis)
    there = beside & (arm - end < REACH * unit)
    if there.sum() < 2:
        return
    # At a hem the outline is the garment's own.
    below = np.flatnonzero(beside)[-1] - rows
    kept = (below / (CORNER * height) - 1).clip(0, 1)
    gap = evened(np.where(there, arm - body, 0))
    most = arm - gap + np.minimum(TRUNK * gap, WIDE * unit)
    wider = (arm - gap - end).clip(0, None)
    wider *= kept * (2 - wider / (NARROWER * unit)).clip(0, 1)
    level = end + share * (np.minimum(end + wider, most) - end)
    level = np.minimum(evened(np.interp(rows, rows[there], level[there])), arm)
    slack = np.minimum(np.minimum(SLEEVE * gap, LOOSE * unit), arm - inner)
    slack = np.where(sleeved, evened(np.interp(rows, rows[there], slack[there])), 0)
    inner = arm - np.minimum(slack, SLEEVE * gap)
    closed = sleeved & (pockets(np.where(there, inner - level, 0).clip(0, None)) < SLIT * unit)
    level = np.where(closed, arm, level)[:, None]
    near = (there & (share > 0))[:, None] & between & (places >= np.minimum(level, end[:, None]) - SOFT)
    # What the picture has between trunk and sleeve is no cloth: the trunk's is stretched until they meet.
    own = np.minimum(first_columns(~trunk & outside), end)
    seam = np.maximum(np.where(~sleeve & between & (places >= own[:, None]), places, 0).max(axis=1), own)
    seam = np.where(sleeved & (np.minimum(end, body) < arm), arm, np.where(share < 1, end, seam))
    seam = np.minimum(_sloping(np.where(there, seam, 0)), level[:, 0] + SOFT)
    own = evened(np.interp(rows, rows[there], own[there]))
    missing = np.where(there, kept * (seam - own), 0).clip(0, None)
    fringe = np.minimum(missing, SOFT)
    used = np.minimum(STRETCHED * missing, own - fringe - axis).clip(0, None)
    start, whole = (own - fringe - used)[:, None], np.maximum(used + fringe + missing, 1)[:, None]
    new = (missing > 0)[:, None] & between & (places > start) & (places < start + whole)
    shift[new] = (way * (places - start) * (used[:, None] / whole - 1))[new]
    cloth = np.maximum((level - places).clip(0, 1), (places + 1 - inner[:, None]).clip(0, 1))
    alpha[near] = cloth[near]
    settled |= near
