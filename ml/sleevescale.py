"""Short sleeves are moved at the scale of the trunk.

Of sleeves that are hardly longer than an armhole a warp makes such as it knows: it draws a small piece of
their picture out along the arm, up to twice as long as it is, so that folds are seen as veins, and cuts it
off where it expects an end, which may be at the shoulder.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ml.anatomy import ELBOWS, SHOULDERS
from ml.garmentparts import Trunk
from ml.layer import extend_flow
from ml.layout import GARMENT
from ml.morphology import bounding_box
from ml.shortcuffs import AROUND, LEAST, OUTLIER, TRUNK, UpperArm, linear_fit
from ml.sleeves import ARMPIT, Sleeves

ENLARGED = 0.8
"""How much of their picture a pixel of the sleeves shows, as a share of what one of the trunk shows, from
which on they are drawn out."""
FURTHEST = 0.7
"""Up to which place along the upper arm their ends may be: longer ones hang down along the arm."""
LOWEST = 0.8
"""How far down along it is looked at."""
ROOT, TOP = 0.4, (5, 30)
"""What of a sleeve's width is near the trunk, and percentiles of the places along it there that are its upper
end, which stays."""
RISE = 0.04
"""How far above its arm it stands at most, in upper arms: a warp hangs them up where other sleeves begin."""
SURE = 0.9
"""Probability in a layout from which a trunk tells its scale."""
SPARSE, STEP = 8, 3
"""One of so many pixels, along a side, is looked at for that, and for how a warp lays a sleeve."""


def with_sleeves_to_scale(
    sleeves: Sleeves, flow: np.ndarray, trunk: Trunk, skin: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`flow`, float32 (H, W, 2) px of a garment's picture, whose short `sleeves` are not drawn out, nor cut
    off at the shoulders, where these are, and where beside and below them is no garment, bool (H, W) each.

    skin: bool (H, W), what is bare in the photo. Both sleeves are turned alike, by the mean of what the warp
    does; their upper ends stay, unless they stand above the arms.
    """
    laid, off = np.zeros((2, *flow.shape[:2]), bool)
    edge = trunk.sleeves[[0, -1]].any() or trunk.sleeves[:, [0, -1]].any()
    if edge or not trunk.short_sleeved or sleeves.end > FURTHEST:
        return flow, laid, off
    drawn = [_Drawn.seen(sleeves, flow, trunk, side) for side in (0, 1)]
    pair = [sleeve for sleeve in drawn if sleeve is not None]
    if len(pair) < 2:
        return flow, laid, off
    scale = _scale_of_trunk(sleeves, flow, trunk)
    least = [np.linalg.svd(sleeve.shows, compute_uv=False).min() for sleeve in pair]
    if sleeves.end and np.mean(least) > ENLARGED * scale:
        return flow, laid, off
    result = flow.copy()
    turned, _, ways = np.linalg.svd(np.mean([sleeve.shows for sleeve in pair], axis=0))
    for sleeve in pair:
        box = sleeve.box
        arm = sleeves.arms[sleeve.side][box]
        here = sleeve.lay(result[box], arm, skin[box], scale * (turned @ ways), trunk)
        laid[box] |= here[0]
        off[box] |= here[1]
    return result, laid, off


