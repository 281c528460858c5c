"""The sides of trousers and skirts are smooth lines from the hips to the hem, behind hands as well, and those
of a dress from the end of short sleeves on.

A layout is coarse and does not know what an arm hides, and where its edge and that of the flow cross each
other an outline has teeth. Cloth that hangs has none: each side becomes the line near its edge that bends
least. A leg is no wider, next to the hips, than in its picture.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.linalg import solveh_banded

from ml.anatomy import HIPS, KNEES, SHOULDERS, middle, shoulder_width
from ml.covering import ARMPITS
from ml.flatgarment import FlatGarment
from ml.layer import EDGE, GarmentLayer
from ml.legwidths import LegWidths, first_and_last, largest
from ml.lowercut import between_legs
from ml.morphology import bounding_box
from ml.pose import Pose
from ml.scene import IN_FRONT, Scene, arm_pixels
from ml.sides import CORNER, SOFT

PERIOD = 1.2
"""Waves of a side that are longer than that are its own, in widths of the shoulders."""
WAISTED = 0.8
"""The same above the hips, where a dress has a waist."""
BEGIN = 0.2
"""Over which height below the hips, and below the arch of the legs, a side goes over into its line,
likewise."""
ARCH = 0.1
"""Height of the arch in which the gap between two legs begins, likewise."""
LEAST = 0.1
"""How much of a side must be seen, likewise, and how high a gap between two legs is at least."""
SLEEVE = 0.1
"""How much of a row of an arm is covered, at least, where it is in a sleeve, likewise."""
REACH = 0.3
"""How far beside the garment its sides may come to be, likewise."""
FAR = 0.004
"""How far from its line an edge counts in full, as a share of the photo's height."""
TIGHT, LOOSE = 0.9, 1.05
"""How wide a leg looks at least, and at most, next to the hips, as a share of that in its picture: it is
round, and the hips of a turned body look narrower."""
UPRIGHT = 0.8
"""Cosine of the angle between a thigh and the vertical up to which it hangs down."""
ROUND = 0.02
"""How far a side goes in or out at a corner of a hem, as a share of the photo's height."""
ROUNDS = 4
"""Times that a line is drawn anew, with what was far from the line before counting less."""

NEAR = 0.15
"""How far from where a side is seen its line holds also beyond what hides it, in widths of the shoulders."""
HOLD = 5.0
"""What a place counts for, beside one that is seen, that a line must reach."""


def with_smooth_sides(
    scene: Scene, category: str, garment: FlatGarment, flow: np.ndarray, layer: GarmentLayer
) -> GarmentLayer:
    """`layer` of a lower garment with smooth sides below the hips, the inner ones of its legs as well, and
    no leg wider than in its picture; or of a dress, below its sleeves.

    flow: float32 (H, W, 2) px of the garment's picture. Arms stay as they are, and bare legs covered.
    """
    start, unit = _start(scene, category, layer.alpha), shoulder_width(scene.pose)
    garment_seen = layer.alpha[start:] > 0.5
    if not garment_seen.any() or not _stands(scene.pose):
        return layer
    box = slice(start, None), bounding_box(garment_seen, round(REACH * unit))[1]
    around = _Around.of(scene, category, layer.alpha, box, hemmed=bool(garment.hems))
    seen = largest(garment_seen[:, box[1]])
    trousers = garment.gap is not None and garment.gap.any()
    gap = largest(between_legs(seen) & ~around.before) if trousers else np.zeros_like(seen)
    rows = np.flatnonzero(gap.any(axis=1))
    if len(rows) < LEAST * unit:
        for way in (1, -1):
            around.seen_from(way).smooth(seen[:, ::way])
    else:
        parting = np.interp(np.arange(len(gap)), rows, np.mean(first_and_last(gap), axis=0)[rows])
        right = np.arange(gap.shape[1]) >= parting[:, None]
        inside = np.zeros_like(gap)
        inside[rows[0] : rows[-1] + 1] = True
        things = around.before & ~scene.of("skin")[box]
        widths = _widths(garment, flow[box][..., 1], seen, things, parting, rows[0])
        for way, leg, width in zip((1, -1), (seen & right, seen & ~right), widths, strict=True):
            # A gap that closes above a hem has no corners.
            ends = np.flatnonzero(leg.any(axis=1))[-1] <= rows[-1] + SOFT
            inner = replace(around, hemmed=around.hemmed and bool(ends))
            inner.seen_from(-way).smooth((leg & inside)[:, ::-way], arch=ARCH * unit)
            around.seen_from(way).smooth(leg[:, ::way], width)
    alpha = layer.alpha.copy()
    alpha[box] = around.alpha
    return replace(layer, alpha=alpha)


