"""Dresses: a bodice and a skirt, or both in one."""

import numpy as np

from shop.artwork.bodice import Bodice
from shop.artwork.fabrics import CREPE, POPLIN, Fabric
from shop.artwork.geometry import CENTRE, band, curve, flip, offset, outline
from shop.artwork.panels import Garment, Panel, Print, Seam
from shop.artwork.parts import corners
from shop.artwork.relief import Wrinkles, fan, noise, ramp
from shop.artwork.skirts import gathers, skirt_shape
from shop.artwork.sleeves import Sleeve


def sash(
    y: float, half: float, height: float, fabric: Fabric, colour: str, dye: Print | None = None
) -> Panel:
    """A sash around the waist."""
    line = curve([(CENTRE - half, y), (CENTRE, y + 7), (CENTRE + half, y)])
    return Panel(
        band(line, height / 2),
        fabric,
        colour,
        spine=line,
        print=dye,
        lift=0.3,
        wrinkles=(Wrinkles(4, 12, 90, 0.3),),
    )


TIERED = Bodice(
    neck=96,
    front_drop=150,
    back_drop=26,
    pointed=True,
    shoulder=184,
    slope=42,
    armhole=172,
    chest=176,
    waist=158,
    hem=140,
    length=350,
    hem_dip=8,
)


