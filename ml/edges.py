"""Third look at the parser's labels: where exactly skin and hair end beside clothing, by their colours.

A network of a few hundred pixels places an edge some photo pixels beside itself, and a rim of the old skirt
stays on the hand before it. On the line between the colours of two neighbours each pixel tells how much it
shows of either (the compositing equation of Porter and Duff, 1984, solved for alpha).
"""

import cv2
import numpy as np

from ml.inpaint import carried_on
from ml.labels import LABELS
from ml.morphology import bounding_box, dilate

BARE = tuple(LABELS.index(name) for name in ("skin", "hair"))
CLOTHES = tuple(LABELS.index(name) for name in ("upper", "outer", "dress", "lower"))
BAND = 0.008
"""How far an edge may be from its place, as a share of the photo's height."""
CONTRAST = 40.0
"""Least difference of two neighbours' colours (length in RGB steps) that tells them apart."""
SPREADS = 1.5
"""By how many standard deviations of their own colours two neighbours must differ at least."""
ALIKE = 0.5
"""How far a pixel may be from the nearer of their colours, as a share of their difference."""
SUM = np.ones((1, 3), np.float32)
SOFT = 1.0
"""Pixels over which an edge is averaged (standard deviation)."""


def drawn_to_edges(photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """`labels`, uint8 (H, W), of an RGB uint8 (H, W, 3) photo, with skin and hair beside clothing up to where
    their colours end.
    """
    result, band = labels.copy(), BAND * len(labels)
    for label in BARE:
        bare, cloth = result == label, np.isin(result, CLOTHES)
        between = dilate(bare, band) & dilate(cloth, band) & (bare | cloth)
        if not between.any():
            continue
        box = bounding_box(between, round(2 * band))
        part, between, bare, cloth = result[box], between[box], bare[box], cloth[box]
        share = _share_of(photo[box].astype(np.float32), dilate(bare, -band), dilate(cloth, -band))
        lost = between & bare & (share < 0.5)
        part[lost] = nearest_of(part, cloth)[lost]
        part[between & cloth & (share > 0.5)] = label
    return result


def share_of_wall(photo: np.ndarray, wall: np.ndarray, other: np.ndarray, height: int) -> np.ndarray:
    """How much of each pixel of a part of a photo, RGB uint8 (h, w, 3), is the `wall` and not the `other`,
    bool (h, w) each: float32 (h, w), nan where it cannot be told. height: of the whole photo.
    """
    ours, theirs = dilate(wall, -BAND * height), dilate(other, -BAND * height)
    if not ours.any() or not theirs.any():
        return np.full(wall.shape, np.nan, np.float32)
    return _share_of(photo.astype(np.float32), ours, theirs)


def _share_of(colours: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """How much of each pixel of `colours`, float32 (H, W, 3), is `ours` and not `theirs`, bool (H, W) each:
    float32 (H, W), nan where it cannot be told.
    """
    (our, our_spread), (their, their_spread) = (_model(colours, part) for part in (ours, theirs))
    apart = our - their
    length = np.maximum(_summed(apart**2), 1)
    share = cv2.GaussianBlur(_summed((colours - their) * apart) / length, (0, 0), SOFT)
    clear = np.sqrt(length) > np.maximum(CONTRAST, SPREADS * (our_spread + their_spread))
    # A bit of wall between a hand and a skirt has the colour of neither.
    nearer = np.minimum(_summed((colours - our) ** 2), _summed((colours - their) ** 2))
    return np.where(clear & (nearer < ALIKE**2 * length), share, np.nan)


def _model(colours: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean colour (H, W, 3) of the bool `part` (H, W) nearby, and its standard deviation (H, W)."""
    squares = _summed(colours**2)[..., None]
    nearby = carried_on(np.concatenate([colours, squares], axis=2), part)
    mean = nearby[..., :3]
    return mean, np.sqrt(np.maximum(nearby[..., 3] - _summed(mean**2), 0))


def _summed(colours: np.ndarray) -> np.ndarray:
    """The sum of the channels of `colours`, float32 (H, W, 3): float32 (H, W)."""
    return cv2.transform(colours, SUM)


def nearest_of(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """At each pixel the nearest of `values`, (H, W) or (H, W, C), that are `known`, bool (H, W)."""
    _, nearest = cv2.distanceTransformWithLabels(
        np.uint8(~known), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    found = np.zeros((nearest.max() + 1, *values.shape[2:]), values.dtype)
    found[nearest[known]] = values[known]
    return found[nearest]
