"""Trunk and sleeves of a top or a dress in its picture, told apart by its outline."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np

from ml.morphology import dilate

CORNER = 0.05
"""Height of the step in the lower outline of a garment at which its hem ends and a sleeve begins, as a share
of the garment's height."""
STEP = 0.04
"""Over how many columns such a step goes at most, as a share of the garment's width."""
FLARE = 0.35
"""By how many columns a row a side of the trunk may move outwards on its way up."""
TAPER = 1.0
"""And inwards: in an uneven hem a row may end anywhere."""
NARROW = 0.15
"""Least distance of the ends of the hem from the middle, likewise: what is nearer is a fold, or a tail."""
THICK = 0.015
"""Half the thickness of a sleeve at least, as a share of the garment's height: less is a wavy side."""
SHORT = 0.6
"""Up to which reach sleeves are short."""
BESIDE = 0.03
"""How far beside a sleeve a warp may still mean it, as a share of its picture's height."""
WIDEST = 0.4
"""Width of the end of a sleeve in widths of the hem: what is wider swings freely around a wrist."""
APART = 0.03
"""How far beyond a side of the trunk, as a share of the garment's width, the outline is that of a sleeve."""


@dataclass(frozen=True)
class Trunk:
    """left, right: float32 (h,), columns between which the trunk lies in each row of a picture; hem: the row
    in which it ends in the middle; sleeves: bool (h, w), those beside it; reach: how far the longest of them
    reaches from its shoulder, as a share of the height of the trunk, infinitely far if not both are seen;
    waves: float32 (w,), how many rows lower than a gentle line its hem is in each column, if that is known.
    """

    left: np.ndarray
    right: np.ndarray
    hem: int
    sleeves: np.ndarray
    reach: float = np.inf
    waves: np.ndarray | None = None

    @classmethod
    def of(cls, mask: np.ndarray) -> Self:
        """The trunk of the garment `mask`, bool (h, w), not empty.

        It hangs around the middle of the garment. From the ends of its hem its sides go up along the outline,
        or straight on where a sleeve touches them.
        """
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        garment, mask = mask, _joined(mask, columns)
        columns = np.arange(columns[0], columns[-1] + 1)
        corners = _hem(mask, rows, columns)
        middle, places = round(sum(corners) / 2), np.arange(mask.shape[1])
        start = np.where(~mask & (places <= middle), places, -1).max(axis=1) + 1
        end = np.where(~mask & (places >= middle), places, mask.shape[1]).min(axis=1) - 1
        apart, rise = APART * len(columns), round(CORNER * len(rows) / 2)
        sides = []
        for corner, edge, way in zip(corners, (-start, end), (-1, 1), strict=True):
            side, low = np.full(len(mask), way * corner, np.float32), np.flatnonzero(mask[:, corner])[-1]
            for row in range(min(max(low - rise, rows[0]), len(mask) - 2), rows[0] - 1, -1):
                beyond = edge[row] - side[row + 1] if mask[row, middle] else 0
                side[row] = side[row + 1] + (float(np.clip(beyond, -TAPER, FLARE)) if beyond < apart else 0)
            side[: rows[0]] = side[rows[0]]
            sides.append(way * side)
        beside = garment & ((places < sides[0][:, None]) | (places > sides[1][:, None]))
        thick = THICK * len(rows)
        sleeves = beside & dilate(dilate(beside, -thick), thick)
        hem, reach = int(np.flatnonzero(mask[:, middle])[-1]), []
        for side, way in zip(sides, (-1, 1), strict=True):
            corner = round(float(side[rows[0]]))
            places = np.argwhere(sleeves & (way * np.arange(mask.shape[1]) > way * corner))
            away = places - (mask[:, corner].argmax(), corner)
            reach.append(float(np.linalg.norm(away, axis=1).max(initial=0)) / max(hem - rows[0], 1))
        left, right = sides
        return cls(left, right, hem, sleeves, max(reach) if all(reach) else np.inf)

    @property
    def short_sleeved(self) -> bool:
        """Whether both sleeves are seen and short."""
        return self.reach < SHORT

    @cached_property
    def near_sleeves(self) -> np.ndarray:
        """The sleeves and what is close beside them: bool (h, w)."""
        return dilate(self.sleeves, BESIDE * len(self.sleeves))

    def rows_to_hem(self, flow: np.ndarray) -> np.ndarray:
        """Rows of the picture that `flow` (..., 2) means, with the waves of the hem taken off: (...)."""
        if self.waves is None:
            return flow[..., 1]
        column = np.round(flow[..., 0]).clip(0, len(self.waves) - 1).astype(np.intp)
        return flow[..., 1] - self.waves[column]

    def in_sleeve(self, flow: np.ndarray) -> np.ndarray:
        """Where `flow` (..., 2), pixels of the picture, means a sleeve, or what is close beside one and not
        in the trunk: bool.
        """
        height, width = self.sleeves.shape
        column, row = np.moveaxis(np.round(flow).astype(np.intp), -1, 0)
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        found = self.near_sleeves[row.clip(0, height - 1), column.clip(0, width - 1)]
        return inside & found & ~self.holds(flow)

    def webs(self, garment: np.ndarray) -> np.ndarray:
        """What of the `garment`, bool (h, w), is thin and in the corner between a sleeve and the trunk below
        it, likewise: a mask goes on over the wall there.
        """
        places = np.arange(garment.shape[1])
        beside = garment & ((places < self.left[:, None]) | (places > self.right[:, None]))
        thin = beside & self.near_sleeves & ~self.sleeves & np.logical_or.accumulate(self.sleeves)
        count, parts = cv2.connectedComponents(np.uint8(thin))
        joined = np.zeros(count, bool)
        joined[parts[thin & dilate(garment & ~beside, 1)]] = True
        return thin & joined[parts]

    def beside(self, places: np.ndarray) -> np.ndarray:
        """`places` (N, 2) of the picture, with those in the trunk as in a mirror at the side of it where most
        are: (N, 2).
        """
        result, row = places.copy(), np.round(places[:, 1]).clip(0, len(self.left) - 1).astype(np.intp)
        side, within = (self.right, self.left)[1 - self.side_of(places)][row], self.holds(places)
        result[within, 0] = (2 * side - places[:, 0])[within]
        return result

    def inside(self, places: np.ndarray) -> np.ndarray:
        """`places` (N, 2) of the picture, with those beside the trunk as in a mirror at its side: (N, 2)."""
        result, row = places.copy(), np.round(places[:, 1]).clip(0, len(self.left) - 1).astype(np.intp)
        nearest = places[:, 0].clip(self.left[row], self.right[row])
        result[:, 0] = 2 * nearest - places[:, 0]
        return np.where(self.holds(places)[:, None], places, result)

    def side_of(self, flow: np.ndarray) -> int:
        """On which side of the trunk's middle most of `flow` (N, 2) lies: 0 is the left of the picture."""
        return int(np.median(flow[:, 0]) >= (self.left[self.hem] + self.right[self.hem]) / 2)

    def holds(self, flow: np.ndarray, margin: float = 0) -> np.ndarray:
        """Where `flow` (..., 2), pixels of the picture, means the trunk, or what is at most `margin` pixels
        beside it: bool.
        """
        row = np.round(flow[..., 1]).clip(0, len(self.left) - 1).astype(np.intp)
        column = flow[..., 0]
        return (self.left[row] - margin <= column) & (column <= self.right[row] + margin)


