"""Pattern of everything worn on the trunk: front, inner back, sleeves, bands. Lengths are picture pixels."""

from dataclasses import dataclass

import numpy as np

from shop.artwork.fabrics import RIB, Fabric, turned
from shop.artwork.geometry import CENTRE, Point, band, between, curve, flip, mirrored, offset, outline
from shop.artwork.panels import Panel, Print, Seam
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
        return np.concatenate([flip(half), half[::-1][1:]])[::1]

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

    def front(self, fabric: Fabric, colour: str, **more: object) -> Panel:
        """The front with armhole seams and the pulls that a body leaves in it."""
        arm = curve(self.half_armhole())
        seams = tuple(
            Seam(offset(path, side * -2.5), 0.9, 1.4, 0.5) for path, side in ((arm, 1), (flip(arm)[::-1], -1))
        )
        seams += tuple(more.pop("seams", ()))
        folds = self.pulls(int(more.pop("fold_seed", 1)), float(more.pop("fold_height", 5.5)))
        folds += tuple(more.pop("folds", ()))
        wrinkles = more.pop("wrinkles", (Wrinkles(8.0, 90, 250, 0.3), Wrinkles(2.2, 38, 90, 0.5)))
        return Panel(self.shape(), fabric, colour, seams=seams, folds=folds, wrinkles=wrinkles, **more)

    def pulls(self, seed: int, height: float) -> tuple[Fold, ...]:
        """Folds from the armpits towards the chest and waist, and hanging from the shoulders."""
        y, x = self.slope + self.armhole, self.chest
        right = fan(self.at(x - 4, y + 4), -48, 70, 3, 210, 12, height, seed)
        left = fan(self.at(-x + 4, y + 4), 48, 70, 3, 230, 12, height, seed + 1)
        low = self.top + self.length
        hang = fan((CENTRE + 0.35 * self.hem, low + 5), 184, 14, 2, 260, 20, 0.9 * height, seed + 2, 0.04)
        hang += fan((CENTRE - 0.45 * self.hem, low + 5), 174, 14, 2, 300, 20, 0.9 * height, seed + 3, 0.04)
        return right + left + hang


