"""The texture of a trunk is spread evenly over its width.

Where a person is turned a garment's picture shows too little of the side that comes to light. A warp draws out
the last columns of it, tenfold at times, and they are seen as streaks. All of a row lends a little instead.
"""

import cv2
import numpy as np

LEAST = 0.8
"""How much of a picture each pixel of a row shows at least, as a share of what it does in the mean: cloth that
turns away from the viewer looks narrower, not wider."""
PLACES = 64
"""Places across a row, and one of how many pixels down, at which this is looked at."""
COARSE = 4
ROUNDS = 6
"""Of a search that doubles its exactness, and more, with each."""


def spread(flow: np.ndarray, begin: np.ndarray, end: np.ndarray, even: float) -> np.ndarray:
    """From how many pixels further right the texture of each pixel comes, float32 (h, w), for no part of a
    row to be drawn out; both ends of a row stay.

    flow: float32 (h, w, 2); begin, end: (h,), first and last column of each row, the same where it is left
    alone; even: over how many rows that changes (standard deviation of a blur).
    """
    height, width = flow.shape[:2]
    rows = np.arange(0, height, COARSE)
    wide = (end - begin)[rows].astype(np.float32)
    share = np.linspace(0, 1, PLACES + 1, dtype=np.float32)
    places = begin[rows, None].astype(np.float32) + wide[:, None] * share
    found = cv2.remap(flow, places, np.repeat(np.float32(rows)[:, None], PLACES + 1, axis=1), cv2.INTER_LINEAR)
    across = found[:, -1] - found[:, 0]
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    shown = np.einsum("ijk,ik->ij", np.diff(found, axis=1), across).clip(0, None)
    moved = np.zeros_like(places)
    moved[:] = _levelled(shown) - share
    there = np.float32(wide > 0)[:, None]
    blur = (1, 0), 0.1
    moved = cv2.GaussianBlur(moved * there, *blur, sigmaY=even / COARSE)
    moved /= np.maximum(cv2.GaussianBlur(there, *blur, sigmaY=even / COARSE), 1e-3)
    columns, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None] / COARSE
    within = (columns - begin[:, None]) / np.maximum(end - begin, 1)[:, None]
    aside = cv2.remap(
        moved, np.float32(within.clip(0, 1) * PLACES), np.repeat(down, width, axis=1), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return aside * np.float32(end - begin)[:, None]


def _levelled(shown: np.ndarray) -> np.ndarray:
    """Places (r, n + 1) in 0..1 of a row from which its parts, one after another, are to be taken for each to
    show LEAST of the mean of all at least. shown: (r, n), how much each part shows.
    """
    parts = shown.shape[1]
    shown = shown + 1e-6
    least = LEAST * shown.mean(axis=1, keepdims=True)
    level = shown
    for _ in range(ROUNDS):
        low = level <= least
        free = np.where(low, 0, level)
        left = shown.sum(axis=1, keepdims=True) - least * low.sum(axis=1, keepdims=True)
        level = np.where(low, least, free * left / np.maximum(free.sum(axis=1, keepdims=True), 1e-9))
    ends = np.pad(np.cumsum(shown, axis=1), ((0, 0), (1, 0)))
    wanted = np.pad(np.cumsum(level, axis=1), ((0, 0), (1, 0)))
    share = np.linspace(0, 1, parts + 1)
    return np.stack([np.interp(to, given, share) for to, given in zip(wanted, ends, strict=True)])
