"""The lower end of a dress, a skirt or trousers is that of its picture: a hem with corners, and its flare.

A layout is unsure where a garment ends, most at the corners of a hem, and its outline is round there. The
flow knows the place better: it is continued straight on down to the hem, and the picture's outline decides.
"""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np

from ml.compose import Scene, arm_pixels
from ml.flatgarment import FlatGarment
from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.layout import GARMENT
from ml.regions import bounding_box, dilate, shoulder_width
from ml.shortcuffs import linear_fit

SEEN = 0.5
"""From which height of a garment in its picture on, 0 its top and 1 its hem, its lower end is looked at."""
MOVED, OUTLINED = (0.5, 0.75), (0.5, 0.75)
"""From where on it lies like its end, and from where on just as that; and likewise of its outline."""
SURE = 0.9
"""Probability in a layout from which a flow is believed."""
REACH = 0.5
"""How far beside the garment of a layout its own outline may lie, in widths of the shoulders."""
OUTLIER = 0.01
"""How far off a flow is half believed, as a share of the garment's height."""
BENT = 0.02
"""How far off it is, likewise, in the median where a garment is bent too much to go straight on."""
COARSE = 4
"""One of so many pixels, along a side, tells how a garment lies."""
LEAST = 100
"""Such pixels of an end that are needed."""


@dataclass(frozen=True)
class _Picture:
    """top, height: rows of the garment in its picture; parting: column between its two legs, if it shows
    two.
    """

    top: int
    height: int
    parting: int | None

    @classmethod
    def of(cls, garment: FlatGarment) -> Self:
        rows = np.flatnonzero((garment.outline > 0.5).any(axis=1))
        top, height = int(rows[0]), int(np.ptp(rows)) + 1
        parting = None
        if garment.gap is not None:
            columns = np.nonzero(garment.gap[top + round(MOVED[0] * height) :])[1]
            parting = int(np.median(columns)) if len(columns) else None
        return cls(top, height, parting)

    def down(self, row: np.ndarray) -> np.ndarray:
        """Rows of the picture as heights of the garment, 0 its top and 1 its hem."""
        return (row - self.top) / np.float32(self.height)


def with_straight_end(
    scene: Scene, category: str, garment: FlatGarment, flow: np.ndarray, layout: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`flow`, float32 (H, W, 2), that goes straight on at the lower end of a garment, and where the outline
    of its picture decides there, float32 (H, W) in 0..1.

    layout: float32 (H, W, 4). Each leg of trousers has an end of its own.
    """
    own, result = np.zeros(flow.shape[:2], np.float32), flow.copy()
    if category == "upper_body" or not garment.outline.any():
        return flow, own
    picture = _Picture.of(garment)
    near = dilate(layout[..., GARMENT] > 0.5, REACH * shoulder_width(scene.pose))
    near &= ~np.logical_or(*arm_pixels(scene, category))
    sure = (layout[..., GARMENT] > SURE) & near
    if picture.parting is None:
        _lay(result, own, near, sure, picture, (-np.inf, np.inf))
        return result, own
    left = flow[..., 0] < picture.parting
    for side, ends in ((left, (-np.inf, picture.parting - 1)), (~left, (picture.parting, np.inf))):
        _lay(result, own, near & side, sure & side, picture, ends)
    return result, own


def with_own_outline(
    layer: GarmentLayer, outline: np.ndarray, flow: np.ndarray, own: np.ndarray
) -> GarmentLayer:
    """`layer` whose outline goes over, where `own`, float32 (H, W) in 0..1, of `with_straight_end`, grows, into
    that of its picture, `outline`, float32 (h, w), laid by `flow`, float32 (H, W, 2).

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
    """Pixels from each place in the bool `garment` (H, W) to its edge, less than 0 outside: float32 (H, W)."""
    inside, outside = (cv2.distanceTransform(np.uint8(part), cv2.DIST_L2, 3) for part in (garment, ~garment))
    return inside - outside


def _lay(
    flow: np.ndarray,
    own: np.ndarray,
    near: np.ndarray,
    sure: np.ndarray,
    picture: _Picture,
    columns: tuple[float, float],
) -> None:
    """Lay one end straight where it is `near`, bool (H, W), in place, as it lies where it is `sure`.

    columns: of the picture, between which this end is.
    """
    coarse, known = flow[::COARSE, ::COARSE], sure[::COARSE, ::COARSE]
    height = picture.down(coarse[..., 1])
    y, x = np.nonzero(known & (height > SEEN) & (height < 1))
    if len(y) < LEAST:
        return
    told, size = coarse[y, x], picture.height
    fitted = np.float32(linear_fit(y * COARSE, x * COARSE, told, OUTLIER * size))
    off = told - np.stack([np.ones_like(x), y * COARSE, x * COARSE], axis=1) @ fitted
    if np.median(np.abs(off).max(axis=1)) > BENT * size:
        return
    rows = slice(int(y.min()) * COARSE, None)
    y, x = np.nonzero(near[rows])
    y += rows.start
    laid = fitted[0] + y[:, None].astype(np.float32) * fitted[1] + x[:, None].astype(np.float32) * fitted[2]
    laid[:, 0] = laid[:, 0].clip(*columns)
    share, own[y, x] = (
        ((picture.down(laid[:, 1]) - begin) / (full - begin)).clip(0, 1) for begin, full in (MOVED, OUTLINED)
    )
    flow[y, x] += share[:, None] * (laid - flow[y, x])
