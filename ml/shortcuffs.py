"""A short sleeve shows its own end.

A layout tells how far along the arms sleeves reach, a flow which place of the picture is where. The two
disagree by more than a hem is wide: a sleeve would be cut off above its cuff, or go on without one.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ml.anatomy import ELBOWS, HIPS, SHOULDERS, middle
from ml.garmentparts import Trunk
from ml.layer import STEPS, extend_flow, soft_edged
from ml.morphology import bounding_box
from ml.pose import Pose
from ml.sleeves import ARMPIT, SHOULDER_END, Sleeves

AROUND = 0.1
"""How far around an upper arm its sleeve may lie, as a share of the photo's height."""
BEGIN = 0.35
"""From which share of a sleeve on it is moved."""
FURTHEST = 0.4
"""How far a cuff is moved at most, in upper arms."""
FULL = 0.6
"""From which share of the rest of it on a sleeve lies as on a plane."""
CUFF = 0.05
"""Half the length of what is looked at to tell how wide a sleeve is at its end, as a share of where it is
looked for."""
TRUNK = 24
"""How far around a sleeve, in pixels, is looked for the trunk that goes on below it."""
LEAST = 100
"""Pixels of an arm in a sleeve that are needed."""
OUTLIER = 0.004
"""How far off a flow is half believed, as a share of the picture's height."""
LEAST_ACROSS = 12
"""Pixels across an arm in which the end of a sleeve must be seen."""
CANDIDATES = 24
"""Of so many places across a sleeve each two are tried for the line of its end."""
STEEPEST = 0.6
"""How slanting that may be."""
NEAR = 0.01
"""How far off it, in upper arms, it still is."""
ROUNDS = 5
"""Rounds of reweighting until a sleeve does not follow the places that are off it."""


def with_short_cuffs(sleeves: Sleeves, flow: np.ndarray, trunk: Trunk) -> np.ndarray:
    """`flow`, float32 (H, W, 2) px of a garment's picture, moved along the upper arms so that its `sleeves`
    end where a layout has their end, if they are short. Between arm and trunk the trunk goes on below them.
    """
    pose, end = sleeves.pose, sleeves.end
    if not SHOULDER_END < end <= 1:
        return flow
    result = flow.copy()
    for side, arm in enumerate(sleeves.arms):
        ends, reach = pose.keypoints[[SHOULDERS[side], ELBOWS[side]]], AROUND * len(arm)
        low, high = ((ends.min(axis=0) - reach).clip(0), (ends.max(axis=0) + reach).clip(0))
        (left, top), (right, bottom) = low.astype(int), high.astype(int)
        box = np.s_[top:bottom, left:right]
        if arm[box].any():
            bone = UpperArm.of(pose, side, (top, left), arm[box].shape)
            _move(result[box], arm[box], bone, end, trunk, STEPS * len(arm))
    return result


@dataclass(frozen=True)
class UpperArm:
    """along, across: float32 (h, w), how far each pixel lies along an upper arm and outwards of its bone,
    in px; length: of it, likewise.
    """

    along: np.ndarray
    across: np.ndarray
    length: float

    @classmethod
    def of(cls, pose: Pose, side: int, start: tuple[int, ...], size: tuple[int, ...]) -> Self:
        """That of the pixels of a window of `size` (h, w) that begins in row and column `start`."""
        shoulder, elbow = pose.keypoints[[SHOULDERS[side], ELBOWS[side]]]
        bone = elbow - shoulder
        length = max(float(np.linalg.norm(bone)), 1.0)
        right, down = bone / length
        rows, columns = (np.arange(length) + first for first, length in zip(start, size, strict=True))
        x, y = columns[None] - shoulder[0], rows[:, None] - shoulder[1]
        inwards = (middle(pose, SHOULDERS) + middle(pose, HIPS)) / 2 - shoulder
        way = 1 if inwards[1] * right < inwards[0] * down else -1
        return cls(np.float32(x * right + y * down), np.float32(way * (y * right - x * down)), length)


