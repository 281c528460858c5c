"""From a garment and a posed body to surfaces: posed and flat positions with signed fields that cut the edges."""

from dataclasses import dataclass

import numpy as np

from ml.twins.body import PARTS, SEGMENTS, Body, moved, normals, template
from ml.twins.drape import ANGLES, Tube, below, body_tube, fold, hang
from ml.twins.flatlay import Layout, TrunkMap, lay_flat
from ml.twins.garment import Garment, Neckline

_CLIP = 0.05

ARMHOLE = 0.86
"""Share of the half width under the arms at which a sleeveless garment is cut."""


@dataclass(frozen=True)
class Surface:
    """A cloth mesh. points: (V, 3) posed; flat: (V, 2) metres (x, z) and depth (V,) when it lies flat;
    keep: (V, 2) metres, cloth where both are positive; front: (V,) 1 towards the viewer of the flat-lay, -1 away.
    """

    points: np.ndarray
    faces: np.ndarray
    flat: np.ndarray
    depth: np.ndarray
    keep: np.ndarray
    front: np.ndarray
    arm: np.ndarray  # (V,) how far a point belongs to a sleeve, 0..1


def height(body: Body, level: float) -> float:
    """Resting height in metres of 1 = shoulder, 0 = hip, -1 = knee, -2 = ankle."""
    marks = [body.heads_rest[f"{bone}.L"][2] for bone in ("foot", "lowerleg01", "upperleg01", "upperarm01")]
    return float(np.interp(level, [-2, -1, 0, 1], marks))


def heights(body: Body) -> np.ndarray:
    """(V,) the levels of `height` for the vertices of a body."""
    marks = [body.heads_rest[f"{bone}.L"][2] for bone in ("foot", "lowerleg01", "upperleg01", "upperarm01")]
    return np.interp(body.rest[:, 2], marks, [-2, -1, 0, 1])


def _clip(field: np.ndarray) -> np.ndarray:
    return np.clip(field, -_CLIP, _CLIP)


def neck_field(points: np.ndarray, body: Body, neck: Neckline) -> np.ndarray:
    """Metres to the edge of the neck hole of resting points (N, 3), positive on cloth."""
    base = body.heads_rest["neck01"]
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    if neck.strapless:
        top = body.heads_rest["upperarm01.L"][2] - 0.2 * neck.front - 0.04
        return _clip(top + 0.02 * np.cos(np.pi * np.clip(x / 0.12, 0, 1.5)) * (y < 0) - z)
    if neck.collar is not None:
        return _clip(base[2] + neck.collar + 0.2 * (y - base[1]) - z)
    back = np.clip((y - base[1] + 0.035) / 0.07, 0, 1)
    deep = neck.front + (neck.back - neck.front) * back * back * (3 - 2 * back)
    down = np.maximum(base[2] - 0.02 - z, 0)
    p = neck.power
    shape = ((x / neck.half) ** p + (down / deep) ** p) ** (1 / p) - 1
    return _clip(shape * np.minimum(neck.half, deep))


def _arm_lengths(points: np.ndarray, body: Body, weights: np.ndarray) -> np.ndarray:
    """Metres from the shoulder along the arm of resting points that cover it."""
    out = np.zeros(len(points))
    for side in "LR":
        s, e, w = (body.heads_rest[f"{n}.{side}"] for n in ("upperarm01", "lowerarm01", "wrist"))
        upper, lower = np.linalg.norm(e - s), np.linalg.norm(w - e)
        fore = weights[:, SEGMENTS.index(f"forearm.{side}")]
        first = (points - s) @ (e - s) / upper
        second = upper + (points - e) @ (w - e) / lower
        mine = fore + weights[:, SEGMENTS.index(f"upperarm.{side}")] > 0
        out[mine] = (first + (second - first) * np.clip(fore * 1.0, 0, 1))[mine]
    return out


def arm_length(body: Body) -> float:
    """Metres from shoulder to wrist."""
    s, e, w = (body.heads_rest[f"{name}.L"] for name in ("upperarm01", "lowerarm01", "wrist"))
    return float(np.linalg.norm(e - s) + np.linalg.norm(w - e))


def arm_shares(body: Body) -> np.ndarray:
    """(V,) share of the arm's length, 0 = shoulder, 1 = wrist, of the vertices of a body; 0 off the arms."""
    return _arm_lengths(body.rest, body, template().segments) / arm_length(body)


