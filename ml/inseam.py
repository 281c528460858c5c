"""Between two legs in trousers: a gap that begins as a point under the crotch and widens slowly.

The picture of trousers that lie or hang empty has an arch there, with legs spread apart. On a body the inner
seams meet under the crotch and go straight on from there to the knees, as thighs do. Further down hems may
come near one another, but each leg has its own.
"""

from dataclasses import dataclass, replace

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
"""Over which height it widens, at least, likewise: trousers may be cut low, and end above the knees."""
TOUCH = 0.004
"""Width of the slit between two legs that touch below the knees, as a share of the photo's height."""
STEADY = 0.004
"""Over which height its sides are steady (standard deviation of a blur), likewise."""
STRETCHED = 0.6
"""How much of a leg beside the gap is stretched to fill it, as a share of its width."""


@dataclass(frozen=True)
class Legs:
    """What is between two legs, in the `rows` of a photo: (n,) float32 each, the columns where the leg on its
    left begins and ends, and those where the one on its right does.
    """

    rows: slice
    first: np.ndarray
    left: np.ndarray
    right: np.ndarray
    last: np.ndarray


def legs_of(scene: Scene, garment: FlatGarment, alpha: np.ndarray, flow: np.ndarray) -> Legs | None:
    """That of a lower garment, `alpha` float32 (H, W), which `flow`, float32 (H, W, 2), lays: from where its
    legs part down to its hem, also where they touch again. None if they do not part.
    """
    start = max(round(float(middle(scene.pose, HIPS)[1])), 0)
    seen = alpha[start:] > 0.5
    if garment.gap is None or not garment.gap.any() or not seen.any():
        return None
    seen = largest(seen)
    gap = largest(between_legs(seen) & ~_before(scene, slice(start, None)))
    rows = np.flatnonzero(gap.any(axis=1))
    if len(rows) < LEAST * shoulder_width(scene.pose):
        return None
    below = slice(rows[0], np.flatnonzero(seen.any(axis=1))[-1] + 1)
    seen, places = seen[below], flow[start:][below]
    # Where legs touch, the flow leaps from one to the other.
    shown, (inner, beyond) = np.arange(len(garment.gap)), first_and_last(garment.gap > 0.5)
    known = np.isfinite(inner)
    middles = np.interp(places[..., 1], shown[known], (inner + beyond)[known] / 2)
    in_left = seen & (places[..., 0] < middles)
    told = np.array(first_and_last(gap[below]))
    legs = first_and_last(in_left), first_and_last(seen & ~in_left)
    meeting = _straight((legs[0][1] + legs[1][0]) / 2, told)
    # A shoe may be between them as well.
    both = np.isfinite(told[0]) | (legs[1][0] - legs[0][1] <= SOFT)
    left, right = (np.where(np.isfinite(side), side, meeting) for side in told)
    end = len(both) if both.all() else int(both.argmin())
    rows = slice(start + below.start, start + below.start + end)
    return Legs(rows, *(np.float32(side[:end]) for side in (legs[0][0], left, right, legs[1][1])))


def _straight(meeting: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Columns (n,) in which legs meet that touch below the `gap` (2, n) between them: on from its end, straight
    through the middle of where they were found to be `meeting`, (n,).
    """
    end, rows = np.flatnonzero(np.isfinite(gap[0]))[-1], np.arange(len(meeting))
    touching = np.isfinite(meeting) & (rows > end)
    if not touching.any():
        return meeting
    start, middle_row = gap[:, end].mean(), np.median(rows[touching])
    slope = (np.median(meeting[touching]) - start) / (middle_row - end)
    return np.where(touching, start + slope * (rows - end), meeting)


def with_inseams(
    scene: Scene, gap: Legs, layer: GarmentLayer, flow: np.ndarray, layout: np.ndarray
) -> tuple[GarmentLayer, np.ndarray, np.ndarray]:
    """`layer` of trousers, their `flow`, float32 (H, W, 2), and `layout`, float32 (H, W, 4), with a `gap`
    between their legs that begins as a point: cloth beside it is stretched to where it was wider.
    """
    height, knees = len(flow), float(middle(scene.pose, KNEES)[1])
    sides = [_steady(side, STEADY * height) for side in (gap.left, gap.right)]
    down = np.arange(len(gap.left), dtype=np.float32)
    thigh = max(knees - gap.rows.start, THIGH * shoulder_width(scene.pose))
    centre, width = (sides[0] + sides[1]) / 2, sides[1] - sides[0]
    apart = np.hypot(width, TOUCH * height * (down / thigh - 1).clip(0, 1))
    width = (1 - (1 - down / thigh).clip(0, 1) ** 2) * apart
    new = [centre - width / 2, centre + width / 2]
    box = gap.rows, slice(max(int(gap.first.min()), 0), int(gap.last.max()) + 1)
    places = np.arange(flow.shape[1], dtype=np.float32)[box[1]]
    shift = np.zeros((len(down), len(places)), np.float32)
    for way, old, now, outer in zip((-1, 1), sides, new, (gap.first, gap.last), strict=True):
        reach = (way * (outer - old) * STRETCHED + way * (old - now))[:, None]
        along = way * (places + 0.5 - now[:, None])
        share = (1 - along / np.maximum(reach, 1)).clip(0, 1)
        own = way * (places + 0.5 - centre[:, None]) >= 0
        shift += np.where(own, share * (old - now)[:, None], 0)
    ramps = [(way * (places + 0.5 - side[:, None]) / EDGE + 0.5).clip(0, 1) for way, side in zip((-1, 1), new, strict=True)]
    near = (places >= np.minimum(sides[0], new[0])[:, None] - SOFT) & (places < np.maximum(sides[1], new[1])[:, None] + SOFT)
    near &= ~_before(scene, box[0])[:, box[1]]
    alpha, layout = layer.alpha.copy(), layout.copy()
    was = alpha[box] > 0.5
    alpha[box] = np.where(near, (ramps[0] + ramps[1]).clip(0, 1), alpha[box])
    now = alpha[box] > 0.5
    for part, shows in ((now & ~was, GARMENT), (was & ~now, BACKGROUND)):
        layout[box][part] = np.eye(len(LAYOUT), dtype=np.float32)[shows]
    colour = _moved(layer.colour, box, shift, cv2.INTER_CUBIC)
    opacity = None if layer.opacity is None else _moved(layer.opacity, box, shift)
    person = layer.person.copy()
    person[box] = np.where(now & ~was, 1, person[box])
    return replace(layer, colour=colour, alpha=alpha, person=person, opacity=opacity), _moved(flow, box, shift), layout


def _steady(side: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(side[:, None], (1, 0), 0.1, sigmaY=sigma, borderType=cv2.BORDER_REPLICATE)[:, 0]


def _moved(values: np.ndarray, box, shift: np.ndarray, way: int = cv2.INTER_LINEAR) -> np.ndarray:
    result = values.copy()
    rows, columns = np.indices(shift.shape, dtype=np.float32)
    result[box] = cv2.remap(values[box], columns + shift, rows, way, borderMode=cv2.BORDER_REPLICATE)
    return result


def _before(scene: Scene, rows: slice) -> np.ndarray:
    """What may be before trousers in some `rows`: bool (h, W)."""
    arms = [scene.regions[f"{side}_{part}"][rows] for side in SIDES for part in ("arm", "hand")]
    return np.any(arms, axis=0) | replace(scene, labels=scene.labels[rows]).of(*IN_FRONT["lower_body"])
