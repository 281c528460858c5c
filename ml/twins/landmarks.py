"""Where the corners of a flat garment lie: neck, shoulders, armpits, cuffs, waist, crotch and hems.

The corners are those of DeepFashion (Liu et al., 2016), with both ends of every cuff and trouser leg. "Left"
is the wearer's own left, which is on the right of the picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.landmarks import LANDMARKS
from ml.twins.body import Body
from ml.twins.cuts import arm_length, height
from ml.twins.garment import Garment
from ml.twins.surface import Surface

SIDES = {"left": 1.0, "right": -1.0}
LAYER = 0.11
"""Metres: what lies higher than a corner by more is another layer, which hides it; less is its own round."""


@dataclass(frozen=True)
class Places:
    """Points on the edges of a mesh: `share` (E,) of the way from vertices `start` (E,) to `end` (E,)."""

    start: np.ndarray
    end: np.ndarray
    share: np.ndarray

    @classmethod
    def crossings(cls, faces: np.ndarray, field: np.ndarray) -> "Places":
        """Where `field` (V,) changes its sign along the edges of `faces` (F, 3)."""
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        edges = np.unique(np.sort(edges, axis=1), axis=0)
        a, b = field[edges[:, 0]], field[edges[:, 1]]
        cut = (a > 0) != (b > 0)
        return cls(edges[cut, 0], edges[cut, 1], a[cut] / (a - b)[cut])

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """(E, ...) interpolated from `values` (V, ...)."""
        share = self.share.reshape(-1, *[1] * (values.ndim - 1))
        return values[self.start] * (1 - share) + values[self.end] * share

    def best(self, score: np.ndarray, among: np.ndarray) -> "Places | None":
        """The one of highest `score` (E,) where `among` (E,) is true; None when there is none."""
        chosen = np.flatnonzero(among)
        if not chosen.size:
            return None
        k = chosen[[score[chosen].argmax()]]
        return Places(self.start[k], self.end[k], self.share[k])


Found = Iterator[tuple[str, Surface, Places | None]]


def corners(body: Body, garment: Garment, surfaces: list[Surface]) -> Found:
    """The corners that `garment` has, by name, each on one of its `surfaces` (as `ml.twins.tailor.sew` gives
    them)."""
    if garment.neck is not None and garment.sleeves is not None:
        strapless = garment.neck.strapless
        yield from _neck(strapless, garment.opening is None, surfaces)
        if garment.sleeves.length is None:
            yield from _armholes(strapless, *surfaces)
        else:
            yield from _arms(body, garment.sleeves.length, surfaces[0])
        yield from _tube_hem(body, garment, surfaces[-1])
    elif garment.legs:
        yield from _waist(body, garment, surfaces[0])
        yield from _legs(garment, surfaces[0])
    else:
        yield from _waist(body, garment, surfaces[0])
        yield from _tube_hem(body, garment, surfaces[0])


def _neck(strapless: bool, closed: bool, surfaces: list[Surface]) -> Found:
    """Ends of the neck hole, and the middle of its front edge if the front is closed."""
    tube = surfaces[-1]
    # Further down the tube takes over: there the edge of the shoulders is none of the garment's.
    lowest = (float(tube.rest[:, 2].max()) + 0.01, -np.inf)
    edges = [Places.crossings(surface.faces, surface.keep[:, 0]) for surface in surfaces]
    real = [edge(s.rest[:, 2]) > low for edge, s, low in zip(edges, surfaces, lowest, strict=True)]
    k = 1 if strapless else 0
    x, z = edges[k](surfaces[k].flat).T
    for side, sign in SIDES.items():
        yield f"{side}_collar", surfaces[k], edges[k].best(sign * x + z, real[k] & (sign * x > 0))
    if closed:
        best = None
        for surface, edge, there in zip(surfaces, edges, real, strict=True):
            off = np.abs(edge(surface.rest[:, 0]))
            place = edge.best(-off, there & (edge(surface.front) > 0) & (off < 0.03))
            if place is not None and (best is None or off.min() < best[0]):
                best = (off.min(), surface, place)
        if best:
            yield "front_neck", best[1], best[2]


def _arms(body: Body, length: float, shoulders: Surface) -> Found:
    """Shoulder points, armpits, and both ends of each cuff of sleeves of this `length`, 1 = wrist."""
    x, z = shoulders.flat.T
    joint = body.heads_rest["upperarm01.L"][0]
    for side, sign in SIDES.items():
        own = sign * shoulders.rest[:, 0]
        ridge = Places.crossings(shoulders.faces, own - joint)
        yield f"{side}_shoulder", shoulders, ridge.best(ridge(z), ridge(own) > 0)
        pit = Places.crossings(shoulders.faces, shoulders.arm - 0.5)
        yield f"{side}_armpit", shoulders, pit.best(-pit(shoulders.rest[:, 2]), pit(own) > 0)
        mine = np.where(own > 0, shoulders.along, 0)
        end = min(length * arm_length(body), float(mine.max()) - 0.005)
        cuff = Places.crossings(shoulders.faces, mine - end)
        outwards = sign * cuff(x) + cuff(z)
        real = cuff(shoulders.arm) > 0.5
        yield f"{side}_cuff_outer", shoulders, cuff.best(outwards, real)
        yield f"{side}_cuff_inner", shoulders, cuff.best(-outwards, real)


def _armholes(strapless: bool, shoulders: Surface, tube: Surface) -> Found:
    """Without sleeves: both ends of each armhole."""
    hole, low = (Places.crossings(surface.faces, surface.keep[:, 1]) for surface in (shoulders, tube))
    middle = (tube.flat[:, 1].max() + tube.flat[:, 1].min()) / 2
    for side, sign in SIDES.items():
        if not strapless:
            x, z = hole(shoulders.flat).T
            uncut = hole(shoulders.keep[:, 0]) > 0
            yield f"{side}_shoulder", shoulders, hole.best(z, (sign * x > 0) & uncut)
        x, z = low(tube.flat).T
        yield f"{side}_armpit", tube, low.best(sign * x, z > middle)


def _tube_hem(body: Body, garment: Garment, tube: Surface) -> Found:
    hem = Places.crossings(tube.faces, tube.keep[:, 1])
    low = hem(tube.rest[:, 2]) < height(body, garment.hem) + 0.1
    for side, sign in SIDES.items():
        yield f"{side}_hem_outer", tube, hem.best(sign * hem(tube.flat[:, 0]), low)


def _waist(body: Body, garment: Garment, surface: Surface) -> Found:
    """Ends of the waistband; the highest level of a skirt that begins below its band's edge."""
    top = min(height(body, garment.waist), float(surface.rest[:, 2].max()) - 0.005)
    band = Places.crossings(surface.faces, surface.rest[:, 2] - top)
    for side, sign in SIDES.items():
        x = sign * band(surface.flat[:, 0])
        yield f"{side}_waist", surface, band.best(x, x > 0)


