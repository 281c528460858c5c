"""Dresses cut in one piece from the shoulders to the hem."""

from dataclasses import replace

import numpy as np

from shop.artwork.dresses import sash
from shop.artwork.fabrics import METAL, POPLIN, SATIN, Fabric
from shop.artwork.geometry import CENTRE, curve, flip, mirrored, offset
from shop.artwork.knitwear import ROLL_NECK, roll_neck
from shop.artwork.panels import Garment, Panel, Print, Seam
from shop.artwork.parts import cord, corners
from shop.artwork.relief import Fold, Wrinkles, fan
from shop.artwork.shirts import SHIRT, shirt
from shop.artwork.skirts import gathers
from shop.artwork.sleeves import Sleeve
from shop.artwork.trousers import at, run

SHIRT_DRESS = replace(
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


def shirt_dress(colour: str, dye: Print | None = None, *, seed: int) -> Garment:
    """A belted shirt dress."""
    body = SHIRT_DRESS
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
    belt = sash(y, 163, 34, POPLIN, colour)
    return Garment([*panels, belt, *_buckle(y, colour)], seed)


def _buckle(y: float, colour: str) -> list[Panel]:
    """A square metal buckle and its pin."""
    return [
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


KNIT_DRESS = replace(
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


def knit_dress(colour: str, *, seed: int) -> Garment:
    """A ribbed knit dress with a roll neck."""
    body = KNIT_DRESS
    return roll_neck(colour, body=body, seed=seed)


def evening_dress(colour: str, *, fabric: Fabric = SATIN, seed: int) -> Garment:
    """A long satin slip dress with a draped neck."""
    neck = run((0, 176), (44, 158), (86, 112))
    side = run((140, 204), (120, 370), (164, 570), (196, 850), (232, 1180))
    hem = run((232, 1180), (130, 1196), (0, 1200))
    shape = mirrored(neck, [neck[-1], at(112, 160), side[0]], side, hem)
    back = mirrored(run((0, 150), (60, 156), (118, 190)), run((118, 190), (100, 300), (0, 310)))
    rim = offset(np.concatenate([flip(curve(neck)), curve(neck)[1:]]), -5)
    slit = Seam(curve(run((112, 720), (118, 900), (126, 1192))), 4.0, 2.6, 0.4, ink=0.45)
    front = Panel(
        shape,
        fabric,
        colour,
        folds=_gown_folds(seed),
        wrinkles=(Wrinkles(10, 80, 420, 0.3), Wrinkles(3, 40, 120, 0.3)),
        seams=(slit, Seam(rim, 0.4, 1.3, 0.3)),
        drape=gathers(20, 46, 480, 720, 0.7, seed),
        lift=0.6,
    )
    lines = (
        [at(s * x, y) for x, y in ((86, 116), (82, 50), (70, -10), (78, 60), (92, 216))] for s in (-1, 1)
    )
    straps = [cord(line, 6, colour, fabric, 0.25) for line in lines]
    return Garment([Panel(back, fabric, colour, shade=0.6, dome=0), *straps, front], seed)


def _gown_folds(seed: int) -> tuple[Fold, ...]:
    """The cowl below the neck, pulls at the hips, and long folds down the skirt."""
    folds = tuple(
        Fold(
            (at(4 * k - 82, 122 + 16 * k), at(6 * k - 2, 200 + 34 * k), at(80 - 8 * k, 124 + 18 * k)),
            12 + k,
            8 - k,
            1.5,
            (0.1, 0.12),
        )
        for k in range(4)
    )
    folds += fan(at(-128, 470), 4, 22, 4, 700, 26, 9, seed, 0.04)
    folds += fan(at(126, 400), -4, 26, 4, 680, 26, 9, seed + 1, 0.04)
    folds += fan(at(-112, 380), 58, 50, 3, 170, 13, 4, seed + 2)
    return folds + fan(at(116, 372), -58, 50, 3, 170, 13, 4, seed + 3)
