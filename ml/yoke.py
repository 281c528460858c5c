"""How a top or a dress lies on neck and shoulders: along the shoulders, and with its own neckline.

A warp knows only roughly where the shoulders are, and its layout where a neck comes out of a garment: the one
leaves a strip of shoulder bare or stands off it, the other cuts into collars.
"""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np

from ml.anatomy import NECK_SLOPE, SHOULDERS, chin, middle, shoulder_width
from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.morphology import bounding_box, dilate
from ml.pose import Pose
from ml.scene import INDEX, Scene

FURTHEST = 0.08
"""How far a garment is moved onto the shoulders, as a share of their width: what seems further away is of
another cut, or hidden."""
STEEPEST = 1.0
"""Slope of the body's outline from which it is neck and not shoulder."""
LEAST = 6
"""Columns of one half of a shoulder in which both outlines must be seen."""
YOKE, OUTER = (0.05, 0.5), 0.15
"""From where to where below the shoulders, likewise, a garment moves less and less with them, and how far
beyond their joints."""
UPPER = 0.35
"""Upper share of a garment's height whose middle is between its sleeves."""
BELOW, SETTLED = 0.04, 0.08
"""How far below the lowest place of a neckline its own outline decides, and from where on it does not, as
shares of the height of the garment's picture."""
DEEP, BACK = 0.3, 0.5
"""Depth of a neckline, in distances between its corners, from which it is that of a front, whose back is not
seen; else the inside of the back must be seen in that share of the columns: where it is not, it has not been
told from the front.
"""
CONVEX = 0.05
"""How much a neck hole may lack to be convex, as a share of it: more is another shape, or a bad mask."""
BESIDE, ABOVE = 0.1, 0.02
"""How far beyond the joints, and how far from the body, it may decide, as shares of the shoulders' width:
wings and bows that a picture shows spread out hang down when they are worn."""


@dataclass(frozen=True)
class _Shoulders:
    """Both shoulders, from the corners of a neckline outwards, in a box of the photo that ends at the joints.

    box; garment, body: int (w,), first row of either in each column, the height of the box where there is
    none; clear: bool (w,), where both are seen on a shoulder; corners: columns.
    """

    box: tuple[slice, slice]
    garment: np.ndarray
    body: np.ndarray
    clear: np.ndarray
    corners: tuple[int, int]

    @classmethod
    def of(cls, scene: Scene, garment: np.ndarray) -> Self | None:
        """The shoulders that `garment`, bool (H, W), lies on; None if they are hardly seen."""
        ends = scene.pose.keypoints[list(SHOULDERS)].round().astype(int).clip(0)
        box = np.s_[: ends[:, 1].max(), ends[:, 0].min() : ends[:, 0].max()]
        labels, seen = scene.labels[box], garment[box]
        if min(labels.shape) < 4 * LEAST:
            return None
        garment, body = (
            np.where(part.any(axis=0), part.argmax(axis=0), len(part)) for part in (seen, _body(labels))
        )
        above = labels[(body - 1).clip(0), np.arange(len(body))] == INDEX["background"]
        gentle = np.abs(np.gradient(cv2.blur(np.float32(body)[None], (5, 1))[0])) < STEEPEST
        middle = len(body) // 2
        corners = _highest_beside(garment, middle)
        columns = np.arange(len(body))
        outside = (columns <= corners[0]) | (columns >= corners[1])
        clear = above & gentle & outside & (garment < len(seen)) & (body < len(seen))
        return cls(box, garment, body, clear, corners)

    def gaps(self) -> tuple[np.ndarray, np.ndarray]:
        """Columns of the photo, from left to right, and how many pixels the garment begins below the body
        there, (N,) each: the median of each half of a shoulder, as far as it is seen.
        """
        columns, found = np.arange(len(self.body)), []
        for shoulder in (columns[: self.corners[0] + 1], columns[self.corners[1] :]):
            for half in np.array_split(shoulder, 2):
                half = half[self.clear[half]]
                if len(half) >= LEAST:
                    gap = float(np.median((self.garment - self.body)[half]))
                    found.append((self.box[1].start + half.mean(), gap))
        places, gaps = np.array(found).reshape(-1, 2).T
        return places, gaps