def _legs(garment: Garment, surface: Surface) -> Found:
    middle = Places.crossings(surface.faces, surface.rest[:, 0])
    yield "crotch", surface, middle.best(-middle(surface.rest[:, 2]), middle(surface.front) > -2)
    hem = Places.crossings(surface.faces, surface.keep[:, 1])
    for side, sign in SIDES.items():
        x, own = sign * hem(surface.flat[:, 0]), sign * hem(surface.rest[:, 0]) > 0
        yield f"{side}_hem_outer", surface, hem.best(x, own)
        yield f"{side}_hem_inner", surface, hem.best(-x, own)


def located(
    found: Found, surfaces: list[Surface], pixels: list[np.ndarray], zbuffer: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (L, 2) float32 of LANDMARKS in the flat picture, and how they are seen, (L,) uint8 as in COCO
    (Lin et al., 2014): 0 the garment has none, 1 hidden or outside the picture, 2 seen.

    pixels: (V, 2) of the vertices of each of `surfaces`; zbuffer: (H, W) depth of what the picture shows.
    """
    points, seen = np.zeros((len(LANDMARKS), 2), np.float32), np.zeros(len(LANDMARKS), np.uint8)
    size = np.array(zbuffer.shape[::-1])
    for name, surface, place in found:
        if place is None:
            continue
        index = LANDMARKS.index(name)
        at = next(p for s, p in zip(surfaces, pixels, strict=True) if s is surface)
        points[index] = place(at)[0]
        column, row = np.round(points[index]).astype(int)
        inside = (points[index] >= 0).all() and (points[index] <= size - 1).all()
        hidden = not inside or zbuffer[row, column] < place(surface.depth)[0] - LAYER
        seen[index] = 1 if hidden else 2
    return points, seen
