"""The outer side of a sleeve is a line.

A layout has one pixel where the photo has five, and how far a sleeve stands off an arm wavers with it: waves,
steps and lumps are seen before the wall. Cloth hangs from the shoulder, and all of its side tells where.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np

from ml.analysis import ClothAnalysis
from ml.anatomy import ELBOWS, HIPS, SHOULDERS, WRISTS, middle
from ml.pose import Pose
from ml.sleeves import CUFF_REACH, FLARE, FOREARM, LONG, SLEEVE_STEPS, UPPER_ARM, WRIST, Sleeves, hangs

BEGIN, FULL = 0.2, 0.45
"""From where on along the upper arm a sleeve hangs, and from where on its side is the line."""
ELBOW, GATHERED = 1.0, 0.4
"""Where the line of a sleeve bends, or that of a wide one begins, and how far before its end it bends again
if that is a cuff."""
BEYOND, BELOW = 0.1, 0.01
"""How far beyond its end the outline is known, in upper arms, and how far beyond the wrist, as a share of the
photo's height."""
STEADY = 2.0
"""Over how many places along an arm its outline is averaged (standard deviation)."""
LEAST = 0.6
"""Share of the places along a sleeve at which it must be seen."""
LOOSE, LOOSEST = 0.004, 0.3
"""How far cloth stands off an arm at least, as a share of the photo's height, and at most if the sleeve is
short, in widths of the arm."""
WITHIN = 3
"""Pixels by which cloth overlaps the outline of the arm in it."""
HIDDEN, FURTHER = 0.5, 1.2
"""How much of its width the visible part of a sleeve shows at least and at most."""
INNER = 0.7
"""From where on, 0 its outer and 1 its inner side, it tells that."""
ROUNDS = 10
"""Rounds of reweighting towards the least sum of distances."""


