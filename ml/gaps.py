"""What is seen between an arm in a sleeve and the trunk.

A layout has one pixel where the photo has five, and between an arm and a waist it knows nothing: a garment
comes out fused from wrist to wrist, or with shreds in a gap. The photo knows better. Where it shows the wall
between both, the wall stays, but for what stands off the arm and the trunk; where arm and trunk touch, there
is the garment.
"""

from dataclasses import replace

import numpy as np

from ml.compose import Scene, arm_pixels, bare_limb
from ml.garmentparts import Trunk
from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.regions import along_arm, dilate, shoulder_width
from ml.sides import evened, first_columns, pockets, trunk_axis
from ml.sleeves import ARMPIT, LONG, bare_arms, sleeve_end

SEEN = 0.3
"""Share of a covered arm on which the sleeve must be seen, or the garment has none apart from its trunk."""
SLEEVE, TRUNK = 0.25, 0.4
"""How much of a gap a sleeve fills at most, and how much the trunk of a garment that would fill all of it."""
LOOSE = 0.03
"""How far a sleeve stands off an arm on the side of the trunk at most, as a share of the shoulders' width."""
SLIT = 0.025
"""Width of a gap, likewise, that is none: cloth is soft and closes it."""
REACH = 0.25
"""How far the garment may be from an arm that it touches, likewise: what is further away is something else."""
WIDE = 0.12
"""How far such a trunk stands off the body at most, likewise."""
FADING = 0.05
"""How far below a short sleeve the side of the trunk comes to be the garment's own, as a share of the photo's
height."""
SOFT = 3
"""Pixels over which an outline may be soft."""
BESIDE = 0.02
"""How far around the gap the outline is known, likewise."""


def with_gaps(
    scene: Scene, category: str, layer: GarmentLayer, flow: np.ndarray, layout: np.ndarray, trunk: Trunk
) -> GarmentLayer:
    """`layer` with the gaps between its sleeves and its trunk where the photo shows them.

    flow: float32 (H, W, 2) px of the garment's picture, with its trunk; layout: float32 (H, W, 4).
    """
    arms, alpha = arm_pixels(scene, category), layer.alpha.copy()
    end = sleeve_end(scene.pose, arms, layout)
    bare, settled = bare_arms(scene.pose, arms, layout, end), np.zeros(alpha.shape, bool)
    axis, wall = trunk_axis(scene), scene.of("background")
    for side, arm in enumerate(arms):
        covered = arm & ~bare
        if not _has_sleeve(scene, side, covered, flow, trunk):
            continue
        limb, way = arm | bare_limb(scene, side), 1 if _right_of(covered, axis) else -1
        parts = (part[:, ::way] for part in (alpha, settled, limb, wall))
        middle = axis if way == 1 else alpha.shape[1] - 1 - axis
        _part(*parts, middle, covered.any(axis=1), _beside(covered, end), shoulder_width(scene.pose))
    if not settled.any():
        return layer
    settled = dilate(settled, BESIDE * shoulder_width(scene.pose))
    alpha = np.where(settled, soft_edged(alpha, STEPS * len(alpha)), layer.alpha)
    return replace(layer, alpha=alpha, settled=settled)


def _has_sleeve(scene: Scene, side: int, covered: np.ndarray, flow: np.ndarray, trunk: Trunk) -> bool:
    """Whether on the part of an arm that the garment has `covered`, bool (H, W), its sleeve is seen."""
    points = np.argwhere(covered)[:, ::-1]
    columns, rows = points[along_arm(scene.pose, side, points) > ARMPIT].T
    return columns.size > 0 and bool(trunk.in_sleeve(flow[rows, columns]).mean() > SEEN)


def _beside(covered: np.ndarray, end: float) -> np.ndarray:
    """How far each row is beside a sleeve, (H,) in 0..1, that covers the part `covered`, bool (H, W), of an
    arm: below short ones less and less.
    """
    rows, there = np.arange(len(covered)), np.flatnonzero(covered.any(axis=1))
    below = (rows - there[-1]) / (FADING * len(covered))
    return np.where(rows < there[0], 0, 1 if end >= LONG else (1 - below).clip(0, 1))


def _right_of(part: np.ndarray, axis: np.ndarray) -> bool:
    """Whether most of a bool (H, W) `part` lies right of the columns `axis` (H,)."""
    rows, columns = np.nonzero(part)
    return bool(np.median(columns - axis[rows]) > 0)


def _part(
    alpha: np.ndarray,
    settled: np.ndarray,
    limb: np.ndarray,
    wall: np.ndarray,
    axis: np.ndarray,
    sleeved: np.ndarray,
    share: np.ndarray,
    unit: float,
) -> None:
    """Part the trunk in `alpha` (H, W) from the arm at its right, in place, and mark where in `settled`.

    limb, wall: bool (H, W), the arm, bare or not, with its hand, and what is behind the person in the photo;
    axis: (H,) columns of the middle of the trunk; sleeved: bool (H,), where the arm is in a sleeve; share: (H,)
    in 0..1, how far each row is beside one; unit: width of the shoulders in pixels.
    """
    width, places = alpha.shape[1], np.arange(alpha.shape[1])
    outside = places >= axis[:, None]
    arm = first_columns(limb & outside)
    between, off = outside & (places < arm[:, None]), alpha <= 0.5
    body, end = (np.minimum(first_columns(part & between), arm) for part in (wall, off))
    sleeve = np.where(off & between, places + 1, 0).max(axis=1)
    sleeve = np.where(sleeve > 0, sleeve, end)
    there = (share > 0) & (arm < width) & (end > axis) & (arm - end < REACH * unit)
    if there.sum() < 2:
        return
    gap = np.where(there, arm - body, 0)
    gap = evened(gap)
    most = arm - gap + np.minimum(TRUNK * gap, WIDE * unit)
    level = end + share * (np.clip(end, arm - gap, most) - end)
    rows = np.arange(len(alpha))
    level = np.minimum(evened(np.interp(rows, rows[there], level[there])), arm)
    inner = np.where(sleeved, np.maximum(sleeve, arm - np.minimum(SLEEVE * gap, LOOSE * unit)), arm)
    closed = sleeved & (pockets(np.where(there, inner - level, 0).clip(0, None)) < SLIT * unit)
    level = np.where(closed, arm, level)[:, None]
    near = there[:, None] & between & (places >= np.minimum(level, end[:, None]) - SOFT)
    cloth = np.maximum((level - places).clip(0, 1), (places + 1 - inner[:, None]).clip(0, 1))
    alpha[near] = cloth[near]
    settled |= near