def _leg_lengths(points: np.ndarray, body: Body) -> np.ndarray:
    """Share of the way from hip (0) to ankle (1) of resting points."""
    hip, ankle = (body.heads_rest[f"{bone}.L"][2] for bone in ("upperleg01", "foot"))
    return (hip - points[:, 2]) / (hip - ankle)


def _straightened(radius: np.ndarray, down: np.ndarray, share: float) -> np.ndarray:
    """Factor (N,) by which cloth that hangs from the thigh bridges knee and ankle; share: 0 clings, 1 is straight."""
    levels = np.clip((down * 20).astype(int), 3, 19)
    leg = down < 1.0  # further down are heels and toes
    mean = np.bincount(levels[leg], radius[leg], minlength=20)[3:]
    mean /= np.maximum(np.bincount(levels[leg], minlength=20)[3:], 1)
    at = np.arange(3, 20) / 20 + 0.025
    line = np.linspace(mean[0], 0.8 * mean[0], len(mean))
    return np.maximum(1 + share * (np.interp(down, at, line) / np.interp(down, at, mean) - 1), 1)


def _widened(
    points: np.ndarray, body: Body, weights: np.ndarray, names: tuple[str, str], bones: tuple[str, ...], add: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points pushed outwards from the axes of the limbs they cover by `add` metres, and their radii."""
    out, radii = points.copy(), np.full(len(points), 0.05)
    for side in "LR":
        chain = [body.heads_rest[f"{bone}.{side}"] for bone in bones]
        both = [weights[:, SEGMENTS.index(f"{name}.{side}")] for name in names]
        for first, head, tail in zip((True, False), chain, chain[1:], strict=False):
            mine = (both[0] + both[1] > 0) & ((both[0] >= both[1]) == first)
            axis = (tail - head) / np.linalg.norm(tail - head)
            relative = points[mine] - head
            radial = relative - (relative @ axis)[:, None] * axis
            radius = np.linalg.norm(radial, axis=1) + 1e-6
            push = (add * (both[0] + both[1]))[mine]
            out[mine] += radial / radius[:, None] * push[:, None]
            radii[mine] = radius + push
    return out, radii


def _onto_tube(points: np.ndarray, tube: Tube, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posed points drawn radially out to the tube by `share` (N,), and their place (N, 2) in its frame."""
    level, local = tube.local(points)
    radius, angle = np.hypot(*local.T) + 1e-6, np.arctan2(local[:, 0], -local[:, 1])
    grow = share * np.maximum(tube.radius_at(level, angle) - radius, 0) / radius
    centre = np.stack([np.interp(level, np.arange(len(tube.z)), tube.centre[:, k]) for k in range(2)], axis=1)
    out = points.copy()
    out[:, :2] += (points[:, :2] - centre) * grow[:, None]
    return out, local * (1 + grow)[:, None]


def _tube_surface(tube: Tube, top: int, bottom: int, trunk: TrunkMap, keep: np.ndarray) -> Surface:
    """Levels `top`..`bottom` of the tube; keep: (L, K, 2) of those levels."""
    rows, columns = bottom - top, len(ANGLES)
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b = index[:-1], index[1:]
    right = lambda grid: np.roll(grid, -1, axis=1)  # noqa: E731
    faces = np.concatenate([np.stack([a, b, right(a)], -1), np.stack([right(a), b, right(b)], -1)]).reshape(-1, 3)
    radius = tube.radius[top:bottom]
    x, y = radius * np.sin(ANGLES), -radius * np.cos(ANGLES)
    rest_z = np.broadcast_to(tube.rest_z[top:bottom, None], x.shape)
    # A lying garment is symmetric, however its wearer stands.
    worn = np.interp(tube.rest_z[top:bottom], trunk.rest_z, trunk.worn)[:, None]
    side = np.where(x > 0, x.max(1, keepdims=True), -x.min(1, keepdims=True))
    flat = np.stack([trunk(x / side * worn, rest_z), rest_z], axis=-1)
    front = np.broadcast_to(np.cos(ANGLES)[None], x.shape)
    return Surface(
        tube.points()[top:bottom].reshape(-1, 3), faces, flat.reshape(-1, 2), y.ravel(), keep.reshape(-1, 2), front.ravel(),
        np.zeros(x.size),
    )


def _fallen_tube(body: Body, garment: Garment, rng: np.random.Generator) -> tuple[Tube, int]:
    """The garment's tube and its first level: under the arms, or at the waist."""
    tube, fall = body_tube(body), garment.fall
    waist = below(tube, height(body, garment.waist))
    armpit = height(body, 0.8)
    top = below(tube, armpit) if garment.neck else waist
    begin = Tube(*(getattr(tube, name)[top:] for name in ("z", "rest_z", "centre", "yaw", "radius")))
    knee = np.where(begin.rest_z > height(body, garment.waist), fall.upper, fall.lower)
    hanging = hang(begin, fall.ease + garment.offset, knee)
    if fall.folds:
        hanging = fold(hanging, rng, waist - top, fall.folds)
    return hanging, top


def _hem(tube: Tube, body: Body, garment: Garment) -> tuple[int, np.ndarray]:
    """Level below the hem and metres above the hem for all levels and angles."""
    hem = height(body, garment.hem)
    curve = garment.hem_curve * np.cos(2 * ANGLES)
    bottom = min(below(tube, hem - abs(garment.hem_curve)) + 2, len(tube.z))
    return bottom, _clip(tube.rest_z[:, None] - hem + curve[None])


def _shoulders(body: Body, garment: Garment, tube: Tube, trunk: TrunkMap, layout: Layout) -> Surface:
    """Sleeves, shoulders and collar: the skin of the body moved outwards, meeting the tube under the arms."""
    shared, neck, sleeves = template(), garment.neck, garment.sleeves
    weights = shared.segments
    arm = sum(weights[:, SEGMENTS.index(f"{n}.{s}")] for n in ("upperarm", "forearm") for s in "LR")
    low = tube.rest_z[0] - 0.01
    ids = np.flatnonzero(
        ((arm > 0.3) | (body.rest[:, 2] > low - 0.03)) & ~np.isin(shared.parts, _NOT_SHOULDERS)
        & (body.rest[:, 2] < body.heads_rest["neck01"][2] + 0.08) | (arm > 0.3) & ~np.isin(shared.parts, _HANDS)
    )  # fmt: skip
    rest, weights, arm = body.rest[ids], weights[ids], arm[ids]
    length = _arm_lengths(rest, body, weights)
    skin = normals(body.rest, shared.faces)[ids]
    ramp = np.clip(length / 0.1, 0, 1)
    end = (sleeves.length or 0.3) * arm_length(body)
    add = ramp * (sleeves.top + (sleeves.end - sleeves.top) * np.clip(length / end, 0, 1))
    rest_cloth, radii = _widened(
        rest + garment.offset * skin, body, weights, ("upperarm", "forearm"), ("upperarm01", "lowerarm01", "wrist"), add
    )
    share = (1 - arm) * np.clip((tube.rest_z[0] + 0.1 - rest[:, 2]) / 0.1, 0, 1) ** 2
    points, local = _onto_tube(moved(body.moves[ids], rest_cloth), tube, share)
    rest_cloth[:, 0] += share * (local[:, 0] - rest_cloth[:, 0])
    if sleeves.length is None:
        shoulder = body.heads_rest["upperarm01.L"]
        lift = np.clip((shoulder[2] + 0.03 - rest[:, 2]) / 0.12, 0, 1)
        side = ARMHOLE * tube.half_width()[0]
        cut = shoulder[0] * sleeves.strap * (1 - lift**1.5) + side * lift**1.5 - np.abs(rest[:, 0])
        cut = np.minimum(cut, (0.55 - arm) * 0.15)
    else:
        cut = np.where(arm > 0.02, end - length, _CLIP)
    overlap = np.where(arm > 0.4, _CLIP, rest[:, 2] - low)
    keep = np.stack([np.minimum(neck_field(rest, body, neck), _clip(overlap)), _clip(cut)], axis=1)
    flat, depth = lay_flat(body, rest_cloth, trunk, layout, radii, ids)
    return Surface(points, _faces_of(ids), flat, depth, keep, -skin[:, 1], arm)


_HANDS = [PARTS.index("hand.L"), PARTS.index("hand.R")]
_NOT_SHOULDERS = [PARTS.index(name) for name in ("hand.L", "hand.R", "leg.L", "leg.R", "foot")]


def _faces_of(ids: np.ndarray) -> np.ndarray:
    """Faces of the body whose corners are all among vertices `ids`, renumbered."""
    number = np.full(len(template().parts), -1)
    number[ids] = np.arange(len(ids))
    faces = number[template().faces]
    return faces[(faces >= 0).all(1)]


def _trouser_legs(body: Body, garment: Garment, tube: Tube, trunk: TrunkMap, layout: Layout) -> Surface:
    """The skin from waist to ankle moved outwards; around the hips it meets the tube."""
    shared = template()
    waist = height(body, garment.waist)
    below_waist = (body.rest[:, 2] < waist + 0.04) & np.isin(shared.parts, _TROUSER_PARTS)
    ids = np.flatnonzero(below_waist)
    rest, weights = body.rest[ids], shared.segments[ids]
    length, thigh, end = garment.legs
    down = _leg_lengths(rest, body)
    ramp = np.clip((down - 0.03) / 0.2, 0, 1)
    taper = np.clip(down / max(length, 0.3), 0, 1)
    bell = taper**2 if end > 2.5 * thigh else taper
    # A calf's bulge does not show in wide trousers, a thin ankle does not make them narrow.
    add = ramp * (thigh + (end - thigh) * bell)
    skin = normals(body.rest, shared.faces)[ids]
    chain = (("thigh", "shin"), ("upperleg01", "lowerleg01", "foot"))
    covered = rest + garment.offset * skin
    _, radii = _widened(covered, body, weights, *chain, np.zeros(len(ids)))
    loose = np.clip((thigh + end) / 0.05, 0, 1)
    add = add + ramp * radii * (_straightened(radii, down, loose) - 1)
    rest_cloth, radii = _widened(covered, body, weights, *chain, add)
    leg = sum(weights[:, SEGMENTS.index(f"{n}.{s}")] for n in ("thigh", "shin") for s in "LR")
    share = np.clip(1 - np.maximum(down, 0) / 0.12, 0, 1) * np.clip(1.5 - leg, 0, 1)
    points, local = _onto_tube(moved(body.moves[ids], rest_cloth), tube, share)
    upper = (1 - leg) * share
    rest_cloth[:, 0] += upper * (local[:, 0] - rest_cloth[:, 0])
    keep = np.stack([_clip(waist - rest[:, 2]), _clip((length - down) * 0.8)], axis=1)
    flat, depth = lay_flat(body, rest_cloth, trunk, layout, radii, ids)
    return Surface(points, _faces_of(ids), flat, depth, keep, -skin[:, 1], np.zeros(len(ids)))


_TROUSER_PARTS = [PARTS.index(name) for name in ("trunk", "leg.L", "leg.R", "foot")]


def sew(body: Body, garment: Garment, layout: Layout, rng: np.random.Generator) -> list[Surface]:
    """All cloth surfaces of `garment` on `body`."""
    tube, _ = _fallen_tube(body, garment, rng)
    trunk = TrunkMap.of(tube, 0, layout.unroll)
    if garment.legs:
        return [_trouser_legs(body, garment, tube, trunk, layout)]
    bottom, hem = _hem(tube, body, garment)
    keep = np.full((bottom, len(ANGLES), 2), _CLIP)
    keep[..., 1] = hem[:bottom]
    if garment.neck is None:
        keep[..., 0] = _clip(height(body, garment.waist) - tube.rest_z[:bottom, None])
        return [_tube_surface(tube, 0, bottom, trunk, keep)]
    x, y = tube.radius[:bottom] * np.sin(ANGLES), -tube.radius[:bottom] * np.cos(ANGLES)
    z = np.broadcast_to(tube.rest_z[:bottom, None], x.shape)
    rest = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    keep[..., 0] = neck_field(rest, body, garment.neck).reshape(x.shape)
    if garment.sleeves.length is None:
        side = np.clip((np.abs(np.sin(ANGLES)) - ARMHOLE) / (1 - ARMHOLE), 0, 1)
        keep[..., 1] = np.minimum(keep[..., 1], (tube.rest_z[0] - z) + 0.005 - 0.045 * side)
    return [_shoulders(body, garment, tube, trunk, layout), _tube_surface(tube, 0, bottom, trunk, keep)]
