"""A collar that stands lies around the neck: as wide as that, upright on it, and not above the chin.

Few garments have one, so that a warp lays it like a part of the trunk: wider than the neck, beside it or on
the jaw. Its picture and the neck in the photo tell more.
"""

import cv2
import numpy as np

from ml.anatomy import SHOULDERS, chin, middle, shoulder_width
from ml.labels import LABELS
from ml.scene import Scene

EASE = 0.1
"""How much wider than the neck a collar is."""
ROOM = 2.0
"""Up to where beside the middle of the neck it is looked for, in halves of its own width."""
NARROW = 0.25
"""Quantile of the widths of a neck, row by row, that is its width: further down it becomes shoulder."""
LEAST = 6
"""Rows and columns in which a neck and the foot of a collar must be seen."""
YOKE = 0.25
"""How far below its foot a garment is moved less and less with its collar, in widths of the shoulders."""
STEEPEST, SMOOTH = 0.7, 0.01
"""Up to which share of that the slope beside a neck may be bare, and over which width what is drawn up over
it changes (standard deviation of a blur), likewise."""
BESIDE_NECK = tuple(LABELS.index(name) for name in ("background", "hair"))


def around_neck(scene: Scene, mask: np.ndarray, collar: int, flow: np.ndarray) -> np.ndarray:
    """`flow`, float32 (H, W, 2) px of a garment's picture, with its collar around the neck of the photo.

    mask: bool (h, w), the garment in its picture; collar: the row above which it is a collar that stands.
    Where the photo does not show the neck from side to side, `flow` stays as it is.
    """
    neck, (left, right) = _neck(scene), _sides(mask[:collar])
    if neck is None or right - left < LEAST:
        return flow
    centre, half = (neck[0] + neck[1]) / 2, (neck[1] - neck[0]) / 2 * (1 + EASE)
    first, last = (
        round(float(np.clip(centre + side * ROOM * half, 0, flow.shape[1] - 1))) for side in (-1, 1)
    )
    columns = np.arange(first, last + 1)
    beside = np.abs(columns - centre) / half
    top = max(0, round(float(chin(scene.pose)[1])))
    base = _base(flow[top:, columns, 1] >= collar, columns, beside <= 1)
    if base is None:
        return flow
    base += top
    scale = (right - left) / (2 * half)
    height = collar - float(np.median(mask[:collar, round(left) : round(right)].argmax(axis=0)))
    # A neck that is shorter than the collar pushes it together.
    steep = max(scale, height / max(float(np.median(base)) - top, 1.0))
    end = min(len(flow), round(float(base.max()) + YOKE * shoulder_width(scene.pose)))
    rows = np.arange(end, dtype=np.float32)[:, None]
    above, here = base - rows, flow[:end, columns]
    across = (left + right) / 2 + scale * (columns - centre)
    laid = np.stack(np.broadcast_arrays(across, collar - steep * above), axis=-1)
    feet = here[base.round().astype(int).clip(0, end - 1), np.arange(len(columns))]
    moved = (np.stack([across, np.full(len(columns), collar)], axis=-1) - feet) * _falling(beside, 1, ROOM)
    fading = _falling(-above, 0, YOKE * shoulder_width(scene.pose))
    onto = (above > 0) & ((beside <= 1) | (here[..., 1] < collar))
    result = flow.copy()
    standing = result[: round(float(base.max())), :, 1]
    standing[standing < collar] = -len(mask)
    result[:end, columns] = np.where(onto[..., None], laid, here + fading * moved)
    for slope in (columns[columns < centre - half], columns[columns > centre + half]):
        _up_to_neck(scene, mask, top, slope, result)
    return result