def on_shoulders(scene: Scene, outline: np.ndarray, collar: int, flow: np.ndarray) -> np.ndarray:
    """`flow`, float32 (H, W, 2), moved up or down so that the garment lies on the shoulders.

    outline: float32 (h, w), of its picture; collar: of ClothAnalysis.
    """
    unit, ends = shoulder_width(scene.pose), scene.pose.keypoints[list(SHOULDERS)]
    bottom = round(float(ends[:, 1].max()))
    still = max(0, round(bottom + YOKE[1] * unit))
    part = flow[:still]
    seen = cv2.remap(outline, part[..., 0], part[..., 1], cv2.INTER_LINEAR) > 0.5
    shoulders = _Shoulders.of(scene, seen & (part[..., 1] >= collar))
    if shoulders is None:
        return flow
    places, gaps = shoulders.gaps()
    gaps = _likely(gaps, FURTHEST * unit)
    if not gaps.any():
        return flow
    rows, columns = (np.arange(length, dtype=np.float32) for length in part.shape[:2])
    beyond = np.maximum(ends[:, 0].min() - columns, columns - ends[:, 0].max()) / (OUTER * unit)
    columns, beyond = columns[beyond < 1], beyond[beyond < 1]
    down = np.interp(columns, places, gaps) * (1 - beyond).clip(0, 1)
    depth = ((rows - bottom) / unit - YOKE[0]) / (YOKE[1] - YOKE[0])
    moved = down * (1 - depth[:, None]).clip(0, 1)
    x, y = np.meshgrid(columns, rows)
    lifted = cv2.remap(part, x, np.float32(y + moved), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    result, first = flow.copy(), int(columns[0])
    result[:still, first : first + len(columns)] = lifted
    return result


def over_shoulders(scene: Scene, layer: GarmentLayer, standing: np.ndarray) -> GarmentLayer:
    """`layer` up to the outline of the shoulders that it nearly reaches; standing: bool (H, W), where it is a
    collar that stands.
    """
    shoulders = _Shoulders.of(scene, (layer.alpha > 0.5) & ~standing)
    if shoulders is None:
        return layer
    gap = np.where(shoulders.clear, shoulders.garment - shoulders.body, 0).clip(0)
    start = shoulders.garment - _likely(gap, FURTHEST * shoulder_width(scene.pose))
    rows, alpha = np.arange(shoulders.box[0].stop)[:, None], layer.alpha.copy()
    strip = np.zeros(alpha.shape, bool)
    strip[shoulders.box] = (rows >= start) & (rows < shoulders.garment)
    if not strip.any():
        return layer
    alpha[strip] = 1
    steps = STEPS * len(alpha)
    near, around = (bounding_box(strip, round(reach * steps)) for reach in (4, 8))
    softened = layer.alpha.copy()
    softened[around] = soft_edged(alpha[around], steps)
    alpha[near] = softened[near]
    return replace(layer, alpha=alpha)


def _highest_beside(top: np.ndarray, middle: int) -> tuple[int, int]:
    """Columns of the least of `top`, int (w,), on either side of a column, the nearest of those alike."""
    return middle - int(top[middle::-1].argmin()), middle + int(top[middle:].argmin())


def _likely(gaps: np.ndarray, furthest: float) -> np.ndarray:
    """`gaps` (N,), but from `furthest` on less and less of them."""
    return gaps * (2 - np.abs(gaps) / furthest).clip(0, 1)


def _body(labels: np.ndarray) -> np.ndarray:
    """Where `labels`, uint8 (h, w), show the body or clothing on it: bool (h, w)."""
    return (labels != INDEX["background"]) & (labels != INDEX["hair"])


def _nape(pose: Pose) -> float:
    """The row above which no collar lies but one that stands."""
    chest = middle(pose, SHOULDERS)[1]
    return float(chest + NECK_SLOPE * (chin(pose)[1] - chest))


@dataclass(frozen=True)
class Neckline:
    """The neckline of a garment in its picture. corners: columns of its ends; top: int (w,), first row of the
    front in each column; height: of the picture; told: whether it is that of the front.
    """

    corners: tuple[int, int]
    top: np.ndarray
    height: int
    told: bool

    @classmethod
    def of(cls, mask: np.ndarray, inside: np.ndarray) -> Self:
        """The neckline of the garment `mask`, bool (h, w), not empty, of which the back is seen `inside`."""
        rows, columns = np.nonzero(mask)
        front = mask & ~inside
        middle = int(np.median(columns[rows <= rows.min() + UPPER * np.ptp(rows)]))
        top = np.where(front.any(axis=0), front.argmax(axis=0), len(front))
        corners = left, right = _highest_beside(top, middle)
        between = slice(left, right + 1)
        deep = top[between].max() - min(top[left], top[right]) > DEEP * (right - left)
        back = inside[:, between].any(axis=0).mean() > BACK
        return cls(corners, top, len(mask), bool(deep or back))

    @property
    def hole(self) -> np.ndarray:
        """What is above the front and below its corners, bool (h, w), as the convex shape that it nearly is:
        a label, or a rim that the mask leaves out, puts steps into a V. Nothing if it is far from one, or if
        its edge has but the steps of pixels.
        """
        left, right = self.corners
        between, found = slice(left, right + 1), np.zeros((self.height, len(self.top)), np.uint8)
        highest = np.linspace(self.top[left], self.top[right], right + 1 - left)
        rows = np.arange(self.height)[:, None]
        found[:, between] = (rows >= highest) & (rows < self.top[between])
        hull = np.zeros_like(found)
        if self.told and found.any():
            cv2.fillConvexPoly(hull, cv2.convexHull(cv2.findNonZero(found)), 1)
        stepped = cv2.erode(hull - found, np.ones((3, 3), np.uint8)).any()
        return (hull > 0) & stepped & (hull.sum() <= (1 + CONVEX) * found.sum())

    def open_at(self, flow: np.ndarray) -> np.ndarray:
        """Which places of `flow`, float32 (H, W, 2), are above the front between its corners: bool (H, W)."""
        left, right = self.corners
        opened = (flow[..., 0] > left) & (flow[..., 0] < right)
        across, down = flow[opened].T
        opened[opened] = down < self.top[np.int32(across)]
        return opened

    def decides(self, scene: Scene, flow: np.ndarray) -> np.ndarray:
        """How far the outline in the picture alone tells where the garment is seen, float32 (H, W) in 0..1:
        around its neckline, between the shoulders.
        """
        ends, unit = scene.pose.keypoints[list(SHOULDERS), 0], shoulder_width(scene.pose)
        columns = np.arange(flow.shape[1], dtype=np.float32)
        beyond = np.maximum(ends.min() - columns, columns - ends.max()) / (BESIDE * unit)
        if not self.told:
            return np.zeros(flow.shape[:2], np.float32)
        lowest = self.top[self.corners[0] : self.corners[1] + 1].max()
        below = (flow[..., 1] - lowest - BELOW * self.height) / ((SETTLED - BELOW) * self.height)
        near = dilate(_body(scene.labels), ABOVE * unit)
        near[: max(0, round(_nape(scene.pose)))] = False
        return ((1 - beyond).clip(0, 1) * (1 - below).clip(0, 1) * near).astype(np.float32)
