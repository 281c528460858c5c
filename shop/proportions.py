"""Intervals for shares of people, and for the difference of two such shares."""

from math import hypot, sqrt
from statistics import NormalDist
from typing import NamedTuple

Z = NormalDist().inv_cdf(0.975)
"""For intervals of 95 %."""


class Estimate(NamedTuple):
    """A value with the interval that holds the true one in 95 of 100 cases: `low <= value <= high`."""

    value: float
    low: float
    high: float


def proportion(successes: int, trials: int) -> Estimate:
    """The share of successes, 0 to 1, with Wilson's score interval (1927), which holds for small counts too.

    Raises ValueError unless `0 <= successes <= trials` and there is a trial.
    """
    if not 0 <= successes <= trials or not trials:
        raise ValueError(f"{successes} of {trials} is no share.")
    share = successes / trials
    centre = share + Z**2 / (2 * trials)
    half = Z * sqrt(share * (1 - share) / trials + (Z / (2 * trials)) ** 2)
    scale = 1 + Z**2 / trials
    # Rounding must not push an end past 0, 1 or the share itself.
    return Estimate(
        share, max(0.0, min(share, (centre - half) / scale)), min(1.0, max(share, (centre + half) / scale))
    )


def difference(first: Estimate, second: Estimate) -> Estimate:
    """`first - second` of two independent shares, -1 to 1, with Newcombe's interval (1998, method 10)."""
    value = first.value - second.value
    below = hypot(first.value - first.low, second.high - second.value)
    above = hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, value - below, value + above)