def _up_to_neck(scene: Scene, mask: np.ndarray, top: int, columns: np.ndarray, flow: np.ndarray) -> None:
    """Draw the garment of a `flow` (H, W, 2), in place, up over the slopes from shoulder to neck, which are
    bare between a collar that has become narrower and a shoulder: below the row `top`, in `columns`, (w,).
    """
    unit = shoulder_width(scene.pose)
    end = min(len(flow), round(float(middle(scene.pose, SHOULDERS)[1] + YOKE * unit)))
    if not columns.size or end - top < LEAST:
        return
    part = np.ascontiguousarray(flow[top:end, columns[0] : columns[-1] + 1])
    labels = scene.labels[top:end, columns]
    seen = cv2.remap(np.float32(mask), part[..., 0], part[..., 1], cv2.INTER_LINEAR) > 0.5
    start, body = seen.argmax(axis=0), (~np.isin(labels, BESIDE_NECK)).argmax(axis=0)
    bare = seen.any(axis=0) & (body > 0)
    gap = np.where(bare, start - body, 0).clip(0, STEEPEST * YOKE * unit)
    gap = cv2.GaussianBlur(np.float32(gap)[None], (0, 0), SMOOTH * unit)
    rows, places = np.arange(end - top, dtype=np.float32)[:, None], np.arange(len(columns), dtype=np.float32)
    lower = rows + gap * _falling(rows - body, 0, YOKE * unit)[..., 0]
    flow[top:end, columns[0] : columns[-1] + 1] = cv2.remap(
        part, np.broadcast_to(places, lower.shape).copy(), np.float32(lower), cv2.INTER_LINEAR
    )


def _falling(values: np.ndarray, start: float, end: float) -> np.ndarray:
    """1 up to `start`, 0 from `end` on, with one more axis."""
    return ((end - values) / (end - start)).clip(0, 1)[..., None]


def _sides(collar: np.ndarray) -> tuple[float, float]:
    """First and last column of a bool (h, w) `collar`, as most of its rows have them; twice 0 for none."""
    lines = collar[collar.any(axis=1)]
    if not len(lines):
        return 0.0, 0.0
    return float(np.median(lines.argmax(axis=1))), float(
        np.median(lines.shape[1] - lines[:, ::-1].argmax(axis=1))
    )


def _neck(scene: Scene) -> tuple[float, float] | None:
    """First and last column of the neck where it is narrow; None where it is not seen from side to side."""
    top, foot = chin(scene.pose), middle(scene.pose, SHOULDERS)
    rows = np.arange(max(0, round(float(top[1]))), min(len(scene.labels), round(float(foot[1]))))
    if len(rows) < LEAST:
        return None
    axis = np.interp(rows, (top[1], foot[1]), (top[0], foot[0])).round().astype(int)
    labels, places = scene.labels[rows], np.arange(scene.labels.shape[1])
    other = labels != LABELS.index("skin")
    left = np.where(other & (places <= axis[:, None]), places, -1).max(axis=1)
    right = np.where(other & (places >= axis[:, None]), places, len(places)).min(axis=1)
    seen = (left >= 0) & (right < len(places)) & (right - left > LEAST)
    for side in (left, right):
        seen[seen] &= np.isin(labels[seen, side[seen]], BESIDE_NECK)
    if seen.sum() < LEAST:
        return None
    left, right = left[seen] + 1, right[seen] - 1
    narrow = right - left <= np.quantile(right - left, NARROW)
    return float(np.median(left[narrow])), float(np.median(right[narrow]))


def _base(front: np.ndarray, columns: np.ndarray, on_neck: np.ndarray) -> np.ndarray | None:
    """The row in each of the `columns`, (w,), from which a garment is no collar, its `front`, bool (H, w),
    along a line found in those that are `on_neck`, bool (w,); None if it is hardly seen.
    """
    seen = on_neck & front.any(axis=0)
    if seen.sum() < LEAST:
        return None
    ends = front[:, seen].argmax(axis=0)
    across, down, x, y = cv2.fitLine(
        np.float32(np.stack([columns[seen], ends], axis=1)), cv2.DIST_HUBER, 0, 0.01, 0.01
    )[:, 0]
    return y + (columns - x) * down / across if abs(across) > abs(down) else None
