"""Outlines and curves. Points are (N, 2) float64 arrays of x, y in picture pixels, x right, y down."""

from collections.abc import Iterable, Sequence

import numba
import numpy as np
from scipy.interpolate import CubicSpline

CENTRE = 512.0
"""The vertical axis about which a garment is mirrored."""

Point = tuple[float, float]


def curve(points: Iterable[Point | np.ndarray], step: float = 3.0) -> np.ndarray:
    """A smooth curve through `points`, sampled about every `step` pixels, both ends included."""
    knots = np.asarray(list(points), float)
    chord = np.linalg.norm(np.diff(knots, axis=0), axis=1)
    at = np.r_[0, np.cumsum(np.sqrt(np.maximum(chord, 1e-6)))]
    count = max(2, int(chord.sum() / step) + 1)
    if len(knots) == 2:
        return knots[0] + np.linspace(0, 1, count)[:, None] * (knots[1] - knots[0])
    return CubicSpline(at, knots, bc_type="natural")(np.linspace(0, at[-1], count))


def outline(*runs: Sequence[Point]) -> np.ndarray:
    """A closed outline of smooth runs; where one run ends and the next begins is a corner."""
    return np.concatenate([curve(run) for run in runs])


def flip(points: Iterable[Point] | np.ndarray) -> np.ndarray:
    """Mirror about the centre line and reverse, so that a flipped half continues the other half."""
    out = np.array(list(points), float)[::-1]
    out[:, 0] = 2 * CENTRE - out[:, 0]
    return out


def mirrored(*runs: Sequence[Point]) -> np.ndarray:
    """Close a half outline, given from the top centre to the bottom centre, with its mirror image."""
    half = outline(*runs)
    return np.concatenate([half, flip(half)])


def offset(points: np.ndarray, distance: float) -> np.ndarray:
    """Move a curve sideways: positive is to the left of the way it runs (up, if it runs to the right)."""
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    return points + distance * np.c_[along[:, 1], -along[:, 0]]


def band(spine: np.ndarray, start: float, end: float | None = None) -> np.ndarray:
    """The closed outline of a band around a curve, of half-width `start` that may change to `end`."""
    width = np.linspace(start, start if end is None else end, len(spine))[:, None]
    return np.concatenate(
        [spine + (offset(spine, 1) - spine) * width, (spine + (offset(spine, -1) - spine) * width)[::-1]]
    )


def between(points: np.ndarray, start: float, end: float) -> np.ndarray:
    """The part of a curve between two fractions (0..1) of its points."""
    count = len(points) - 1
    return points[int(start * count) : int(end * count) + 1]


@numba.njit(cache=True)
def _coordinates(
    path: np.ndarray, left: float, top: float, scale: float, across: np.ndarray, along: np.ndarray
) -> None:
    last = path.shape[0] - 2
    for row in range(across.shape[0]):
        y = top + (row + 0.5) / scale
        for column in range(across.shape[1]):
            x = left + (column + 0.5) / scale
            nearest, travelled = 1e18, 0.0
            for k in range(last + 1):
                ax, ay = path[k]
                ex, ey = path[k + 1, 0] - ax, path[k + 1, 1] - ay
                length = (ex * ex + ey * ey) ** 0.5
                t = ((x - ax) * ex + (y - ay) * ey) / (length * length + 1e-12)
                held = min(1.0, max(0.0, t))
                distance = (x - ax - held * ex) ** 2 + (y - ay - held * ey) ** 2
                if distance < nearest:
                    nearest = distance
                    if (k == 0 and t < 0) or (k == last and t > 1):
                        held = t
                    side = (ey * (x - ax) - ex * (y - ay)) / (length + 1e-12)
                    straight = (k == 0 and t < 0) or (k == last and t > 1)
                    across[row, column] = side if straight else np.sign(side) * distance**0.5
                    along[row, column] = travelled + held * length
                travelled += length


def coordinates(
    path: np.ndarray, box: tuple[int, int, int, int], scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Position of every pixel of `box` relative to a curve.

    `box` is (left, top, right, bottom) in picture pixels, `scale` samples per pixel. Returns two float32
    arrays (H, W): signed distance from the curve (positive to the left of the way it runs, as in `offset`)
    and arc length along it. Beyond its ends the curve goes on straight.
    """
    left, top, right, bottom = box
    shape = (int((bottom - top) * scale), int((right - left) * scale))
    across, along = np.empty(shape, np.float32), np.empty(shape, np.float32)
    _coordinates(np.ascontiguousarray(path, np.float64), left, top, scale, across, along)
    return across, along
