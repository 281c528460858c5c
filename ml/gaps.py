"""What is seen between an arm in a sleeve and the trunk.

A layout has one pixel where the photo has five, and between an arm and a waist it knows little: a garment
comes out fused down to the wrist, or with shreds in a gap. The photo knows better. Where it shows the wall
between both, the wall stays, but for what stands off the arm and the trunk; where arm and trunk touch, there
is the garment.
"""

import cv2
import numpy as np

from ml.analysis import ClothAnalysis
from ml.anatomy import along_arm, shoulder_width
from ml.broadened import DRAWN
from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.layout import BACKGROUND, LAYOUT
from ml.morphology import bounding_box, dilate
from ml.pose import Pose
from ml.scene import Scene, bare_limb, old_garment
from ml.sides import SOFT, trunk_axis
from ml.sleeves import ARMPIT, LONG, Sleeves
from ml.sleevesides import FADING, Side

SEEN = 0.3
"""Share of a covered arm on which the sleeve must be seen, or the garment has none apart from its trunk."""
STRETCHED = 2.0
"""How much of a sleeve is stretched where cloth is missing, in widths of that."""
CLOSING = 0.2
"""By how many pixels a row a trunk is drawn out less at most, towards the waist: seams have no bends."""
BESIDE = 0.02
"""How far around a gap the outline is known, as a share of the shoulders' width."""


def with_gaps(
    scene: Scene, cloth: ClothAnalysis, sleeves: Sleeves, layer: GarmentLayer, flow: np.ndarray
) -> tuple[GarmentLayer, np.ndarray, np.ndarray]:
    """A garment, its `flow` and the layout of its `sleeves` with the gaps between sleeves and trunk where the
    photo shows them.

    flow: float32 (H, W, 2) px of the garment's picture.
    """
    alpha, shift, blend, settled = _parted(scene, cloth, sleeves, layer, flow)
    if not settled.any():
        return layer, flow, sleeves.layout
    settled = dilate(settled, BESIDE * shoulder_width(scene.pose))
    box = bounding_box(settled, round(4 * STEPS * len(alpha)))
    alpha[box] = np.where(settled[box], soft_edged(alpha[box], STEPS * len(alpha)), layer.alpha[box])
    # What a sleeve or a trunk leaves open is wall, also where old clothing was.
    gone = old_garment(scene, cloth.category) & (alpha <= 0.5)
    wall, person = settled & (scene.of("background") | gone), layer.person.copy()
    layout = sleeves.layout.copy()
    layout[wall], person[wall] = np.eye(len(LAYOUT))[BACKGROUND], 0
    own = np.float32(settled) if layer.own is None else np.maximum(layer.own, settled)
    colour, opacity = (
        part if part is None else _taken(part, shift, blend) for part in (layer.colour, layer.opacity)
    )
    flow = _taken(flow, shift, np.float32(blend > 0.5))
    return GarmentLayer(colour, alpha, person, opacity, own), flow, layout


