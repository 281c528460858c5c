"""How a top or a dress lies on neck and shoulders: along the shoulders, and with its own neckline.

A warp knows only roughly where the shoulders are, and its layout where a neck comes out of a garment: the one
leaves a strip of shoulder bare or stands off it, the other cuts into collars.
"""

import cv2
import numpy as np

from ml.compose import INDEX, Scene
from ml.regions import SHOULDERS, shoulder_width

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
BELOW, SETTLED = 0.04, 0.08
"""How far below the lowest place of a neckline its own outline decides, and from where on it does not, as
shares of the height of the garment's picture."""
BESIDE = 0.1
"""How far beyond the joints it may decide, as a share of the shoulders' width."""


def on_shoulders(scene: Scene, outline: np.ndarray, collar: int, flow: np.ndarray) -> np.ndarray:
    """`flow`, float32 (H, W, 2), moved up or down so that the garment lies on the shoulders.

    outline: float32 (h, w), of its picture; collar: of ClothAnalysis.
    """
    unit, ends = shoulder_width(scene.pose), scene.pose.keypoints[list(SHOULDERS)]
    (left, level), (right, _) = np.round([ends.min(axis=0), ends.max(axis=0)]).astype(int).clip(0).tolist()
    bottom = round(float(ends[:, 1].max()))
    if right - left < 4 * LEAST or bottom < 1:
        return flow
    places, gaps = _gaps(scene, outline, collar, flow, np.s_[:bottom, left:right])
    gaps = gaps * (2 - np.abs(gaps) / (FURTHEST * unit)).clip(0, 1)
    if not len(places) or not gaps.any():
        return flow
    rows, columns = (np.arange(length, dtype=np.float32) for length in flow.shape[:2])
    beyond = np.maximum(left - columns, columns - right) / (OUTER * unit)
    down = np.interp(columns, places, gaps) * (1 - beyond).clip(0, 1)
    depth = ((rows - bottom) / unit - YOKE[0]) / (YOKE[1] - YOKE[0])
    still = round(bottom + YOKE[1] * unit)
    moved = (down * (1 - depth[:still, None]).clip(0, 1)).astype(np.float32)
    x, y = np.meshgrid(columns, rows[:still])
    result = flow.copy()
    result[:still] = cv2.remap(flow, x, y + moved, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return result


def _gaps(
    scene: Scene, outline: np.ndarray, collar: int, flow: np.ndarray, box: tuple[slice, slice]
) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the photo, from left to right, and how many pixels the garment begins below the body there
    (N,): the median of each half of a shoulder, as far as it is seen.
    """
    part = flow[box]
    seen = cv2.remap(outline, part[..., 0], part[..., 1], cv2.INTER_LINEAR) > 0.5
    seen &= part[..., 1] >= collar
    labels = scene.labels[box]
    body = (labels != INDEX["background"]) & (labels != INDEX["hair"])
    garment, top = (np.where(rows.any(axis=0), rows.argmax(axis=0), len(rows)) for rows in (seen, body))
    columns = np.arange(len(top))
    above = labels[(top - 1).clip(0), columns] == INDEX["background"]
    gentle = np.abs(np.gradient(cv2.blur(np.float32(top)[None], (5, 1))[0])) < STEEPEST
    clear = above & gentle & (garment < len(seen)) & (top < len(body))
    middle, found = len(top) // 2, []
    corners = int(garment[:middle].argmin()), middle + int(garment[middle:].argmin())
    for start, end in ((0, corners[0]), (corners[1], len(top))):
        for half in np.array_split(columns[start:end], 2):
            half = half[clear[half]]
            if len(half) >= LEAST:
                found.append((box[1].start + half.mean(), float(np.median((garment - top)[half]))))
    return tuple(np.array(found).reshape(-1, 2).T)


def own_neckline(scene: Scene, mask: np.ndarray, front: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """How far the outline in the garment's picture alone decides where the garment is seen, float32 (H, W) in
    0..1: around its neckline, between the shoulders.

    mask, front: bool (h, w), the garment in its picture, and what is not the inside of its back.
    """
    ends, unit = scene.pose.keypoints[list(SHOULDERS), 0], shoulder_width(scene.pose)
    columns = np.arange(flow.shape[1], dtype=np.float32)
    beyond = np.maximum(ends.min() - columns, columns - ends.max()) / (BESIDE * unit)
    height, lowest = len(mask), _lowest(mask, front)
    below = (flow[..., 1] - lowest - BELOW * height) / ((SETTLED - BELOW) * height)
    return ((1 - beyond).clip(0, 1) * (1 - below).clip(0, 1)).astype(np.float32)


def _lowest(mask: np.ndarray, front: np.ndarray) -> int:
    """The row of the lowest place of a neckline; mask, front: of `own_neckline`."""
    rows, columns = np.nonzero(mask)
    top = np.where(mask.any(axis=0), mask.argmax(axis=0), len(mask))
    middle = int(np.median(columns[rows <= rows.min() + 0.35 * np.ptp(rows)]))
    corners = int(top[: middle + 1].argmin()), middle + int(top[middle:].argmin())
    part = front[:, slice(corners[0], corners[1] + 1)]
    return int(part.argmax(axis=0).max())
