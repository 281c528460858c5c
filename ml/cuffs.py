"""The end of a long sleeve lies around the wrist.

A warp knows little of a wrist beside a trunk: it lays a cuff beside the arm, and on the arm the trunk or the
gap before it. How far along the arm a sleeve reaches is believed; across, it is as wide as the arm is seen.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ml.anatomy import ELBOWS, HIPS, SHOULDERS, WRISTS, along_arm, middle, shoulder_width
from ml.garmentparts import Sleeve, Trunk
from ml.layout import GARMENT
from ml.morphology import bounding_box, dilate
from ml.pose import Pose
from ml.sleeves import LONG, WRIST, Sleeves, hangs

LENGTH, FULL = 0.5, 0.25
"""Over how much of the arm before its end a sleeve comes to lie around it, and how much of that is cuff."""
LOOSE = 1.15
"""Width of a cuff in widths of the arm in it."""
BESIDE = 2.5
"""How far from the middle of an arm pieces of its sleeve lie, in half widths of the cuff."""
THIN = 0.08
"""Least width of an arm that is seen whole, in widths of the shoulders."""
LEAST_STRETCH, MOST_STRETCH = 0.6, 2.3
"""How much more of a sleeve its end may show than by the warp: beyond that they are about something else."""
NARROW = 0.006
"""Half the width of a gap beside a cuff that is none, as a share of the photo's height."""
PLACES = 12
"""At so many places along the end of a sleeve the arm is measured."""
LEAST = 100
"""Pixels of an arm in a sleeve that are needed."""
OVER = 0.15
"""How far beside a sleeve there is no sleeve, in widths of it, if it is not beside the trunk."""


def with_cuffs(
    sleeves: Sleeves, flow: np.ndarray, pictured: tuple[Sleeve | None, Sleeve | None], trunk: Trunk
) -> tuple[np.ndarray, np.ndarray]:
    """`flow`, float32 (H, W, 2) px of a garment's picture, with the ends of long `sleeves` around the arms,
    and where beside them is certainly no sleeve, bool (H, W).

    pictured: the sleeves on both sides of the picture, beside its trunk.
    """
    pose, end = sleeves.pose, min(sleeves.end, WRIST)
    free = np.zeros(flow.shape[:2], bool)
    if end < LONG:
        return flow, free
    result = flow.copy()
    for side, arm in enumerate(sleeves.arms):
        forearm = _Forearm.seen(pose, side, arm, end) if hangs(pose, side) else None
        if forearm is None:
            continue
        columns, rows = forearm.points.T
        found = flow[rows, columns]
        own = ~trunk.holds(found) & (sleeves.layout[rows, columns, GARMENT] > 0.5)
        sleeve = pictured[trunk.side_of(found[own])] if own.sum() >= LEAST else None
        if sleeve is not None:
            line = np.polyfit(forearm.along[own], found[own, 1], 1)
            stretch = (sleeve.bottom - np.polyval(line, end - LENGTH)) / (line[0] * LENGTH)
            if LEAST_STRETCH < stretch < MOST_STRETCH:
                columns, rows = _lay(result, arm, forearm, sleeve, line, trunk).T
                free[rows, columns] = True
    if free.any():
        # A narrow slit between cuff and trunk is none.
        box, slit = bounding_box(free, 1), NARROW * len(free)
        free[box] &= dilate(dilate(free[box], -slit), slit)
    return result, free


