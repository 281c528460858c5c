"""The parts of a person that are told apart, and which of them each pixel of a photo shows."""

from dataclasses import dataclass

import numpy as np

from ml.crops import PersonFrame

LABELS = ("background", "skin", "hair", "upper", "outer", "dress", "lower", "shoes", "bag")
PARSER_SIZE = (384, 288)
"""Height and width of the person frame the parser reads."""


@dataclass(frozen=True)
class ParseResult:
    """The parts of one person in a photo of H x W pixels.

    labels: (H, W) uint8, indices of LABELS; background outside the frame.
    probabilities: (9, 384, 288) float32, over the whole frame, summing to 1.
    frame: the way between photo and frame.
    entropy: (384, 288) float32, 0 where the parser is certain, 1 where it knows nothing.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    frame: PersonFrame
    entropy: np.ndarray
