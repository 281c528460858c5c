"""A standing body and the same body laid flat: where each place of the one lies in the other.

The flat body is the rest pose of linear blend skinning (Magnenat-Thalmann et al., 1988): the trunk upright,
arms straight and ARM_ANGLE off the trunk, legs straight. Weights are taken there, where arms and trunk are
well apart, so that the way from the flat body to the photo needs no inversion. Lengths are photo pixels in
both; the flat body's origin lies between the shoulders, y points down.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from ml.anatomy import ANKLES, ELBOWS, HIPS, KNEES, SHOULDERS, WRISTS, middle, shoulder_width
from ml.pose import Pose

ARM_ANGLE, LEG_ANGLE = np.radians(35), np.radians(5)
ARM_LENGTHS, LEG_LENGTHS = (0.5, 0.45), (0.7, 0.7)
"""Shortest upper arm, forearm, thigh and shin of the flat body in lengths of the torso: shorter ones are
foreshortened."""
TRUNK_HALF = 0.42
"""Half the width of what is trunk without doubt, in widths of the shoulders."""
SOFTNESS = 0.035
"""Over what distance, in lengths of the torso, one part of the body passes into the next."""
CROTCH = 1.2
"""How far down a body is one, in lengths of the torso."""
SIDES = (1.0, -1.0)
"""Where the person's left and right are seen: to the right and to the left."""