def _move(flow: np.ndarray, arm: np.ndarray, bone: UpperArm, end: float, trunk: Trunk, steps: float) -> None:
    """Lay the end of a sleeve in `flow` (h, w, 2) around the bool `arm` (h, w), in place, so that it ends at
    `end`. steps: size in pixels of the steps in an outline that are none.
    """
    stop, begin = end * bone.length, BEGIN * end * bone.length
    sleeve, within = trunk.in_sleeve(flow), (begin < bone.along) & (bone.along < stop)
    own = arm & sleeve & within
    if own.sum() < LEAST:
        return
    outlier = OUTLIER * len(trunk.sleeves)
    fitted = linear_fit(bone.along[own], bone.across[own], flow[own], outlier)
    furthest = FURTHEST * bone.length
    shape = _Sleeve.of(fitted, bone.across[arm & within], (begin, stop + furthest), trunk, NEAR * bone.length)
    if shape is None or abs(shape.ends(bone.across[own].mean()) - stop) > furthest:
        return
    share = (bone.along - begin) / (FULL * (stop - begin))
    # The trunk goes on up to the armhole, a line down to the armpit.
    inner, outer = np.percentile(bone.across[arm & within], (2, 98))
    armpit, below = ARMPIT * bone.length - begin, (bone.along - begin) * (outer - inner)
    within = arm & (below > armpit * (outer - bone.across))
    sleeve |= soft_edged(np.float32(within), steps) > 0.5
    here = sleeve & (share > 0)
    along, share = bone.along[here], share[here].clip(0, 1)
    across = shape.across(bone.across[here])
    along = begin + (along - begin) * (shape.ends(across) - begin) / (stop - begin)
    laid = trunk.beside(np.stack([np.ones_like(along), along, across], axis=1) @ fitted)
    share[trunk.holds(flow[here])] = 1
    flow[here] += np.float32(share[:, None] * (laid - flow[here]))
    below = sleeve & ~arm & (bone.along > stop) & (bone.across < (inner + outer) / 2)
    if below.any():
        near = bounding_box(below, TRUNK)
        flow[near][below[near]] = extend_flow(flow[near], trunk.holds(flow[near]) & ~arm[near])[below[near]]


def linear_fit(along: np.ndarray, across: np.ndarray, flow: np.ndarray, outlier: float) -> np.ndarray:
    """Most of the places `flow` (N, 2) as a linear map, (3, 2), of 1 and the places along and across,
    (N,) each. outlier: how far off, in pixels, one is half believed.
    """
    places, trust = np.stack([np.ones_like(along), along, across], axis=1), np.ones((len(flow), 1))
    for _ in range(ROUNDS):
        weighted = places * trust
        fitted = np.linalg.lstsq(weighted.T @ places, weighted.T @ flow, rcond=None)[0]
        trust = 1 / (1 + ((flow - places @ fitted) ** 2).sum(axis=1, keepdims=True) / outlier**2)
    return fitted


@dataclass(frozen=True)
class _Sleeve:
    """A sleeve of the picture as it comes to lie on an arm, in px along and across it.

    ends: where it ends, as a line over the places across; sides: between which it is, and between which it
    is to be.
    """

    ends: np.polynomial.Polynomial
    sides: tuple[float, float]
    wide: tuple[float, float]

    @classmethod
    def of(
        cls, fitted: np.ndarray, arm: np.ndarray, between: tuple[float, float], trunk: Trunk, near: float
    ) -> Self | None:
        """That which `fitted`, of `linear_fit`, means; None if it does not end.

        arm: (N,), places across of the arm; between: places along where to look; near: as of `_line`.
        """
        low, high = np.percentile(arm, (2, 98))
        along, beside = np.arange(*between), np.arange(2 * low - high, 2 * high - low)
        places = np.stack(np.broadcast_arrays(1, along[None], beside[:, None]), axis=-1) @ fitted
        height, width = trunk.sleeves.shape
        column, row = np.moveaxis(places.round().astype(int), -1, 0)
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        inside &= trunk.sleeves[row.clip(0, height - 1), column.clip(0, width - 1)]
        first = np.where(inside.any(axis=1), inside.argmax(axis=1), len(along))
        beyond = ~inside & (np.arange(len(along)) > first[:, None])
        found = beyond.any(axis=1)
        ends = _line(beside[found], along[beyond.argmax(axis=1)[found]], near)
        if ends is None:
            return None
        reach = CUFF * np.ptp(between)
        cuff = np.abs(along + reach - ends(beside)[:, None]) < reach
        sleeve = beside[(inside & cuff).sum(axis=1) > cuff.sum(axis=1) / 2]
        if len(sleeve) < (high - low) / 3:
            return None
        sides = float(sleeve[0]), float(sleeve[-1])
        return cls(ends, sides, (min(sides[0], low), max(sides[1], high)))

    def across(self, places: np.ndarray) -> np.ndarray:
        """The places (N,) across the arm that are shown at `places`: an arm is in its sleeve."""
        return np.interp(places, self.wide, self.sides) + places - places.clip(*self.wide)


def _line(places: np.ndarray, ends: np.ndarray, near: float) -> np.polynomial.Polynomial | None:
    """The line that has most of the points (N,) at most `near` pixels off it (RANSAC, Fischler and Bolles,
    1981, with all pairs of some candidates): at its sides a sleeve ends before its cuff. None if there is
    none.
    """
    if len(places) < LEAST_ACROSS:
        return None
    chosen = np.linspace(0, len(places) - 1, CANDIDATES).round().astype(int)
    first, second = chosen[np.stack(np.triu_indices(CANDIDATES, 1))]
    slope = (ends[second] - ends[first]) / np.maximum(places[second] - places[first], 1)
    off = np.abs(ends - ends[first][:, None] - slope[:, None] * (places - places[first][:, None]))
    on = off[np.abs(slope) < STEEPEST] < near
    if not len(on):
        return None
    chosen = on[on.sum(axis=1).argmax()]
    return np.polynomial.Polynomial.fit(places[chosen], ends[chosen], 1)
