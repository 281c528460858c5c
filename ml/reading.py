"""Kinds of garments, and what a garment's picture is read as: its kind, and where its corners are."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ml.features import CATEGORIES

KINDS = {
    "dress": "dresses",
    "longsleeve": "upper_body",
    "outwear": "upper_body",
    "pants": "lower_body",
    "shirt": "upper_body",
    "shorts": "lower_body",
    "skirt": "lower_body",
    "t-shirt": "upper_body",
}
"""Kinds of garments, and the category of each."""
KIND_NAMES = tuple(KINDS)
CATEGORY_OF_KIND = tuple(CATEGORIES.index(category) for category in KINDS.values())


@dataclass(frozen=True)
class GarmentReading:
    """kinds: (K,) float32 probabilities of KINDS; landmarks: (L, 2) float32 photo px of LANDMARKS;
    visibility: (L,) float32, how surely each is seen.
    """

    kinds: np.ndarray
    landmarks: np.ndarray
    visibility: np.ndarray

    @cached_property
    def kind(self) -> str:
        """The likeliest of KINDS."""
        return KIND_NAMES[int(self.kinds.argmax())]

    @cached_property
    def categories(self) -> dict[str, float]:
        """Probability of each of CATEGORIES."""
        sums = np.bincount(CATEGORY_OF_KIND, self.kinds, len(CATEGORIES))
        return dict(zip(CATEGORIES, map(float, sums), strict=True))
