"""The inside of the back of a top, or its lining, which a picture shows below the hem of its front.

Laid flat or on a stand, the front of a wide top hangs a little higher than what is behind it, here more and
there less. On somebody the body is in between.
"""

from dataclasses import replace

import cv2
import numpy as np

from ml.garmentparts import Trunk, lower_outline
from ml.lines import steady

DEEP, SLEEVE = 0.07, 0.09
"""How far above the lower outline the hem of the front may be, and the end of that of a sleeve, as shares of
the garment's height."""
STEP = 0.004
"""Over how much of that height the cloth grows darker at the edge of the front, likewise."""
EVEN, BLUR = 0.02, 0.015
"""Over how much of the hem's width the outline, and the light along it, is averaged."""
COLUMNS = 4
"""One of so many columns is looked at."""
STEEPEST, BEND = 2, 0.3
"""How many rows an edge goes up or down at most from one of these to the next, and what each costs, in L."""
CLEAR = 12.0
"""How much darker, in L of CIELAB, an edge need not be."""
SECTIONS = 9
"""Parts of the edge, in all but one of which it must be seen."""
DARKER = 5.0
"""By how much more, in L, it is seen there than the clearest line in the cloth above."""
NEAR = 0.035
"""How far from the outline it is at its corners at most, as a share of the garment's height."""
UNEVEN = 0.015
"""How far from parallel to the outline it is, likewise: a stitched hem is parallel."""
LEAST = 64
"""Rows and columns of a trunk that are needed."""


