"""The lower end of a dress, a skirt or trousers is that of its picture: a hem with corners, and its flare.

A layout is unsure where a garment ends, most at the corners of a hem, and its outline is round there. The
flow knows the place better: it is continued straight on down to the hem, and the picture's outline decides.
"""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np

from ml.anatomy import ANKLES, HIPS, KNEES, SHOULDERS, middle, shoulder_width
from ml.flatgarment import FlatGarment
from ml.hemline import Hem
from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.layout import GARMENT
from ml.morphology import bounding_box, dilate
from ml.pose import Pose
from ml.scene import Scene, arm_pixels
from ml.shortcuffs import linear_fit

BEGIN, STRAIGHT = 0.5, 0.75
"""From which height of a garment in its picture on, 0 its top and 1 its hem, it lies like its lower end, more
and more, and from where on just as that."""
SURE = 0.9
"""Probability in a layout from which a flow is believed."""
REACH = 0.7
"""How far beside the garment of a layout its own outline may lie, in widths of the shoulders."""
OUTLIER = 0.01
"""How far off a flow is half believed, as a share of the garment's height."""
BENT = 0.02
"""How far off it is, likewise, in the median where a garment is bent too much to go straight on."""
COARSE = 4
"""One of so many pixels, along a side, tells how a garment lies."""
CURVE, MOST = 0.045, 0.12
"""How much lower the middle of a hem is than its corners, as a share of its width, for each trunk's length
that one looks down on it, and at most: a skirt is nearly as deep as wide, and ten trunks away."""
TILT = 0.3
"""How many rows a column a hem slants at most on somebody who stands upright."""
SWING = 0.1
"""How many columns a row a skirt that hangs down goes aside at most."""
UNEVEN = 0.05
"""By how much one leg of trousers is too long at most, as a share of the photo's height."""
LEAST = 100
"""Such pixels of an end that are needed."""


