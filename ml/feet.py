"""Where clothing and shoes meet: what the parser mixes up at the ankles, and what a hem covers of shoes."""

import cv2
import numpy as np

from ml.anatomy import ANKLES
from ml.edges import nearest_of
from ml.labels import LABELS
from ml.morphology import bounding_box, dilate
from ml.pose import Pose

SKIN, SHOES = LABELS.index("skin"), LABELS.index("shoes")
GARMENTS = tuple(LABELS.index(name) for name in ("upper", "outer", "dress", "lower"))
SCRAP = 0.1
"""Size of a part of a garment that may be none, as a share of the garment's largest."""
BESIDE = 0.03
"""How far from shoes straps and the gap between the feet may be, as a share of the photo's height."""
HEM = 0.01
"""How far from a garment its hem may be taken for the shoe below it, likewise."""
CLEARLY = 1.3
"""How many times further from the colours of shoes and skin than from a garment's that of its hem is: shoes
have shadows."""
UNLIKE = 3.0
"""How far from the colour of shoes, in spreads of it, what touches a garment is its rim or its shadow."""
FAR = 40.0
"""Least distance of their colours, in steps of 8-bit CIELAB: black shoes and black trousers tell nothing."""
RIM = 0.002
"""How wide its colour lies on what is beside it, as a share of the photo's height."""
FLOOR = np.array([10.0, 4.0, 4.0], np.float32)
"""Least spread of colours in CIELAB units."""
LOW = 0.04
"""How far above an ankle a shoe ends that trousers hang over, likewise: boots go higher."""
EDGE = 0.005
"""How far around a hem the shoe below it shows its softness, likewise."""


def with_feet(photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """`labels`, uint8 (H, W), of an RGB uint8 (H, W, 3) photo, with feet and hems told apart.

    A bright strap of a sandal has the colours of a bright dress: scraps of clothing at the shoes, wholly
    below the garment that they would be of, are what is beside them. A hem that hangs on a shoe is called
    shoe and would stay when its garment goes: what has clearly the garment's colour goes with it.
    """
    shoes = labels == SHOES
    if not shoes.any():
        return labels
    result = labels.copy()
    box = bounding_box(shoes, round(2 * BESIDE * len(labels)))
    result[box] = without_strap_scraps(labels, box)
    result[box] = _with_hems(photo[box], result[box], len(labels))
    return result


def without_strap_scraps(labels: np.ndarray, box: tuple[slice, slice]) -> np.ndarray:
    """What of `labels`, uint8 (H, W), is in the `box` around the shoes, without scraps of clothing there."""
    part = labels[box]
    near, scraps = dilate(part == SHOES, BESIDE * len(labels)), np.zeros(part.shape, bool)
    for garment in np.intersect1d(part[near], GARMENTS):
        _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(labels == garment))
        areas, tops = stats[1:, cv2.CC_STAT_AREA], stats[1:, cv2.CC_STAT_TOP]
        small = areas < SCRAP * areas.max()
        end = (tops + stats[1:, cv2.CC_STAT_HEIGHT])[~small].max()
        low = np.concatenate([[False], small & (tops > end)])
        low[np.setdiff1d(np.arange(len(low)), parts[box][near])] = False
        scraps |= low[parts[box]]
    return np.where(scraps, nearest_of(part, ~scraps), part) if scraps.any() else part


def _with_hems(photo: np.ndarray, labels: np.ndarray, height: int) -> np.ndarray:
    """`labels` around the shoes with hems on these given to their garment; height: of the whole photo."""
    worn, shoes, reach = np.isin(labels, GARMENTS), labels == SHOES, HEM * height
    hem = shoes & dilate(worn, reach)
    if not hem.any():
        return labels
    colours = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    cloth, shoe = worn & dilate(hem, reach), shoes & ~hem
    if not shoe.any() or np.linalg.norm(np.subtract(*_medians(colours, cloth, shoe))) < FAR:
        return labels
    off = [_misfit(colours[hem], colours[part]) for part in (cloth, shoe, labels == SKIN)]
    clearly = np.zeros(labels.shape, bool)
    clearly[hem] = CLEARLY * off[0] < np.minimum(off[1], off[2])
    clearly[hem] |= (off[1] > UNLIKE) & dilate(worn, RIM * height)[hem]
    _, parts = cv2.connectedComponents(np.uint8(clearly | worn))
    clearly &= np.isin(parts, np.unique(parts[worn]))
    rim = dilate(clearly, RIM * height)
    # Its edge is a line: no specks of a shoe stay within it.
    gone = cv2.GaussianBlur(np.float32(worn | (hem & rim)), (0, 0), RIM * height) > 0.5
    return np.where(hem & gone & dilate(rim, RIM * height), nearest_of(labels, worn), labels)


def _medians(colours: np.ndarray, *parts: np.ndarray) -> list[np.ndarray]:
    return [np.median(colours[part], axis=0) for part in parts]


def _misfit(colours: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """How far off CIELAB `colours`, float32 (N, 3), are from `examples`, (M, 3), in spreads: (N,)."""
    if not len(examples):
        return np.full(len(colours), np.inf, np.float32)
    median = np.median(examples, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(examples - median), axis=0), FLOOR)
    return np.linalg.norm((colours - median) / spread, axis=1)


def under_hem(shoes: np.ndarray, pose: Pose, alpha: np.ndarray) -> np.ndarray:
    """What of low `shoes`, bool (H, W), a garment lies on or ends on: bool (H, W). alpha: float32 (H, W).

    Wide trousers and long skirts hang over shoes. Legs of trousers may be tucked into boots.
    """
    covered, ankle = np.zeros(shoes.shape, bool), pose.keypoints[list(ANKLES), 1].min()
    if shoes.any():
        box = bounding_box(shoes, round(2 * EDGE * len(shoes)))
        if np.flatnonzero(shoes[box].any(axis=1))[0] + box[0].start >= ankle - LOW * len(shoes):
            covered[box] = shoes[box] & dilate(alpha[box] > 0.5, EDGE * len(shoes))
    return covered
