"""Where the waist of trousers, shorts or a skirt is: its upper edge, as a line."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ml.anatomy import HIPS, KNEES, SHOULDERS, middle, shoulder_width, waist_line
from ml.pose import Pose
from ml.scene import HEM, TOPS, Scene

SAG = 0.06
"""How much lower than at the sides the waist of a dress is in the middle, in widths of the shoulders."""
NEAR = 0.012
"""How far from the line through its edge the edge of a waist may be, and how near the hem of a top is, as a
share of the photo's height."""
HIDDEN = 0.75
"""Share of a waist from which, under a top, it is not seen: it may be as high as it likes."""
GIRTH, INSET = 0.8, 0.018
"""Width of the waist of a body, in widths of the shoulders: a dress may hang loosely around it; and how far
inside its sides a waist ends under it at least, as a share of the photo's height."""
LEAST_COLUMNS = 8
NARROW, EVEN = 0.15, 0.03
"""How wide, as a share of a waist, what stands out of it or is bitten out is at least, if its edge itself
does; and over how much of it its edge is averaged (standard deviation)."""
ROUNDS = 4
"""Times that a line is fitted to what is near the line before."""


@dataclass(frozen=True)
class Waist:
    """The upper edge of a lower garment: rows as a polynomial of columns between two ends, in pixels.

    seen: whether the left and the right end are seen, with nothing but the wall beside them; covered: float32
    (W,) in 0..1, 1 where a top hangs over the edge; off: float32 (W,), how much lower than the line it is.
    """

    line: np.ndarray
    ends: tuple[float, float]
    seen: tuple[bool, bool]
    covered: np.ndarray
    off: np.ndarray

    def row(self, columns: np.ndarray) -> np.ndarray:
        """Rows (N,) float32 at these columns (N,); beyond its ends it goes on level."""
        return np.float32(np.polyval(self.line, np.clip(columns, *self.ends)))

    @property
    def hidden(self) -> bool:
        """Whether hardly any of it is seen under a top."""
        return bool(self.covered[slice(*np.int32(self.ends))].mean() > HIDDEN)


def waist_rows(pose: Pose) -> slice:
    """Rows of the photo, from shoulders to knees, between which a waist is looked for."""
    top, bottom = (round(float(middle(pose, pair)[1])) for pair in (SHOULDERS, KNEES))
    return slice(max(top, 0), max(bottom, 0))


def waist_of(scene: Scene, garment: np.ndarray) -> Waist | None:
    """The upper edge of the largest part of a lower garment, bool (H, W); None where it is not seen.

    A parabola is fitted to the edge between the hip joints, then to all of it that is near the parabola.
    """
    height, rows = len(garment), waist_rows(scene.pose)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(garment[rows]))
    if len(stats) < 2:
        return None
    whole = parts == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    top, used = rows.start + whole.argmax(axis=0), np.flatnonzero(whole.any(axis=0))
    low, high = np.sort(scene.pose.keypoints[list(HIPS), 0])
    columns = used[(used >= low) & (used <= high)]
    for _ in range(ROUNDS):
        if len(columns) < LEAST_COLUMNS:
            return None
        line = np.polyfit(columns, top[columns], 2)
        far = used[np.abs(top[used] - np.polyval(line, used)) > NEAR * height]
        left = far[far < columns[0]].max(initial=used[0] - 1) + 1
        right = far[far > columns[-1]].min(initial=used[-1] + 1) - 1
        columns = np.setdiff1d(used[(used >= left) & (used <= right)], far)
    near, beside = (round(share * height) for share in (NEAR, HEM))
    covered = np.zeros(garment.shape[1], np.float32)
    covered[columns] = scene.of(*TOPS)[(top[columns] - near).clip(0, None), columns]
    covered = cv2.GaussianBlur(covered[None], (0, 0), NEAR * height)[0]
    last_row, last = np.subtract(garment.shape, 1)
    wall, places = scene.of("background"), (max(left - beside, 0), min(right + beside, last))
    left_seen, right_seen = (
        bool(wall[top[end] : min(top[end] + near, last_row) + 1, place].any())
        for end, place in zip((left, right), places, strict=True)
    )
    ends, off = (float(left), float(right)), _off(top - np.polyval(line, np.arange(len(top))), columns)
    return Waist(line, ends, (left_seen, right_seen), covered, off)


def _off(lower: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """How much `lower` (W,) than a line an edge is that is seen in these `columns` (N,), without what is
    narrow in it: float32 (W,).
    """
    width = int(columns[-1] - columns[0])
    line = np.float32(np.interp(np.arange(len(lower)), columns, lower[columns]))[None]
    kernel = np.ones((1, max(1, round(NARROW * width))), np.uint8)
    for operation in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):
        line = cv2.morphologyEx(line, operation, kernel, borderType=cv2.BORDER_REPLICATE)
    return cv2.GaussianBlur(line, (0, 0), EVEN * max(width, 1), borderType=cv2.BORDER_REPLICATE)[0]


def old_waist(scene: Scene) -> Waist | None:
    """The waist of the trousers or the skirt in the photo; of somebody in a dress, where a waist would be.

    None where it is not seen, or below the hips: nothing is known of what comes out there from under a coat.
    """
    if in_dress(scene):
        return _under_dress(scene)
    found = waist_of(scene, scene.of("lower"))
    hips = middle(scene.pose, HIPS)
    return found if found is not None and found.row(hips[:1])[0] < hips[1] else None


def _under_dress(scene: Scene) -> Waist | None:
    """The waist of the body in a dress whose upper half will hang over it, as a top that is worn out."""
    rows = np.arange(len(scene.labels))[:, None]
    found = waist_of(scene, scene.of("dress") & (rows >= dress_line(scene)))
    if found is None:
        return None
    middle_of_it, half = waist_line(scene.pose)[0][0], GIRTH / 2 * shoulder_width(scene.pose)
    left, right = found.ends
    inset = min(INSET * len(scene.labels), (right - left) / 2)
    within = np.clip((left + inset, right - inset), middle_of_it - half, middle_of_it + half)
    seen = tuple(bool(known) for known in found.seen | (within != found.ends))
    return replace(found, ends=tuple(within.tolist()), seen=seen, covered=np.ones_like(found.covered))


def in_dress(scene: Scene) -> bool:
    """Whether somebody wears a dress, and not a few pixels of one."""
    return bool(scene.of("dress").sum() > scene.of("lower").sum())


def dress_line(scene: Scene) -> np.ndarray:
    """Row, float32 (W,), of the waist of somebody in a dress at each column of the photo."""
    (x, y), up = waist_line(scene.pose)
    unit, away = shoulder_width(scene.pose), np.arange(scene.labels.shape[1]) - x
    sag = SAG * unit * (1 - (2 * away / unit) ** 2).clip(0, 1)
    return np.float32(y - away * up[0] / min(up[1], -0.5) + sag)