@dataclass(frozen=True)
class _Forearm:
    """points: (N, 2) px of an arm in the end of a sleeve, and how far along the arm they lie, (N,); start,
    outwards: (2,), across the arm; inner, outer: its sides as polynomials of the place along it.
    """

    pose: Pose
    side: int
    end: float
    points: np.ndarray
    along: np.ndarray
    start: np.ndarray
    outwards: np.ndarray
    inner: np.ndarray
    outer: np.ndarray

    @classmethod
    def seen(cls, pose: Pose, side: int, arm: np.ndarray, end: float) -> Self | None:
        """The part of `arm`, bool (H, W), before the `end` of a sleeve; None if hardly any is seen."""
        points = np.argwhere(arm)[:, ::-1]
        along = along_arm(pose, side, points)
        near = (along > end - LENGTH) & (along <= end)
        points, along = points[near], along[near]
        elbow, wrist = pose.keypoints[[ELBOWS[side], WRISTS[side]]]
        across = np.array([elbow[1] - wrist[1], wrist[0] - elbow[0]])
        across /= max(float(np.linalg.norm(across)), 1e-6)
        trunk = (middle(pose, SHOULDERS) + middle(pose, HIPS)) / 2
        if (trunk - (elbow + wrist) / 2) @ across > 0:
            across = -across
        place = ((along - end + LENGTH) / LENGTH * PLACES).astype(int).clip(0, PLACES - 1)
        low, high = np.full(PLACES, np.inf), np.full(PLACES, -np.inf)
        off = (points - elbow) @ across
        np.minimum.at(low, place, off)
        np.maximum.at(high, place, off)
        there = high > low
        if len(points) < LEAST or there.sum() < PLACES / 2:
            return None
        at = end - LENGTH + (np.arange(PLACES)[there] + 0.5) / PLACES * LENGTH
        inner, outer = (np.polyfit(at, part[there], 1) for part in (low, high))
        if np.polyval(outer - inner, [end - LENGTH, end]).min() < THIN * shoulder_width(pose):
            return None
        return cls(pose, side, end, points, along, elbow, across, inner, outer)

    def places(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far along the arm `points` (N, 2) lie, and how far outwards of its middle, in half widths of a
        cuff: (N,) each.
        """
        along = along_arm(self.pose, self.side, points)
        inner, outer = (np.polyval(line, along) for line in (self.inner, self.outer))
        half = np.maximum(LOOSE * (outer - inner) / 2, 1)
        return along, ((points - self.start) @ self.outwards - (inner + outer) / 2) / half


def _lay(
    flow: np.ndarray, arm: np.ndarray, forearm: _Forearm, sleeve: Sleeve, rows: np.ndarray, trunk: Trunk
) -> np.ndarray:
    """Change `flow` (H, W, 2) so that the end of a sleeve lies around a forearm. Returns pixels (N, 2) beside
    it.

    rows: polynomial of the place along the arm that tells the row of the picture by the warp.
    """
    near = np.zeros(arm.shape, bool)
    near[forearm.points[:, 1], forearm.points[:, 0]] = True
    box = bounding_box(near, round(BESIDE * float(np.ptp(np.polyval(forearm.outer - forearm.inner, [1, 2])))))
    top, left = (part.start for part in box)
    points = np.argwhere(np.ones_like(arm[box]))[:, ::-1] + (left, top)
    along, across = forearm.places(points)
    begin = forearm.end - LENGTH
    kept = (along > begin) & (np.abs(across) < BESIDE)
    (x, y), along, across = points[kept].T, along[kept], across[kept]
    # What is not on the arm and means the trunk is trunk.
    bare, foreign = arm[y, x], trunk.holds(flow[y, x])
    first = float(np.polyval(rows, begin))
    row = first + (along - begin) / LENGTH * (sleeve.bottom - first)
    at = row.round().astype(int).clip(0, len(sleeve.there) - 1)
    inner, outer, gap = sleeve.inner[at], sleeve.outer[at], sleeve.gap[at]
    # Beside the cuff is the gap of the picture, and in no case the trunk beyond it.
    centre, half = (inner + outer) / 2, (outer - inner) / 2
    width = np.maximum(np.abs(half), 0.5)
    beside = 1 + np.where(across > 0, OVER, np.minimum(OVER, gap / 2 / width))
    share = ((along - begin) / (LENGTH - FULL)).clip(0, 1)
    # Outwards the sleeve grows narrower bit by bit.
    far = np.abs(across) > np.where(across > 0, BESIDE + share * (1 - BESIDE), 1)
    column = centre + half * np.where(far, np.sign(across) * beside, across)
    laid = np.stack([column, row], axis=1)
    share = np.where(foreign | far, share > 0.5, share)[:, None]
    used = sleeve.there[at] & (bare | ~foreign)
    flow[y[used], x[used]] += np.float32(share * (laid - flow[y, x]))[used]
    aside = used & far & (share[:, 0] > 0)
    return np.stack([x[aside], y[aside]], axis=1)
