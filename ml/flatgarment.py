"""A garment's picture, cut out and ready to be moved."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from ml.armpits import without_folds
from ml.backwaist import behind_front
from ml.colour import lab
from ml.edges import nearest_of
from ml.garmentparts import Trunk
from ml.hemline import Hem, cut_along, hems_of
from ml.lowercut import at_waist_alone, between_legs, whole_waist
from ml.morphology import dilate
from ml.sheer import unmixed

FRINGE = 0.004
"""Rim of the garment, as a share of its picture's height, whose colour is mixed with the studio's."""
WAISTBAND, WAIST_FRINGE = 0.03, 0.002
"""How far down a lower garment that rim is narrower, and how wide it is there, likewise: a buckle lies right
at the edge.
"""
DENSE = 0.9
"""Opacity from which a sheer garment's cloth may go on beyond its edge."""
SHADE = 0.02
"""Over how much of a sheer garment what shines through is averaged (standard deviation), as a share of its
picture's height."""
TRIM = 0.0015
"""How much of that rim is cut off the outline, likewise."""
MIRROR_SIGMA = 3.0
"""Blur, in pixels of a garment's picture, of the distances that tell in which direction its edge faces."""
SLACK = 0.12
"""How far, likewise, a flow may miss the garment where the garment is surely seen: between a sleeve and the
trunk the picture has a gap, and a person may have none."""
BITE = 0.012
"""Half the width of a bite in the outline of a garment that is none, as a share of its picture's height."""
INLET = 0.02
"""The same in the sides and the hem, where it can be told from the corner between a sleeve and the trunk."""
DEEPEST_INLET = 0.04
"""Depth, likewise, from which it is none in spite of all."""
ALIKE, STRIPE = 8.0, 0.15
"""Difference in CIELAB up to which cloth looks like what is in a bite, and which share of it must."""
ENOUGH = 2000
"""Pixels of cloth that tell its colours."""
DEEPEST = 0.05
"""Least height, likewise, of what is no bite but a gap between two legs, or a sleeve and the trunk."""


@dataclass(frozen=True)
class FlatGarment:
    """A garment's picture, ready to be moved.

    colours: RGB uint8 (h, w, 3), carried a little over the garment's edge; outline: float32 (h, w), 1 on the
    garment; nearby: the same, grown by SLACK; opacity: float32 (h, w) in 0..1 of a sheer garment; gap: of a
    lower garment, float32 (h, w), 1 between the legs of trousers; hems: of a lower garment or a dress, up to
    whose lines and corners its outline reaches.
    """

    colours: np.ndarray
    outline: np.ndarray
    nearby: np.ndarray
    opacity: np.ndarray | None = None
    gap: np.ndarray | None = None
    hems: tuple[Hem, ...] = ()

    @classmethod
    def cut(
        cls,
        cloth: np.ndarray,
        mask: np.ndarray,
        inside: np.ndarray,
        *,
        webs: np.ndarray | None = None,
        back: np.ndarray | None = None,
        sleeved: Trunk | None = None,
        lower: bool = False,
        hems: np.ndarray | None = None,
    ) -> Self:
        """The front of the garment that `mask`, bool (h, w), shows in `cloth`, RGB uint8 (h, w, 3),
        without what is seen of its inside, bool (h, w). webs: of its trunk, likewise, which get the texture
        beside them; back: of its inside, what is seen below the hem of its front, likewise; sleeved: that of
        a top, whose armpits lose their folds; lower: it has a waist and no neck; hems: what of it ends in
        hems, likewise.
        """
        height, behind = len(mask), np.zeros_like(mask) if back is None else back
        if lower:
            behind = behind_front(cloth, mask)
            inside = at_waist_alone(inside, mask) | behind
        front = mask & ~inside
        whole = _without_bites(mask, inside, lower)
        front |= _like_the_wall(cloth, front, whole & ~mask & ~inside)
        if lower:
            whole = whole_waist(whole)
        found: tuple[Hem, ...] = ()
        if hems is not None:
            found = hems_of(whole & hems, between_legs(whole) if lower else None)
            whole = cut_along(whole & hems, found) | (whole & ~hems)
        outline, nearby = (dilate(part, share * height) for part, share in ((whole, -TRIM), (front, SLACK)))
        # Where the back of a waist, or of a hem, is seen the front ends for certain.
        nearby &= ~np.maximum.accumulate(behind[::-1] if lower else behind)[:: -1 if lower else 1]
        sheer = unmixed(cloth, front)
        colours, opacity = (cloth, None) if sheer is None else sheer
        if webs is not None:
            front = front & ~webs
        core = _unmixed_core(mask, front, behind, lower)
        if sleeved is not None:
            colours, core = without_folds(colours, core, sleeved)
        dense = core
        if opacity is not None:
            dense, opacity = _veil(opacity, core, found)
        gap = np.float32(between_legs(whole)) if lower else None
        return cls(
            _bleed(colours, core, dense),
            np.float32(outline & ~inside),
            np.float32(nearby),
            opacity,
            gap,
            found,
        )


