"""Trousers and shorts. y = 0 is the upper edge of the waistband."""

from dataclasses import dataclass

import numpy as np

from shop.artwork.fabrics import Fabric
from shop.artwork.geometry import CENTRE, Point, curve, flip, mirrored, offset
from shop.artwork.panels import Garment, Panel, Seam
from shop.artwork.parts import button, corners, rivet, stud
from shop.artwork.relief import Fold, Wrinkles, fan


def at(x: float, y: float) -> Point:
    """Picture coordinates of a point right of the centre line."""
    return (CENTRE + x, y)


def run(*points: Point) -> list[Point]:
    """Several points at once."""
    return [at(x, y) for x, y in points]


@dataclass(frozen=True)
class Trousers:
    """Half measures of a pair of trousers or shorts from the front."""

    waist: float = 150
    hip: float = 186
    rise: float = 258
    knee: tuple[float, float] = (46, 168)
    hem: tuple[float, float] = (58, 160)
    length: float = 1010

    def outer(self) -> list[Point]:
        """Side seam from the waist down."""
        middle = (self.rise + self.length) / 2
        line = run((self.waist, 0), (self.hip - 12, 0.42 * self.rise), (self.hip, 0.82 * self.rise))
        return (
            line + ([at(self.knee[1], middle)] if self.length > 700 else []) + [at(self.hem[1], self.length)]
        )

    def inner(self) -> list[Point]:
        """Inside leg from the hem up to the crotch."""
        middle = (self.rise + self.length) / 2
        return (
            [at(self.hem[0], self.length + 5)]
            + ([at(self.knee[0], middle)] if self.length > 700 else [])
            + run((13, self.rise + 60), (1, self.rise))
        )

    def shape(self) -> np.ndarray:
        """Outline of both legs."""
        (a, b), low = self.hem, self.length
        return mirrored(
            run((0, 10), (0.55 * self.waist, 7), (self.waist, 0)),
            self.outer(),
            [at(b, low), at((a + b) / 2, low + 7), at(a, low + 5)],
            self.inner(),
        )

    def hemline(self, side: int) -> np.ndarray:
        """Hem of one leg, outer to inner."""
        (a, b), low = self.hem, self.length
        line = curve([at(b, low), at((a + b) / 2, low + 7), at(a, low + 5)])
        return line if side > 0 else flip(line)[::-1]


def waistband(
    half: float,
    height: float,
    fabric: Fabric,
    colour: str,
    thread: str | None = None,
    low: float | None = None,
    dip: float = 10,
) -> list[Panel]:
    """The back of the waistband that rises behind, dark, and the band in front."""
    low = half + 5 if low is None else low
    back = mirrored(
        run((0, -15), (0.6 * half, -11), (half - 1, 0)), run((half - 1, 0), (0.5 * half, 26), (0, 30))
    )
    front = mirrored(
        run((0, dip), (0.55 * half, 0.7 * dip), (half, 0)),
        run((half, 0), (low, height)),
        run((low, height), (0.55 * half, height + 0.7 * dip), (0, height + dip)),
    )
    line = curve(run((-half, 0), (-0.55 * half, 0.7 * dip), (0, dip), (0.55 * half, 0.7 * dip), (half, 0)))
    rows = (
        tuple(Seam(offset(line, -d), 0.3, 1.3, 0.5, (0,), thread) for d in (5, height - 5)) if thread else ()
    )
    return [
        Panel(back, fabric, colour, shade=0.58, dome=0, lift=0.3),
        Panel(
            front, fabric, colour, spine=line, seams=rows, wrinkles=(Wrinkles(1.5, 40, 60, 0.2),), lift=0.22
        ),
    ]


def trousers(
    colour: str,
    cut: Trousers,
    fabric: Fabric,
    *,
    seed: int,
    thread: str | None = None,
    jeans: bool = False,
    crease: bool = False,
    wrinkle: float = 8,
) -> Garment:
    """Jeans (with studs, rivets and contrast stitching), chinos or shorts."""
    seams = [*_fly(cut, thread), *_pockets(cut, thread, jeans)]
    seams += [Seam(offset(cut.hemline(side), -side * 20), 0.8, 1.6, 0.9, (0,), thread) for side in (-1, 1)]
    if jeans:
        side_seam = curve(cut.outer()[1:])
        seams += [
            Seam(offset(side_seam, -8), 0.5, 1.6, 0.8),
            Seam(offset(flip(side_seam)[::-1], 8), 0.5, 1.6, 0.8),
        ]
    wrinkles = (Wrinkles(wrinkle, 70, 190, 0.3), Wrinkles(0.42 * wrinkle, 30, 56, 0.6))
    legs = Panel(
        cut.shape(),
        fabric,
        colour,
        folds=_leg_folds(cut, wrinkle, seed, crease),
        wrinkles=wrinkles,
        seams=tuple(seams),
        lift=0.6,
    )
    back, band = waistband(cut.waist, 44, fabric, colour, thread or colour, cut.waist + 7)
    return Garment([back, legs, band, *_trimmings(cut, fabric, colour, thread, jeans)], seed)