@dataclass(frozen=True)
class Sleeve:
    """A sleeve that hangs at `angle` degrees from straight down and bends by `bend` at the elbow."""

    length: float = 205
    angle: float = 40
    cuff: float = 146
    bend: float = 0
    puff: float = 6
    fullness: float = 0

    def lines(self, body: Bodice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Outer edge from the shoulder, inner edge from the armpit, and the spine between; right side of the picture."""
        tip, pit = np.array(body.half_armhole()[0]), np.array(body.half_armhole()[-1])
        first, second = np.radians(self.angle), np.radians(self.angle - self.bend)
        upper, lower = np.array([np.sin(first), np.cos(first)]), np.array([np.sin(second), np.cos(second)])
        elbow = tip + upper * self.length * 0.48
        out = elbow + lower * self.length * 0.52
        side = np.array([-lower[1], lower[0]])
        cuff_in = out + side * self.cuff - lower * 0.1 * self.cuff
        bulge = -side * (self.puff + self.fullness)
        outer = curve(
            [
                tip,
                tip + upper * 0.2 * self.length + bulge * 0.8,
                elbow + bulge,
                out - lower * 0.14 * self.length + 0.9 * bulge * (self.fullness > 0),
                out,
            ]
        )
        middle = (pit + cuff_in) / 2 + side * 0.6 * self.fullness + np.array([4.0, 0])
        inner = curve(
            [pit, middle, cuff_in - lower * 0.12 * self.length + side * 0.8 * self.fullness, cuff_in]
            if self.length > 300
            else [pit, middle, cuff_in]
        )
        count = 40
        a, b = (line[np.linspace(0, len(line) - 1, count).astype(int)] for line in (outer, inner))
        return outer, inner, curve(((a + b) / 2)[[0, 8, 16, 24, 32, 39]], 12)

    def panels(
        self,
        body: Bodice,
        fabric: Fabric,
        colour: str,
        *,
        hem: float = 14,
        cuff: Fabric | None = None,
        cuff_length: float = 44,
        cuff_dye: str | None = None,
        wrinkle: float = 5.0,
        seed: int = 1,
        dye: Print | None = None,
        lift: float = 0.4,
    ) -> list[Panel]:
        """Both sleeves; with a `cuff` fabric they end in a band, otherwise in a stitched hem."""
        parts: list[Panel] = []
        for side in (1, -1):
            sleeve = Sleeve(
                self.length, self.angle + side * 1.2, self.cuff, self.bend, self.puff, self.fullness
            )
            outer, inner, spine = sleeve.lines(body)
            if side < 0:
                outer, inner, spine = flip(outer)[::-1], flip(inner)[::-1], flip(spine)[::-1]
            tuck = np.array(
                [
                    (CENTRE + side * (body.shoulder - 40), body.top + body.slope - 4),
                    (CENTRE + side * (body.chest - 45), inner[0, 1] - 10),
                ]
            )
            end = curve(
                [
                    tuple(outer[-1]),
                    tuple((outer[-1] + inner[-1]) / 2 + (spine[-1] - spine[-2]) * 0.25),
                    tuple(inner[-1]),
                ]
            )
            shape = np.concatenate([tuck[:1], outer, end, inner[::-1], tuck[1:]])
            seams = (
                ()
                if cuff
                else (Seam(offset(end, side * hem), 0.5, 1.3, 0.45, (0, side * 5) if hem > 8 else (0,)),)
            )
            folds = self._folds(outer, inner, side, wrinkle, seed + 10 + 10 * side)
            parts.append(
                Panel(
                    shape,
                    fabric,
                    colour,
                    spine,
                    folds,
                    (Wrinkles(1.2 * wrinkle, 50, 95, 0.35), Wrinkles(0.5 * wrinkle, 20, 46, 0.5)),
                    seams,
                    print=dye,
                    lift=lift,
                )
            )
            if cuff:
                parts.append(self._cuff(outer, inner, spine, cuff, cuff_length, cuff_dye or colour))
        return parts

    def _folds(
        self, outer: np.ndarray, inner: np.ndarray, side: int, height: float, seed: int
    ) -> tuple[Fold, ...]:
        pit = tuple(inner[0])
        folds = fan(pit, side * 128, 60, 3, 130, 10, height, seed)
        if self.length > 300:
            crook = inner[int(0.45 * len(inner))]
            folds += fan(tuple(crook), side * 100, 110, 5, 105, 9, height, seed + 2)
            wrist = inner[int(0.9 * len(inner))]
            folds += fan(tuple(wrist), side * 110, 60, 3, 80, 8, 0.8 * height, seed + 3)
        return folds

    def _cuff(
        self,
        outer: np.ndarray,
        inner: np.ndarray,
        spine: np.ndarray,
        fabric: Fabric,
        length: float,
        colour: str,
    ) -> Panel:
        way = spine[-1] - spine[-3]
        way = way / np.linalg.norm(way)
        a, b = outer[-1], inner[-1]
        middle, half = (a + b) / 2, (b - a) / 2 * (0.84 if self.fullness else 0.93)
        start = [tuple(a + (b - a) * 0.02 - way * 3), tuple(b - (b - a) * 0.02 - way * 3)]
        low = [
            tuple(middle + half + way * length),
            tuple(middle + way * (length + 3)),
            tuple(middle - half + way * length),
        ]
        shape = outline(start, [start[1], low[0]], low, [low[2], start[0]])
        straight = np.array([middle - way * 50, middle + way * (length + 50)])
        return Panel(shape, fabric, colour, straight, wrinkles=(Wrinkles(1.2, 30, 50, 0.3),), lift=0.25)


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
