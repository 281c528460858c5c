"""At its armpits a garment in its picture is drawn together.

A sleeve that hangs down there throws folds that start at the armpit, and hides some of the cloth. On somebody
they come to lie on the chest, where they look like smears and swirls of the print. The cloth beside them goes
on instead, that of the trunk and that of the sleeve, and both meet in a clean seam.
"""

import cv2
import numpy as np

from ml.garmentparts import Trunk
from ml.morphology import bounding_box

FOLD = 0.05
"""How far to both sides of the seam such folds lie, in widths of the trunk."""
DRAWN = 4.0
"""From how far beside it cloth is drawn out over them, in widths of what they cover: it is half as dense at
the seam."""
ABOVE, BELOW = 0.3, 0.12
"""How far above and below an armpit they come to an end, in widths of the trunk."""


def without_folds(cloth: np.ndarray, core: np.ndarray, trunk: Trunk) -> tuple[np.ndarray, np.ndarray]:
    """`cloth`, RGB uint8 (h, w, 3), of a top without the folds at its armpits, and where its colours are the
    garment's then, bool (h, w).

    core: where they are, likewise; trunk: of the same picture.
    """
    width = float(np.median(trunk.right - trunk.left))
    colours, known, reach = cloth.copy(), core.copy(), DRAWN * FOLD * width
    for seam, way in ((trunk.left, -1), (trunk.right, 1)):
        near = slice(max(int(seam.min() - reach), 0), int(seam.max() + reach) + 1)
        columns = np.arange(core.shape[1], dtype=np.float32)[near]
        outwards = way * (columns - seam[:, None])
        armpit = _armpit(core[:, near], trunk.sleeves[:, near], outwards, FOLD * width)
        if armpit is None:
            continue
        rows = np.arange(len(core), dtype=np.float32)
        high = (rows - armpit) / (np.where(rows < armpit, ABOVE, BELOW) * width)
        box = bounding_box((np.abs(high) < 1)[:, None])[0], near
        high, outwards = high[box[0]], outwards[box[0]]
        covered = (
            FOLD * width * (1 - high[:, None] ** 2) ** 2 * (1 - np.abs(outwards) / reach).clip(0, 1) ** 2
        )
        places = np.float32(columns + way * np.where(outwards > 0, covered, -covered))
        down = np.repeat(rows[box[0], None], len(columns), axis=1)
        whole = cv2.remap(np.uint8(core) * np.uint8(255), places, down, cv2.INTER_LINEAR)
        colours[box], known[box] = cv2.remap(cloth, places, down, cv2.INTER_CUBIC), whole == 255
    return colours, known


def _armpit(core: np.ndarray, sleeves: np.ndarray, outwards: np.ndarray, reach: float) -> int | None:
    """The first row in which the garment ends below a sleeve at most `reach` pixels beside its trunk; None if
    there is none.

    core, sleeves: bool (h, w), where the garment and its sleeves are; outwards: float32 (h, w), pixels from
    the side of the trunk.
    """
    beside = (outwards > 0) & (outwards <= reach)
    below = beside & ~core & np.logical_or.accumulate(core & beside)
    rows = np.flatnonzero(below.any(axis=1))
    return int(rows[0]) if rows.size and (sleeves & (outwards > 0)).any() else None