def _start(scene: Scene, category: str, alpha: np.ndarray) -> int:
    """First row in which the sides of a garment with the outline `alpha`, float32 (H, W), are smooth: at the
    hips, or in a dress below its sleeves and the armpits if they are higher up.
    """
    shoulders, hips = (float(middle(scene.pose, pair)[1]) for pair in (SHOULDERS, HIPS))
    start, above = hips, slice(max(round(hips), 0))
    if category == "dresses":
        left, right = (arm[above] for arm in arm_pixels(scene, category))
        covered = np.count_nonzero((alpha[above] > 0.5) & (left | right), axis=1)
        sleeves = np.flatnonzero(covered > SLEEVE * shoulder_width(scene.pose))
        start = min(hips, max([shoulders + ARMPITS * (hips - shoulders), *sleeves[-1:]]))
    return max(round(start), 0)


def _stands(pose: Pose) -> bool:
    """Whether both thighs hang down: only then a side has one place in each row."""
    thighs = pose.keypoints[list(KNEES)] - pose.keypoints[list(HIPS)]
    return bool((thighs[:, 1] > UPRIGHT * np.linalg.norm(thighs, axis=1)).all())


def _widths(
    garment: FlatGarment,
    flow: np.ndarray,
    seen: np.ndarray,
    things: np.ndarray,
    parting: np.ndarray,
    crotch: int,
) -> list[np.ndarray]:
    """How wide the right leg and the left one are in each row by their picture, (h,) px each; nan where
    nothing tells.

    flow: float32 (h, w), row of the garment's picture; seen, things: bool (h, w), the garment, and bags,
    coats and the like before it; parting: (h,), column between both legs, which part in the row `crotch`.
    """
    rows, widths, limits = np.arange(len(seen)), LegWidths.of(garment), []
    if widths is None:
        return [np.full(len(seen), np.nan)] * 2
    start, end = first_and_last(seen & ~things)

    def told(columns: np.ndarray) -> np.ndarray:
        return flow[rows, np.nan_to_num(columns).astype(int).clip(0, seen.shape[1] - 1)]

    hips = rows < crotch
    hips &= ~_hidden(things, end) & ~_hidden(things[:, ::-1], seen.shape[1] - start)
    scale = widths.scale(told(parting)[hips], (end - start)[hips])
    for side in (end, start):
        centre = (parting + side) / 2
        there = np.isfinite(centre) & (rows >= crotch)
        # Across a leg that goes aside a row is longer.
        slope = np.polyfit(rows[there], centre[there], 1)[0] if there.sum() > 1 else 0.0
        width = np.hypot(1, slope) * scale * widths.leg(told(centre), right=side is end)
        limits.append(np.where(there, width, np.nan))
    return limits


