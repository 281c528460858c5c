"""How long the sleeves of a garment are, by the outline in its picture."""

import numpy as np

from ml.garmentparts import Trunk
from ml.groups import LONG, SLEEVES

LONG_SLEEVE = 1.1
"""Length of a sleeve from which it is long, as a multiple of the trunk's width: between those of home photos
of shirts with short sleeves (half of them 0.36 to 0.54) and with long ones (1.05 to 1.52)."""
LEAST = 0.002
"""Share of the garment from which what is beside its trunk is a sleeve."""
NONE, SHORT = (name for _, name in SLEEVES)


def sleeves_of_picture(mask: np.ndarray) -> str:
    """ "sleeveless", "short" or "long": the longer sleeve of the garment `mask`, bool (h, w), not empty,
    since the other may be folded.
    """
    trunk, top = Trunk.of(mask), int(mask.any(axis=1).argmax())
    width = float(np.median((trunk.right - trunk.left)[top : trunk.hem + 1]))
    columns, longest = np.arange(mask.shape[1]), 0.0
    for side, way in ((trunk.left, -1), (trunk.right, 1)):
        corner = int(np.clip(round(float(side[top])), 0, mask.shape[1] - 1))
        places = np.argwhere(trunk.sleeves & (way * columns > way * corner))
        if len(places) > LEAST * mask.sum():
            away = places - (mask[:, corner].argmax(), corner)
            longest = max(longest, float(np.linalg.norm(away, axis=1).max()))
    return NONE if not longest else SHORT if longest < LONG_SLEEVE * width else LONG
