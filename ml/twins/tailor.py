"""From a garment and a posed body to cloth surfaces."""

import numpy as np

from ml.twins.body import Body
from ml.twins.cuts import REACH, armhole_field, clipped, height, hem_field, neck_field, opening_field
from ml.twins.drape import ANGLES, Tube, below, body_tube, fold, hang
from ml.twins.flatlay import Layout, TrunkMap
from ml.twins.garment import Garment
from ml.twins.limbs import shoulders, trousers
from ml.twins.surface import Surface, tube_surface

ARMPIT = 0.8
"""Height at which the tube of a top begins, 1 = shoulder, 0 = hip."""


def fallen_tube(body: Body, garment: Garment, rng: np.random.Generator) -> Tube:
    """The tube of the garment, from under the arms or from the waist."""
    tube, fall = body_tube(body), garment.fall
    waist = below(tube, height(body, garment.waist))
    top = below(tube, height(body, ARMPIT)) if garment.neck else waist
    begin = Tube(*(getattr(tube, name)[top:] for name in ("z", "rest_z", "centre", "yaw", "radius")))
    slope = np.where(begin.rest_z > height(body, garment.waist), fall.upper, fall.lower)
    hanging = hang(begin, fall.ease + garment.offset, slope)
    return fold(hanging, rng, waist - top, fall.folds) if fall.folds else hanging


def _tube_edges(tube: Tube, body: Body, garment: Garment) -> np.ndarray:
    """(L, K, 2) fields of neckline or waistband, and of hem and armholes."""
    x, y = tube.radius * np.sin(ANGLES), -tube.radius * np.cos(ANGLES)
    keep = np.full((*x.shape, 2), REACH)
    keep[..., 1] = hem_field(tube, body, garment)
    if garment.neck is None:
        keep[..., 0] = clipped(height(body, garment.waist) - tube.rest_z[:, None])
        return keep
    rest = np.stack([x, y, np.broadcast_to(tube.rest_z[:, None], x.shape)], axis=-1)
    neck = neck_field(rest.reshape(-1, 3), body, garment.neck).reshape(x.shape)
    keep[..., 0] = np.minimum(neck, opening_field(x, rest[..., 2], y < 0, body, garment))
    if garment.sleeves is not None and garment.sleeves.length is None:
        keep[..., 1] = np.minimum(keep[..., 1], armhole_field(tube))
    return keep


def sew(body: Body, garment: Garment, layout: Layout, rng: np.random.Generator) -> list[Surface]:
    """All cloth surfaces of `garment` on `body`."""
    tube = fallen_tube(body, garment, rng)
    trunk = TrunkMap.of(tube, layout.unroll)
    if garment.legs:
        return [trousers(body, garment, tube, trunk, layout)]
    lowest = height(body, garment.hem) - abs(garment.hem_curve)
    bottom = min(below(tube, lowest) + 2, len(tube.z))
    skirt = tube_surface(tube, bottom, trunk, _tube_edges(tube, body, garment)[:bottom])
    if garment.neck is None:
        return [skirt]
    return [shoulders(body, garment, tube, trunk, layout), skirt]