@dataclass(frozen=True)
class _Around:
    """The outline of a garment below the hips, float32 (h, w) in 0..1, and what is around it: before it, bare
    legs and a bare waist, and where it may be drawn, bool (h, w) each. unit: width of the shoulders in
    pixels; height: of the photo; hemmed: whether it ends in hems up to their corners;
    period: (h,) pixels, the shortest wave of its sides.
    """

    alpha: np.ndarray
    before: np.ndarray
    bare: np.ndarray
    free: np.ndarray
    unit: float
    height: int
    hemmed: bool
    period: np.ndarray

    @classmethod
    def of(
        cls, scene: Scene, category: str, alpha: np.ndarray, box: tuple[slice, slice], *, hemmed: bool
    ) -> Self:
        """That of an outline `alpha`, float32 (H, W), in a `box` of the photo."""
        arms, hands, legs = (
            scene.regions[f"left_{part}"][box] | scene.regions[f"right_{part}"][box]
            for part in ("arm", "hand", "leg")
        )
        if category == "dresses":
            # An arm that comes out of an old sleeve is before it as well.
            arms = np.logical_or(*arm_pixels(scene, category))[box]
        before = arms | hands | replace(scene, labels=scene.labels[box]).of(*IN_FRONT[category])
        unit, rows = shoulder_width(scene.pose), np.arange(len(alpha))[box[0]]
        period = unit * np.where(rows < middle(scene.pose, HIPS)[1], WAISTED, PERIOD)
        bare = legs | scene.regions["torso"][box]
        return cls(alpha[box].copy(), before, bare, ~arms, unit, len(alpha), hemmed, period)

    def seen_from(self, way: int) -> Self:
        """The same, for `way` -1 in a mirror."""
        alpha, before, bare, free = (
            part[:, ::way] for part in (self.alpha, self.before, self.bare, self.free)
        )
        return replace(self, alpha=alpha, before=before, bare=bare, free=free)

    def smooth(self, part: np.ndarray, width: np.ndarray | None = None, arch: float = 0) -> None:
        """Draw the right side of a bool `part` (h, w) of the garment into `alpha` as a smooth line, about
        `width` (h,) pixels away from its left one, nan where nothing tells. arch: over which height it is
        left alone at its top.
        """
        # What goes on behind a bag is only guessed.
        start, ends = first_and_last(part)[0], first_and_last(part & ~self.before)[1]
        bare = first_and_last(part & self.bare)[1] if self.bare.any() else np.full(len(part), np.nan)
        rows, there = np.arange(len(part)), np.flatnonzero(np.isfinite(ends))
        if not there.size:
            return
        first, last = there[0], there[-1]
        hidden = _hidden(self.before, ends)
        corner = 0.0 if last >= len(part) - SOFT else CORNER * self.height
        inner = rows - first - arch, last - rows - corner
        known = np.isfinite(ends) & ~hidden & (inner[0] >= 0) & (inner[1] >= 0)
        if known.sum() < max(LEAST * self.unit, 2):
            return
        goals = ends
        if width is not None:
            goals = np.fmax(np.fmin(ends, start + LOOSE * width), start + TIGHT * width)
        least = np.fmax(np.where(hidden, goals, 0), bare + SOFT)
        stiffness, far = (self.period[first : last + 1] / (2 * np.pi)) ** 4, FAR * self.height
        seen, line = slice(first, last + 1), ends.copy()
        places, bound = (np.nan_to_num(side)[seen] for side in (goals, least))
        line[seen] = np.fmax(_line(places, known[seen], bound, stiffness, far), bare[seen])
        low = inner[1] < 0
        if not self.hemmed:
            # The corners of a hem keep their shape, and are moved with the side above them.
            line[low] = (ends + (line - ends)[known][-1])[low]
        # Beyond what hides it a line is not seen, unless near to where it is known.
        right = np.arange(part.shape[1]) >= ends[hidden, None]
        beyond = first_and_last(self.before[hidden] & right)[1]
        away = np.abs(rows[hidden, None] - rows[known]).min(axis=1)
        line[hidden] = np.fmin(line[hidden], beyond + (NEAR * self.unit - away).clip(0, None))
        # What is further in than a corner is the hem.
        line[low & (np.abs(ends - line) > ROUND * self.height)] = np.nan
        self._draw(ends, ends + (inner[0] / (BEGIN * self.unit)).clip(0, 1) * (line - ends))

    def _draw(self, ends: np.ndarray, level: np.ndarray) -> None:
        """Let a side that ended at `ends`, (h,), end at `level`, likewise, where neither is nan."""
        drawn = np.isfinite(level) & (level != ends)
        if not drawn.any():
            return
        low, high = np.minimum(level, ends) - SOFT, np.maximum(level, ends) + SOFT
        band = slice(max(int(low[drawn].min()), 0), int(high[drawn].max()) + 1)
        places = np.arange(self.alpha.shape[1], dtype=np.float32)[band]
        near = (places >= low[:, None]) & (places < high[:, None]) & drawn[:, None] & self.free[:, band]
        edge = ((level[:, None] - places - 0.5) / EDGE + 0.5).clip(0, 1)
        np.copyto(self.alpha[:, band], edge, where=near)


def _hidden(before: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Whether something is `before`, bool (h, w), a side that ends at the columns `ends`, (h,), nan where
    there is none, or the photo ends there: bool (h,).
    """
    rows, width = np.arange(len(before)), before.shape[1]
    beside = np.nan_to_num(ends).astype(int)
    found = [before[rows, (beside + away).clip(0, width - 1)] for away in range(SOFT + 1)]
    return np.any(found, axis=0) | (beside == width)


def _line(
    ends: np.ndarray, known: np.ndarray, least: np.ndarray, stiffness: np.ndarray, far: float
) -> np.ndarray:
    """The smooth line (n,) through the places `ends` (n,) that are `known`, bool (n,), nowhere less than
    `least` (n,): the one whose second differences are least (Whittaker, 1923), robustly (Huber, 1964).
    """
    weights, goals = np.float64(known), np.float64(ends)
    for _ in range(ROUNDS):
        line = _whittaker(goals, weights, stiffness)
        short = line < least
        weights = np.where(short, HOLD, known * far / np.maximum(np.abs(ends - line), far))
        goals = np.where(short, least, ends)
    return line


def _whittaker(values: np.ndarray, weights: np.ndarray, stiffness: np.ndarray) -> np.ndarray:
    """The line (n,) with the least weighted squares of its distances from `values` (n,) and `stiffness` (n,)
    times those of its second differences.
    """
    bands, stiff = np.zeros((3, len(values))), stiffness[1:-1]
    bands[0, 2:] = stiff
    bands[1, 1:-1] -= 2 * stiff
    bands[1, 2:] -= 2 * stiff
    bands[2, :-2] += stiff
    bands[2, 1:-1] += 4 * stiff
    bands[2, 2:] += stiff
    bands[2] += weights
    return solveh_banded(bands, weights * values)