def _without_bites(mask: np.ndarray, inside: np.ndarray, lower: bool) -> np.ndarray:
    """`mask`, bool (h, w), of a garment with the bites in its outline filled. inside, lower: as of `cut`."""
    height = len(mask)
    # White flowers at the edge of a dress, before a white wall, have bitten holes into its outline.
    closed = dilate(dilate(mask, BITE * height), -BITE * height)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(closed & ~mask))
    whole = mask | np.isin(parts, 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_HEIGHT] < DEEPEST * height))
    return whole | _inlets(whole, inside, lower)


def _unmixed_core(mask: np.ndarray, front: np.ndarray, behind: np.ndarray, lower: bool) -> np.ndarray:
    """What of the bool `front` (h, w) is mixed with no studio: all but its rim.

    mask: of the garment; behind: of its inside, what ends the front for certain; lower: it has a waist.
    """
    height = len(mask)
    core = dilate(front | behind, -FRINGE * height) & ~behind
    if lower:
        waist = np.s_[: int(mask.any(axis=1).argmax()) + round(WAISTBAND * height)]
        core[waist] |= dilate(front, -WAIST_FRINGE * height)[waist]
    return core if core.any() else front


def _veil(opacity: np.ndarray, core: np.ndarray, hems: tuple[Hem, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Of a sheer garment what is dense enough to go on beyond its edge, bool (h, w), and how opaque it is,
    float32 (h, w), beyond its edge as well. opacity: likewise, good within the bool `core` (h, w).
    """
    height, dense = len(core), core & (opacity > DENSE)
    for hem in hems:
        # Its corners are as sheer as it is.
        low = round(float(hem.rows.min()) - DEEPEST_INLET * height)
        dense[low:] = core[low:]
    grey = cv2.merge([np.uint8(255 * opacity)] * 3)
    # An arm in it is seen as a shade: folds that let more and less through would look like dirt.
    carried = _bleed(grey, core, dense)[..., 0] / np.float32(255)
    return dense, cv2.GaussianBlur(carried, (0, 0), SHADE * height)


def _like_the_wall(cloth: np.ndarray, front: np.ndarray, bites: np.ndarray) -> np.ndarray:
    """Those of the bool `bites` (h, w) that are cloth: of a colour that the bool `front` (h, w) of the
    garment has beside them. A white stripe on a shoulder looks like the wall, and in a mirror it is torn.
    """
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(bites))
    found, reach = np.zeros_like(bites), round(2 * BITE * len(bites))
    for part in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] > (FRINGE * len(bites)) ** 2):
        left, top, across, high, _ = stats[part]
        window = np.s_[max(top - reach, 0) : top + high + reach, max(left - reach, 0) : left + across + reach]
        bite, beside = parts[window] == part, cloth[window][front[window]]
        colour = np.median(lab(cloth[window][bite]), axis=0)
        away = np.linalg.norm(lab(beside[:: 1 + len(beside) // ENOUGH]) - colour, axis=1)
        if away.size and (away < ALIKE).mean() > STRIPE:
            found[window] |= bite
    return found


def _inlets(mask: np.ndarray, inside: np.ndarray, lower: bool) -> np.ndarray:
    """Bites in the left, right and lower side of a bool mask (h, w), likewise, but for its `inside`.

    Each side is a height over a line, from which a morphological opening takes what rises and falls again
    within twice INLET; slopes, and the steps at sleeves, stay as they are.
    """
    found, reach = np.zeros_like(mask), round(INLET * len(mask))
    for turned, here in ((mask, found), (mask[:, ::-1], found[:, ::-1]), (mask[::-1].T, found[::-1].T)):
        lines = np.flatnonzero(turned.any(axis=1))
        if not lines.size:
            continue
        across = slice(lines[0], lines[-1] + 1)
        shore = np.float32(turned[across].argmax(axis=1))[:, None]
        # Beyond its ends a side goes on as it ended.
        longer = np.pad(shore, ((2 * reach, 2 * reach), (0, 0)), mode="edge")
        opened = cv2.morphologyEx(longer, cv2.MORPH_OPEN, np.ones((2 * reach + 1, 1), np.uint8))
        # On a slope what is opened has stairs.
        level = cv2.GaussianBlur(opened, (1, 4 * (reach // 2) + 1), reach / 2)
        opened, level = (line[2 * reach : len(line) - 2 * reach] for line in (opened, level))
        level = np.maximum(level, 2 * opened - shore)
        depth = np.where(opened < shore, shore - opened, 0)
        deepest = depth
        if lower:
            # Beside the end of the gap between two legs nothing is bitten.
            _, parts = cv2.connectedComponents(np.uint8(depth > 0))
            most = np.zeros(parts.max() + 1, np.float32)
            np.maximum.at(most, parts, depth)
            deepest = most[parts]
        bitten = (depth > 0) & (deepest < DEEPEST_INLET * len(mask))
        places = np.arange(turned.shape[1])
        here[across] |= bitten & (level <= places) & (places < shore)
    return found & ~inside


def _bleed(cloth: np.ndarray, core: np.ndarray, dense: np.ndarray) -> np.ndarray:
    """Go on with the texture of a garment beyond its `core`, bool (h, w), where no studio is mixed with it,
    as in a mirror: an arm may be wider than the picture's sleeve. Where a mirror shows nothing that is
    `dense`, bool (h, w), the colour of the nearest that is goes on.
    """
    dense = dense if dense.any() else core
    distance = cv2.distanceTransform(np.uint8(~core), cv2.DIST_L2, 5)
    # An edge made of pixels has stairs; the distance from it, a little blurred, has a steady slope.
    smooth = cv2.GaussianBlur(distance, (0, 0), MIRROR_SIGMA)
    right, down = (cv2.Sobel(smooth, -1, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    reach = 2 * distance / np.maximum(cv2.magnitude(right, down), 1e-3)
    rows, columns = (np.arange(length, dtype=np.float32) for length in core.shape)
    x, y = columns[None] - reach * right, rows[:, None] - reach * down
    mirrored = cv2.remap(cloth, x, y, cv2.INTER_LINEAR)
    shown = cv2.remap(np.uint8(dense) * np.uint8(255), x, y, cv2.INTER_LINEAR) == 255
    # What is carried on is blurred, and needs no full size.
    half, known = np.ascontiguousarray(cloth[::2, ::2]), dense[::2, ::2]
    if known.any():
        half = cv2.GaussianBlur(nearest_of(half, known), (0, 0), 1)
    result = cv2.resize(half, cloth.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    for part, where in ((mirrored, shown), (cloth, core)):
        cv2.copyTo(part, np.uint8(where), result)
    return result
