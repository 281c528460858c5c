"""Jackets."""

from shop.artwork.bodice import Bodice
from shop.artwork.fabrics import CREPE, DENIM, SATIN, WOOL, Fabric
from shop.artwork.geometry import CENTRE, Point, curve, flip, mirrored, offset, outline
from shop.artwork.panels import Garment, Panel, Seam
from shop.artwork.parts import button, corners, patch, stud
from shop.artwork.relief import Wrinkles
from shop.artwork.shirts import beside, collar, inner_collar, placket
from shop.artwork.sleeves import Sleeve

TRUCKER = Bodice(
    neck=76,
    front_drop=70,
    back_drop=16,
    shoulder=214,
    slope=56,
    armhole=206,
    chest=226,
    waist=214,
    hem=204,
    length=520,
    hem_dip=6,
)


def denim_jacket(colour: str, *, thread: str = "#c98d4a", seed: int) -> Garment:
    """A trucker jacket: yoke, flap pockets, metal buttons, waistband and cuffs."""
    body = TRUCKER
    sleeves = Sleeve(530, 20, 104, 7, 9, 3).panels(
        body, DENIM, colour, cuff=DENIM, cuff_length=48, wrinkle=9, seed=seed, lift=0.6
    )
    seams = _denim_seams(body, thread)
    front = body.front(
        DENIM,
        colour,
        fold_seed=seed,
        fold_height=6,
        seams=seams,
        wrinkles=(Wrinkles(9, 70, 130, 0.3), Wrinkles(4, 30, 50, 0.6)),
        lift=0.6,
    )
    panels = [*inner_collar(body, DENIM, colour), *sleeves, front]
    panels.append(placket(body, DENIM, colour, body.front_drop - 4, body.length + 6, 22, thread=thread))
    for side in (-1, 1):
        panels += _flap(side, body, colour, thread)
    panels.append(_waistband(body, colour, thread))
    panels += [p for k in range(5) for p in stud(body.at(0, body.front_drop + 26 + 86 * k))]
    panels += stud(body.at(0, body.length + 27))
    panels += collar(body, DENIM, colour, reach=92, drop=66, thread=thread)
    return Garment(panels, seed)


def _denim_seams(body: Bodice, thread: str) -> list[Seam]:
    """Yoke, the two slanted seams on each side, and the stitching along the armholes."""
    yoke = body.top + 178
    seams = [
        Seam(
            curve([(CENTRE - 212, yoke + 6), (CENTRE, yoke), (CENTRE + 212, yoke + 6)]),
            1.4,
            1.8,
            0.9,
            (-3, -8),
            thread,
        )
    ]
    for side in (-1, 1):
        seams += [
            Seam(
                curve([beside(side, body, x, 182), beside(side, body, low, body.length)]),
                1.3,
                1.8,
                0.9,
                (side * 3, side * 8),
                thread,
            )
            for x, low in ((78, 46), (150, 96))
        ]
        arm = curve(body.half_armhole())
        seams.append(
            Seam(offset(arm if side > 0 else flip(arm)[::-1], -9 * side), 0.3, 1.4, 0.6, (0,), thread)
        )
    return seams


def _flap(side: int, body: Bodice, colour: str, thread: str) -> list[Panel]:
    """A pointed pocket flap just under the yoke, with its button."""
    points = [beside(side, body, x, y) for x, y in ((60, 186), (166, 188), (166, 218), (113, 244), (60, 218))]
    points = points if side > 0 else [points[1], points[0], points[4], points[3], points[2]]
    return [patch(points, DENIM, colour, thread).with_(lift=0.25), *stud(beside(side, body, 113, 223), 8)]


def _waistband(body: Bodice, colour: str, thread: str) -> Panel:
    top, low = body.length - 4, body.length + 52
    shape = mirrored(
        body.run((0, top + 6), (206, top)),
        body.run((206, top), (202, low)),
        body.run((202, low), (100, low + 5), (0, low + 6)),
    )
    seams = tuple(
        Seam(curve(body.run((-204, y), (0, y + 6), (204, y))), 0.4, 1.3, 0.7, (0,), thread)
        for y in (top + 6, low - 7)
    )
    seams += tuple(Seam(curve(body.run((x, top), (x, low + 5))), 1.2, 1.5, 0.2) for x in (-24, 24))
    return Panel(
        shape,
        DENIM,
        colour,
        spine=curve(body.run((-260, top + 30), (260, top + 30))),
        seams=seams,
        wrinkles=(Wrinkles(3, 40, 50, 0.3),),
        lift=0.25,
    )


