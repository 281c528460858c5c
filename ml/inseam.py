"""Between two legs in trousers: a gap that begins as a point under the crotch and widens slowly.

The picture of trousers that lie or hang empty has an arch there, with legs spread apart. On a body the inner
seams meet under the crotch and go straight on from there to the knees, as thighs do. Further down hems may
come near one another, but each leg has its own.
"""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np

from ml.anatomy import HIPS, KNEES, middle, shoulder_width
from ml.flatgarment import FlatGarment
from ml.layer import EDGE, GarmentLayer
from ml.layout import BACKGROUND, GARMENT, LAYOUT
from ml.legwidths import first_and_last, largest
from ml.lines import steady
from ml.lowercut import between_legs
from ml.morphology import bounding_box
from ml.scene import IN_FRONT, Scene
from ml.sides import SOFT

LEAST = 0.1
"""How high a gap between two legs is at least, in widths of the shoulders."""
THIGH = 0.3
"""Over which height inner seams go straight on, at least, likewise: a crotch may hang as low as the knees."""
STEADY = 0.02
"""Over which height sides of legs are steady (standard deviation of a blur), likewise."""
TOUCH = 0.004
"""Width of the slit between two legs that touch at the knees and below, as a share of the photo's height."""
STRETCHED = 0.6
"""How much of a leg beside the gap is stretched to fill it, as a share of its width."""


@dataclass(frozen=True)
class Legs:
    """Both legs of trousers in some `rows` of a photo, from where they part: float32 (n,) each, the columns
    where the one on its left begins and ends, and where the one on its right begins and ends.
    """

    rows: slice
    first: np.ndarray
    left: np.ndarray
    right: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, scene: Scene, garment: FlatGarment, alpha: np.ndarray, flow: np.ndarray) -> Self | None:
        """Those of a lower garment, `alpha` float32 (H, W), that `flow`, float32 (H, W, 2), lays, down to its
        hem, also where they touch again. None if they do not part.
        """
        unit, start = shoulder_width(scene.pose), max(round(float(middle(scene.pose, HIPS)[1])), 0)
        seen = alpha[start:] > 0.5
        if garment.gap is None or not garment.gap.any() or not seen.any():
            return None
        box = slice(start, len(alpha)), bounding_box(seen)[1]
        seen = largest(seen[:, box[1]])
        between = largest(between_legs(seen) & ~_before(scene, box))
        gap, rows = np.array(first_and_last(between)), np.flatnonzero(between.any(axis=1))
        if len(rows) < LEAST * unit:
            return None
        # Below the gap they may touch.
        below = slice(rows[-1] + 1, len(seen))
        gap[:, below] = _meeting(garment, seen[below], flow[box][below], gap[:, rows[-1]].mean())
        count = int(np.isnan(np.append(gap[0, rows[0] :], np.nan)).argmax())
        found = slice(rows[0], rows[0] + count)
        first, last = first_and_last(seen[found])
        sides = (steady(side, STEADY * unit) + box[1].start for side in (first, *gap[:, found], last))
        return cls(slice(start + found.start, start + found.stop), *sides)


def _meeting(garment: FlatGarment, seen: np.ndarray, flow: np.ndarray, begin: float) -> np.ndarray:
    """Columns (n,) in which legs meet that touch below the gap between them: straight on from where it ends,
    the column `begin`, through the middle of where they meet; nan where they do not touch, as where a shoe is
    between them.

    seen: bool (n, w), the trousers; flow: float32 (n, w, 2), of their picture, which leaps from leg to leg.
    """
    inner, beyond = first_and_last(garment.gap > 0.5)
    known = np.flatnonzero(np.isfinite(inner))
    on_left = flow[..., 0] < np.interp(flow[..., 1], known, (inner + beyond)[known] / 2)
    end, start = first_and_last(seen & on_left)[1], first_and_last(seen & ~on_left)[0]
    touching = start - end <= SOFT
    if not touching.any():
        return np.full(len(seen), np.nan)
    rows, met = np.arange(1, len(seen) + 1), (start + end) / 2
    slope = (np.median(met[touching]) - begin) / np.median(rows[touching])
    return np.where(touching, begin + slope * rows, np.nan)