@dataclass(frozen=True)
class Sleeve:
    """inner, outer: (h,) columns of a sleeve's sides in each row of a garment's picture, from the trunk's;
    gap: (h,), the columns between it and the trunk; there: bool (h,), whether it is in that row; bottom: its
    last row.
    """

    inner: np.ndarray
    outer: np.ndarray
    gap: np.ndarray
    there: np.ndarray
    bottom: int

    @classmethod
    def of(cls, garment: np.ndarray, trunk: Trunk, side: int) -> Self | None:
        """The sleeve of a `garment`, bool (h, w), on the left of its picture if `side` is 0, else on the
        right; None if there is none, or it is wide at its end.
        """
        left, right = trunk.left[trunk.hem], trunk.right[trunk.hem]
        near = slice(int(trunk.right.min()), None) if side else slice(0, int(trunk.left.max()) + 1)
        columns, garment = np.arange(garment.shape[1])[near], garment[:, near]
        beside = garment & (columns > trunk.right[:, None] if side else columns < trunk.left[:, None])
        _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(beside), connectivity=4)
        if len(stats) < 2:
            return None
        sleeve = parts == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        there = sleeve.any(axis=1)
        first, last = columns[sleeve.argmax(axis=1)], columns[-1 - sleeve[:, ::-1].argmax(axis=1)]
        bottom = int(np.flatnonzero(there)[-1])
        cuff = slice(max(bottom - len(garment) // 10, 0), bottom + 1)
        if np.median((last - first)[cuff][there[cuff]]) > WIDEST * (right - left):
            return None
        inner, outer = (first, last) if side else (last, first)
        gap = inner - trunk.right if side else trunk.left - inner
        return cls(inner, outer, gap.clip(0, None), there, bottom)


def _joined(mask: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """`mask` with what is beside a column that is empty in it too: a picture may show a garment in parts.

    columns: those that are not empty.
    """
    nearest = columns[np.abs(np.arange(mask.shape[1])[:, None] - columns).argmin(axis=1)]
    within = slice(columns[0], columns[-1] + 1)
    joined = mask.copy()
    joined[:, within] = mask[:, nearest[within]]
    return joined


def _hem(mask: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[int, int]:
    """First and last column of the hem of `mask`: up to where its lower outline makes a step."""
    middle = (columns[0] + columns[-1]) // 2
    lowest = lower_outline(mask, middle)
    reach = max(1, round(STEP * len(columns)))
    least = CORNER * (rows[-1] - rows[0] + 1)
    ends = []
    for way, last in ((-1, columns[0]), (1, columns[-1])):
        outline = lowest[middle : last + way if last + way >= 0 else None : way]
        later = outline[np.minimum(np.arange(len(outline)) + reach, len(outline) - 1)]
        steps = np.flatnonzero(np.abs(later - outline) > least)
        steps = steps[steps > NARROW * len(columns)]
        if steps.size:
            # Where within its reach the step begins.
            first = steps[0]
            near = np.abs(np.diff(outline[first : first + reach + 1]))
            first += int(near.argmax())
            ends.append(int(middle + way * first))
        else:
            ends.append(int(last))
    return ends[0], ends[1]


def lower_outline(mask: np.ndarray, middle: int) -> np.ndarray:
    """The last row of `mask`, bool (h, w), in each column, int64 (w,), followed from the `middle` one on:
    what comes below the wall further down is a sleeve.
    """
    lowest = len(mask) - 1 - mask[::-1].argmax(axis=0)
    columns = np.ascontiguousarray(mask.T)
    for way, beyond in ((-1, -1), (1, len(columns))):
        row = lowest[middle]
        for place in range(middle + way, beyond, way):
            column = columns[place]
            if column[row]:
                below = int(column[row:].argmin())
                row = row + below - 1 if below else len(mask) - 1
            else:
                row -= int(column[row::-1].argmax())
            lowest[place] = row
    return lowest
