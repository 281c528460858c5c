"""Where the front of a garment ends at its neck: a smooth curve between two corners, found by its edge.

The network says roughly where the inside of a back is seen; labels, rims, seams and dark cloth mislead it.
It does not know that a neckline begins at the highest places of a garment and is the same on both sides, nor
that the picture changes along the whole of it. So of many such curves the one is taken that suits both.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from ml.inpaint import carried_on
from ml.necklabel import label_in

SIDE = 160
"""Distance in pixels between the corners at the size in which curves are compared."""
ROOM = 0.25, 0.5
"""What is looked at beside the corners and below the hole, in distances between the corners."""
SHOULDERS = 0.35
"""Upper share of a garment's height whose middle is between its sleeves."""
LEAST_DISTANCE = 16
"""Corners nearer to each other, in pixels, show no neck."""
BESIDE = 0.2
"""Share of the hole that may lie beyond the corners: more is no neck's."""

SHIFTS = (-10, -3, 4, 11, 18)
"""How far inwards of the corners curves begin, in pixels at `SIDE`."""
DEPTHS, DEPTH_STEP = (0.1, 1.3), 3.0
"""How deep curves are, in distances between the corners, and the step in pixels at `SIDE`."""
SHAPES = (1.0, 1.3, 1.7, 2.2, 2.8)
"""Exponents of the curves: 1 is a V, 2 a parabola."""
SPREADS, KEPT, CHILDREN = (2.0, 0.7), 60, 20
"""After the grid, so many of the best curves get so many children each, spread so wide, in two rounds."""
AT_ONCE = 256
"""Curves that are looked at more closely together."""

EXPOSURE, MOST_GAIN = 160.0, 6.0
"""Grey level to which the 75th percentile of dark cloth is lightened, and how many times at most: what is
little in black cloth is much in grey."""

POINTS, SECTIONS = 61, 5
"""Places along a curve where the picture is compared, in sections that must all show an edge."""
REACH = 2.0
"""Pixels on either side of a curve that are compared."""
SOFT, FULL = 2.0, 20.0
"""Differences in CIELAB above the noise: below the first is no edge, beyond the second none is clearer."""
COHERENT = 0.6
"""Weight of a difference that is the same all along a section: a rim's, not a print's."""
EDGE, RECALL, PRECISION, DEEP = 1.8, 1.5, 1.0, 0.5
"""Weights of the edge, of what the network sees inside, of its share in all within, of unusual depth."""
UNEVEN, EVEN, JUST_BELOW, FURTHER = 1.5, 0.4, (5.0, 11.0, 17.0), 45.0
"""Weight of more change along the front just below a curve than further down, how much of it is none, and how
far that is in pixels."""
SPARSE = 3
"""One of so many places along a curve is looked at for that."""
RIMS, AS_CLEAR = tuple(range(4, 13)), 0.75
"""Widths of a rim in pixels, and how clear its inner edge is at least, as a share of the outer one."""
USUAL_DEPTH, V_DEEPER, SPREAD_OF_DEPTH = 0.35, 0.5, 0.25
"""In widths of the hole: depth up to which a round neckline is usual, how much deeper a V is, the spread."""
OUTSIDE, LOPSIDED = 3.0, 3.0
"""With a label in the back, how much worse a curve is that leaves some of it to the front, and one that
begins further from its corner at one end than at the other, by the distance between the corners."""
ACCEPTED, COVERED = 2.6, 0.6
"""Score from which a curve is believed more than the network, if it keeps that share of the hole. Chosen by
looking at home photos of tops: most of the wrong curves score less, or follow a tape high up in the back."""
LABELLED = 2.0
"""The same for curves below a label: a wrong one in the back has no edges any more."""