BLAZER = Bodice(
    neck=72,
    front_drop=330,
    back_drop=10,
    pointed=True,
    shoulder=206,
    slope=46,
    armhole=204,
    chest=214,
    waist=192,
    hem=218,
    length=720,
    hem_dip=4,
)


def blazer(colour: str, *, fabric: Fabric = WOOL, seed: int, button_colour: str = "#3a332e") -> Garment:
    """A single-breasted blazer with notched lapels and flap pockets."""
    body = BLAZER
    sleeves = Sleeve(560, 15, 100, 6, 10, 2).panels(
        body, fabric, colour, hem=4, wrinkle=4.5, seed=seed, lift=0.6
    )
    shape = mirrored(
        body.half_neckline(330),
        [body.half_neckline(330)[-1], body.at(140, 18), body.at(206, 46)],
        body.half_armhole(),
        body.half_side(),
        body.run((218, 720), (120, 730), (48, 722), (10, 660)),
        body.run((10, 660), (0, 600)),
    )
    darts = [
        Seam(curve([beside(s, body, 104, 330), beside(s, body, 100, 480)]), 0.9, 1.6, 0.3) for s in (-1, 1)
    ]
    opening = Seam(curve(body.run((1, 330), (3, 500), (2, 655))), 2.4, 1.8, 0.2, ink=0.3)
    front = body.front(
        fabric,
        colour,
        fold_seed=seed,
        fold_height=4,
        seams=[*darts, opening],
        wrinkles=(Wrinkles(6, 100, 260, 0.15),),
        lift=0.6,
    ).with_(shape=shape)
    panels = [*_blazer_inside(body, fabric, colour), *sleeves, front]
    for side in (-1, 1):
        panels += _lapel(side, body, fabric, colour)
        flap = [beside(side, body, x, y) for x, y in ((72, 490), (176, 486), (178, 528), (74, 532))]
        seam = Seam(curve(flap[:2]), 1.0, 1.6, 0.2)
        panels.append(Panel(corners(*flap), fabric, colour, lift=0.25, seams=(seam,)))
    welt = body.run((92, 262), (160, 254), (161, 272), (93, 280))
    panels.append(Panel(corners(*welt), fabric, colour, lift=0.12))
    panels += [p for y in (372, 470) for p in button(body.at(-1, y), 10.5, button_colour)]
    return Garment(panels, seed)


def _blazer_inside(body: Bodice, fabric: Fabric, colour: str) -> list[Panel]:
    """Lining, collar stand and label, as they show behind the lapels."""
    lining = mirrored(body.run((0, -30), (38, -31), (74, -40)), body.run((74, -40), (84, 30), (0, 345)))
    stand = mirrored(
        body.run((0, -34), (38, -35), (80, -46)),
        body.run((80, -46), (88, 20)),
        body.run((88, 20), (40, 26), (0, 28)),
    )
    label = corners(*body.run((-26, 44), (26, 44), (26, 70), (-26, 70)))
    return [
        Panel(lining, SATIN, "#57534c", shade=0.7, dome=0),
        Panel(stand, fabric, colour, shade=0.66, dome=0, lift=0.2),
        Panel(label, CREPE, "#e9e5dc", shade=0.8, dome=0, lift=0.1),
    ]


def _lapel(side: int, body: Bodice, fabric: Fabric, colour: str) -> list[Panel]:
    """One lapel and its half of the collar, with the notch between them."""

    def at(x: float, y: float) -> Point:
        return beside(side, body, x, y)

    low, start, notch = at(-2 * side, 340), at(66, -6), at(84, 112)
    lapel = outline(
        [start, at(44, 120), low],
        [low, at(70, 270), at(128, 128)],
        [at(128, 128), notch],
        [notch, at(74, 60), start],
    )
    seam = Seam(offset(curve([low, at(70, 270), at(128, 128)]), 5 * side), 0.2, 1.4, 0.3)
    fall = outline(
        [at(68, -44), at(62, 30), at(58, 96)],
        [at(58, 96), notch],
        [notch, at(120, 96)],
        [at(120, 96), at(108, 40), at(94, -8)],
        [at(94, -8), at(84, -34), at(68, -44)],
    )
    spine = curve([at(80, -40), at(80, 120), at(20, 330)], 12)
    return [
        Panel(lapel, fabric, colour, spine, seams=(seam,), wrinkles=(Wrinkles(2, 60, 140, 0.1),), lift=0.45),
        Panel(fall, fabric, colour, spine, lift=0.4),
    ]
