"""Sweaters and hooded sweatshirts."""

import numpy as np

from shop.artwork.bodice import Bodice, hem_seam, neckband
from shop.artwork.fabrics import CABLE, CHUNKY_RIB, FLEECE, KNIT, RIB, Fabric, turned
from shop.artwork.geometry import CENTRE, band, curve, flip, mirrored, offset, outline
from shop.artwork.panels import Garment, Panel, Print, Seam
from shop.artwork.parts import button, cord
from shop.artwork.relief import Wrinkles, fan
from shop.artwork.sleeves import Sleeve


def _rib_hem(body: Bodice, fabric: Fabric, colour: str, height: float, inset: float = 0.93) -> Panel:
    """The knitted band that gathers a hem."""
    y, low = body.length - 6, body.length + height
    shape = mirrored(
        body.run((0, y + body.hem_dip), (0.55 * body.hem, y + body.hem_dip), (body.hem - 3, y)),
        [
            body.at(body.hem - 3, y),
            body.at(body.hem * (inset + 0.02), y + 0.4 * height),
            body.at(body.hem * inset, low),
        ],
        body.run((body.hem * inset, low), (0.5 * body.hem, low + body.hem_dip), (0, low + body.hem_dip)),
    )
    return Panel(shape, fabric, colour, wrinkles=(Wrinkles(2.5, 60, 60, 0.2),), lift=0.2)


SWEATER = Bodice(
    neck=88,
    front_drop=84,
    shoulder=212,
    slope=58,
    armhole=210,
    chest=226,
    waist=222,
    hem=220,
    length=610,
    hem_dip=6,
)


def sweater(colour: str, *, fabric: Fabric = CABLE, seed: int, dye: Print | None = None) -> Garment:
    """A crew-neck sweater with ribbed hem, cuffs and collar."""
    body = SWEATER
    sleeve = Sleeve(length=500, angle=20, cuff=112, bend=7, puff=12, fullness=8)
    sleeves = sleeve.panels(
        body, fabric, colour, cuff=CHUNKY_RIB, cuff_length=66, wrinkle=4.5, seed=seed, lift=0.5, dye=dye
    )
    front = body.front(
        fabric,
        colour,
        fold_seed=seed,
        fold_height=4.5,
        wrinkles=(Wrinkles(9, 110, 260, 0.15),),
        lift=0.5,
        dye=dye,
    )
    collar = neckband(body, CHUNKY_RIB, colour, 30)
    return Garment(
        [*body.inner_back(KNIT, colour, 26), *sleeves, front, _rib_hem(body, CHUNKY_RIB, colour, 66), collar],
        seed,
    )


ROLL_NECK = Bodice(
    neck=74,
    front_drop=40,
    back_drop=10,
    shoulder=188,
    slope=52,
    armhole=186,
    chest=196,
    waist=180,
    hem=192,
    length=640,
)


def roll_neck(colour: str, *, body: Bodice = ROLL_NECK, seed: int) -> Garment:
    """A fine ribbed sweater, or dress, with a high collar folded over."""
    sleeves = Sleeve(560, 17, 82, 6, 7).panels(body, RIB, colour, hem=8, seed=seed, wrinkle=4)
    front = body.front(
        RIB,
        colour,
        fold_seed=seed,
        fold_height=4,
        wrinkles=(Wrinkles(7, 90, 240, 0.2),),
        seams=[hem_seam(body, 10, False)],
    )
    top, low = -62, 42
    inside = outline(
        body.run((-70, top), (0, top - 12), (70, top)), body.run((70, top), (0, top + 22), (-70, top))
    )
    collar = outline(
        body.run((-70, top), (0, top + 17), (70, top)),
        body.run((70, top), (77, top + 46), (82, 12)),
        body.run((82, 12), (50, low - 6), (0, low + 5), (-50, low - 6), (-82, 12)),
        body.run((-82, 12), (-77, top + 46), (-70, top)),
    )
    folds = fan(body.at(-60, 0), 100, 40, 2, 120, 8, 3, seed)
    front_collar = Panel(collar, RIB, colour, folds=folds, wrinkles=(Wrinkles(3, 60, 30, 0.2),), lift=0.35)
    return Garment([Panel(inside, RIB, colour, shade=0.6, dome=0), *sleeves, front, front_collar], seed)


HOODIE = Bodice(
    neck=96,
    front_drop=96,
    shoulder=216,
    slope=56,
    armhole=212,
    chest=230,
    waist=226,
    hem=224,
    length=620,
    hem_dip=6,
)


