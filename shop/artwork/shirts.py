"""Shirts, and the collars and plackets that jackets share with them."""

import numpy as np

from shop.artwork.bodice import Bodice, hem_seam
from shop.artwork.fabrics import CREPE, OXFORD, Fabric
from shop.artwork.geometry import CENTRE, Point, curve, mirrored, offset, outline
from shop.artwork.panels import Garment, Panel, Print, Seam
from shop.artwork.parts import button, corners, patch
from shop.artwork.relief import Wrinkles, fan
from shop.artwork.sleeves import Sleeve

SHIRT = Bodice(
    neck=70,
    front_drop=66,
    back_drop=16,
    shoulder=202,
    slope=54,
    armhole=198,
    chest=214,
    waist=204,
    hem=214,
    length=690,
    hem_dip=26,
)


SHIRT_SLEEVE = Sleeve(548, 17, 104, 6, 9, 6)


def beside(side: int, body: Bodice, x: float, y: float) -> Point:
    """A point right (`side` 1) or left (-1) of the centre line."""
    return (CENTRE + side * x, body.top + y)


def inner_collar(
    body: Bodice, fabric: Fabric, colour: str, dye: Print | None = None, height: float = 44
) -> list[Panel]:
    """The stand and fall of a collar as they show behind the neck, with a label."""
    n = body.neck
    fall = mirrored(
        body.run((0, -height + 6), (0.6 * n, -height + 1), (n - 2, -height - 6)),
        body.run((n - 2, -height - 6), (n + 10, 6)),
        body.run((n + 10, 6), (0.6 * n, 50), (0, 96)),
    )
    seam = Seam(curve(body.run((-n, -2), (0, 10), (n, -2))), 0.8, 1.6, 0.3, (-5,))
    label = corners(*body.run((-20, 15), (20, 15), (20, 37), (-20, 37)))
    return [
        Panel(fall, fabric, colour, seams=(seam,), shade=0.66, dome=0, lift=0.35, print=dye),
        Panel(
            label,
            CREPE,
            "#e9e5dc",
            seams=(Seam(curve(body.run((-20, 18), (20, 18))), 0.2, 1, 0, (0,), "#8d8a84", 4),),
            shade=0.82,
            dome=0,
            lift=0.1,
        ),
    ]


def collar(
    body: Bodice,
    fabric: Fabric,
    colour: str,
    *,
    dye: Print | None = None,
    reach: float = 74,
    drop: float = 74,
    thread: str | None = None,
) -> list[Panel]:
    """Both points of a turned-down shirt collar."""
    parts = []
    n, height = body.neck, 44
    for side in (-1, 1):

        def at(x: float, y: float, side: int = side) -> Point:
            return beside(side, body, x, y)

        front = at(3, body.front_drop + 2)
        fold = [at(n - 3, -height - 5), at(0.72 * n, 4), at(0.36 * n, 0.62 * body.front_drop), front]
        tip = at(reach, body.front_drop + drop)
        leaf = [tip, at(n + 24, 44), at(n + 26, 4)]
        top = [at(n + 26, 4), at(n + 16, -height + 18), at(n - 3, -height - 5)]
        path = np.concatenate([curve([front, tip]), curve(leaf)])
        seams = (Seam(offset(path, 6 * side), 0.2, 1.4, 0.4, (0,), thread),)
        spine = curve([at(n + 8, -40), at(0.8 * n, 40), at(0.45 * n, 140)], 12)
        folds = fan(at(n, -30), side * -14, 40, 2, 120, 9, 2.5, 5 + side)
        shape, creases = outline(fold, [front, tip], leaf, top), (Wrinkles(1.5, 40, 60, 0.2),)
        parts.append(Panel(shape, fabric, colour, spine, folds, creases, seams, print=dye, lift=0.4))
    return parts


def placket(
    body: Bodice,
    fabric: Fabric,
    colour: str,
    top: float,
    bottom: float,
    half: float = 17,
    dye: Print | None = None,
    thread: str | None = None,
) -> Panel:
    """The strip that carries the buttons."""
    shape = corners(*body.run((-half, top), (half, top), (half, bottom), (-half, bottom)))
    seams = tuple(
        Seam(
            curve([body.at(x, top), body.at(x + 1, (top + bottom) / 2), body.at(x, bottom)]),
            0.3,
            1.2,
            0.5,
            (0,),
            thread,
        )
        for x in (-half + 5, half - 5)
    )
    return Panel(
        shape,
        fabric,
        colour,
        wrinkles=(Wrinkles(1.5, 30, 90, 0.2),),
        seams=seams,
        lift=0.12,
        print=dye,
        within=body.shape(),
    )


def buttons(body: Bodice, start: float, step: float, count: int, colour: str) -> list[Panel]:
    """A row of buttons down the centre front."""
    return [
        panel
        for k in range(count)
        for panel in button(body.at((-1) ** k * 0.6, start + k * step), colour=colour)
    ]


def shirt(
    colour: str,
    *,
    fabric: Fabric = OXFORD,
    dye: Print | None = None,
    body: Bodice = SHIRT,
    button_colour: str = "#f4f1ea",
    pocket: bool = True,
    sleeve: Sleeve = SHIRT_SLEEVE,
    seed: int,
    wrinkle: float = 7,
) -> Garment:
    """A button-down shirt with collar, cuffs and chest pocket."""
    cuff = fabric if sleeve.length > 300 else None
    sleeves = sleeve.panels(
        body, fabric, colour, cuff=cuff, cuff_length=52, wrinkle=wrinkle, seed=seed, dye=dye, hem=22
    )
    front = body.front(
        fabric,
        colour,
        fold_seed=seed,
        fold_height=0.85 * wrinkle,
        dye=dye,
        seams=[hem_seam(body, 9, False)],
        wrinkles=(Wrinkles(1.3 * wrinkle, 85, 240, 0.3), Wrinkles(0.5 * wrinkle, 34, 80, 0.5)),
    )
    panels = [*inner_collar(body, fabric, colour, dye), *sleeves, front]
    if pocket:
        panels.append(_pocket(body, fabric, colour, dye))
    start = body.front_drop + 16
    panels += [placket(body, fabric, colour, body.front_drop - 4, body.length + body.hem_dip + 8, dye=dye)]
    panels += buttons(body, start + 62, 84, int((body.length - start - 90) / 84) + 1, button_colour)
    panels += collar(body, fabric, colour, dye=dye)
    panels += button(body.at(0, start), colour=button_colour)
    return Garment(panels, seed)


def _pocket(body: Bodice, fabric: Fabric, colour: str, dye: Print | None) -> Panel:
    """The chest pocket on the wearer's left."""
    x, y = 62, 262
    points = body.run((x, y), (x + 98, y), (x + 98, y + 88), (x + 49, y + 112), (x, y + 88))
    return patch(points, fabric, colour, print=dye, wrinkles=(Wrinkles(3, 60, 90, 0.3),))
