"""Cloth on limbs: the skin of the body moved outwards to sleeves, shoulders, collars and trousers."""

import numpy as np

from ml.twins.body import PARTS, SEGMENTS, Body, moved, normals, template
from ml.twins.cuts import (
    REACH,
    arm_length,
    arm_lengths,
    arm_weights,
    clipped,
    height,
    leg_shares,
    leg_weights,
    neck_field,
    opening_field,
    sleeve_field,
)
from ml.twins.drape import Tube
from ml.twins.flatlay import Layout, TrunkMap, lay_flat
from ml.twins.garment import Garment
from ml.twins.surface import Surface, faces_of, onto_tube

_ARM = (("upperarm", "forearm"), ("upperarm01", "lowerarm01", "wrist"))
_LEG = (("thigh", "shin"), ("upperleg01", "lowerleg01", "foot"))
_HANDS = [PARTS.index("hand.L"), PARTS.index("hand.R")]
_NOT_SHOULDERS = [PARTS.index(name) for name in ("hand.L", "hand.R", "leg.L", "leg.R", "foot")]
_TROUSER_PARTS = [PARTS.index(name) for name in ("trunk", "leg.L", "leg.R", "foot")]


def _straightened(radius: np.ndarray, down: np.ndarray, share: float) -> np.ndarray:
    """Factor (N,) by which cloth hanging from the thigh bridges knee and ankle: share 0 clings, 1 hangs."""
    levels = np.clip((down * 20).astype(int), 3, 19)
    leg = down < 1.0  # further down are heels and toes
    mean = np.bincount(levels[leg], radius[leg], minlength=20)[3:]
    mean /= np.maximum(np.bincount(levels[leg], minlength=20)[3:], 1)
    at = np.arange(3, 20) / 20 + 0.025
    line = np.linspace(mean[0], 0.8 * mean[0], len(mean))
    return np.maximum(1 + share * (np.interp(down, at, line) / np.interp(down, at, mean) - 1), 1)


def _widened(
    points: np.ndarray,
    body: Body,
    weights: np.ndarray,
    names: tuple[str, str],
    bones: tuple[str, ...],
    add: np.ndarray,
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


def _shoulder_vertices(body: Body, low: float) -> np.ndarray:
    """Body vertices that a top may cover above `low`: trunk, arms without hands, and the foot of the neck."""
    parts, z, arm = template().parts, body.rest[:, 2], arm_weights(template().segments) > 0.3
    collar = body.heads_rest["neck01"][2] + 0.08
    trunk = (z > low - 0.03) & (z < collar) & ~np.isin(parts, _NOT_SHOULDERS)
    return np.flatnonzero(trunk | arm & ~np.isin(parts, _HANDS))


def shoulders(body: Body, garment: Garment, tube: Tube, trunk: TrunkMap, layout: Layout) -> Surface:
    """Sleeves, shoulders and collar: the skin of the body moved outwards, meeting the tube under the arms."""
    shared, sleeves = template(), garment.sleeves
    if sleeves is None:
        raise ValueError("a garment without sleeves or armholes has no shoulders")
    low = tube.rest_z[0] - 0.01
    ids = _shoulder_vertices(body, low)
    rest, weights = body.rest[ids], shared.segments[ids]
    arm, length = arm_weights(weights), arm_lengths(rest, body, weights)
    skin = normals(body.rest, shared.faces)[ids]
    down = np.clip(length / ((sleeves.length or 0.3) * arm_length(body)), 0, 1)
    add = np.clip(length / 0.1, 0, 1) * (sleeves.top + (sleeves.end - sleeves.top) * down)
    rest_cloth, radii = _widened(rest + garment.offset * skin, body, weights, *_ARM, add)
    share = (1 - arm) * np.clip((tube.rest_z[0] + 0.1 - rest[:, 2]) / 0.1, 0, 1) ** 2
    points, local = onto_tube(moved(body.moves[ids], rest_cloth), tube, share)
    rest_cloth[:, 0] += share * (local[:, 0] - rest_cloth[:, 0])
    # Further down the tube takes over.
    overlap = np.where(arm > 0.4, REACH, clipped(rest[:, 2] - low))
    edge = sleeve_field(rest, body, sleeves, weights, tube.half_width()[0])
    opening = opening_field(rest[:, 0], rest[:, 2], skin[:, 1] < 0, body, garment)
    front = np.minimum(neck_field(rest, body, garment.neck), opening)
    keep = np.stack([np.minimum(front, overlap), edge], axis=1)
    flat, depth = lay_flat(body, rest_cloth, trunk, layout, radii, ids)
    return Surface(points, faces_of(ids), flat, depth, keep, -skin[:, 1], rest, arm, length)


def _leg_width(garment: Garment, down: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Metres (N,) that trousers stand out from legs of `radii` (N,), at `down` (N,) of their length."""
    length, thigh, end = garment.legs
    taper = np.clip(down / max(length, 0.3), 0, 1)
    bell = taper**2 if end > 2.5 * thigh else taper
    # A calf's bulge does not show in wide trousers, a thin ankle does not make them narrow.
    straight = radii * (_straightened(radii, down, min((thigh + end) / 0.05, 1.0)) - 1)
    return np.clip((down - 0.03) / 0.2, 0, 1) * (thigh + (end - thigh) * bell + straight)


def trousers(body: Body, garment: Garment, tube: Tube, trunk: TrunkMap, layout: Layout) -> Surface:
    """The skin from waist to ankle moved outwards; around the hips it meets the tube."""
    shared = template()
    waist = height(body, garment.waist)
    ids = np.flatnonzero((body.rest[:, 2] < waist + 0.04) & np.isin(shared.parts, _TROUSER_PARTS))
    rest, weights = body.rest[ids], shared.segments[ids]
    down, leg = leg_shares(rest, body), leg_weights(weights)
    skin = normals(body.rest, shared.faces)[ids]
    covered = rest + garment.offset * skin
    _, radii = _widened(covered, body, weights, *_LEG, np.zeros(len(ids)))
    rest_cloth, radii = _widened(covered, body, weights, *_LEG, _leg_width(garment, down, radii))
    share = np.clip(1 - np.maximum(down, 0) / 0.12, 0, 1) * np.clip(1.5 - leg, 0, 1)
    points, local = onto_tube(moved(body.moves[ids], rest_cloth), tube, share)
    rest_cloth[:, 0] += (1 - leg) * share * (local[:, 0] - rest_cloth[:, 0])
    keep = np.stack([clipped(waist - rest[:, 2]), clipped((garment.legs[0] - down) * 0.8)], axis=1)
    flat, depth = lay_flat(body, rest_cloth, trunk, layout, radii, ids)
    none = np.zeros(len(ids))
    return Surface(points, faces_of(ids), flat, depth, keep, -skin[:, 1], rest, none, none)