def tiered_dress(colour: str, dye: Print | None = None, *, fabric: Fabric = POPLIN, seed: int) -> Garment:
    """A V-neck summer dress with short sleeves and a skirt in two gathered tiers."""
    body = TIERED
    sleeves = Sleeve(150, 44, 138, 0, 8, 16).panels(
        body, fabric, colour, hem=7, wrinkle=7, seed=seed, dye=dye
    )
    wrinkles = (Wrinkles(6, 70, 200, 0.3), Wrinkles(2, 30, 70, 0.5))

    def ease(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return 7 * noise(u / 16, v / 300, seed) * ramp(v, body.top + 190, body.top + 345)

    front = body.front(fabric, colour, fold_seed=seed, fold_height=4, dye=dye, wrinkles=wrinkles, drape=ease)
    rim = offset(body.neckline(body.front_drop), -5)
    facing = Panel(band(rim, 6), fabric, colour, rim, within=body.shape(), print=dye, lift=0.1)
    waist, middle = body.top + 346, body.top + 640
    lower = Panel(
        skirt_shape(226, 262, 318, 330, middle - 16, 26, 10),
        fabric,
        colour,
        print=dye,
        lift=0.5,
        wrinkles=wrinkles,
        drape=gathers(26, 30, middle - 20, 330, 0.5, seed + 2),
    )
    upper = Panel(
        skirt_shape(140, 186, 240, middle - waist, waist, 18, 6),
        fabric,
        colour,
        print=dye,
        lift=0.4,
        wrinkles=wrinkles,
        drape=gathers(24, 26, waist, middle - waist, 0.75, seed + 3),
    )
    belt = sash(waist + 4, 141, 24, fabric, colour, dye)
    return Garment(
        [*body.inner_back(fabric, colour, 8, dye), lower, upper, *sleeves, front, facing, belt], seed
    )


WRAP = Bodice(
    neck=88,
    front_drop=262,
    back_drop=22,
    pointed=True,
    shoulder=182,
    slope=44,
    armhole=176,
    chest=182,
    waist=160,
    hem=150,
    length=372,
    hem_dip=6,
)


def wrap_dress(colour: str, dye: Print | None = None, *, fabric: Fabric = CREPE, seed: int) -> Garment:
    """A wrap dress with elbow-length sleeves and a tie belt."""
    body = WRAP
    sleeves = Sleeve(360, 23, 116, 5, 8, 8).panels(
        body, fabric, colour, hem=10, wrinkle=6, seed=seed, dye=dye
    )
    under = body.front(fabric, colour, fold_seed=seed, fold_height=4, dye=dye)
    top = _wrap_top(body, fabric, colour, dye, seed)
    waist = body.top + 366
    skirt = _wrap_skirt(waist, fabric, colour, dye, seed)
    belt = sash(waist + 2, 152, 36, fabric, colour, dye)
    bow = _bow((CENTRE + 92, waist + 4), fabric, colour, dye, seed)
    return Garment([*body.inner_back(fabric, colour, 8, dye), *skirt, *sleeves, under, top, belt, *bow], seed)


def _wrap_top(body: Bodice, fabric: Fabric, colour: str, dye: Print | None, seed: int) -> Panel:
    """The half of the bodice that crosses over the other."""
    pulls = fan(body.at(150, 360), 150 + 180 + 60, 46, 4, 250, 12, 5, seed)
    over = outline(
        body.run((-88 - 3, 0), (-52, 96), (10, 205), (96, 300), (148, 362)),
        body.run((148, 362), (-150, 372)),
        body.run((-150, 372), (-160, 320), (-182, 220)),
        body.run((-182, 220), (-164, 128), (-182, 44)),
        body.run((-182, 44), (-136, 17), (-91, 0)),
    )
    edge = curve(body.run((-88 - 3, 0), (-52, 96), (10, 205), (96, 300), (148, 362)))
    arm = flip(curve(body.half_armhole()))[::-1]
    return Panel(
        over,
        fabric,
        colour,
        folds=pulls,
        wrinkles=(Wrinkles(5, 60, 160, 0.3),),
        seams=(Seam(offset(edge, -8), 0.5, 1.3, 0.5, (0,)), Seam(offset(arm, 2.5), 0.9, 1.4, 0.5)),
        print=dye,
        lift=0.45,
    )


def _wrap_skirt(waist: float, fabric: Fabric, colour: str, dye: Print | None, seed: int) -> list[Panel]:
    """The skirt and the part of it that laps over, with its falling edge."""
    length = 560
    skirt = Panel(
        skirt_shape(150, 206, 292, length, waist, 22, 7),
        fabric,
        colour,
        print=dye,
        wrinkles=(Wrinkles(7, 70, 260, 0.3),),
        lift=0.6,
        drape=gathers(14, 46, waist, length, 0.9, seed + 4),
    )
    front_edge = [
        (CENTRE + 118, waist),
        (CENTRE + 132, waist + 220),
        (CENTRE + 96, waist + 430),
        (CENTRE + 30, waist + length + 16),
    ]
    flap = outline(
        front_edge,
        [front_edge[-1], (CENTRE - 150, waist + length + 34), (CENTRE - 340, waist + length)],
        [(CENTRE - 340, waist + length), (CENTRE - 170, waist)],
        [(CENTRE - 170, waist), front_edge[0]],
    )
    swing = fan((CENTRE + 110, waist + 8), -18, 60, 5, 430, 15, 8, seed + 8)
    wrap = Panel(
        flap,
        fabric,
        colour,
        folds=swing,
        print=dye,
        within=skirt.shape,
        wrinkles=(Wrinkles(6, 70, 240, 0.3),),
        seams=(Seam(offset(curve(front_edge), -8), 0.5, 1.3, 0.5, (0,)),),
        lift=0.5,
        drape=gathers(9, 46, waist, length, 0.9, seed + 4),
    )
    return [skirt, wrap]


def _bow(knot: tuple[float, float], fabric: Fabric, colour: str, dye: Print | None, seed: int) -> list[Panel]:
    """A tied bow: two tails, two loops, a knot."""
    x, y = knot
    tails = [[(x, y), (x + 20, y + 90), (x + 12, y + 200)], [(x, y), (x - 14, y + 80), (x - 34, y + 168)]]
    parts = []
    for tail in tails:
        spine = curve(tail)
        parts.append(
            Panel(
                band(spine, 9, 17),
                fabric,
                colour,
                spine,
                wrinkles=(Wrinkles(4, 14, 120, 0.3),),
                print=dye,
                lift=0.3,
                dome=0,
            )
        )
    parts += [_loop(knot, side, fabric, colour, dye, seed + side) for side in (-1, 1)]
    parts.append(
        Panel(
            corners((x - 12, y - 15), (x + 11, y - 14), (x + 12, y + 14), (x - 10, y + 15)),
            fabric,
            colour,
            wrinkles=(Wrinkles(3, 8, 60, 0.2),),
            print=dye,
            lift=0.35,
            dome=0,
        )
    )
    return parts


def _loop(
    knot: tuple[float, float], side: int, fabric: Fabric, colour: str, dye: Print | None, seed: int
) -> Panel:
    """One loop of a bow."""
    x, y = knot
    edge = [(0, -5), (40, -34), (74, -22), (78, 10), (44, 20), (0, 7)]
    points = [(x + side * dx, y + dy) for dx, dy in edge]
    folds = fan(knot, side * 92, 50, 3, 70, 6, 4, seed)
    spine = curve([(x, y - 60), (x, y + 60)])
    shape = outline(points, [points[-1], points[0]])
    return Panel(shape, fabric, colour, spine, folds, print=dye, lift=0.3, dome=0)