def _parted(
    scene: Scene, cloth: ClothAnalysis, sleeves: Sleeves, layer: GarmentLayer, flow: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The outline of `layer`, float32 (H, W), with sleeves and trunk apart; `shift` and `blend`, as of
    `_part`; and where that is known, bool (H, W).
    """
    unit, end, wall = shoulder_width(scene.pose), sleeves.end, scene.of("background")
    picture = cv2.remap(cloth.flat.outline, flow[..., 0], flow[..., 1], cv2.INTER_LINEAR) > 0.5
    trunk = cloth.trunk.holds(flow)
    sides = picture & trunk, picture & ~trunk
    shift, blend = np.zeros((2, *wall.shape), np.float32)
    result = layer.alpha.copy(), shift, blend, np.zeros(wall.shape, bool)
    for side, arm in enumerate(sleeves.arms):
        apart, seen = np.zeros_like(arm), bare_limb(scene, side)
        # How wide an arm in an old sleeve is, and what is beside it, is only guessed.
        columns, rows = _apart(scene.pose, side, arm & ~sleeves.bare & seen).T
        if not _has_sleeve(flow[rows, columns], cloth, end):
            continue
        apart[rows, columns] = True
        axis, sleeved, limb = trunk_axis(scene), apart.any(axis=1), arm | seen
        extent, way = np.append(np.flatnonzero(limb.any(axis=0)), axis), 1 if _right_of(apart, axis) else -1
        near = slice(max(int(extent.min()), 0), int(extent.max()) + 1)
        off, own, beyond, whole, behind = (
            part[:, near][:, ::way] for part in (result[0] <= 0.5, *sides, limb, wall)
        )
        axis = axis - near.start if way > 0 else off.shape[1] - 1 - (axis - near.start)
        share = _beside(sleeved, end)
        found = Side(off, own, beyond, whole, behind, axis, sleeved, share, unit, end >= LONG)
        if found.there.sum() > 1:
            alpha, moved, much, known = (part[:, near][:, ::way] for part in result)
            _part(found, alpha, moved, much, known, way)
    return result


def _apart(pose: Pose, side: int, covered: np.ndarray) -> np.ndarray:
    """Points (N, 2) of an arm as far as it is `covered`, bool (H, W), and apart from the trunk."""
    points = np.argwhere(covered)[:, ::-1]
    return points[along_arm(pose, side, points) > ARMPIT]


def _has_sleeve(found: np.ndarray, cloth: ClothAnalysis, end: float) -> bool:
    """Whether of the places (N, 2) `found` in a garment's picture enough are in a sleeve, and it lies around
    the arm: a long one that is wide at its `end` swings freely.
    """
    sleeve = cloth.trunk.in_sleeve(found)
    if not sleeve.size or sleeve.mean() < SEEN:
        return False
    return end < LONG or cloth.sleeves[cloth.trunk.side_of(found[sleeve])] is not None


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


def _part(
    side: Side, alpha: np.ndarray, shift: np.ndarray, blend: np.ndarray, settled: np.ndarray, way: int
) -> None:
    """Part trunk and sleeve in `alpha` (H, W), in place, and mark where in `settled`, bool (H, W); `shift`,
    float32 (H, W): from how many pixels further right cloth comes there; `blend`, likewise: how much of it.

    way: -1 if all that is seen in a mirror.
    """
    places, between = side.places, side.between
    level, begin = side.edges()
    own, missing = side.lacking(level)
    fringe = np.minimum(missing, 2 * SOFT)
    # What lies between them is no cloth up to the last pixel: the trunk ends softly on the sleeve.
    end = own + missing + np.where(missing > 0, SOFT, 0)
    closing = CLOSING * np.arange(len(own))
    gap = np.maximum.accumulate(end - own + fringe + closing) - closing
    _draw_out(shift, blend, way, between & side.there[:, None], (end, gap, side.axis))
    first, missing, most = side.bare_rim(begin)
    fringe = np.minimum(missing, SOFT)
    used = np.minimum(STRETCHED * missing, most - fringe).clip(0, None)
    beyond = side.sleeved[:, None] & ~between
    _stretch(shift, blend, way, beyond, (first + fringe + used, used, first - missing - 1))
    rows, low = side.there & (side.share > 0), np.minimum(level, side.end)[:, None] - SOFT
    near = rows[:, None] & between & (places >= low)
    cloth = np.maximum((level[:, None] - places).clip(0, 1), (places + 1 - begin[:, None]).clip(0, 1))
    alpha[near] = cloth[near]
    settled |= near


def _draw_out(
    shift: np.ndarray,
    blend: np.ndarray,
    way: int,
    where: np.ndarray,
    reach: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Write into `shift` and `blend` (H, W) how a trunk is drawn out in the bool `where` (H, W): the nearer
    to its side the more, lest its last columns be a strip of their own.

    reach: (H,) each, the column where it is to end, how many pixels it lacks there, and that of its middle.
    """
    places, (end, gap, axis) = np.arange(shift.shape[1]), reach
    within = np.where(gap > 0, np.minimum(DRAWN * gap, end - axis), 0).clip(0, None)
    rows, columns = np.nonzero(where & (places < end[:, None]) & (places > (end - within)[:, None]))
    # Of a trunk that is too narrow for that all is drawn out alike.
    power = (2 * within / (DRAWN * np.maximum(gap, 1))).clip(1, 2)
    left = end[rows] - columns
    shift[rows, columns] = -way * gap[rows] * (1 - left / within[rows]) ** power[rows]
    blend[rows, columns] = (left / SOFT).clip(0, 1)


def _stretch(
    shift: np.ndarray,
    blend: np.ndarray,
    way: int,
    where: np.ndarray,
    reach: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Write likewise how a sleeve is stretched towards the trunk.

    reach: (H,) each, the column that stays, how many left of it are stretched, and up to which column.
    """
    places = np.arange(shift.shape[1])
    start, used, end = (part[:, None] for part in reach)
    along, whole = start - places, np.maximum(start - end, 1)
    new = where & (start - end > used) & (along > 0) & (along < whole)
    shift[new] = (-way * along * (used / whole - 1))[new]
    blend[new] = 1


def _taken(values: np.ndarray, shift: np.ndarray, blend: np.ndarray) -> np.ndarray:
    """`values` (H, W[, C]) from `shift` (H, W) pixels further right, as much as `blend`, likewise, says."""
    if not blend.any():
        return values
    box, result = bounding_box(blend > 0), values.copy()
    rows, columns = np.mgrid[box].astype(np.float32)
    taken = cv2.remap(values, columns + shift[box], rows, cv2.INTER_LINEAR)
    share = blend[box] if values.ndim == 2 else blend[box][..., None]
    result[box] += share * (taken - result[box])
    return result