def _trimmings(cut: Trousers, fabric: Fabric, colour: str, thread: str | None, jeans: bool) -> list[Panel]:
    """Belt loops, the end of the waistband, its button, and rivets on jeans."""
    loops = [
        Panel(
            corners(*run((x - 7, y), (x + 7, y), (x + 7, y + 50), (x - 7, y + 50))),
            fabric,
            colour,
            lift=0.2,
            seams=tuple(
                Seam(curve(run((x + d, y), (x + d, y + 50))), 0.2, 1, 0.2, (0,), thread) for d in (-3.5, 3.5)
            ),
        )
        for x, y in ((-96, 2), (96, 2))
    ]
    fastening = stud(at(-2, 31), 11) if jeans else button(at(-2, 31), 10, "#6b5a45")
    studs = (
        [p for side in (-1, 1) for x, y in ((66, 56), (cut.waist + 8, 132)) for p in rivet(at(side * x, y))]
        if jeans
        else []
    )
    end = Panel(
        corners(*run((-20, 11), (-18, 11), (-18, 56), (-20, 56))), fabric, colour, shade=0.6, dome=0, lift=0.1
    )
    return [*loops, end, *fastening, *studs]


def _fly(cut: Trousers, thread: str | None) -> list[Seam]:
    """Centre seam and the J-shaped stitching of the fly."""
    low = cut.rise - 62
    bow = run((32, 50), (32, low - 40), (24, low - 8), (0, low + 8))
    return [
        Seam(
            curve(run((0, 48), (1, cut.rise / 2), (0, cut.rise + 4))),
            2.2,
            1.8,
            0.8,
            (-4,) if thread else (),
            thread,
        ),
        Seam(curve(bow), 0.5, 1.4, 0.6, (0, 5) if thread else (0,), thread),
    ]


def _pockets(cut: Trousers, thread: str | None, round_: bool) -> list[Seam]:
    """Pocket openings: scooped on jeans, slanted otherwise."""
    side_x = cut.waist + 24
    line = (
        run((66, 50), (72, 92), (108, 122), (side_x, 128))
        if round_
        else run((112, 50), (140, 130), (side_x + 12, 214))
    )
    path = curve(line)
    rows = (2.5, 8) if round_ else (6,)
    return [
        Seam(path, 2.0, 2.2, 0.8, tuple(-d for d in rows), thread, ink=0.25),
        Seam(flip(path)[::-1], 2.0, 2.2, 0.8, rows, thread, ink=0.25),
    ]


def _leg_folds(cut: Trousers, height: float, seed: int, crease: bool) -> tuple[Fold, ...]:
    """Whiskers from the crotch, soft breaks at the knees, and pressed creases."""
    folds: tuple[Fold, ...] = ()
    knee = (cut.rise + cut.length) / 2
    for side in (-1, 1):
        folds += fan(at(side * 8, cut.rise - 6), side * 112, 76, 4, 165, 9, 0.8 * height, seed + side)
        if cut.length > 700:
            folds += fan(
                at(side * (cut.knee[0] + 4), knee - 20),
                side * 90,
                90,
                4,
                100,
                12,
                0.55 * height,
                seed + 5 + side,
            )
            folds += fan(
                at(side * (cut.hem[0] + 6), cut.length - 60),
                side * 104,
                60,
                3,
                90,
                11,
                0.55 * height,
                seed + 9 + side,
            )
        if crease:
            middle = [
                at(side * 98, 120),
                at(side * (sum(cut.knee) / 2 - 2), knee),
                at(side * (sum(cut.hem) / 2), cut.length - 4),
            ]
            folds += (Fold(tuple(middle), 3.2, 1.6, 1.4, (0.25, 0.02)),)
    return folds


JEANS = Trousers(knee=(40, 170), hem=(50, 166))
CHINOS = Trousers(waist=152, hip=188, knee=(44, 170), hem=(60, 156))
WIDE = Trousers(waist=140, hip=186, rise=280, knee=(26, 214), hem=(24, 236), length=1020)
SHORTS = Trousers(waist=158, hip=200, rise=262, hem=(18, 222), length=440)