def let_meet(scene: Scene, legs: Legs, layer: GarmentLayer, flow: np.ndarray, layout: np.ndarray) -> None:
    """Give trousers a gap between their `legs` that begins as a point, in place, in `layer`, `flow`, float32
    (H, W, 2), and `layout`, float32 (H, W, 4): cloth beside it is stretched to where it was wider.
    """
    centre, width = (legs.left + legs.right) / 2, legs.right - legs.left
    half = _pointed(scene, legs, width, len(flow)) / 2
    ends = centre - half, centre + half
    box = legs.rows, slice(max(int(legs.first.min()), 0), int(legs.last.max()) + 1)
    places = np.arange(flow.shape[1], dtype=np.float32)[box[1]] + np.float32(0.5)
    shift, cloth = np.zeros((2, len(half), len(places)), np.float32)
    sides = zip((-1, 1), (legs.left, legs.right), ends, (legs.first, legs.last), strict=True)
    for way, old, new, outer in sides:
        along, moved = way * (places - new[:, None]), way * (old - new)
        much = np.maximum(STRETCHED * way * (outer - old) + moved, 1)
        share = (1 - along / much[:, None]).clip(0, 1) * (way * (places - centre[:, None]) >= 0)
        shift += way * moved[:, None] * share
        cloth += (along / EDGE + 0.5).clip(0, 1)
    near = np.abs(places - centre[:, None]) < np.maximum(width / 2, half)[:, None] + SOFT
    near &= ~_before(scene, box)
    was = layer.alpha[box] > 0.5
    np.copyto(layer.alpha[box], cloth.clip(0, 1), where=near)
    now = layer.alpha[box] > 0.5
    for part, name in ((now & ~was, GARMENT), (was & ~now, BACKGROUND)):
        layout[box][part] = np.eye(len(LAYOUT), dtype=np.float32)[name]
    _move(flow[box], shift)
    for values, most in ((layer.colour, 255), (layer.opacity, 1)):
        if values is not None:
            _move(values[box], shift)
            np.clip(values[box], 0, most, out=values[box])


def _move(values: np.ndarray, shift: np.ndarray) -> None:
    """Let `values`, float32 (h, w[, C]), be those from `shift`, (h, w), pixels further right, in place."""
    rows, columns = np.indices(shift.shape, dtype=np.float32)
    values[:] = cv2.remap(values, columns + shift, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _pointed(scene: Scene, legs: Legs, width: np.ndarray, height: int) -> np.ndarray:
    """How wide a gap (n,) is that was as wide as `width`, (n,), and goes straight on from a point to its
    width at the knees, or is as wide as it was where that is less. height: of the photo.
    """
    unit, down = shoulder_width(scene.pose), np.arange(len(width), dtype=np.float32) + np.float32(0.5)
    knees = max(float(middle(scene.pose, KNEES)[1]) - legs.rows.start, THIGH * unit)
    apart = np.hypot(width, TOUCH * height * (down / knees).clip(0, 1) ** 2)
    growth, thigh = apart / down, down <= knees
    last = growth[thigh][-1]
    if knees > len(width):
        # The knees are not in the photo, or the trousers end above them.
        lower = down > len(width) / 2
        slope, level = np.polyfit(down[lower], apart[lower], 1)
        last = min(last, (max(slope, 0) * knees + level) / knees)
    growth[thigh] = np.minimum.accumulate(np.minimum(growth[thigh], last)[::-1])[::-1]
    return steady(growth, STEADY * unit) * down


def _before(scene: Scene, box: tuple[slice, slice]) -> np.ndarray:
    """What may be before trousers in a `box` of the photo: bool (h, w)."""
    before = replace(scene, labels=scene.labels[box]).of(*IN_FRONT["lower_body"])
    for name in ("left_arm", "left_hand", "right_arm", "right_hand"):
        before |= scene.regions[name][box]
    return before
