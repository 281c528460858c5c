"""Where each point of a garment lies when the garment lies flat.

Every body segment has a plane map of its own; they are blended by the skinning weights of the body.
"""

from dataclasses import dataclass

import numpy as np

from ml.twins.body import SEGMENTS, Body, template
from ml.twins.drape import Tube

_ROUND = 0.97


def unrolled(t: np.ndarray) -> np.ndarray:
    """Share of the arc from front middle to side, -1..1, at an offset `t` of the half width, -1..1."""
    return np.arcsin(_ROUND * np.clip(t, -1, 1)) / np.arcsin(_ROUND)


@dataclass(frozen=True)
class Layout:
    """How a garment is laid out. Angles in radians.

    unroll: 0 keeps the seen outline as on a ghost mannequin, 1 is pressed flat; arms: (2,) from hanging
    straight down, outwards; elbows: (2,) further outwards; legs: (2,) opening of each leg; above: (2,) a
    sleeve lies on the body (1) or under it (-1).
    """

    unroll: float
    arms: np.ndarray
    elbows: np.ndarray
    legs: np.ndarray
    above: np.ndarray

    @classmethod
    def random(cls, rng: np.random.Generator, long_sleeves: bool) -> "Layout":
        """Long sleeves mostly lie beside the trunk, short ones stand out. Shops show garments on an invisible
        mannequin about as often as lying.
        """
        if rng.random() < (0.15 if long_sleeves else 0.35):
            arm = rng.uniform(0.75, 1.5)
        else:
            arm = rng.uniform(0.06, 0.6) if long_sleeves else rng.uniform(0.2, 0.95)
        return cls(
            unroll=float(rng.uniform(0, 0.15) if rng.random() < 0.45 else rng.uniform(0.35, 0.8)),
            arms=arm + rng.normal(0, 0.07, 2),
            elbows=rng.normal(-0.08, 0.14) + rng.normal(0, 0.08, 2),
            legs=rng.uniform(-0.03, 0.1) + rng.normal(0, 0.015, 2),
            above=rng.choice([-1.0, 1.0], 2),
        )


@dataclass(frozen=True)
class TrunkMap:
    """Sideways map of the trunk, level by level. rest_z ascending; half widths in metres."""

    rest_z: np.ndarray
    worn: np.ndarray  # half of the seen width
    flat: np.ndarray  # half of the width when pressed flat
    unroll: float

    @classmethod
    def of(cls, tube: Tube, unroll: float) -> "TrunkMap":
        worn, flat = tube.half_width()[::-1], tube.perimeter()[::-1] / 4
        return cls(tube.rest_z[::-1], worn, np.maximum(flat, worn), unroll)

    def __call__(self, x: np.ndarray, rest_z: np.ndarray) -> np.ndarray:
        """Flat x of points `x` metres from the middle at `rest_z`; beyond the side it goes on unscaled."""
        worn, flat = np.interp(rest_z, self.rest_z, self.worn), np.interp(rest_z, self.rest_z, self.flat)
        t = x / worn
        over = np.sign(t) * np.maximum(np.abs(t) - 1, 0) * worn
        t = np.clip(t, -1, 1)
        return (1 - self.unroll) * worn * t + self.unroll * flat * unrolled(t) + over


def _limb(
    points: np.ndarray, head: np.ndarray, tail: np.ndarray, radius: np.ndarray, unroll: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Length along head -> tail, flat offset to the outside (+x for a hanging left limb), and depth."""
    axis = (tail - head) / np.linalg.norm(tail - head)
    front = np.array([0, -1.0, 0]) + axis * axis[1]
    front /= np.linalg.norm(front)
    side = np.cross(front, axis)
    relative = points - head
    offset = relative @ side
    t = offset / radius
    flat = radius * ((1 - unroll) * t + unroll * np.pi / 2 * unrolled(t))
    return relative @ axis, flat, -(relative @ front)


def _direction(angle: float, sign: float) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors along and across (towards +x when hanging) a limb at `angle` from straight down."""
    along = np.array([sign * np.sin(angle), -np.cos(angle)])
    return along, np.array([-along[1], along[0]])


def lay_flat(
    body: Body, points: np.ndarray, trunk: TrunkMap, layout: Layout, radii: np.ndarray, ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Flat (N, 2) metres (x, z) and depth (N,) of garment points that cover body vertices `ids`.

    points: (N, 3) at rest; radii: (N,) cloth radius around the limb each point covers.
    """
    weights = template().segments[ids]
    flat = np.stack([trunk(points[:, 0], points[:, 2]), points[:, 2]], axis=1)
    out, depth = np.zeros_like(flat), np.zeros(len(points))
    rest_weight = 1 - sum(weights[:, SEGMENTS.index(f"{n}.{s}")] for n in LIMBS for s in "LR")
    out += flat * rest_weight[:, None]
    depth += points[:, 1] * rest_weight
    for k, side in enumerate("LR"):
        for names, (root, heads) in LIMB_BONES.items():
            chain = [body.heads_rest[f"{name}.{side}"] for name in heads]
            angles = _angles(layout, k, root)
            start = _root(trunk, chain[0], root, radii, weights, names, side, layout)
            for name, head, tail, angle in zip(names, chain, chain[1:], angles, strict=False):
                weight = weights[:, SEGMENTS.index(f"{name}.{side}")]
                along_dir, across = _direction(angle, 1 if side == "L" else -1)
                used = weight > 0
                along, offset, d = _limb(points[used], head, tail, radii[used], layout.unroll)
                place = start + along[:, None] * along_dir + offset[:, None] * across
                out[used] += place * weight[used, None]
                lift = -0.12 * layout.above[k] if root == "arm" else 0.0
                depth[used] += (d + lift) * weight[used]
                start = start + np.linalg.norm(tail - head) * along_dir
    return out, depth


LIMBS = ("upperarm", "forearm", "thigh", "shin")
LIMB_BONES = {
    ("upperarm", "forearm"): ("arm", ("upperarm01", "lowerarm01", "wrist")),
    ("thigh", "shin"): ("leg", ("upperleg01", "lowerleg01", "foot")),
}


def _angles(layout: Layout, k: int, root: str) -> tuple[float, float]:
    if root == "arm":
        return layout.arms[k], layout.arms[k] + layout.elbows[k]
    return layout.legs[k], layout.legs[k]


def _root(
    trunk: TrunkMap,
    joint: np.ndarray,
    root: str,
    radii: np.ndarray,
    weights: np.ndarray,
    names: tuple[str, str],
    side: str,
    layout: Layout,
) -> np.ndarray:
    """Flat place of a shoulder or hip."""
    x = float(trunk(joint[:1], joint[2:3])[0])
    if root == "leg":
        # Pressed legs are wider than round ones: they must not overlap at the crotch.
        thigh = weights[:, SEGMENTS.index(f"{names[0]}.{side}")] > 0.9
        if thigh.any():
            wide = np.median(radii[thigh]) * (1 + layout.unroll * (np.pi / 2 - 1))
            x = np.sign(x) * (wide + 0.005)
    return np.array([x, joint[2]])