def with_even_sleeves(
    sleeves: Sleeves, cloth: ClothAnalysis, flow: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`flow`, float32 (H, W, 2) px of the picture of a top, whose `sleeves` end outwards in a line where arms
    hang down, and where beside the arms they are, and are not, bool (H, W) each.

    share: float32 (H, W) in 0..1, of `garment_share`. The texture of long sleeves is spread evenly up to it.
    """
    end, result, free = min(sleeves.end, WRIST), flow.copy(), np.zeros((2, *share.shape), bool)
    bones = (UPPER_ARM, FOREARM) if end > ELBOW else (UPPER_ARM,)
    wide, arms = end >= LONG and None in cloth.sleeves, []
    for side, arm in enumerate(sleeves.arms):
        if end > FULL and arm.any() and all(hangs(sleeves.pose, side, bone) for bone in bones):
            around = _Around.seen(sleeves.pose, side, arm, end, cloth, flow, share)
            arms += [around] if around.known else []
    bent = end > ELBOW + GATHERED and not wide
    lines = [around.line(bent=bent) for around in arms]
    if wide:
        # What swings freely does so alike, but a layout seems to know it of one sleeve alone.
        lines = [np.mean(lines, axis=0)] * len(lines)
    for around, line in zip(arms, lines, strict=True):
        level = around.level(line, bent=bent)
        within, beyond = around.beside(level)
        for where, chosen in zip(free, (within, beyond), strict=True):
            where[around.rows[chosen], around.columns[chosen]] = True
        if end >= LONG and not wide:
            around.spread(result, cloth, level, within)
    return result, *free


@dataclass(frozen=True)
class _Around:
    """What is around an arm in a sleeve, as far as that may reach.

    rows, columns: (N,), its pixels; along: (N,) of `along_arm`; off: (N,), pixels from the bone outwards;
    arm, cloth: bool (N,), whether they show the arm, and the garment; end: of the sleeve; least: pixels by
    which cloth stands off the arm.
    """

    rows: np.ndarray
    columns: np.ndarray
    along: np.ndarray
    off: np.ndarray
    arm: np.ndarray
    cloth: np.ndarray
    end: float
    least: float

    @classmethod
    def seen(
        cls,
        pose: Pose,
        side: int,
        arm: np.ndarray,
        end: float,
        cloth: ClothAnalysis,
        flow: np.ndarray,
        share: np.ndarray,
    ) -> Self:
        """That of an `arm`, bool (H, W). side: 0 is the left arm, 1 the right; the others: of
        `with_even_sleeves`.
        """
        joints = pose.keypoints[[part[side] for part in (SHOULDERS, ELBOWS, WRISTS)]]
        trunk = (middle(pose, SHOULDERS) + middle(pose, HIPS)) / 2
        if end <= ELBOW:
            joints = joints[:2]
        low, high = joints.min(axis=0), joints.max(axis=0)
        # Inwards is but the arm itself, and far outwards only what is cloth matters.
        thick, reach, right = CUFF_REACH * len(arm), FLARE * len(arm), joints[:, 0].mean() > trunk[0]
        low = low - (thick if right else reach, 0)
        high = high + np.array((reach if right else thick, BELOW * len(arm)))
        (left, top), (right, bottom) = (corner.clip(0, arm.shape[::-1]).astype(int) for corner in (low, high))
        box = np.s_[top:bottom, left:right]
        along, off, away = _beside(joints[0], joints[1], box, trunk)
        if len(joints) > 2:
            further, beside, nearer = _beside(joints[1], joints[2], box, trunk)
            forearm = nearer < away
            along[forearm], off[forearm] = 1 + further[forearm], beside[forearm]
        near = ((off > 0) & (off < np.where(share[box] > 0.5, reach, thick))) | arm[box]
        near = np.nonzero(near & (along > BEGIN) & (along < end + BEYOND))
        rows, columns = near[0] + top, near[1] + left
        here = flow[rows, columns].round().astype(int).clip(0, np.array(cloth.mask.shape[::-1]) - 1)
        shown = (cloth.flat.outline[here[:, 1], here[:, 0]] > 0.5) & (share[rows, columns] > 0.5)
        return cls(rows, columns, along[near], off[near], arm[rows, columns], shown, end, LOOSE * len(arm))

    @cached_property
    def known(self) -> bool:
        """Whether enough of the arm is seen."""
        return bool(np.isfinite(self._furthest(self.arm)).mean() > LEAST)

    @cached_property
    def steps(self) -> np.ndarray:
        """Places along the arm at which the sleeve is measured: (n,)."""
        count = round((self.end - BEGIN) * SLEEVE_STEPS)
        return BEGIN + (np.arange(count) + 0.5) * (self.end - BEGIN) / count

    @cached_property
    def step(self) -> np.ndarray:
        """Which of `steps` each pixel before the end belongs to: int (N,)."""
        count = len(self.steps)
        # The share of a pixel right before the end may be rounded up to 1.
        return ((self.along - BEGIN) / (self.end - BEGIN) * count).astype(int).clip(max=count - 1)

    def _furthest(self, part: np.ndarray, way: int = 1) -> np.ndarray:
        """How far the pixels that `part`, bool (N,), names reach outwards at each of `steps`, (n,) pixels."""
        part = part & (self.along < self.end)
        level = np.full(len(self.steps), -np.inf)
        np.maximum.at(level, self.step[part], way * self.off[part])
        return way * level

    def _steady(self, level: np.ndarray) -> np.ndarray:
        there = np.isfinite(level)
        level = np.interp(self.steps, self.steps[there], level[there])
        return cv2.GaussianBlur(np.float32(level)[None], (0, 1), STEADY, borderType=cv2.BORDER_REPLICATE)[0]

    @cached_property
    def inner(self) -> np.ndarray:
        """Inner side of the arm at each of `steps`: (n,) pixels."""
        return self._steady(self._furthest(self.arm, -1))

    @cached_property
    def outer(self) -> np.ndarray:
        """Its outer side, likewise."""
        return self._steady(self._furthest(self.arm))

    @cached_property
    def straight(self) -> np.ndarray:
        """That as a straight line, likewise."""
        return np.polyval(np.polyfit(self.steps, self.outer, 1), self.steps)

    @cached_property
    def own(self) -> np.ndarray:
        """Side of the sleeve as it was, likewise."""
        return self._steady(self._furthest(self.arm | self.cloth))

    def line(self, *, bent: bool) -> np.ndarray:
        """How far the side of the sleeve is to be from that of the arm, if it is `bent` like that, or else
        from its `straight` one: (n,) pixels.
        """
        bends = [BEGIN, self.end]
        if bent:
            bends[1:1] = [ELBOW, self.end - GATHERED] if self.end > LONG else [ELBOW]
        return _line(self.steps, self.own - (self.outer if bent else self.straight), bends)

    def level(self, line: np.ndarray, *, bent: bool) -> np.ndarray:
        """How far the sleeve is to reach at each of `steps`: (n,) pixels. line, bent: of `line`."""
        base = self.outer if bent else self.straight
        if self.end <= ELBOW:
            line = np.minimum(line, LOOSEST * (self.outer - self.inner).mean())
        level = np.maximum(base + line, self.outer + self.least)
        wide = not bent and self.end > ELBOW
        return self.own + self._hanging(self.steps, ELBOW if wide else FULL) * (level - self.own)

    def beside(self, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels outwards of the arm up to `level` (n,) and beyond it: bool (N,) each."""
        outside = ~self.arm & (self.off > self._at(self.outer) - WITHIN)
        within = outside & (self.along < self.end) & (self.off <= self._at(level))
        return within, outside & ~within

    def spread(self, flow: np.ndarray, cloth: ClothAnalysis, level: np.ndarray, beside: np.ndarray) -> None:
        """Spread the texture of the sleeve evenly up to `level` (n,), in place.

        flow: float32 (H, W, 2), pixels of the picture of `cloth`; beside: bool (N,), what of it is beside the
        arm.
        """
        chosen = np.flatnonzero((self.arm & (self.along < self.end)) | beside)
        rows, columns, along, step = (
            part[chosen] for part in (self.rows, self.columns, self.along, self.step)
        )
        found = flow[rows, columns]
        own = self.arm[chosen] & cloth.trunk.in_sleeve(found)
        sleeve = cloth.sleeves[cloth.trunk.side_of(found[own])] if own.any() else None
        if sleeve is None:
            return
        row = found[:, 1].round().astype(int).clip(0, len(sleeve.there) - 1)
        inner, outer, there = sleeve.inner[row], sleeve.outer[row], sleeve.there[row]
        start, stop = (np.interp(along, self.steps, line) for line in (self.inner, level))
        left = 1 - (self.off[chosen] - start) / np.maximum(stop - start, 1)
        told = own & there & (left > INNER)
        shown = (found[:, 0] - outer) / np.where(inner == outer, 1, inner - outer)
        sums = [np.bincount(step[told], part[told], len(self.steps)) for part in (left * shown, left**2)]
        seen = sums[1] > 0
        if not seen.any():
            return
        much = (sums[0][seen] / sums[1][seen]).clip(HIDDEN, FURTHER)
        much = _line(self.steps[seen], much, [BEGIN, self.end])
        laid = outer + left * np.interp(along, self.steps[seen], much) * (inner - outer)
        aside = self._hanging(along) * (laid - found[:, 0])
        moved = there & (own | beside[chosen])
        flow[rows[moved], columns[moved], 0] += aside[moved]

    def _hanging(self, along: np.ndarray, full: float = FULL) -> np.ndarray:
        return ((along - BEGIN) / (full - BEGIN)).clip(0, 1)

    def _at(self, level: np.ndarray) -> np.ndarray:
        return np.interp(self.along, self.steps, level)


def _beside(
    start: np.ndarray, end: np.ndarray, box: tuple[slice, slice], inside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each pixel in a `box` how far along a bone it lies, 0 to 1, how far beside it, on the side that is
    away from the point `inside` (2,), and how far off it: float32 (h, w) each, the latter in squared pixels.
    """
    bone, away = end - start, (start + end) / 2 - inside
    length = max(float(np.linalg.norm(bone)), 1.0)
    right, down = (bone / length).astype(np.float32)
    way = 1 if away[1] * right > away[0] * down else -1
    y, x = (np.arange(side.start, side.stop, dtype=np.float32) for side in box)
    x, y = x[None] - start[0], y[:, None] - start[1]
    along, off = x * right + y * down, way * (y * right - x * down)
    within = along.clip(0, length)
    return within / np.float32(length), off, (along - within) ** 2 + off**2


def _line(places: np.ndarray, level: np.ndarray, bends: list[float]) -> np.ndarray:
    """The line (n,) that is straight between `bends` and next to most of `level` (n,) at `places`, likewise:
    by least absolute deviations (reweighted least squares, Schlossmacher, 1973).
    """
    shares = np.stack([np.interp(places, bends, row) for row in np.eye(len(bends))], axis=1)
    trust, near = np.ones((len(level), 1)), 1e-2 * max(float(np.ptp(level)), 1e-6)
    for _ in range(ROUNDS):
        fitted = np.linalg.lstsq((shares * trust).T @ shares, (shares * trust).T @ level, rcond=None)[0]
        trust = 1 / np.maximum(np.abs(level - shares @ fitted), near)[:, None]
    return shares @ fitted