def front_hem(cloth: np.ndarray, mask: np.ndarray, trunk: Trunk) -> np.ndarray | None:
    """The row, float32 (w,), in which the front of the top `mask`, bool (h, w), with its `trunk` ends in each
    column, level beyond its corners; None if nothing is seen below it. cloth: RGB uint8 (h, w, 3).
    """
    height = int(mask.any(axis=1).sum())
    first, last = _corners(trunk, mask.shape[1])
    columns, deep, step = np.arange(first, last + 1), *_sizes(height)
    if min(len(columns), height) < LEAST:
        return None
    lowest = lower_outline(mask, (first + last) // 2)[first : last + 1]
    seen, outline = columns[::COLUMNS], steady(lowest, EVEN * len(columns))[::COLUMNS]
    edge, clear = _clearest(_darker(cloth, seen, outline, deep, step, len(columns)))
    low, high = np.percentile(edge, (10, 90))
    if clear < DARKER or high - low < UNEVEN * height or min(edge[0], edge[-1]) < deep - NEAR * height:
        return None
    _, usual = _clearest(_darker(cloth, seen, outline - deep - 2 * step, deep, step, len(columns)))
    if clear - usual < DARKER:
        return None
    rows = np.interp(np.arange(mask.shape[1]), seen, outline - deep + edge)
    return steady(rows, EVEN / 2 * len(columns))


def front_ends(cloth: np.ndarray, mask: np.ndarray, trunk: Trunk) -> tuple[float, float]:
    """The highest rows of the edges in which the fronts of the sleeves on the left and the right of a top
    `mask`, bool (h, w), with its `trunk` end, if the back is seen below its hem; infinity without a sleeve.
    cloth: RGB uint8 (h, w, 3).
    """
    height = int(mask.any(axis=1).sum())
    deep, step = round(SLEEVE * height), _sizes(height)[1]
    first, last = _corners(trunk, mask.shape[1])
    lowest = len(mask) - 1 - mask[::-1].argmax(axis=0)
    beside = mask.any(axis=0) & (lowest > lower_outline(mask, (first + last) // 2))
    columns, ends = np.arange(mask.shape[1]), []
    for outer in (columns < first, columns > last):
        near = (outer & mask.any(axis=0)) | (beside & ((columns > (first + last) / 2) == outer[-1]))
        end = np.flatnonzero(near & (lowest > np.max(lowest[near], initial=0) - deep))
        if len(end) < LEAST // 2:
            ends.append(np.inf)
            continue
        seen = np.arange(end[0], end[-1] + 1, COLUMNS)
        outline = np.float32(lowest[seen])
        edge, _ = _clearest(_darker(cloth, seen, outline, deep, step, len(end)))
        ends.append(float((outline - deep + edge).min()))
    return ends[0], ends[1]


def below_hem(mask: np.ndarray, trunk: Trunk, rows: np.ndarray | None) -> np.ndarray:
    """What of the top `mask`, bool (h, w), is seen below the hem of its front, likewise: the inside of its
    back, if that is in `rows` of `front_hem`, and tips of wide sleeves.
    """
    first, last = _corners(trunk, mask.shape[1])
    rows = lower_outline(mask, (first + last) // 2) if rows is None else rows
    columns = np.arange(mask.shape[1])
    return mask & (np.arange(len(mask))[:, None] > rows) & (columns >= first) & (columns <= last)


def with_hem(trunk: Trunk, rows: np.ndarray) -> Trunk:
    """`trunk` with its hem in the `rows`, (w,), of `front_hem`."""
    first, last = _corners(trunk, len(rows))
    middle, half = (first + last) // 2, max((last - first) / 2, 1)
    share = (np.arange(len(rows)) - middle) / half
    within = slice(first, last + 1)
    curve = np.polyfit(share[within], rows[within], 2)
    # Tails of a shirt go up at the sides; that it hangs down there is a fold.
    form = min(curve[0], 0) * (share**2).clip(0, 1)
    waves = rows - form
    hem = round(float(waves[within].mean()))
    return replace(trunk, hem=hem, waves=np.float32(waves - hem))


def _corners(trunk: Trunk, width: int) -> tuple[int, int]:
    """First and last column of the hem of a `trunk` in a picture of that width."""
    first, last = (
        int(np.clip(round(float(side[trunk.hem])), 0, width - 1)) for side in (trunk.left, trunk.right)
    )
    return first, last


def _sizes(height: int) -> tuple[int, int]:
    """DEEP and STEP of a garment of so many rows, in pixels."""
    return round(DEEP * height), max(2, round(STEP * height))


def _darker(
    cloth: np.ndarray, columns: np.ndarray, outline: np.ndarray, deep: int, step: int, width: int
) -> np.ndarray:
    """How much darker cloth is than `step` rows above, in L, float32 (deep, n): in `deep` rows above the
    `outline`, (n,) rows, in the `columns`, (n,), averaged along a hem of that width.
    """
    top = max(int(outline.min()) - deep - 2 * step, 0)
    box = cloth[top : int(outline.max()) + 2 * step, columns[0] : columns[-1] + 1]
    light = cv2.GaussianBlur(np.float32(cv2.cvtColor(box, cv2.COLOR_RGB2LAB)[..., 0]), (0, 0), 1)
    rows = outline - top + np.arange(-deep - step, 0, dtype=np.float32)[:, None]
    places = np.broadcast_to(np.float32(columns - columns[0]), rows.shape)
    level = cv2.remap(light, places, np.float32(rows), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    level = cv2.blur(level, (max(1, round(BLUR * width / COLUMNS)), 1)) * np.float32(100 / 255)
    return level[:-step] - level[step:]


def _clearest(darker: np.ndarray) -> tuple[np.ndarray, float]:
    """The row (n,) of the clearest line across `darker`, float32 (h, n), found by dynamic programming, and
    how clear it is in its second-worst section.
    """
    gain = darker.clip(-CLEAR, CLEAR)
    total, came = gain[:, 0], np.zeros(gain.shape, np.intp)
    ways = np.arange(-STEEPEST, STEEPEST + 1)
    for column in range(1, gain.shape[1]):
        padded = np.pad(total, STEEPEST, constant_values=-np.inf)
        before = np.stack([padded[STEEPEST + way :][: len(gain)] - BEND * abs(way) for way in ways])
        came[:, column] = ways[before.argmax(axis=0)]
        total = before.max(axis=0) + gain[:, column]
    line = [int(total.argmax())]
    for column in range(gain.shape[1] - 1, 0, -1):
        line.append(line[-1] + int(came[line[-1], column]))
    rows = np.array(line[::-1])
    parts = np.array_split(gain[rows, np.arange(len(rows))], SECTIONS)
    return rows, float(np.sort([np.median(part) for part in parts])[1])
