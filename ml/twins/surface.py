"""Cloth as triangle meshes that know where they are worn and where they lie flat."""

from dataclasses import dataclass

import numpy as np

from ml.twins.body import template
from ml.twins.drape import ANGLES, Tube
from ml.twins.flatlay import TrunkMap


@dataclass(frozen=True)
class Surface:
    """A cloth mesh. points: (V, 3) posed; flat: (V, 2) metres (x, z) and depth (V,) when it lies flat;
    keep: (V, 2) metres, cloth where both are positive; front: (V,) 1 towards the viewer of the flat-lay, -1
    away; rest: (V, 3) metres, the place on the resting body.
    """

    points: np.ndarray
    faces: np.ndarray
    flat: np.ndarray
    depth: np.ndarray
    keep: np.ndarray
    front: np.ndarray
    rest: np.ndarray
    arm: np.ndarray  # (V,) how far a point belongs to a sleeve, 0..1
    along: np.ndarray  # (V,) metres from the shoulder along the sleeve


def faces_of(ids: np.ndarray) -> np.ndarray:
    """Faces of the body whose corners are all among vertices `ids`, renumbered."""
    number = np.full(len(template().parts), -1)
    number[ids] = np.arange(len(ids))
    faces = number[template().faces]
    return faces[(faces >= 0).all(1)]


def onto_tube(points: np.ndarray, tube: Tube, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posed points drawn radially out to the tube by `share` (N,), and their place (N, 2) in its frame."""
    level, local = tube.local(points)
    radius, angle = np.hypot(*local.T) + 1e-6, np.arctan2(local[:, 0], -local[:, 1])
    grow = share * np.maximum(tube.radius_at(level, angle) - radius, 0) / radius
    centre = np.stack([np.interp(level, np.arange(len(tube.z)), tube.centre[:, k]) for k in range(2)], axis=1)
    out = points.copy()
    out[:, :2] += (points[:, :2] - centre) * grow[:, None]
    return out, local * (1 + grow)[:, None]


def tube_surface(tube: Tube, bottom: int, trunk: TrunkMap, keep: np.ndarray) -> Surface:
    """The first `bottom` levels of the tube; keep: (bottom, K, 2)."""
    rows, columns = bottom, len(ANGLES)
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b = index[:-1], index[1:]
    right = lambda grid: np.roll(grid, -1, axis=1)  # noqa: E731
    faces = np.concatenate([np.stack([a, b, right(a)], -1), np.stack([right(a), b, right(b)], -1)]).reshape(
        -1, 3
    )
    radius = tube.radius[:bottom]
    x, y = radius * np.sin(ANGLES), -radius * np.cos(ANGLES)
    rest_z = np.broadcast_to(tube.rest_z[:bottom, None], x.shape)
    # A lying garment is symmetric, however its wearer stands.
    worn = np.interp(tube.rest_z[:bottom], trunk.rest_z, trunk.worn)[:, None]
    side = np.where(x > 0, x.max(1, keepdims=True), -x.min(1, keepdims=True))
    flat = np.stack([trunk(x / side * worn, rest_z), rest_z], axis=-1)
    front = np.broadcast_to(np.cos(ANGLES)[None], x.shape)
    return Surface(
        tube.points()[:bottom].reshape(-1, 3),
        faces,
        flat.reshape(-1, 2),
        y.ravel(),
        keep.reshape(-1, 2),
        front.ravel(),
        np.stack([x, y, rest_z], axis=-1).reshape(-1, 3),
        np.zeros(x.size),
        np.zeros(x.size),
    )