def hoodie(colour: str, *, seed: int, cord_colour: str = "#ece8df") -> Garment:
    """A hooded sweatshirt with a pouch pocket and drawstrings."""
    body = HOODIE
    sleeves = Sleeve(510, 20, 108, 7, 12, 8).panels(
        body, FLEECE, colour, cuff=RIB, cuff_length=56, wrinkle=7, seed=seed, lift=0.5
    )
    front = body.front(
        FLEECE,
        colour,
        fold_seed=seed,
        fold_height=7,
        wrinkles=(Wrinkles(12, 110, 240, 0.25), Wrinkles(3, 45, 90, 0.4)),
        lift=0.5,
    )
    cords = _cords(body, cord_colour)
    pocket = _pouch(body, colour)
    return Garment(
        [
            *_hood(body, colour),
            *sleeves,
            front,
            *_hood_front(body, colour),
            pocket,
            _rib_hem(body, RIB, colour, 58),
            *cords,
        ],
        seed,
    )


def _pouch(body: Bodice, colour: str) -> Panel:
    """The pouch pocket with its slanted openings."""
    x, y = 128, 440
    pouch = mirrored(
        body.run((0, y), (x - 26, y)),
        body.run((x - 26, y), (x + 18, y + 78), (x + 32, y + 118)),
        body.run((x + 32, y + 118), (x + 34, body.length + 4)),
        body.run((x + 34, body.length + 4), (0, body.length + 8)),
    )
    slant = curve(body.run((x - 26, y), (x + 18, y + 78), (x + 32, y + 118)))
    seams = [
        Seam(offset(slant, -9), 0.3, 1.3, 0.4, (0, -4)),
        Seam(offset(flip(slant)[::-1], 9), 0.3, 1.3, 0.4, (0, 4)),
        Seam(curve(body.run((-x + 26, y + 5), (x - 26, y + 5))), 0.3, 1.2, 0.3, (0,)),
    ]
    return Panel(pouch, FLEECE, colour, wrinkles=(Wrinkles(5, 70, 80, 0.3),), seams=tuple(seams), lift=0.25)


def _cords(body: Bodice, colour: str) -> list[Panel]:
    """Eyelets, drawstrings and their ends."""
    cords = []
    for side in (1, -1):
        start = (CENTRE + side * 40, body.top + 84)
        end = (CENTRE + side * 52 - 4, body.top + 268 + 14 * side)
        cords.append(cord([start, (start[0] + 8 * side, start[1] + 90), end], 8, colour, RIB))
        cords += [cord([end, (end[0] - side, end[1] + 17)], 9, "#b9b4a8", turned(RIB))]
        cords += button(start, 6.5, "#b6b1a6")[:2]
    return cords


def _hood(body: Bodice, colour: str) -> list[Panel]:
    """The hood behind: its outer edge and the dark inside."""
    outer = mirrored(
        body.run((0, -120), (84, -108), (134, -50), (138, 22)), body.run((138, 22), (60, 110), (0, 120))
    )
    inner = mirrored(
        body.run((0, -100), (66, -88), (104, -40), (104, 30)), body.run((104, 30), (50, 110), (0, 124))
    )
    folds = fan(body.at(0, 90), 180, 120, 5, 190, 16, 7, 4)
    return [
        Panel(outer, FLEECE, colour, wrinkles=(Wrinkles(8, 70, 60, 0.3),), lift=0.5),
        Panel(
            inner,
            FLEECE,
            colour,
            folds=folds,
            wrinkles=(Wrinkles(8, 60, 90, 0.3),),
            shade=0.6,
            dome=0.4,
            lift=0.3,
        ),
        Panel(curve_band(body), turned(FLEECE), colour, shade=0.72, dome=0, lift=0.2),
    ]


def curve_band(body: Bodice) -> np.ndarray:
    """The tape inside the back of a hood."""
    spine = curve(body.run((-100, 48), (0, 66), (100, 48)))
    return band(spine, 7)


def _hood_front(body: Bodice, colour: str) -> list[Panel]:
    """The two front edges of the hood, crossing at the neck."""
    parts = []
    for side in (-1, 1):

        def at(x: float, y: float, side: int = side) -> tuple[float, float]:
            return (CENTRE + side * x, body.top + y)

        edge = [at(98, -46), at(92, 20), at(58, 76), at(-8, 122)]
        rim = [at(-8, 122), at(20, 134), at(40, 128)]
        neck = [at(40, 128), at(96, 92), at(136, 40), at(146, 14)]
        back = [at(146, 14), at(140, -40), at(116, -80), at(98, -46)]
        seam = Seam(offset(curve(edge), 15 * side), 0.4, 1.4, 0.5, (0, 4 * side))
        parts.append(
            Panel(
                outline(edge, rim, neck, back),
                FLEECE,
                colour,
                spine=curve([at(120, -60), at(100, 40), at(20, 130)], 12),
                seams=(seam,),
                folds=fan(at(60, 100), side * 160, 50, 3, 120, 10, 5, 9 + side),
                wrinkles=(Wrinkles(5, 40, 80, 0.3),),
                lift=0.35,
            )
        )
    return parts
