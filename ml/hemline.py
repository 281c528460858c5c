"""The lower ends of a garment in its picture: where its hem is, and its corners.

A mask has steps along a hem, and its corners are round: cloth that hangs on a form turns away there. On
somebody that looks like a bag that is tied up.
"""

from dataclasses import dataclass

import numpy as np

from ml.lines import steady

SIDES = 0.03, 0.2
"""Between which heights above the hem a side tells where its corner is, as shares of the garment's height."""
EVEN = 0.02
"""Over how much of its width a hem is averaged (standard deviation)."""
STEEPEST = 0.35
"""How many rows a column a hem goes up or down at most: what is steeper is a side, or a step in a mask."""
SLANT = 0.2
"""How many rows a column, likewise, it does from corner to corner: more is a form of its own."""
DEEPEST = 0.1
"""How far from one level a hem is, at most, as a share of the garment's height: likewise."""
UNLIKE = 0.04
"""How far from it the lower edge of a mask is at most, likewise, but for round corners."""
CORNERS = 0.15
"""How much of its width these are at either end."""
CROPPED = 0.05
"""How much of a hem may be at the edge of the picture, as a share of its width."""
LEAST = 24
"""Rows and columns of an end that are needed."""


@dataclass(frozen=True)
class Hem:
    """One lower end of a garment, as pixels of its picture. columns: first one, and the one beyond the last,
    between which it is looked for; corners: those in which the hem begins and ends; rows: float32 (w,), in
    which it is in each column of the picture, going on level beyond its corners; lean: how many columns a row
    the middle of the end goes to the right on its way down.
    """

    columns: tuple[int, int]
    corners: tuple[int, int]
    rows: np.ndarray
    lean: float = 0.0

    @property
    def level(self) -> float:
        """The row in which it is in the mean."""
        return float(self.rows[self.corners[0] : self.corners[1] + 1].mean())


def hems_of(mask: np.ndarray, gap: np.ndarray | None = None) -> tuple[Hem, ...]:
    """The hems of a dress or a lower garment `mask`, bool (h, w), from left to right, without those that
    slant or have points.

    gap: float32 or bool (h, w), between the legs of trousers, which have a hem each.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) < LEAST:
        return ()
    below = () if gap is None else np.nonzero(gap[(rows[0] + rows[-1]) // 2 :])[1]
    parting = round(float(np.median(below))) if len(below) else mask.shape[1]
    ends = (0, parting), (parting, mask.shape[1])
    found = [_hem(mask, end, len(rows)) for end in ends if end[1] > end[0]]
    return tuple(hem for hem in found if hem is not None)


def _hem(mask: np.ndarray, ends: tuple[int, int], height: int) -> Hem | None:
    """That of what is between the columns `ends` of a garment of so many rows."""
    rows = np.flatnonzero(mask[:, slice(*ends)].any(axis=1))
    if not rows.size:
        return None
    # Higher up nothing tells.
    top = max(int(rows[-1] - (DEEPEST + SIDES[1]) * height), 0)
    end = mask[top : rows[-1] + 1, slice(*ends)]
    edges = end.argmax(axis=1), end.shape[1] - 1 - end[:, ::-1].argmax(axis=1)
    # A corner is what is furthest down and out.
    down = np.where(end.any(axis=1), np.arange(len(end)), -end.size)
    corners = [int((down + way * edge).argmax()) for way, edge in zip((-1, 1), edges, strict=True)]
    left, right = (_side(end, row, side, height) for row, side in zip(corners, edges, strict=True))
    first, last = (
        int(np.clip(np.round(np.polyval(side, row)), 0, end.shape[1] - 1))
        for side, row in zip((left, right), corners, strict=True)
    )
    width = last - first
    if width < LEAST:
        return None
    part = end[:, first : last + 1]
    lowest = np.float32(top + len(end) - 1 - part[::-1].argmax(axis=0))
    if (lowest >= len(mask) - 1).mean() > CROPPED:
        return None
    lowest[~part.any(axis=0)] = np.nan
    hem = steady(_followed(lowest), EVEN * width)
    slant, bent = np.polyfit(np.arange(len(hem)), hem, 1)[0], np.abs(hem - hem.mean())
    round_ = slice(round(CORNERS * width), -round(CORNERS * width))
    unlike = np.nanmax(np.abs(hem - lowest)[round_], initial=0)
    if abs(slant) > SLANT or bent.max() > DEEPEST * height or unlike > UNLIKE * height:
        return None
    start = ends[0] + first
    rows = np.pad(hem, (start, mask.shape[1] - start - len(hem)), mode="edge")
    return Hem(ends, (start, start + width), rows, float(left[0] + right[0]) / 2)


def _side(end: np.ndarray, row: int, side: np.ndarray, height: int) -> np.ndarray:
    """The `side`, (h,) columns, of an `end`, bool (h, w), above its corner in a row as a line: (2,), how many
    columns a row, and in the row 0.
    """
    above = np.arange(max(row - round(SIDES[1] * height), 0), row - round(SIDES[0] * height))
    above = above[end[above].any(axis=1)]
    return np.array([0.0, side[row]]) if len(above) < 2 else np.polyfit(above, side[above], 1)


def _followed(lowest: np.ndarray) -> np.ndarray:
    """`lowest`, (n,) rows or nan, from the middle on to both ends without what is steeper than a hem."""
    hem, middle = lowest.copy(), len(lowest) // 2
    if np.isnan(hem[middle]):
        hem[middle] = np.nanmedian(lowest)
    for way in (1, -1):
        level = hem[middle]
        for column in range(middle + way, len(hem) if way > 0 else -1, way):
            if not np.isnan(lowest[column]):
                level = min(max(lowest[column], level - STEEPEST), level + STEEPEST)
            hem[column] = level
    return hem


def cut_along(mask: np.ndarray, hems: tuple[Hem, ...]) -> np.ndarray:
    """`mask`, bool (h, w), with its lower ends up to their `hems` and to the corners of these."""
    result, height = mask.copy(), int(mask.any(axis=1).sum())
    for hem in hems:
        columns, top = slice(*hem.columns), max(int(hem.rows.min() - SIDES[0] * height), 0)
        end, places, level = (
            result[top:, columns],
            np.arange(*hem.columns),
            np.arange(top, len(mask))[:, None],
        )
        left, right = (_to_corner(mask[:, columns], hem, side, height)[top:] for side in (0, 1))
        above = level <= hem.rows[columns]
        below = (places >= hem.corners[0]) & (places <= hem.corners[1]) & ~above
        end[:] = (end & ~below) | ((places >= left) & (places <= right) & above)
    return result


def _to_corner(end: np.ndarray, hem: Hem, side: int, height: int) -> np.ndarray:
    """Columns (h, 1) of the left `side`, 0, or the right one, 1, of an `end`, bool (h, w), straight on from
    where it bends towards its `hem`, to its corner; nan above and where it has none.
    """
    corner, level = hem.corners[side], np.arange(len(end))[:, None]
    low = float(hem.rows[corner])
    top = max(round(low - SIDES[0] * height), 0)
    seen = np.flatnonzero(end[top]) + hem.columns[0]
    if not seen.size:
        return np.full(level.shape, np.nan)
    share = (level - top) / max(low - top, 1)
    return np.where(share > 0, seen[-side] + share * (corner - seen[-side]), np.nan)