def segment_distance(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Distance of `points` (..., 2) from the segment between two points (2,): (...)."""
    along = end - start
    share = ((points - start) @ along / max(float(along @ along), 1e-6)).clip(0, 1)
    return np.linalg.norm(points - start - share[..., None] * along, axis=-1)


@dataclass(frozen=True)
class Bone:
    """A straight part of a limb, from `start` to `end` (2,) in the photo and in the flat body."""

    start: np.ndarray
    end: np.ndarray
    flat_start: np.ndarray
    flat_end: np.ndarray

    def to_photo(self, places: np.ndarray) -> np.ndarray:
        """Places (..., 2) of the flat body in the photo: turned, and stretched along the bone alone."""
        flat, worn = self.flat_end - self.flat_start, self.end - self.start
        length = max(float(np.linalg.norm(flat)), 1e-6)
        offset = places - self.flat_start
        along = offset @ flat / length**2
        across = offset @ np.array([-flat[1], flat[0]]) / length
        normal = np.array([-worn[1], worn[0]]) / max(float(np.linalg.norm(worn)), 1e-6)
        return self.start + along[..., None] * worn + across[..., None] * normal

    def distance(self, places: np.ndarray) -> np.ndarray:
        """Of places (..., 2) of the flat body: (...)."""
        return segment_distance(places, self.flat_start, self.flat_end)


@dataclass(frozen=True)
class Trunk:
    """The trunk, and below it what hangs round both legs: a line down the middle, and how far it leans.

    line: (n, 2) photo pixels; levels: (n,) y of the same points in the flat body; tilts: angles of shoulders
    and hips; length: of the torso; width: of the shoulders; bottom: y down to which it is solid.
    """

    line: np.ndarray
    levels: np.ndarray
    tilts: tuple[float, float]
    length: float
    width: float
    bottom: float

    def to_photo(self, places: np.ndarray) -> np.ndarray:
        """Places (..., 2) of the flat body in the photo."""
        x, y = places[..., 0], places[..., 1]
        tilt = np.interp(y, (0, self.length), self.tilts)
        middles = [np.interp(y, self.levels, self.line[:, axis]) for axis in range(2)]
        return np.stack([middles[0] + x * np.cos(tilt), middles[1] + x * np.sin(tilt)], axis=-1)

    def distance(self, places: np.ndarray) -> np.ndarray:
        """Of places (..., 2) of the flat body from a box, 0 inside: (...)."""
        beside = np.abs(places[..., 0]) - TRUNK_HALF * self.width
        return np.linalg.norm(np.stack([beside, places[..., 1] - self.bottom], -1).clip(0), axis=-1)


@dataclass(frozen=True)
class Skeleton:
    """trunk, and left and right limb (arms, or the legs of trousers) as bones from the trunk outwards."""

    trunk: Trunk
    limbs: tuple[tuple[Bone, Bone], tuple[Bone, Bone]]

    @classmethod
    def with_arms(cls, pose: Pose) -> Self:
        """For what is worn on trunk and arms."""
        return cls(_trunk(pose, np.inf), _limbs(pose, SHOULDERS, ELBOWS, WRISTS, 0, ARM_ANGLE, ARM_LENGTHS))

    @classmethod
    def with_legs(cls, pose: Pose) -> Self:
        """For trousers."""
        trunk = _trunk(pose, CROTCH)
        limbs = _limbs(pose, HIPS, KNEES, ANKLES, trunk.length, LEG_ANGLE, LEG_LENGTHS)
        return cls(trunk, limbs)

    def to_photo(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places (..., 2) of the flat body as photo pixels (..., 2), and what they belong to, (...) uint8: 0
        is the trunk, 1 the left limb, 2 the right.
        """
        softness = SOFTNESS * self.trunk.length
        parts: list[Trunk | Bone] = [self.trunk, *self._bones()]
        distances = np.stack([part.distance(places) for part in parts], axis=-1)
        weights = np.exp((distances.min(-1, keepdims=True) - distances) / softness)
        weights /= weights.sum(-1, keepdims=True)
        photo = sum(weights[..., k, None] * part.to_photo(places) for k, part in enumerate(parts))
        shares = np.stack([weights[..., 0], weights[..., 1:3].sum(-1), weights[..., 3:].sum(-1)], axis=-1)
        return photo, shares.argmax(-1).astype(np.uint8)

    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all that may be worn on the flat body."""
        length, ends = self.trunk.length, np.array([bone.flat_end for bone in self._bones()])
        reach = max(float(np.abs(ends[:, 0]).max()), self.trunk.width) + 0.5 * length
        return -reach, -0.8 * length, reach, float(self.trunk.levels[-1])

    def _bones(self) -> Iterator[Bone]:
        for limb in self.limbs:
            yield from limb


def _trunk(pose: Pose, bottom: float) -> Trunk:
    shoulders, hips, knees, ankles = (middle(pose, pair) for pair in (SHOULDERS, HIPS, KNEES, ANKLES))
    length = max(float(np.linalg.norm(hips - shoulders)), 1.0)
    # Knees and ankles of a stride or a cropped photo must not bend a skirt: straight on is nearly right.
    onward = [_onward(hips, shoulders, end, reach * length) for end, reach in ((knees, 0.9), (ankles, 1.8))]
    line = np.array([2 * shoulders - hips, shoulders, hips, *onward])
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    levels = np.concatenate([[0], np.cumsum(steps)]) - steps[0]
    tilts = tuple(_tilt(pose, pair) for pair in (SHOULDERS, HIPS))
    return Trunk(line, levels, tilts, length, shoulder_width(pose), bottom * length)


def _onward(hips: np.ndarray, shoulders: np.ndarray, end: np.ndarray, reach: float) -> np.ndarray:
    """The point `reach` below the hips, half way between straight on and towards `end`."""
    directions = [(there - here) for here, there in ((shoulders, hips), (hips, end))]
    summed = sum(step / max(float(np.linalg.norm(step)), 1e-6) for step in directions)
    return hips + reach * summed / max(float(np.linalg.norm(summed)), 1e-6)


def _tilt(pose: Pose, pair: tuple[int, int]) -> float:
    across = pose.keypoints[pair[0]] - pose.keypoints[pair[1]]
    return float(np.arctan2(across[1], across[0]))


def _limbs(
    pose: Pose,
    starts: tuple[int, int],
    middles: tuple[int, int],
    ends: tuple[int, int],
    level: float,
    angle: float,
    shortest: tuple[float, float],
) -> tuple[tuple[Bone, Bone], tuple[Bone, Bone]]:
    """Both limbs straight at `angle` from hanging, beginning at y `level` of the flat body."""
    torso = max(float(np.linalg.norm(middle(pose, HIPS) - middle(pose, SHOULDERS))), 1.0)
    half = float(np.linalg.norm(pose.keypoints[starts[0]] - pose.keypoints[starts[1]])) / 2
    limbs = []
    for side, sign in enumerate(SIDES):
        worn = [pose.keypoints[pair[side]].astype(float) for pair in (starts, middles, ends)]
        direction = np.array([sign * np.sin(angle), np.cos(angle)])
        flat = [np.array([sign * half, level])]
        for (start, end), least in zip(pairwise(worn), shortest, strict=True):
            flat.append(flat[-1] + direction * max(float(np.linalg.norm(end - start)), least * torso))
        limbs.append(
            tuple(Bone(*pair, *there) for pair, there in zip(pairwise(worn), pairwise(flat), strict=True))
        )
    return limbs[0], limbs[1]
