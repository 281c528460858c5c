"""Cloth around trunk and legs as a tube: it rests on the convex outline of the body and hangs from there."""

from dataclasses import dataclass

import numpy as np

from ml.twins.body import PARTS, Body, template

STEP = 0.02
"""Height of one level of the tube in metres."""

ANGLES = np.linspace(-np.pi, np.pi, 48, endpoint=False, dtype=np.float32)
"""Around the trunk: 0 is the front, +pi/2 the body's left."""

DIRECTIONS = np.stack([np.sin(ANGLES), -np.cos(ANGLES)], axis=1)
_COSINE = np.cos(ANGLES[:, None] - ANGLES[None, :])
_REACH = np.where(_COSINE > 0.05, 1 / np.maximum(_COSINE, 0.05), np.inf).astype(np.float32)


@dataclass(frozen=True)
class Tube:
    """Outlines at L levels, from the top down.

    z, rest_z: (L,) heights posed and at rest; centre: (L, 2) x and y; yaw: (L,) radians;
    radius: (L, K) metres from the centre at ANGLES, which turn with yaw.
    """

    z: np.ndarray
    rest_z: np.ndarray
    centre: np.ndarray
    yaw: np.ndarray
    radius: np.ndarray

    def local(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Level index as a float (N,) and (N, 2) x, y in the turned frame of that level for points (N, 3)."""
        level = np.clip((self.z[0] - points[:, 2]) / STEP, 0, len(self.z) - 1)
        at = np.arange(len(self.z))
        x, y = (points[:, k] - np.interp(level, at, self.centre[:, k]) for k in range(2))
        yaw = np.interp(level, at, self.yaw)
        c, s = np.cos(yaw), np.sin(yaw)
        return level, np.stack([c * x + s * y, c * y - s * x], axis=1)

    def radius_at(self, level: np.ndarray, angle: np.ndarray) -> np.ndarray:
        """Bilinear lookup of the radius at float levels (N,) and angles (N,)."""
        count = len(ANGLES)
        column = (angle + np.pi) / (2 * np.pi) * count
        j, i = np.floor(column).astype(int), np.clip(np.floor(level).astype(int), 0, len(self.z) - 2)
        u, v = column - j, level - i
        at = lambda di, dj: self.radius[i + di, (j + dj) % count]  # noqa: E731
        return (1 - v) * ((1 - u) * at(0, 0) + u * at(0, 1)) + v * ((1 - u) * at(1, 0) + u * at(1, 1))

    def points(self) -> np.ndarray:
        """(L, K, 3) posed positions."""
        turned = ANGLES[None] + self.yaw[:, None]
        x = self.centre[:, :1] + self.radius * np.sin(turned)
        y = self.centre[:, 1:] - self.radius * np.cos(turned)
        return np.stack([x, y, np.broadcast_to(self.z[:, None], x.shape)], axis=2)

    def half_width(self) -> np.ndarray:
        """(L,) largest sideways extent."""
        return (self.radius * np.abs(DIRECTIONS[:, 0])).max(1)

    def perimeter(self) -> np.ndarray:
        """(L,) length of each outline."""
        outline = self.radius[:, :, None] * DIRECTIONS
        return np.linalg.norm(outline - np.roll(outline, 1, axis=1), axis=2).sum(1)


def _smooth(values: np.ndarray, times: int) -> np.ndarray:
    """Binomial smoothing along the first axis."""
    for _ in range(times):
        padded = np.concatenate([values[:1], values, values[-1:]])
        values = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return values


def body_tube(body: Body) -> Tube:
    """The convex outline of trunk and legs at every level from the collar bones to the ankles."""
    foot = (body.heads["foot.L"][2] + body.heads["foot.R"][2]) / 2
    z = np.arange(body.heads["clavicle.L"][2], foot, -STEP)
    parts = template().parts
    covered = np.isin(parts, [PARTS.index(name) for name in ("trunk", "leg.L", "leg.R")])
    solid, resting = body.posed[covered], body.rest[covered, 2]
    index = np.round((z[0] - solid[:, 2]) / STEP).astype(int)
    inside = (index >= 0) & (index < len(z))
    order = np.argsort(index[inside], kind="stable")
    solid, resting, index = solid[inside][order], resting[inside][order], index[inside][order]
    levels, starts = np.unique(index, return_index=True)
    low, high = (f.reduceat(solid[:, :2], starts) for f in (np.minimum, np.maximum))
    at = np.arange(len(z))
    heights = np.add.reduceat(resting, starts) / np.bincount(index)[levels]
    rest_z = np.minimum.accumulate(_smooth(np.interp(at, levels, heights), 4))
    middle = np.stack([np.interp(at, levels, (low + high)[:, k] / 2) for k in range(2)], axis=1)
    centre = _smooth(middle, 12)
    pelvis, chest = body.heads["upperleg01.L"][2], body.heads["spine01"][2]
    yaw = np.interp(z, [pelvis, chest], body.yaw)
    c, s = np.cos(yaw)[index], np.sin(yaw)[index]
    x, y = (solid[:, :2] - centre[index]).T
    support = np.maximum.reduceat(np.stack([c * x + s * y, c * y - s * x], axis=1) @ DIRECTIONS.T, starts)
    radius = np.empty((len(z), len(ANGLES)), np.float32)
    # The smoothed centre may leave the outline of a striding leg: never less than a wrist's width.
    outline = (np.maximum(support, 0.03)[:, :, None] * _REACH[None]).min(1)
    for k in range(len(ANGLES)):
        radius[:, k] = np.interp(at, levels, outline[:, k])
    return Tube(z, rest_z, centre, yaw, _smooth(radius, 2))


def hang(tube: Tube, ease: float, slope: np.ndarray) -> Tube:
    """The tube `ease` metres wider, falling from each level with `slope` (L,) metres outwards per metre down.

    A strongly negative slope clings to the body; 0 falls straight; a positive one flares.
    """
    radius = tube.radius + ease
    for level in range(1, len(radius)):
        radius[level] = np.maximum(radius[level], radius[level - 1] + slope[level] * STEP)
    return Tube(tube.z, tube.rest_z, tube.centre, tube.yaw, _smooth(radius, 3))


def fold(tube: Tube, rng: np.random.Generator, start: int, depth: float) -> Tube:
    """Soft vertical folds that deepen below level `start` up to `depth` metres."""
    count, phase = rng.integers(5, 11), rng.uniform(0, 2 * np.pi)
    ramp = np.clip((np.arange(len(tube.z)) - start) * STEP / 0.5, 0, 1)[:, None]
    drift = rng.normal(0, 1) * ramp
    waves = np.cos(count * ANGLES[None] + phase + drift) * rng.uniform(0.6, 1.0)
    return Tube(tube.z, tube.rest_z, tube.centre, tube.yaw, tube.radius + depth * ramp * (waves + 1) / 2)


def below(tube: Tube, rest_z: float) -> int:
    """Index of the first level at or under the resting height `rest_z`."""
    return int(np.clip(np.searchsorted(-tube.rest_z, -rest_z), 0, len(tube.z) - 2))