def neckline(image: np.ndarray, garment: np.ndarray, inside: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The neck hole `hole` drawn to the edge of the front, bool (H, W); `hole` as it is if no edge is clear.

    image: RGB uint8 (H, W, 3); garment, hole: bool (H, W); inside: float32 (H, W), its probability.
    """
    corners = _corners(garment) if hole.any() else None
    if corners is None or hole[:, slice(*corners)].sum() < (1 - BESIDE) * hole.sum():
        return hole
    neck = _Neck.seen(image, garment, inside, corners, bottom=int(np.flatnonzero(hole.any(axis=1))[-1]))
    curve, score = neck.best_curve()
    if score < (LABELLED if neck.label.any() else ACCEPTED):
        return hole
    drawn = np.zeros(garment.shape, np.uint8)
    outline = np.vstack([curve, [(curve[-1, 0], 0), (curve[0, 0], 0)]])
    cv2.fillPoly(drawn, [np.round(outline).astype(np.int32)], 1)
    found = (drawn > 0) & garment
    return found if (found & hole).sum() >= COVERED * hole.sum() else hole


def _corners(garment: np.ndarray) -> tuple[int, int] | None:
    """Columns of the highest places on either side of the middle of `garment`; None if they are none."""
    rows, columns = np.nonzero(garment)
    middle = int(np.median(columns[rows <= rows.min() + SHOULDERS * np.ptp(rows)]))
    top = np.where(garment.any(axis=0), garment.argmax(axis=0), len(garment))
    top = cv2.blur(np.float32(top)[None], (5, 1))[0]
    # The nearest to the middle of places that are equally high.
    left, right = middle - int(np.argmin(top[middle::-1])), middle + int(np.argmin(top[middle:]))
    return (left, right) if right - left >= LEAST_DISTANCE else None


@dataclass(frozen=True)
class _Neck:
    """The upper part of a garment at the size at which its corners are `SIDE` apart.

    lab: (h, w, 3) float32; cloth: (h, w) float32, 0 or 1; top: (w,) first row of the garment; within:
    (h + 1, w), sums of the network's probabilities down a column; noise: the usual difference between
    neighbours; corners: their columns; scale, offset: from the photo's pixels to these; label: (h, w) bool,
    in the back.
    """

    lab: np.ndarray
    cloth: np.ndarray
    top: np.ndarray
    within: np.ndarray
    noise: float
    corners: np.ndarray
    scale: float
    offset: np.ndarray
    label: np.ndarray

    @classmethod
    def seen(
        cls,
        image: np.ndarray,
        garment: np.ndarray,
        inside: np.ndarray,
        corners: tuple[int, int],
        bottom: int,
    ) -> Self:
        """The neck between two columns of a photo and down to some way below the row `bottom`."""
        apart, scale = corners[1] - corners[0], SIDE / (corners[1] - corners[0])
        beside, below = (round(share * apart) for share in ROOM)
        left, right = max(0, corners[0] - beside), corners[1] + beside
        highest = int(np.flatnonzero(garment.any(axis=1))[0])
        window = np.s_[highest : max(bottom, highest + apart) + below, left:right]
        size = [max(2, round(length * scale)) for length in garment[window].shape[::-1]]
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        picture = cv2.resize(image[window], size, interpolation=way)
        cloth = np.float32(cv2.resize(np.float32(garment[window]), size) > 0.5)
        light = np.percentile(picture[cloth > 0].max(axis=1), 75) if cloth.any() else EXPOSURE
        gain = np.float32(np.clip(EXPOSURE / max(light, 1), 1, MOST_GAIN) / 255)
        lab = cv2.cvtColor((picture * gain).clip(0, 1), cv2.COLOR_RGB2LAB)
        share = cv2.resize(inside[window], size) * cloth
        at = (np.array(corners) - left) * scale
        label = label_in(lab, cloth > 0, share, at)
        if label.any():
            # It has the clearest edges of all, and none of them is the front's.
            around = carried_on(lab, (cloth > 0) & ~label, 1)
            lab, share = np.where(label[..., None], around, lab), share + label
        lab = cv2.GaussianBlur(lab, (0, 0), REACH / 2)
        within = np.vstack([np.zeros((1, size[0])), np.cumsum(share, axis=0)])
        top = np.where(cloth.any(axis=0), cloth.argmax(axis=0), size[1] - 1)
        step = round(2 * REACH)
        both = (cloth[step:] * cloth[:-step]) > 0
        noise = np.median(_length(lab[step:] - lab[:-step])[both]) if both.any() else 0.0
        return cls(lab, cloth, top, within, float(noise), at, scale, np.array([left, highest]), label)

    def best_curve(self) -> tuple[np.ndarray, float]:
        """The best curve, (POINTS, 2) px of the photo, and its score."""
        deepest = min(len(self.cloth), DEPTHS[1] * SIDE)
        grid = np.meshgrid(SHIFTS, SHIFTS, np.arange(DEPTHS[0] * SIDE, deepest, DEPTH_STEP), SHAPES)
        left, right, depth, shape = (values.ravel() for values in grid)
        curves = np.stack([self.corners[0] + left, self.corners[1] - right, depth, shape], axis=1)
        rng = np.random.default_rng(0)
        for spread in SPREADS:
            parents, _ = self._best(curves, KEPT)
            spreads = spread * np.array([1.5, 1.5, 1.0, 0.2 / spread])
            children = parents.repeat(CHILDREN, axis=0)
            children = children + rng.normal(0, spreads, children.shape)
            children[:, 3] = children[:, 3].clip(SHAPES[0], SHAPES[-1])
            curves = np.vstack([parents, children])
        best, score = self._best(curves, 1)
        points = self._within_rim(self._points(best))[0]
        return (points + 0.5) / self.scale - 0.5 + self.offset, float(score[0])

    def _best(self, curves: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The best `count` of `curves` (N, 4), the best first, and their scores.

        What is uneven below a curve takes long to see and only takes away: it is not looked at where a curve
        is out of the running without that.
        """
        at_most, scores = self._suits(curves), np.full(len(curves), -np.inf)
        order = np.argsort(-at_most)
        for some in np.split(order, range(AT_ONCE, len(order), AT_ONCE)):
            if np.partition(scores, -count)[-count] >= at_most[some[0]]:
                break
            scores[some] = at_most[some] - UNEVEN * self._uneven(self._points(curves[some]))
        best = np.argsort(-scores)[:count]
        return curves[best], scores[best]

    def _within_rim(self, points: np.ndarray) -> np.ndarray:
        """The curve `points` (1, POINTS, 2), or one alongside above it that is nearly as clear an edge: what
        is between them is a rim, which belongs to the front.
        """
        up = -np.array(RIMS)[:, None, None] * _across(points)
        inner = points + up
        clear = self._edge(inner) * (self._clear(self._roughness(points + up / 2)) < 0.5)
        best = int(clear.argmax())
        return inner[best : best + 1] if clear[best] > AS_CLEAR * self._edge(points)[0] else points

    def _points(self, curves: np.ndarray) -> np.ndarray:
        """(N, POINTS, 2) px of `curves` (N, 4): first and last column, depth, shape."""
        u, curves = np.linspace(-1, 1, POINTS, dtype=np.float32), np.float32(curves)
        ends = curves[:, :2].clip(0, len(self.top) - 1)
        x = ends[:, :1] * (1 - u) / 2 + ends[:, 1:] * (1 + u) / 2
        heights = np.float32(self.top)[ends.astype(int)]
        y = heights[:, :1] * (1 - u) / 2 + heights[:, 1:] * (1 + u) / 2
        return np.stack([x, y + curves[:, 2:3] * (1 - np.abs(u) ** curves[:, 3:])], axis=-1)

    def _suits(self, curves: np.ndarray) -> np.ndarray:
        """(N,): how well `curves` (N, 4) suit the picture's edges and the network's answer."""
        points = self._points(curves)
        columns, rows = np.moveaxis(points.round().astype(int), 2, 0)
        columns, rows = columns.clip(0, len(self.top) - 1), rows.clip(0, len(self.cloth))
        wide = points[:, -1, 0] - points[:, 0, 0]
        seen = self.within[rows, columns].mean(axis=1) * wide
        area = (rows - self.top[columns]).clip(0).mean(axis=1) * wide
        agreement = RECALL * seen / max(self.within[-1].sum(), 1.0) + PRECISION * seen / np.maximum(area, 1)
        usual = USUAL_DEPTH + V_DEEPER * (2 - curves[:, 3]).clip(0)
        # A label hangs in the back, which is seen as far as the front is deeper.
        usual += np.flatnonzero(self.label.any(axis=1)).max(initial=0) / np.maximum(wide, 1)
        unusual = ((curves[:, 2] / np.maximum(wide, 1) - usual).clip(0) / SPREAD_OF_DEPTH) ** 2
        scores = EDGE * self._edge(points) + agreement - DEEP * unusual
        if self.label.any():
            lowest = np.where(self.label.any(axis=0), len(self.label) - self.label[::-1].argmax(axis=0), 0)
            scores -= OUTSIDE * (rows < lowest[columns]).any(axis=1)
            uneven = np.abs(curves[:, 0] - self.corners[0] + curves[:, 1] - self.corners[1])
            scores -= LOPSIDED * uneven / SIDE
        return scores

    def _uneven(self, points: np.ndarray) -> np.ndarray:
        """(N,) 0..1: how much more than further down the front changes along curves just below them. A label,
        or the net of a lining, is still the inside.
        """
        points, away = points[:, ::SPARSE], _across(points)[:, ::SPARSE]
        near = np.max([self._roughness(points + step * away) for step in JUST_BELOW], axis=0)
        uneven = self._clear(near - self._roughness(points + FURTHER * away))
        return ((uneven - EVEN) / (1 - EVEN)).clip(0)

    def _roughness(self, points: np.ndarray) -> np.ndarray:
        """(N,): standard deviation of the colours at `points` (N, P, 2) along each curve."""
        colours = _at(self.lab, points)
        colours -= colours[:, :1]
        mean = colours.mean(axis=1)
        squares = np.einsum("npc,npc->n", colours, colours) / points.shape[1]
        return np.sqrt((squares - (mean**2).sum(axis=1)).clip(0))

    def _clear(self, size: np.ndarray) -> np.ndarray:
        """Differences in CIELAB as something between 0, none, and 1, as clear as can be."""
        return np.minimum(np.log1p((size - self.noise).clip(0) / SOFT) / np.log1p(FULL / SOFT), 1)

    def _edge(self, points: np.ndarray) -> np.ndarray:
        """(N,) 0..2: how clear an edge curves at `points` (N, POINTS, 2) are, on the whole and at worst."""
        away = REACH * _across(points)
        # The edge to the wall is none, nor is what the blur makes of it.
        on_cloth = np.minimum(_at(self.cloth, points - 3 * away), _at(self.cloth, points + 2 * away))
        change = (_at(self.lab, points + away) - _at(self.lab, points - away)) * on_cloth[..., None]
        size = _length(change)
        clear = self._clear(size)
        change *= (clear / np.maximum(size, 1e-6))[..., None]
        sections = np.array_split(np.arange(POINTS), SECTIONS)
        each = [
            (1 - COHERENT) * clear[:, part].mean(axis=1) + COHERENT * _length(change[:, part].mean(axis=1))
            for part in sections
        ]
        return np.mean(each, axis=0) + np.min(each, axis=0)


def _across(points: np.ndarray) -> np.ndarray:
    """Unit vectors (N, P, 2) down across curves at `points` (N, P, 2)."""
    along = np.gradient(points, axis=1)
    away = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    return away / np.maximum(_length(away), 1e-6)[..., None]


def _length(vectors: np.ndarray) -> np.ndarray:
    """Lengths (...) of `vectors` (..., n), for small n several times as fast as `np.linalg.norm`."""
    return np.sqrt(np.einsum("...i,...i", vectors, vectors))


def _at(plane: np.ndarray, points: np.ndarray) -> np.ndarray:
    """`plane` (h, w, ...) between its pixels at `points` (N, P, 2)."""
    x, y = (np.ascontiguousarray(points[..., axis], np.float32) for axis in (0, 1))
    # OpenCV reads no more than 32,767 points along a side.
    parts = np.array_split(np.arange(len(x)), len(x) // 16_000 + 1)
    found = [
        cv2.remap(plane, x[part], y[part], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for part in parts
    ]
    return np.concatenate(found)
