"""Pattern of everything worn on the trunk: front, inner back, sleeves, bands. Lengths are picture pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shop.artwork.fabrics import RIB, Fabric, turned
from shop.artwork.geometry import CENTRE, Point, band, between, curve, flip, mirrored, offset, outline
from shop.artwork.panels import Drape, Panel, Print, Seam
from shop.artwork.relief import Fold, Wrinkles, fan


@dataclass(frozen=True)
class Bodice:
    """Half measures of a top seen from the front; y grows downwards from the shoulder at the neck."""

    top: float = 235
    neck: float = 84
    front_drop: float = 92
    back_drop: float = 26
    pointed: bool = False
    shoulder: float = 204
    slope: float = 50
    armhole: float = 190
    chest: float = 212
    waist: float = 200
    waist_at: float = 0.46
    hip: tuple[float, float] | None = None
    hem: float = 210
    length: float = 700
    hem_dip: float = 10

    def at(self, x: float, y: float) -> Point:
        """Picture coordinates of a point right of the centre line."""
        return (CENTRE + x, self.top + y)

    def run(self, *points: Point) -> list[Point]:
        """Several points at once."""
        return [self.at(x, y) for x, y in points]

    def half_neckline(self, drop: float) -> list[Point]:
        """From the centre front (or back) up to the shoulder."""
        n = self.neck
        if self.pointed and drop == self.front_drop:
            return self.run((0, drop), (0.48 * n, 0.56 * drop), (n, 0))
        return self.run(
            (0, drop), (0.42 * n, 0.93 * drop), (0.8 * n, 0.62 * drop), (0.97 * n, 0.2 * drop), (n, 0)
        )

    def neckline(self, drop: float) -> np.ndarray:
        """The whole neckline, from the picture's left shoulder to the right one."""
        half = curve(self.half_neckline(drop))
        return np.concatenate([flip(half), half[1:]])

    def half_side(self) -> list[Point]:
        """From the armpit to the hem."""
        start = self.slope + self.armhole
        waist = start + (self.length - start) * self.waist_at
        hip = [self.at(*self.hip)] if self.hip else []
        return [self.at(self.chest, start), self.at(self.waist, waist), *hip, self.at(self.hem, self.length)]

    def half_armhole(self) -> list[Point]:
        """From the shoulder tip to the armpit."""
        return self.run(
            (self.shoulder, self.slope),
            (self.shoulder - 18, self.slope + 0.48 * self.armhole),
            (self.chest, self.slope + self.armhole),
        )

    def half_hem(self) -> list[Point]:
        """From the side seam to the centre."""
        low = self.length + self.hem_dip
        return self.run((self.hem, self.length), (0.55 * self.hem, low - 1), (0, low))

    def hemline(self) -> np.ndarray:
        """The whole hem from left to right."""
        half = curve(self.half_hem())
        return np.concatenate([flip(half), half[::-1][1:]])

    def shape(self) -> np.ndarray:
        """Outline of the front."""
        return mirrored(
            self.half_neckline(self.front_drop),
            [
                self.at(self.neck, 0),
                self.at((self.neck + self.shoulder) / 2, self.slope * 0.42),
                self.at(self.shoulder, self.slope),
            ],
            self.half_armhole(),
            self.half_side(),
            self.half_hem(),
        )

    def inner_back(
        self, fabric: Fabric, colour: str, band_width: float = 17, dye: Print | None = None
    ) -> list[Panel]:
        """The inside of the back that shows in the neck opening, its band, and a small label."""
        n, deep = self.neck, self.front_drop + 30
        inside = mirrored(
            self.half_neckline(self.back_drop),
            [self.half_neckline(self.back_drop)[-1], self.at(n + 8, 20), self.at(0.9 * n, deep)],
            self.run((0.9 * n, deep), (0, deep + 10)),
        )
        panels = [Panel(inside, fabric, colour, shade=0.62, dome=0, lift=0.3, print=dye)]
        if band_width:
            spine = offset(self.neckline(self.back_drop), -band_width / 2)
            panels.append(
                Panel(
                    band(spine, band_width / 2 + 1),
                    turned(RIB),
                    colour,
                    spine,
                    within=inside,
                    shade=0.72,
                    dome=0,
                    lift=0.12,
                )
            )
        y = self.back_drop + band_width + 3
        label = outline(
            self.run((-19, y), (19, y)),
            self.run((19, y), (19, y + 22)),
            self.run((19, y + 22), (-19, y + 22)),
            self.run((-19, y + 22), (-19, y)),
        )
        ends = tuple(
            Seam(curve(self.run((x, y), (x, y + 22))), 0.3, 1, 0, (0,), "#8d8a84", 4) for x in (-16, 16)
        )
        panels.append(Panel(label, turned(RIB), "#e9e5dc", seams=ends, shade=0.8, dome=0, lift=0.1))
        return panels

    def front(
        self,
        fabric: Fabric,
        colour: str,
        *,
        seams: Sequence[Seam] = (),
        wrinkles: tuple[Wrinkles, ...] = (Wrinkles(8.0, 90, 250, 0.3), Wrinkles(2.2, 38, 90, 0.5)),
        fold_seed: int,
        fold_height: float = 5.5,
        drape: Drape | None = None,
        dye: Print | None = None,
        lift: float = 0.4,
    ) -> Panel:
        """The front with armhole seams and the pulls that a body leaves in it."""
        arm = curve(self.half_armhole())
        sides = ((arm, 1), (flip(arm)[::-1], -1))
        armholes = tuple(Seam(offset(path, side * -2.5), 0.9, 1.4, 0.5) for path, side in sides)
        return Panel(
            self.shape(),
            fabric,
            colour,
            seams=armholes + tuple(seams),
            folds=self.pulls(fold_seed, fold_height),
            wrinkles=wrinkles,
            drape=drape,
            print=dye,
            lift=lift,
        )

    def pulls(self, seed: int, height: float) -> tuple[Fold, ...]:
        """Folds from the armpits towards the chest and waist, and hanging from the shoulders."""
        y, x = self.slope + self.armhole, self.chest
        right = fan(self.at(x - 4, y + 4), -48, 70, 3, 210, 12, height, seed)
        left = fan(self.at(-x + 4, y + 4), 48, 70, 3, 230, 12, height, seed + 1)
        low = self.top + self.length
        hang = fan((CENTRE + 0.35 * self.hem, low + 5), 184, 14, 2, 260, 20, 0.9 * height, seed + 2, 0.04)
        hang += fan((CENTRE - 0.45 * self.hem, low + 5), 174, 14, 2, 300, 20, 0.9 * height, seed + 3, 0.04)
        return right + left + hang


def neckband(body: Bodice, fabric: Fabric, colour: str, width: float = 17) -> Panel:
    """A band sewn around the front neckline."""
    spine = offset(body.neckline(body.front_drop), -width / 2)
    path = offset(spine, -width / 2 - 1)
    return Panel(
        band(spine, width / 2 + 1),
        turned(fabric),
        colour,
        spine,
        within=body.shape(),
        lift=0.1,
        seams=(Seam(path, 0.4, 1.5, 0.4),),
    )


def hem_seam(body: Bodice, up: float = 17, double: bool = True) -> Seam:
    """The stitched hem of a front."""
    return Seam(offset(between(body.hemline(), 0.01, 0.99), up), 0.6, 1.4, 0.5, (0, 5) if double else (0,))
