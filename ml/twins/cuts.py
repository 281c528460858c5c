"""Signed fields that cut garments: metres to an edge, positive on cloth, smooth across the faces they cut."""

import numpy as np

from ml.twins.body import SEGMENTS, Body, template
from ml.twins.drape import ANGLES, Tube
from ml.twins.garment import Garment, Neckline, Sleeves

REACH = 0.05
"""Fields are clipped to this many metres either side of an edge."""

ARMHOLE = 0.86
"""Share of the half width under the arms at which a sleeveless garment is cut."""

_LEVEL_BONES = ("foot.L", "lowerleg01.L", "upperleg01.L", "upperarm01.L")
_LEVELS = (-2, -1, 0, 1)


def clipped(field: np.ndarray) -> np.ndarray:
    """`field` limited to REACH."""
    return np.clip(field, -REACH, REACH)


def height(body: Body, level: float) -> float:
    """Resting height in metres of 1 = shoulder, 0 = hip, -1 = knee, -2 = ankle."""
    return float(np.interp(level, _LEVELS, [body.heads_rest[bone][2] for bone in _LEVEL_BONES]))


def levels(body: Body) -> np.ndarray:
    """(V,) the levels of `height` for the vertices of a body."""
    return np.interp(body.rest[:, 2], [body.heads_rest[bone][2] for bone in _LEVEL_BONES], _LEVELS)


def neck_field(points: np.ndarray, body: Body, neck: Neckline) -> np.ndarray:
    """Metres to the edge of the neck hole of resting points (N, 3), positive on cloth."""
    base = body.heads_rest["neck01"]
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    if neck.strapless:
        top = body.heads_rest["upperarm01.L"][2] - 0.2 * neck.front - 0.04
        return clipped(top + 0.02 * np.cos(np.pi * np.clip(x / 0.12, 0, 1.5)) * (y < 0) - z)
    if neck.collar is not None:
        return clipped(base[2] + neck.collar + 0.2 * (y - base[1]) - z)
    back = np.clip((y - base[1] + 0.035) / 0.07, 0, 1)
    deep = neck.front + (neck.back - neck.front) * back * back * (3 - 2 * back)
    down = np.maximum(base[2] - 0.02 - z, 0)
    p = neck.power
    shape = ((x / neck.half) ** p + (down / deep) ** p) ** (1 / p) - 1
    return clipped(shape * np.minimum(neck.half, deep))


def opening_field(
    x: np.ndarray, rest_z: np.ndarray, front: np.ndarray, body: Body, garment: Garment
) -> np.ndarray:
    """Metres to the edges of an open front, REACH for a closed one; `front`: which points lie in front.

    x: metres from the middle; rest_z: resting heights.
    """
    if garment.opening is None:
        return np.full(x.shape, REACH)
    ends = [height(body, garment.hem), float(body.heads_rest["neck01"][2])]
    half = np.interp(rest_z, ends, garment.opening[::-1])
    return np.where(front, clipped(np.abs(x) - half), REACH)


def arm_lengths(points: np.ndarray, body: Body, weights: np.ndarray) -> np.ndarray:
    """Metres from the shoulder along the arm of resting points that cover it."""
    out = np.zeros(len(points))
    for side in "LR":
        s, e, w = (body.heads_rest[f"{n}.{side}"] for n in ("upperarm01", "lowerarm01", "wrist"))
        upper, lower = np.linalg.norm(e - s), np.linalg.norm(w - e)
        fore = weights[:, SEGMENTS.index(f"forearm.{side}")]
        first = (points - s) @ (e - s) / upper
        second = upper + (points - e) @ (w - e) / lower
        mine = fore + weights[:, SEGMENTS.index(f"upperarm.{side}")] > 0
        out[mine] = (first + (second - first) * fore)[mine]
    return out


def arm_length(body: Body) -> float:
    """Metres from shoulder to wrist."""
    s, e, w = (body.heads_rest[f"{name}.L"] for name in ("upperarm01", "lowerarm01", "wrist"))
    return float(np.linalg.norm(e - s) + np.linalg.norm(w - e))


def arm_shares(body: Body) -> np.ndarray:
    """(V,) share of the arm's length, 0 = shoulder, 1 = wrist, of the vertices of a body; 0 off the arms."""
    return arm_lengths(body.rest, body, template().segments) / arm_length(body)


def leg_shares(points: np.ndarray, body: Body) -> np.ndarray:
    """Share of the way from hip (0) to ankle (1) of resting points."""
    hip, ankle = (body.heads_rest[f"{bone}.L"][2] for bone in ("upperleg01", "foot"))
    return (hip - points[:, 2]) / (hip - ankle)


def sleeve_field(
    rest: np.ndarray, body: Body, sleeves: Sleeves, weights: np.ndarray, side: float
) -> np.ndarray:
    """Metres to the sleeves' hem or, without sleeves, to the armholes; `side`: half the width beneath."""
    arm = arm_weights(weights)
    if sleeves.length is not None:
        end = sleeves.length * arm_length(body)
        return clipped(np.where(arm > 0.02, end - arm_lengths(rest, body, weights), REACH))
    shoulder = body.heads_rest["upperarm01.L"]
    lift = np.clip((shoulder[2] + 0.03 - rest[:, 2]) / 0.12, 0, 1) ** 1.5
    cut = shoulder[0] * sleeves.strap * (1 - lift) + ARMHOLE * side * lift - np.abs(rest[:, 0])
    return clipped(np.minimum(cut, (0.55 - arm) * 0.15))


def armhole_field(tube: Tube) -> np.ndarray:
    """(L, K) metres to the lower edge of the armholes of a sleeveless garment."""
    side = np.clip((np.abs(np.sin(ANGLES)) - ARMHOLE) / (1 - ARMHOLE), 0, 1)
    return clipped(tube.rest_z[0] - tube.rest_z[:, None] + 0.005 - 0.045 * side[None])


def hem_field(tube: Tube, body: Body, garment: Garment) -> np.ndarray:
    """(L, K) metres above the hem."""
    curve = garment.hem_curve * np.cos(2 * ANGLES)
    return clipped(tube.rest_z[:, None] - height(body, garment.hem) + curve[None])


def arm_weights(weights: np.ndarray) -> np.ndarray:
    """(N,) how far points with segment `weights` (N, S) belong to the arms."""
    return sum(
        weights[:, SEGMENTS.index(f"{name}.{side}")] for name in ("upperarm", "forearm") for side in "LR"
    )


def leg_weights(weights: np.ndarray) -> np.ndarray:
    """(N,) how far points with segment `weights` (N, S) belong to the legs."""
    return sum(weights[:, SEGMENTS.index(f"{name}.{side}")] for name in ("thigh", "shin") for side in "LR")