@dataclass(frozen=True)
class _Drawn:
    """A sleeve as a warp has it, in a `box` of the photo around an upper arm.

    side: 0 is the left arm, 1 the right; near: bool (h, w), where it may be; way: (2,), which turns columns
    of the picture outwards; shows: (2, 2), how many of its pixels outwards and downwards one along the arm
    and one outwards of it are; place, top: (2,), its upper end along and across the arm, and in the picture.
    """

    side: int
    box: tuple[slice, slice]
    bone: UpperArm
    near: np.ndarray
    way: np.ndarray
    shows: np.ndarray
    place: np.ndarray
    top: np.ndarray

    @classmethod
    def seen(cls, sleeves: Sleeves, flow: np.ndarray, trunk: Trunk, side: int) -> Self | None:
        """That on one arm; None if it is hardly seen. The arguments are those of `with_sleeves_to_scale`."""
        pose, arm = sleeves.pose, sleeves.arms[side]
        (shoulder, elbow), reach = pose.keypoints[[SHOULDERS[side], ELBOWS[side]]], AROUND * len(arm)
        ends = np.stack([shoulder, shoulder + LOWEST * (elbow - shoulder)])
        left, top = (ends.min(axis=0) - reach).clip(0).astype(int)
        right, bottom = (ends.max(axis=0) + np.array((reach, reach / 2))).clip(0).astype(int)
        box = np.s_[top:bottom, left:right]
        bone = UpperArm.of(pose, side, (top, left), arm[box].shape)
        near = (np.abs(bone.across) < reach) & (bone.along < LOWEST * bone.length)
        few = np.s_[::STEP, ::STEP]
        own = near[few] & (sleeves.layout[box][few][..., GARMENT] > 0.5)
        own[own] = trunk.in_sleeve(flow[box][few][own])
        if own.sum() * STEP**2 < LEAST:
            return None
        along, across, found = (part[few][own] for part in (bone.along, bone.across, flow[box]))
        fitted = linear_fit(along, across, found, OUTLIER * len(trunk.sleeves))
        outwards = 1 if trunk.side_of(found) else -1
        away = outwards * found[:, 0]
        root = away <= np.quantile(away, ROOT)
        upper, lower = np.percentile(along[root], TOP)
        place = np.array([upper, np.median(across[root][along[root] <= lower])])
        way = np.array([outwards, 1])
        return cls(side, box, bone, near, way, fitted[1:] * way, place, fitted[0] + place @ fitted[1:])

    def lay(
        self, flow: np.ndarray, arm: np.ndarray, skin: np.ndarray, shows: np.ndarray, trunk: Trunk
    ) -> tuple[np.ndarray, np.ndarray]:
        """Move it in `flow` (h, w, 2), in place, so that it `shows` as much (2, 2). Returns where it is then,
        and where no garment is, bool (h, w) each. arm, skin: likewise.
        """
        bone, near, old = self.bone, self.near, self.near.copy()
        old[old] = trunk.in_sleeve(flow[old])
        places, sleeve = self._placed(arm, shows * self.way, trunk)
        # Up to its hem it goes around the arm; below it the arm is bare, and the trunk goes on under it.
        covered = arm & ~sleeve & (bone.along < _hem(bone, sleeve))
        rest = ~sleeve & ~covered
        bare = rest & arm
        above = bare & (bone.along < ARMPIT * bone.length)
        if skin[above].sum() > above.sum() / 2:
            # Old clothing beside a bare arm is on the trunk.
            bare &= skin | ~above
        off = bare | (rest & near & ~arm & (bone.across > 0))
        covering = covered.copy()
        covering[covered] = old[covered] | trunk.in_sleeve(places[covered])
        inner = arm & (bone.across < 0)
        bodice = rest & near & (inner | ((old | arm) & ~off))
        bodice[bodice] = old[bodice] | ~trunk.holds(flow[bodice])
        if bodice.any():
            box = bounding_box(bodice, TRUNK)
            part, known = flow[box], trunk.holds(flow[box]) & ~arm[box]
            part[bodice[box]] = trunk.inside(extend_flow(part, known)[bodice[box]])
        moved = sleeve | covering | (off & ~inner)
        flow[moved] = trunk.beside(places[moved])
        return sleeve | covered | (arm & ~off & near), off

    def _placed(self, arm: np.ndarray, shows: np.ndarray, trunk: Trunk) -> tuple[np.ndarray, np.ndarray]:
        """Pixel of the picture for each of the photo if the sleeve `shows` as much, float32 (h, w, 2), and
        where it is then, bool (h, w). The arguments are those of `lay`.
        """
        bone, near, sleeve = self.bone, self.near, self.near.copy()
        offset = self.top - self.place @ shows
        places = np.stack(
            [
                bone.along * np.float32(down) + bone.across * np.float32(out) + np.float32(start)
                for down, out, start in zip(*shows, offset, strict=True)
            ],
            axis=-1,
        )
        sleeve[near] = _in_sleeve(trunk, places[near])
        lower = self._too_high(sleeve, arm)
        if lower > 0:
            places -= np.float32(lower) * (places[1, 0] - places[0, 0])
            sleeve[near] = _in_sleeve(trunk, places[near])
        return places, sleeve

    def _too_high(self, sleeve: np.ndarray, arm: np.ndarray) -> float:
        """By how many rows a `sleeve` stands higher than it may above its `arm`, bool (h, w) each."""
        if not (sleeve.any() and arm.any()):
            return 0.0
        top, shoulder = (int(part.any(axis=1).argmax()) for part in (sleeve, arm))
        return shoulder - RISE * self.bone.length - top


def _scale_of_trunk(sleeves: Sleeves, flow: np.ndarray, trunk: Trunk) -> float:
    """How many pixels of the picture one of the photo is along a side, on the trunk; 0 if it is not seen."""
    few = np.s_[:-1:SPARSE, :-1:SPARSE]
    arms = np.logical_or(*(arm[few] for arm in sleeves.arms))
    rows, columns = np.nonzero((sleeves.layout[few][..., GARMENT] > SURE) & trunk.holds(flow[few]) & ~arms)
    if not rows.size:
        return 0.0
    rows, columns = rows * SPARSE, columns * SPARSE
    right, down = (flow[rows + y, columns + x] - flow[rows, columns] for x, y in ((1, 0), (0, 1)))
    return float(np.sqrt(np.median(np.abs(right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]))))


def _hem(bone: UpperArm, sleeve: np.ndarray) -> np.ndarray:
    """How far along the arm a `sleeve`, bool (h, w), ends at as many pixels across it as each, (h, w); on its
    inner side, where it grows into an armhole, no higher up than before.
    """
    if not sleeve.any():
        return np.full(sleeve.shape, -np.inf)
    across = bone.across[sleeve].round().astype(int)
    first = int(across.min())
    ends = np.full(int(across.max()) + 1 - first, -np.inf)
    np.maximum.at(ends, across - first, bone.along[sleeve])
    inner = ends[: max(-first, 0)]
    inner[:] = np.maximum.accumulate(inner[::-1])[::-1]
    there = np.flatnonzero(np.isfinite(ends))
    return np.interp(bone.across, there + first, ends[there])


def _in_sleeve(trunk: Trunk, places: np.ndarray) -> np.ndarray:
    """Which of `places` (N, 2) of a picture are in a sleeve beside the `trunk`: bool (N,)."""
    height, width = trunk.sleeves.shape
    column, row = np.moveaxis(places.round().astype(np.intp), -1, 0)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    return inside & trunk.sleeves[row.clip(0, height - 1), column.clip(0, width - 1)] & ~trunk.holds(places)
