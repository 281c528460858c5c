"""Pattern of sleeves and their cuffs. Lengths are picture pixels."""

from dataclasses import dataclass, replace

import numpy as np

from shop.artwork.bodice import Bodice
from shop.artwork.fabrics import Fabric
from shop.artwork.geometry import CENTRE, curve, flip, offset, outline
from shop.artwork.panels import Panel, Print, Seam
from shop.artwork.relief import Fold, Wrinkles, fan


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
        """Outer edge from the shoulder, inner edge from the armpit, spine between them; on the right."""
        tip, pit = np.array(body.half_armhole()[0]), np.array(body.half_armhole()[-1])
        first, second = np.radians(self.angle), np.radians(self.angle - self.bend)
        upper, lower = np.array([np.sin(first), np.cos(first)]), np.array([np.sin(second), np.cos(second)])
        elbow = tip + upper * self.length * 0.48
        out = elbow + lower * self.length * 0.52
        side = np.array([-lower[1], lower[0]])
        cuff_in = out + side * self.cuff - lower * 0.1 * self.cuff
        bulge = -side * (self.puff + self.fullness)
        slope = tip - np.array(body.half_neckline(body.back_drop)[-1])
        slope /= np.linalg.norm(slope)
        outer = curve(
            [
                tip - 26 * slope,
                tip + (7 + 0.3 * self.fullness) * slope + (0, 3),
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
        wrinkle: float = 5.0,
        seed: int = 1,
        dye: Print | None = None,
        lift: float = 0.4,
    ) -> list[Panel]:
        """Both sleeves; with a `cuff` fabric they end in a band, otherwise in a stitched hem."""
        parts: list[Panel] = []
        wrinkles = (Wrinkles(1.2 * wrinkle, 50, 95, 0.35), Wrinkles(0.5 * wrinkle, 20, 46, 0.5))
        for side in (1, -1):
            outer, inner, spine = replace(self, angle=self.angle + side * 1.2).lines(body)
            if side < 0:
                outer, inner, spine = flip(outer)[::-1], flip(inner)[::-1], flip(spine)[::-1]
            low = curve(
                [
                    tuple(outer[-1]),
                    tuple((outer[-1] + inner[-1]) / 2 + (spine[-1] - spine[-2]) / 4),
                    tuple(inner[-1]),
                ]
            )
            stitches = (0.0, side * 5.0) if hem > 8 else (0.0,)
            seams = () if cuff else (Seam(offset(low, side * hem), 0.5, 1.3, 0.45, stitches),)
            folds = self._folds(inner, side, wrinkle, seed + 10 + 10 * side)
            shape = self._shape(body, outer, low, inner, side)
            parts.append(Panel(shape, fabric, colour, spine, folds, wrinkles, seams, print=dye, lift=lift))
            if cuff:
                parts.append(self._cuff(outer, inner, spine, cuff, cuff_length, colour))
        return parts

    def _shape(
        self, body: Bodice, outer: np.ndarray, low: np.ndarray, inner: np.ndarray, side: int
    ) -> np.ndarray:
        """Outline of one sleeve; its head lies under the front."""
        head = (CENTRE + side * (body.shoulder - 40), body.top + body.slope + 6)
        pit = (CENTRE + side * (body.chest - 45), inner[0, 1] - 10)
        return np.concatenate([[head], outer, low, inner[::-1], [pit]])

    def _folds(self, inner: np.ndarray, side: int, height: float, seed: int) -> tuple[Fold, ...]:
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
