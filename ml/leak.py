"""How much of the old garment is still to be seen where the new one does not cover it."""

import numpy as np

from ml.colour import ciede2000, lab, nearest_difference, palette
from ml.compose import ERASE_MARGIN
from ml.morphology import dilate
from ml.scene import Scene, old_garment

FAR = 20.0
"""CIEDE2000 at which two colours are not taken for each other."""
LIKE = 8.0
"""CIEDE2000 up to which a pixel has a colour of the old garment; the rest of FAR is for shade."""
NEARBY = 0.12
"""How far around the old garment the backdrop is looked at, as a share of the photo's height."""
UNCOVERED = 0.1
"""Alpha up to which the new garment does not cover a pixel."""
LEAST = 100
"""Pixels of the old garment and of the edit region that are needed."""


def leak(
    scene: Scene, category: str, new: np.ndarray, image: np.ndarray, alpha: np.ndarray, mask: np.ndarray
) -> float | None:
    """Share of the edit region in which the old garment shines through; None for a pair that cannot tell.

    A pixel leaks when it is in the edit region `mask`, bool (H, W), not covered by the new garment (`alpha`,
    float32 (H, W)), was old garment in the photo (by its label, or by its colour beside that), and has one of
    the old garment's colours in `image`, RGB uint8 (H, W, 3). Counted are only those old colours that differ
    by FAR from all that may rightly be there: the colours of `new`, CIELAB (N, 3), of the shopper's skin, of
    clothes that stay, and of the backdrop near by. Only cross-colour pairs can tell: those whose old garment
    has such a colour for its main one.
    """
    old = old_garment(scene, category)
    inner = dilate(old, -ERASE_MARGIN / 2 * len(old))
    if inner.sum() < LEAST or mask.sum() < LEAST:
        return None
    photo = lab(scene.photo)
    near = dilate(old, NEARBY * len(old))
    kept = scene.of("upper", "outer", "dress", "lower", "shoes", "bag") & ~old
    others = [photo[part] for part in (scene.of("skin"), kept & near, scene.of("background") & near)]
    rightful = np.concatenate([palette(part) for part in (*others, new)])
    colours = palette(photo[inner])
    telling = colours[nearest_difference(colours, rightful) > FAR]
    if not len(telling) or ciede2000(telling[0], colours[0]) > 0:
        return None
    place = mask & (alpha < UNCOVERED)
    was_old = old[place] | (nearest_difference(photo[place], telling) < LIKE)
    leaks = was_old & (nearest_difference(lab(image[place]), telling) < LIKE)
    return float(leaks.sum() / mask.sum())
