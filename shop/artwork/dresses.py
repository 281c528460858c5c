"""Dresses: a bodice and a skirt, or both in one."""

from dataclasses import replace

import numpy as np

from shop.artwork.bodice import Bodice, Sleeve
from shop.artwork.fabrics import CREPE, METAL, POPLIN, SATIN, Fabric
from shop.artwork.geometry import CENTRE, band, curve, flip, mirrored, offset, outline
from shop.artwork.knitwear import ROLL_NECK, roll_neck
from shop.artwork.panels import Garment, Panel, Print, Seam
from shop.artwork.parts import cord, corners
from shop.artwork.relief import Fold, Wrinkles, fan, noise, ramp
from shop.artwork.shirts import SHIRT, shirt
from shop.artwork.skirts import gathers, skirt_shape


def _belt(
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


def tiered_dress(colour: str, dye: Print | None = None, *, fabric: Fabric = POPLIN, seed: int) -> Garment:
    """A V-neck summer dress with short sleeves and a skirt in two gathered tiers."""
    body = Bodice(
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
    sleeves = Sleeve(150, 44, 138, 0, 8, 16).panels(
        body, fabric, colour, hem=7, wrinkle=7, seed=seed, dye=dye
    )
    wrinkles = (Wrinkles(6, 70, 200, 0.3), Wrinkles(2, 30, 70, 0.5))

    def ease(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return 7 * noise(u / 16, v / 300, seed) * ramp(v, body.top + 190, body.top + 345)

    front = body.front(
        fabric, colour, fold_seed=seed, fold_height=4, print=dye, wrinkles=wrinkles, drape=ease
    )
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
    belt = _belt(waist + 4, 141, 24, fabric, colour, dye)
    return Garment(
        [*body.inner_back(fabric, colour, 8, dye), lower, upper, *sleeves, front, facing, belt], seed
    )


def wrap_dress(colour: str, dye: Print | None = None, *, fabric: Fabric = CREPE, seed: int) -> Garment:
    """A wrap dress with elbow-length sleeves and a tie belt."""
    body = Bodice(
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
    sleeves = Sleeve(360, 23, 116, 5, 8, 8).panels(
        body, fabric, colour, hem=10, wrinkle=6, seed=seed, dye=dye
    )
    pulls = fan(body.at(150, 360), 150 + 180 + 60, 46, 4, 250, 12, 5, seed)
    under = body.front(fabric, colour, fold_seed=seed, fold_height=4, print=dye)
    over = outline(
        body.run((-88 - 3, 0), (-52, 96), (10, 205), (96, 300), (148, 362)),
        body.run((148, 362), (-150, 372)),
        body.run((-150, 372), (-160, 320), (-182, 220)),
        body.run((-182, 220), (-164, 128), (-182, 44)),
        body.run((-182, 44), (-136, 17), (-91, 0)),
    )
    edge = curve(body.run((-88 - 3, 0), (-52, 96), (10, 205), (96, 300), (148, 362)))
    arm = flip(curve(body.half_armhole()))[::-1]
    top = Panel(
        over,
        fabric,
        colour,
        folds=pulls,
        wrinkles=(Wrinkles(5, 60, 160, 0.3),),
        seams=(Seam(offset(edge, -8), 0.5, 1.3, 0.5, (0,)), Seam(offset(arm, 2.5), 0.9, 1.4, 0.5)),
        print=dye,
        lift=0.45,
    )
    waist, length = body.top + 366, 560
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
    belt = _belt(waist + 2, 152, 36, fabric, colour, dye)
    return Garment(
        [
            *body.inner_back(fabric, colour, 8, dye),
            skirt,
            wrap,
            *sleeves,
            under,
            top,
            belt,
            *_bow((CENTRE + 92, waist + 4), fabric, colour, dye, seed),
        ],
        seed,
    )


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
    for side in (-1, 1):
        loop = outline(
            [
                (x, y - 5),
                (x + side * 40, y - 34),
                (x + side * 74, y - 22),
                (x + side * 78, y + 10),
                (x + side * 44, y + 20),
                (x, y + 7),
            ],
            [(x, y + 7), (x, y - 5)],
        )
        parts.append(
            Panel(
                loop,
                fabric,
                colour,
                folds=fan((x, y), side * 92, 50, 3, 70, 6, 4, seed + side),
                print=dye,
                lift=0.3,
                dome=0,
                spine=curve([(x, y - 60), (x, y + 60)]),
            )
        )
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


def shirt_dress(colour: str, dye: Print | None = None, *, seed: int) -> Garment:
    """A belted shirt dress."""
    body = replace(
        SHIRT,
        neck=64,
        front_drop=62,
        shoulder=178,
        slope=48,
        armhole=172,
        chest=184,
        waist=158,
        waist_at=0.25,
        hip=(204, 600),
        hem=232,
        length=960,
    )
    sleeve = Sleeve(470, 18, 94, 6, 8, 8)
    garment = shirt(
        colour, fabric=POPLIN, dye=dye, body=body, sleeve=sleeve, seed=seed, wrinkle=6, pocket=False
    )
    y = body.top + 406
    hang = (
        Fold(
            ((CENTRE - 90, y + 14), (CENTRE - 110, y + 240), (CENTRE - 130, y + 480)), 20, 9, 1.6, (0.05, 0.4)
        ),
        Fold(
            ((CENTRE + 96, y + 14), (CENTRE + 122, y + 220), (CENTRE + 140, y + 500)), 22, 9, 0.6, (0.05, 0.4)
        ),
    )
    panels = [
        replace(p, folds=p.folds + hang, drape=gathers(9, 34, y, 520, 0.6, seed))
        if len(p.folds) > 8 and p.shape[:, 1].max() > 1100
        else p
        for p in garment.panels
    ]
    belt = _belt(y, 163, 34, POPLIN, colour)
    buckle = [
        Panel(
            corners(
                (CENTRE - 28, y - 20), (CENTRE + 26, y - 19), (CENTRE + 26, y + 31), (CENTRE - 28, y + 31)
            ),
            METAL,
            "#b59a63",
            dome=0,
            lift=0.2,
        ),
        Panel(
            corners(
                (CENTRE - 20, y - 12), (CENTRE + 18, y - 11), (CENTRE + 18, y + 23), (CENTRE - 20, y + 23)
            ),
            POPLIN,
            colour,
            dome=0,
            lift=0,
            shade=0.85,
        ),
        cord([(CENTRE - 22, y + 6), (CENTRE + 2, y + 4), (CENTRE + 24, y + 6)], 5, "#b59a63", METAL, 0.1),
    ]
    return Garment([*panels, belt, *buckle], seed)


def knit_dress(colour: str, *, seed: int) -> Garment:
    """A ribbed knit dress with a roll neck."""
    body = replace(
        ROLL_NECK,
        neck=64,
        shoulder=166,
        slope=46,
        armhole=166,
        chest=168,
        waist=146,
        waist_at=0.26,
        hip=(182, 560),
        hem=170,
        length=950,
        hem_dip=8,
    )
    return roll_neck(colour, body=body, seed=seed)


def evening_dress(colour: str, *, fabric: Fabric = SATIN, seed: int) -> Garment:
    """A long satin slip dress with a draped neck."""

    def at(x: float, y: float) -> tuple[float, float]:
        return (CENTRE + x, y)

    neck = [at(0, 176), at(44, 158), at(86, 112)]
    side = [at(140, 204), at(120, 370), at(164, 570), at(196, 850), at(232, 1180)]
    shape = mirrored(neck, [neck[-1], at(112, 160), side[0]], side, [side[-1], at(130, 1196), at(0, 1200)])
    back = mirrored([at(0, 150), at(60, 156), at(118, 190)], [at(118, 190), at(100, 300), at(0, 310)])
    cowl = tuple(
        Fold(
            (at(-82 + 4 * k, 122 + 16 * k), at(-2 + 6 * k, 200 + 34 * k), at(80 - 8 * k, 124 + 18 * k)),
            12 + k,
            8 - k,
            1.5,
            (0.1, 0.12),
        )
        for k in range(4)
    )
    sweep = fan(at(-128, 470), 4, 22, 4, 700, 26, 9, seed, 0.04) + fan(
        at(126, 400), -4, 26, 4, 680, 26, 9, seed + 1, 0.04
    )
    hips = fan(at(-112, 380), 58, 50, 3, 170, 13, 4, seed + 2) + fan(
        at(116, 372), -58, 50, 3, 170, 13, 4, seed + 3
    )
    slit = [at(112, 720), at(118, 900), at(126, 1192)]
    seams = (
        Seam(curve(slit), 4.0, 2.6, 0.4, ink=0.45),
        Seam(
            offset(
                curve(
                    [*[at(-x, y) for x, y in ((86, 112), (44, 158))], at(0, 176), at(44, 158), at(86, 112)]
                ),
                -5,
            ),
            0.4,
            1.3,
            0.3,
        ),
    )
    front = Panel(
        shape,
        fabric,
        colour,
        folds=cowl + sweep + hips,
        wrinkles=(Wrinkles(10, 80, 420, 0.3), Wrinkles(3, 40, 120, 0.3)),
        seams=seams,
        drape=gathers(20, 46, 480, 720, 0.7, seed),
        lift=0.6,
    )
    straps = [
        cord(
            [at(s * 86, 116), at(s * 82, 50), at(s * 70, -10), at(s * 78, 60), at(s * 92, 216)],
            6,
            colour,
            fabric,
            0.25,
        )
        for s in (-1, 1)
    ]
    return Garment([Panel(back, fabric, colour, shade=0.6, dome=0), *straps, front], seed)