def with_straight_end(
    scene: Scene, category: str, garment: FlatGarment, flow: np.ndarray, layout: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`flow`, float32 (H, W, 2), that goes straight on at the lower end of a dress or a lower garment, and
    how far the outline of its picture decides there, float32 (H, W) in 0..1.

    layout: float32 (H, W, 4). Each leg of trousers has an end of its own.
    """
    own, rows = np.zeros(flow.shape[:2], np.float32), np.flatnonzero(garment.outline.any(axis=1))
    if category == "upper_body" or not rows.size:
        return flow, own
    likely = layout[::COARSE, ::COARSE, GARMENT]
    near = dilate(likely > 0.5, REACH * shoulder_width(scene.pose) / COARSE)
    arms = np.logical_or(*arm_pixels(scene, category))
    places = np.argwhere((likely > SURE) & ~arms[::COARSE, ::COARSE]) * COARSE
    box = tuple(slice(side.start * COARSE, side.stop * COARSE) for side in bounding_box(near))
    free = ~arms[box]
    free &= cv2.resize(np.uint8(near), flow.shape[1::-1], interpolation=cv2.INTER_NEAREST)[box] > 0
    if garment.gap is not None:
        # Legs that go straight on would meet where they nearly touch.
        free &= cv2.remap(garment.gap, flow[box], None, cv2.INTER_LINEAR) <= 0.5
    result = flow.copy()
    ends = [_End.of(rows, columns, places, flow) for columns in _ends(garment, rows)]
    hemmed = [end.hemmed(garment.hems, scene.pose, level=len(ends) == 1) for end in ends if end is not None]
    for end in _as_long(scene.pose, hemmed) if len(hemmed) == 2 else hemmed:
        own[box] += end.lay(result[box], flow[box], free, (box[0].start, box[1].start))
    return result, own


def _as_long(pose: Pose, legs: list["_End"]) -> list["_End"]:
    """Two `legs` of trousers that end at the same share of the way from hip over knee to ankle, that of the
    longer one: what a layout is unsure of is missing in it.
    """
    ways = pose.keypoints[[HIPS, KNEES, ANKLES], 1].T
    # Hems may be lower than ankles.
    ways = np.column_stack([ways, 2 * ways[:, 2] - ways[:, 1]])
    if any(np.isnan(leg.hem) for leg in legs) or (np.diff(ways, axis=1) <= 0).any():
        return legs
    if np.diff(pose.keypoints[list(KNEES), 0]) < 0:
        ways = ways[::-1]
    rows = np.array([leg.hem for leg in legs])
    shares = [np.interp(row, way, range(4)) for row, way in zip(rows, ways, strict=True)]
    wanted = [np.interp(max(shares), range(4), way) for way in ways]
    down = wanted - rows
    if np.abs(down).max() > UNEVEN * len(pose.segmentation):
        return legs
    return [leg.lowered(float(by)) for leg, by in zip(legs, down, strict=True)]


def _ends(garment: FlatGarment, rows: np.ndarray) -> tuple[tuple[float, float], ...]:
    """First and last column of each end of a garment, that is seen in `rows` of its picture: one, or two
    legs.
    """
    gap = garment.gap
    columns = () if gap is None else np.nonzero(gap[rows[0] + round(BEGIN * np.ptp(rows)) :])[1]
    if not len(columns):
        return ((-np.inf, np.inf),)
    parting = float(round(np.median(columns)))
    return (-np.inf, parting - 1), (parting, np.inf)


@dataclass(frozen=True)
class _End:
    """One end of a garment in a photo. fitted: of `linear_fit`, pixel of the picture for each row and column
    of the photo; columns: of the picture, between which it is; top, height: rows of the garment there; lift:
    float32 (w,), how far each column of the picture is drawn up at its hem, in rows; hem: row of the
    photo in which the middle of that is, nan without one.
    """

    fitted: np.ndarray
    columns: tuple[float, float]
    top: int
    height: int
    lift: np.ndarray | None = None
    hem: float = np.nan

    @classmethod
    def of(
        cls, rows: np.ndarray, columns: tuple[float, float], places: np.ndarray, flow: np.ndarray
    ) -> Self | None:
        """That which `flow` (H, W, 2) shows at `places` (N, 2), rows and columns; None if it shows too
        little, or is bent.
        """
        top, height = int(rows[0]), len(rows)
        told = flow[places[:, 0], places[:, 1]]
        down = (told[:, 1] - top) / height
        chosen = (down > BEGIN) & (down < 1) & (told[:, 0] >= columns[0]) & (told[:, 0] <= columns[1])
        if chosen.sum() < LEAST:
            return None
        told, (y, x) = told[chosen], places[chosen].T
        fitted = linear_fit(y, x, told, OUTLIER * height)
        off = np.abs(told - np.stack([np.ones_like(x), y, x], axis=1) @ fitted).max(axis=1)
        return cls(np.float32(fitted), columns, top, height) if np.median(off) < BENT * height else None

    def hemmed(self, hems: tuple[Hem, ...], pose: Pose, *, level: bool) -> Self:
        """The same with its hem, if it is one of these, as a gentle curve from corner to corner, as somebody
        sees it who looks at the middle of the trunk: `level`, or as it lies.
        """
        own = [hem for hem in hems if self.columns[0] <= np.mean(hem.corners) <= self.columns[1]]
        across, down = np.diag(self.fitted[[2, 1]])
        if not own or across <= 0 or down <= 0:
            return self
        hem, fitted = own[0], self.fitted.copy()
        centre, half = np.mean(hem.corners), np.ptp(hem.corners) / 2
        places = ((np.arange(len(hem.rows)) - centre) / half).clip(-1, 1)
        high, row = (
            np.linalg.lstsq(fitted[1:].T, (centre, place) - fitted[0], rcond=None)[0][0]
            for place in (self.top + BEGIN * self.height, hem.level)
        )
        shoulders, hips = (middle(pose, pair) for pair in (SHOULDERS, HIPS))
        trunk = max(float(np.linalg.norm(hips - shoulders)), 1.0)
        curve = np.clip(CURVE * (row - (shoulders + hips)[1] / 2) / trunk, 0, MOST)
        bent = 2 * curve * half * down / across * (1 / 3 - places**2)
        lift = np.float32(hem.rows - hem.level - bent)
        if level and abs(fitted[2, 1]) < TILT * down:
            swing = fitted[1, 0] / down - hem.lean
            swung = down * (swing - np.clip(swing, -SWING, SWING))
            fitted[:2, 0] += swung * high, -swung
            fitted[:, 1] = hem.level - down * row, down, 0
        return replace(self, fitted=fitted, lift=lift, hem=float(row))

    def lowered(self, by: float) -> Self:
        """The same so many pixels further down in the photo."""
        fitted = self.fitted.copy()
        fitted[0] -= by * fitted[1]
        return replace(self, fitted=fitted, hem=self.hem + by)

    def lay(
        self, result: np.ndarray, flow: np.ndarray, free: np.ndarray, start: tuple[int, int]
    ) -> np.ndarray:
        """Lay it where the photo is `free`, bool (h, w), into `result` (h, w, 2), in place. Returns how far
        it lies as its end, float32 (h, w) in 0..1.

        flow: (h, w, 2), as it was; start: row and column of the photo where all these begin.
        """
        y, x = (
            np.arange(side, dtype=np.float32) + first for side, first in zip(free.shape, start, strict=True)
        )
        own, begin = np.zeros(free.shape, np.float32), np.float32(self.top + BEGIN * self.height)
        reached = self.fitted[0, 1] + self.fitted[1, 1] * y + (self.fitted[2, 1] * x).max() > begin
        if not reached.any():
            return own
        low = slice(int(reached.argmax()), None)
        column, row = (
            (self.fitted[0, axis] + self.fitted[1, axis] * y[low])[:, None] + self.fitted[2, axis] * x
            for axis in (0, 1)
        )
        if self.lift is not None:
            end = np.float32((1 - BEGIN) * self.height)
            up = cv2.remap(
                self.lift[None], column, np.zeros_like(column), cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
            )
            row += up * ((row - begin) / end).clip(0, 1)
        share = ((row - begin) / np.float32((STRAIGHT - BEGIN) * self.height)).clip(0, 1)
        before = flow[low]
        share *= free[low] & (before[..., 0] >= self.columns[0]) & (before[..., 0] < self.columns[1] + 1)
        column = column.clip(*np.float32(self.columns))
        for axis, place in enumerate((column, row)):
            result[low][..., axis] += share * (place - before[..., axis])
        own[low] = share
        return own


def with_own_outline(
    layer: GarmentLayer, outline: np.ndarray, flow: np.ndarray, own: np.ndarray
) -> GarmentLayer:
    """`layer` whose outline goes over, where `own`, float32 (H, W) in 0..1, of `with_straight_end`, grows,
    into that of its picture, `outline`, float32 (h, w), laid by `flow`, float32 (H, W, 2).

    In between lies what is a mean by the distances from either (Raya and Udupa, 1990): there are no steps.
    """
    if not own.any():
        return layer
    steps = STEPS * len(own)
    box, around = (bounding_box(own > 0, round(reach * steps)) for reach in (4, 8))
    share = own[around]
    picture = cv2.remap(outline, flow[around], None, cv2.INTER_LINEAR) > 0.5
    mean = (1 - share) * _depth(layer.alpha[around] > 0.5) + share * _depth(picture & (share > 0))
    alpha, softened = layer.alpha.copy(), layer.alpha.copy()
    softened[around] = soft_edged(np.where(share > 0, np.float32(mean > 0), alpha[around]), steps)
    alpha[box] = softened[box]
    return replace(layer, alpha=alpha)


def _depth(garment: np.ndarray) -> np.ndarray:
    """Pixels from each place in the bool `garment` (H, W) to its edge, less than 0 outside: float32."""
    inside, outside = (cv2.distanceTransform(np.uint8(part), cv2.DIST_L2, 3) for part in (garment, ~garment))
    return inside - outside
