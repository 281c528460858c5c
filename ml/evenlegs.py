"""The texture of trousers and skirts is spread evenly over the width of each leg.

A warp that finds a leg wider than that of the picture stretches what is near the outer seam alone, threefold
and more, and the weave is seen as streaks there.
"""

import cv2
import numpy as np

from ml.anatomy import HIPS, KNEES, middle
from ml.flatgarment import FlatGarment
from ml.scene import Scene
from ml.sides import trunk_axis

THIGH = 0.25
"""From where on it is spread all evenly, as a share of the way from the hips to the knees: above are pockets
and a fly."""
STEADY = 0.02
"""Over which height that changes (standard deviation of a blur), as a share of the photo's height."""


def spread_evenly(scene: Scene, garment: FlatGarment, flow: np.ndarray, share: np.ndarray) -> np.ndarray:
    """`flow`, float32 (H, W, 2) px of the picture of a lower `garment`, linear from side to side of each leg.

    share: float32 (H, W) in 0..1, of `garment_share`. The sides of legs, and of a skirt its middle, stay.
    """
    hips, knees = (float(middle(scene.pose, pair)[1]) for pair in (HIPS, KNEES))
    below = slice(max(round(hips), 0), None)
    places, rows = flow[below], np.arange(len(flow), dtype=np.float32)[below, None]
    if not places.size or garment.gap is None:
        return flow
    seen = (share[below] > 0.5) & (_at(garment.outline, places) > 0.5)
    axis, across, aside = trunk_axis(scene)[below], places[..., 0], np.zeros(seen.shape, np.float32)
    for way in (1, -1):
        from_axis = axis if way == 1 else seen.shape[1] - 1 - axis
        aside[:, ::way] += _aside(seen[:, ::way], across[:, ::way], from_axis)
    moved = places.copy()
    moved[..., 0] += aside
    # Between two legs that touch, a warp may leap over the gap of the picture.
    aside[((_at(garment.gap, moved) > 0.5) & seen).any(axis=1)] = 0
    aside *= ((rows - hips) / max(THIGH * (knees - hips), 1)).clip(0, 1)
    aside = cv2.GaussianBlur(aside, (1, 0), 0.1, sigmaY=STEADY * len(flow), borderType=cv2.BORDER_REPLICATE)
    result = flow.copy()
    result[below][..., 0] += aside
    return result


def _at(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    return cv2.remap(picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR)


def _aside(seen: np.ndarray, across: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """How much is added to `across`, float32 (h, w), to make it linear on the right leg: float32 (h, w).

    seen: bool (h, w), both legs; axis: (h,), column from which the right one is looked for.
    """
    rows, columns = np.arange(len(seen)), np.arange(seen.shape[1])
    right = seen & (columns >= axis[:, None])
    side = np.where(right, columns, -1).max(axis=1)
    inner = np.where(~right & (columns < side[:, None]), columns, -1).max(axis=1) + 1
    start, end = across[rows, inner.clip(0, seen.shape[1] - 1)], across[rows, side]
    share = (columns - inner[:, None]) / np.maximum(side - inner, 1)[:, None]
    within = right & (share >= 0)
    even = start[:, None] + share * (end - start)[:, None]
    return np.where(within, even - across, 0).astype(np.float32)
