"""Between two legs in trousers: a gap that begins as a point under the crotch and widens slowly.

The picture of trousers that lie or hang empty has an arch there, with legs spread apart. On a body the inner
seams meet under the crotch and go straight on from there to the knees, as thighs do. Further down hems may
come near one another, but each leg has its own.
"""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np

from ml.compose import IN_FRONT, Scene
from ml.flatgarment import FlatGarment
from ml.layer import EDGE, GarmentLayer
from ml.layout import BACKGROUND, GARMENT, LAYOUT
from ml.legwidths import first_and_last, largest
from ml.lowercut import between_legs
from ml.regions import HIPS, KNEES, SIDES, middle, shoulder_width
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
        start = max(round(float(middle(scene.pose, HIPS)[1])), 0)
        seen = alpha[start:] > 0.5
        if garment.gap is None or not garment.gap.any() or not seen.any():
            return None
        seen = largest(seen)
        between = largest(between_legs(seen) & ~_before(scene, slice(start, None)))
        parted = np.flatnonzero(between.any(axis=1))
        if len(parted) < LEAST * shoulder_width(scene.pose):
            return None
        below = slice(parted[0], np.flatnonzero(seen.any(axis=1))[-1] + 1)
        seen, gap = seen[below], np.array(first_and_last(between[below]))
        in_left = seen & _on_left(garment, flow[start:][below])
        ends = first_and_last(in_left)[1], first_and_last(seen & ~in_left)[0]
        left, right = np.where(np.isfinite(gap), gap, _meeting(ends, gap))
        # Below the gap a shoe may be between them.
        both = np.isfinite(left) & (np.isfinite(gap[0]) | (ends[1] - ends[0] <= SOFT))
        count = len(both) if both.all() else int(both.argmin())
        rows = slice(start + below.start, start + below.start + count)
        first, last = first_and_last(seen)
        unit = shoulder_width(scene.pose)
        return cls(rows, *(_steady(side[:count], STEADY * unit) for side in (first, left, right, last)))


def _on_left(garment: FlatGarment, flow: np.ndarray) -> np.ndarray:
    """Where `flow`, float32 (h, w, 2), shows what is left of the gap in a garment's picture: bool (h, w)."""
    inner, beyond = first_and_last(garment.gap > 0.5)
    rows = np.flatnonzero(np.isfinite(inner))
    return flow[..., 0] < np.interp(flow[..., 1], rows, (inner + beyond)[rows] / 2)


def _meeting(ends: tuple[np.ndarray, np.ndarray], gap: np.ndarray) -> np.ndarray:
    """Columns (n,) in which legs meet that touch below the `gap`, (2, n), between them: straight on from its
    end through the middle of where the left one `ends` and the right one begins, (n,) each; nan where not
    both are seen.
    """
    met, rows, end = (ends[0] + ends[1]) / 2, np.arange(gap.shape[1]), np.flatnonzero(np.isfinite(gap[0]))[-1]
    touching = np.isfinite(met) & (rows > end)
    if not touching.any():
        return met
    begin, away = gap[:, end].mean(), np.median(rows[touching]) - end
    slope = (np.median(met[touching]) - begin) / away
    return np.where(touching, begin + slope * (rows - end), met)


def with_inseams(
    scene: Scene, legs: Legs, layer: GarmentLayer, flow: np.ndarray, layout: np.ndarray
) -> tuple[GarmentLayer, np.ndarray, np.ndarray]:
    """`layer` of trousers, their `flow`, float32 (H, W, 2), and `layout`, float32 (H, W, 4), with a gap that
    begins as a point between their `legs`: cloth beside it is stretched to where it was wider.
    """
    centre, width = (legs.left + legs.right) / 2, legs.right - legs.left
    half = _pointed(scene, legs, width, len(flow)) / 2
    ends = centre - half, centre + half
    box = legs.rows, slice(max(int(legs.first.min()), 0), int(legs.last.max()) + 1)
    places = np.arange(flow.shape[1], dtype=np.float32)[box[1]] + np.float32(0.5)
    shift, cloth = np.zeros((2, len(half), len(places)), np.float32)
    sides = zip((-1, 1), (legs.left, legs.right), ends, (legs.first, legs.last), strict=True)
    for way, old, new, outer in sides:
        along = way * (places - new[:, None])
        moved = way * (old - new)
        much = np.maximum(STRETCHED * way * (outer - old) + moved, 1)
        share = (1 - along / much[:, None]).clip(0, 1)
        shift += np.where(way * (places - centre[:, None]) >= 0, way * share * moved[:, None], 0)
        cloth += (along / EDGE + 0.5).clip(0, 1)
    near = np.abs(places - centre[:, None]) < np.maximum(width / 2, half)[:, None] + SOFT
    near &= ~_before(scene, box[0])[:, box[1]]
    return _filled(layer, flow, layout, box, shift, np.where(near, cloth.clip(0, 1), layer.alpha[box]))


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
    return _steady(growth, STEADY * unit) * down


def _filled(
    layer: GarmentLayer,
    flow: np.ndarray,
    layout: np.ndarray,
    box: tuple[slice, slice],
    shift: np.ndarray,
    alpha: np.ndarray,
) -> tuple[GarmentLayer, np.ndarray, np.ndarray]:
    """`layer`, `flow` and `layout` with an outline `alpha`, float32 (h, w), in a `box` of them, and with what
    is `shift`, float32 (h, w), pixels further right.
    """
    rows, columns = np.indices(shift.shape, dtype=np.float32)

    def moved(values: np.ndarray, way: int = cv2.INTER_LINEAR) -> np.ndarray:
        result = values.copy()
        result[box] = cv2.remap(values[box], columns + shift, rows, way, borderMode=cv2.BORDER_REPLICATE)
        return result

    outline, shown, was, now = layer.alpha.copy(), layout.copy(), layer.alpha[box] > 0.5, alpha > 0.5
    outline[box] = alpha
    for part, name in ((now & ~was, GARMENT), (was & ~now, BACKGROUND)):
        shown[box][part] = np.eye(len(LAYOUT), dtype=np.float32)[name]
    colour = moved(layer.colour, cv2.INTER_CUBIC).clip(0, 255)
    opacity = None if layer.opacity is None else moved(layer.opacity)
    return replace(layer, colour=colour, alpha=outline, opacity=opacity), moved(flow), shown


def _steady(line: np.ndarray, sigma: float) -> np.ndarray:
    """A line (n,) averaged over `sigma` rows: float32."""
    column = np.float32(line)[:, None]
    return cv2.GaussianBlur(column, (1, 0), 0.1, sigmaY=sigma, borderType=cv2.BORDER_REPLICATE)[:, 0]


def _before(scene: Scene, rows: slice) -> np.ndarray:
    """What may be before trousers in some `rows` of the photo: bool (h, W)."""
    arms = [scene.regions[f"{side}_{part}"][rows] for side in SIDES for part in ("arm", "hand")]
    return np.any(arms, axis=0) | replace(scene, labels=scene.labels[rows]).of(*IN_FRONT["lower_body"])
