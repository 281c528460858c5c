"""Names of the corners of a flat garment that the networks know. "Left" is the wearer's own left."""

import math
from collections.abc import Mapping, Sequence

_PAIRED = ("collar", "shoulder", "armpit", "cuff_outer", "cuff_inner", "waist", "hem_outer", "hem_inner")
LANDMARKS = (
    "front_neck",
    "crotch",
    *(f"{side}_{corner}" for corner in _PAIRED for side in ("left", "right")),
)
"""A waist belongs to lower garments, an inner hem to the legs of trousers."""

MIRRORED = tuple(index if index < 2 else index ^ 1 for index in range(len(LANDMARKS)))
"""Indices into LANDMARKS after a horizontal mirror: left and right change places."""

LEAST_TURN = math.radians(2)
"""Below it a garment lies upright: nobody puts corners more exactly."""


def turn_of(corners: Mapping[str, Sequence[float]]) -> float:
    """By how many radians, clockwise as one sees it, a garment lies turned in its picture.

    corners: x and y by name. On an upright garment each left corner is beside its right one, at the right
    hand of who looks at it; the direction is the mean over the pairs that are there, each by its length. 0
    without any.
    """
    pairs = (("left_" + name, "right_" + name) for name in _PAIRED)
    found = [(corners[left], corners[right]) for left, right in pairs if left in corners and right in corners]
    ways = [(left[0] - right[0], left[1] - right[1]) for left, right in found]
    turn = math.atan2(sum(y for _, y in ways), sum(x for x, _ in ways)) if ways else 0.0
    return turn if abs(turn) >= LEAST_TURN else 0.0
