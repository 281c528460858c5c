"""Lines through places most of which are right, and steady ones."""

import cv2
import numpy as np

OUTLIER = 0.005
"""How far off its line a place of a hem is half believed, as a share of the photo's height."""
ROUNDS = 10
"""Rounds of reweighting until a line does not follow the places that are off it."""
LEAST = 12
"""Columns in which a hem must be seen for a line."""


def gentle_line(columns: np.ndarray, rows: np.ndarray, outlier: float) -> np.polynomial.Polynomial | None:
    """The parabola through most of the points (N,), whatever the others do; None for too few points.

    outlier: how far off, in pixels, a point is half believed (weights of Cauchy's likelihood).
    """
    if len(columns) < LEAST:
        return None
    trust = np.ones(len(columns))
    for _ in range(ROUNDS):
        line = np.polynomial.Polynomial.fit(columns, rows, 2, w=np.sqrt(trust))
        trust = 1 / (1 + ((rows - line(columns)) / outlier) ** 2)
    return line


def steady(line: np.ndarray, sigma: float) -> np.ndarray:
    """A line (n,) averaged by a Gaussian, `sigma` places its standard deviation, as if level beyond its ends:
    float32.
    """
    column = np.float32(line)[:, None]
    return cv2.GaussianBlur(column, (1, 0), 0.1, sigmaY=sigma, borderType=cv2.BORDER_REPLICATE)[:, 0]
