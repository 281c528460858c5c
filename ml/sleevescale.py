"""A short sleeve is moved at the scale of the trunk.

Of sleeves that are hardly longer than an armhole a warp makes such as it knows: it draws a small piece of
their picture out along the arm, up to twice as long as it is, and folds are seen as veins.
"""

from dataclasses import dataclass

import numpy as np

from ml.garmentparts import Trunk
from ml.layer import extend_flow
from ml.layout import GARMENT
from ml.regions import ELBOWS, SHOULDERS
from ml.shortcuffs import AROUND, LEAST, OUTLIER, UpperArm, linear_fit
from ml.sleeves import ARMPIT, SHOULDER_END, Sleeves

ENLARGED = 0.75
"""How much of a sleeve's picture a pixel shows, as a share of what one of the trunk shows, from which on it
is drawn out."""
ROOT, TOP = 0.4, (5, 30)
"""What of a sleeve's width is near the trunk, and percentiles of the places along it there that are its upper
end, which stays."""

NEAR = 0.1
"""How far from the armpit the arm's inner side is looked at, as a share of its distance from the shoulder."""


@dataclass(frozen=True)
class _Drawn:
    """A sleeve as a warp has it, in a `box` of the photo: how much of the picture it shows along an upper arm
    and outwards of it, (2, 2), outwards and downwards in the picture, and its upper end, (3,) of 1, along and
    across.
    """

    side: int
    box: tuple[slice, slice]
    bone: UpperArm
    was: np.ndarray
    way: np.ndarray
    shows: np.ndarray
    place: np.ndarray
    top: np.ndarray


def with_sleeves_to_scale(
    sleeves: Sleeves, flow: np.ndarray, trunk: Trunk
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`flow`, float32 (H, W, 2) px of a garment's picture, whose short `sleeves` are not drawn out, where
    these are, and where they would be if they were, bool (H, W) each.
    """
    result, (laid, off) = flow.copy(), np.zeros((2, *flow.shape[:2]), bool)
    if not (trunk.short_sleeved and SHOULDER_END < sleeves.end <= 1):
        return flow, laid, off
    drawn = [found for side in (0, 1) if (found := _drawn(sleeves, flow, trunk, side))]
    trunk_seen = (sleeves.layout[..., GARMENT] > 0.9) & trunk.holds(flow) & ~np.logical_or(*sleeves.arms)
    scale = _scale(flow, trunk_seen)
    least = [np.linalg.svd(one.shows, compute_uv=False).min() for one in drawn]
    if not drawn or min(least) > ENLARGED * scale:
        return flow, laid, off
    turned, _, ways = np.linalg.svd(np.mean([one.shows for one in drawn], axis=0))
    for one in drawn:
        bone, box, arm = one.bone, one.box, sleeves.arms[one.side][one.box]
        shows = scale * (turned @ ways) * one.way
        where = np.stack([bone.along, bone.across], axis=-1) - one.place
        places = np.float32(one.top + where @ shows)
        near = (np.abs(bone.across) < AROUND * len(flow)) & (bone.along < bone.length)
        sleeve = near & trunk.in_sleeve(places) & _at(trunk.sleeves, places)
        if not sleeve.any():
            continue
        columns = bone.across[sleeve].round().astype(int)
        first, last = columns.min(), columns.max()
        hem = np.full(last - first + 1, -np.inf)
        np.maximum.at(hem, columns - first, bone.along[sleeve])
        hem = np.interp(bone.across, np.flatnonzero(np.isfinite(hem)) + first, hem[np.isfinite(hem)])
        covered = arm & ~sleeve & (bone.along < hem)
        rest = ~sleeve & ~covered
        bare = rest & _below_armhole(arm, bone)
        bare |= rest & near & ~arm & (bone.across > 0)
        moved = sleeve | bare | (covered & (one.was | trunk.in_sleeve(places)))
        result[box][moved] = trunk.beside(places[moved])
        left_over = rest & ~bare & (one.was | (arm & ~trunk.holds(flow[box])))
        known = trunk.holds(flow[box]) & ~arm
        if left_over.any() and known.any():
            result[box][left_over] = _within(trunk, extend_flow(flow[box], known)[left_over])
        laid[box] |= sleeve | covered
        off[box] |= bare
    return result, laid, off


def _drawn(sleeves: Sleeves, flow: np.ndarray, trunk: Trunk, side: int) -> _Drawn | None:
    pose, arm = sleeves.pose, sleeves.arms[side]
    ends, reach = pose.keypoints[[SHOULDERS[side], ELBOWS[side]]], AROUND * len(arm)
    low, high = ((ends.min(axis=0) - reach).clip(0), (ends.max(axis=0) + reach).clip(0))
    (left, top), (right, bottom) = low.astype(int), high.astype(int)
    box = np.s_[top:bottom, left:right]
    bone = UpperArm.of(pose, side, (top, left), arm[box].shape)
    was = (np.abs(bone.across) < reach) & (bone.along < bone.length) & trunk.in_sleeve(flow[box])
    own = was & (sleeves.layout[box][..., GARMENT] > 0.5)
    if own.sum() < LEAST or not arm[box].any():
        return None
    along, across, found = bone.along[own], bone.across[own], flow[box][own]
    fitted = linear_fit(along, across, found, OUTLIER * len(trunk.sleeves))
    pictured = trunk.side_of(found)
    away = (trunk.left[trunk.hem // 2] - found[:, 0], found[:, 0] - trunk.right[trunk.hem // 2])[pictured]
    root = away <= np.quantile(away, ROOT)
    upper, lower = np.percentile(along[root], TOP)
    place = np.array([upper, np.median(across[root][along[root] <= lower])])
    way = np.array([1 if pictured else -1, 1])
    return _Drawn(side, box, bone, was, way, fitted[1:] * way, place, np.array([1, *place]) @ fitted)


def _below_armhole(arm: np.ndarray, bone: UpperArm) -> np.ndarray:
    """What of the bool `arm` (h, w) is below a line from the shoulder, outside, to the armpit, inside."""
    down = bone.along / (ARMPIT * bone.length)
    inner = np.percentile(bone.across[arm & (np.abs(down - 1) < NEAR)], 2)
    outer = np.percentile(bone.across[arm & (np.abs(down - 0.5) < 0.5)], 98)
    return arm & (bone.across > outer + down * (inner - outer))


def _within(trunk: Trunk, places: np.ndarray) -> np.ndarray:
    """`places` (N, 2) of the picture, with those beside the trunk as in a mirror at its sides."""
    row = places[:, 1].round().clip(0, len(trunk.left) - 1).astype(np.intp)
    left, right = trunk.left[row], trunk.right[row]
    column = np.where(places[:, 0] < left, 2 * left, 2 * right) - places[:, 0]
    return np.where(trunk.holds(places)[:, None], places, np.stack([column, places[:, 1]], axis=1))


def _at(mask: np.ndarray, places: np.ndarray) -> np.ndarray:
    height, width = mask.shape
    column, row = np.moveaxis(places.round().astype(np.intp), -1, 0)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    return inside & mask[row.clip(0, height - 1), column.clip(0, width - 1)]


def _scale(flow: np.ndarray, where: np.ndarray) -> float:
    rows, columns = np.nonzero(where[:-1, :-1])
    if not rows.size:
        return 0.0
    right, down = (flow[rows + y, columns + x] - flow[rows, columns] for x, y in ((1, 0), (0, 1)))
    return float(np.sqrt(np.median(np.abs(right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]))))
