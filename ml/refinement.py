"""Second look at the parser's doubts: is a contested pixel bare skin or cloth? Its colour often tells.

The network sees a person at a few hundred pixels and has never seen this one. Where it wavers between skin
and a garment, the colours of the skin and the cloth that it is sure of decide.
"""

import cv2
import numpy as np

from ml.anatomy import SHOULDERS
from ml.edges import nearest_of, share_of_wall
from ml.labels import LABELS, ParseResult
from ml.morphology import bounding_box, dilate
from ml.pose import Pose

SKIN, HAIR = (LABELS.index(name) for name in ("skin", "hair"))
GARMENTS = tuple(LABELS.index(name) for name in ("upper", "outer", "dress", "lower"))
TOPS = tuple(LABELS.index(name) for name in ("upper", "outer", "dress"))
LOWER = LABELS.index("lower")
BAG = LABELS.index("bag")
LEAST_BAG = 0.02
"""Smallest bag as a share of the person: a clutch."""
SPUR = 0.008
"""Half the width of a part of a lower garment that may be none, as a share of the photo's height."""
SCRAP = 0.1
"""Size of a part of a garment that may be none, as a share of the garment's largest."""
LOCK = 0.05
"""Size of a part of the hair that may be none, as a share of the largest: a lock on a shoulder is larger."""
SURE, DOUBTFUL = 0.85, 0.02
"""Probability from which a pixel is taken as an example, and up to which the network does not waver at
all.
"""
STEPS = 0.002
"""Size of the steps in the parser's edges (standard deviation of the blur that takes them), as a share of the
photo's height.
"""
SKIN_SHARE = 0.75
"""How much of what is around a pixel of skin is skin, too: at its very edge it has the colour or the shadow
of the cloth, and goes where that goes.
"""
SILHOUETTE, MISSED = 0.7, 0.02
"""Where the pose's silhouette is believed, and how far from a label, as a share of the photo's height."""
TOP_RIM = 0.004
"""How wide the soft edge of a top may be, likewise."""
WAIST_END = 0.015
"""How far from a lower garment and from the bare waist above it their end may be taken for the top, likewise,
and half of how high that waist is."""
CLEARLY = 1.3
"""How many times nearer to another colour than to a top's what is none of it is: a top has shadows."""
LEAST_EXAMPLES = 200
FLOOR = np.array([10.0, 4.0, 4.0], np.float32)
"""Least spread of a colour model in CIELAB units: light varies over a body more than hue does."""
MOST = 4.0
"""Largest weight of colour, in nats: enough to outweigh a doubt, not a conviction."""


def refine_labels(photo: np.ndarray, parse: ParseResult) -> np.ndarray:
    """Labels, uint8 (H, W), of an RGB uint8 (H, W, 3) photo, with skin and cloth told apart by colour as
    well.
    """
    labels = without_spurs(parse, without_specks(parse, parse.labels)).copy()
    size = photo.shape[:2]
    soft = cv2.GaussianBlur(photo.astype(np.float32) / 255, (0, 0), 1.5)
    colours = cv2.cvtColor(soft, cv2.COLOR_RGB2LAB)
    skin_share = parse.frame.to_photo(parse.probabilities[SKIN], size)
    skin = _colour_model(colours, (labels == SKIN) & (skin_share > SURE))
    refined, lead = labels.copy(), np.zeros(size, np.float32)
    for garment in np.intersect1d(labels, GARMENTS):
        share = parse.frame.to_photo(parse.probabilities[garment], size)
        cloth = _colour_model(colours, (labels == garment) & (share > SURE))
        contested = np.isin(labels, (SKIN, garment)) & (np.minimum(share, skin_share) > DOUBTFUL)
        if skin is None or cloth is None or not contested.any():
            continue
        here = colours[contested]
        by_colour = (_misfit(here, *cloth) - _misfit(here, *skin)) / 2
        by_network = np.log(skin_share[contested] / share[contested])
        odds = np.zeros(size, np.float32)
        odds[contested] = by_network + by_colour.clip(-MOST, MOST)
        odds = cv2.GaussianBlur(odds, (0, 0), 1.5)
        refined[contested & (labels == garment) & (odds > 0)] = SKIN
        # Between top and trousers it is not enough to be likelier than skin.
        wins = contested & (odds < lead)
        refined[wins], lead[wins] = garment, odds[wins]
    return _along_lines(without_scraps(refined))


def without_scraps(labels: np.ndarray) -> np.ndarray:
    """`labels`, uint8 (H, W), with small parts of one garment that lie within another given to that one.

    A top does not come to light again in the waistband below it; as a top it would stay when the skirt goes.
    """
    result = labels.copy()
    for garment in GARMENTS:
        _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(labels == garment))
        areas = stats[1:, cv2.CC_STAT_AREA]
        for part in 1 + np.flatnonzero(areas < SCRAP * areas.max(initial=0)):
            left, top, across, high, _ = stats[part]
            window = np.s_[max(top - 1, 0) : top + high + 1, max(left - 1, 0) : left + across + 1]
            scrap = parts[window] == part
            around = (cv2.dilate(np.uint8(scrap), np.ones((3, 3), np.uint8)) > 0) & ~scrap
            votes = np.bincount(labels[window][around], minlength=len(LABELS))
            if votes.argmax() in GARMENTS and 2 * votes.max() > votes.sum():
                result[window][scrap] = votes.argmax()
    return result


def with_waist_ends(photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """`labels`, uint8 (H, W), of an RGB uint8 (H, W, 3) photo, with the ends of a waist that were taken for
    the top above it.

    Where trousers stand off at the side the parser joins them to a short top beside a strip of bare skin, and
    their corner would stay with the top when they go. What there has clearly another colour than the top goes
    with the trousers or the skin.
    """
    lower, tops, reach = labels == LOWER, np.isin(labels, TOPS), WAIST_END * len(labels)
    beyond = np.ones((2 * round(reach) + 1, 1), np.uint8)
    below, above = (
        cv2.dilate(np.uint8(part), beyond, anchor=(0, end)) > 0
        for part, end in ((tops, len(beyond) - 1), (lower, 0))
    )
    skin = labels == SKIN
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(skin & below & above))
    # A column or two of an arm beside the corner of a top lie between both, too.
    waist = (parts > 0) & (stats[:, cv2.CC_STAT_WIDTH] > reach)[parts]
    if not waist.any():
        return labels
    beside = (skin & (parts == 0)) | (labels == 0)
    ends = tops & dilate(lower, reach) & dilate(waist, reach) & dilate(beside, reach)
    if not ends.any():
        return labels
    here, away = cv2.cvtColor(photo[ends][None], cv2.COLOR_RGB2LAB)[0], []
    for part in (tops, lower, skin):
        shown = cv2.cvtColor(photo[part][None], cv2.COLOR_RGB2LAB)[0]
        away.append(np.linalg.norm(here - np.median(shown, axis=0), axis=1))
    away[0] /= CLEARLY
    result = labels.copy()
    result[ends] = np.choose(np.argmin(away, axis=0), (labels[ends], np.uint8(LOWER), np.uint8(SKIN)))
    # Single pixels are folds and shadows of what is around them.
    left = np.isin(result, TOPS)
    share = cv2.GaussianBlur(np.float32(left), (0, 0), STEPS * len(labels))
    return np.where(ends, np.where(share > 0.5, labels, nearest_of(result, ~left)), labels)


def without_strays(labels: np.ndarray, pose: Pose) -> np.ndarray:
    """`labels`, uint8 (H, W), with tops above the shoulders turned into background.

    A bright wall between neck and hair has the colours of a bright top, but nothing there is part of one.
    """
    tops = np.isin(labels, TOPS)
    shoulders = min(pose.keypoints[joint, 1] for joint in SHOULDERS)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(tops))
    ends = stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT]
    return np.where(tops & (ends <= shoulders)[parts], np.uint8(0), labels)


def without_loose_hair(labels: np.ndarray) -> np.ndarray:
    """`labels`, uint8 (H, W), with bits of hair apart from the rest turned into what is beside them.

    The shadow of hair on a shoulder has its colour; what is called hair is never painted over.
    """
    hair = labels == HAIR
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(hair))
    areas = stats[1:, cv2.CC_STAT_AREA]
    loose = np.isin(parts, 1 + np.flatnonzero(areas < LOCK * areas.max(initial=0)))
    return np.where(loose, nearest_of(labels, ~hair), labels) if loose.any() else labels


def with_shoulders(photo: np.ndarray, labels: np.ndarray, pose: Pose) -> np.ndarray:
    """`labels`, uint8 (H, W), of an RGB uint8 (H, W, 3) photo, whole on the shoulders, as far as the
    silhouette of the pose goes.

    The parser takes the end of a bright strap for the bright wall behind it; it would stay when its top goes.
    Where the wall has clearly another colour it is wall, also what the parser takes for hair or strap between
    both: as hair it would stay, as a top it would become skin.
    """
    height, (left, right) = len(labels), pose.keypoints[list(SHOULDERS)]
    low, high = np.sort((left[0], right[0])).round().astype(int).clip(0, None)
    band = np.s_[: max(0, round(float(max(left[1], right[1])))), low:high]
    missed = np.zeros(labels.shape, bool)
    missed[band] = (labels[band] == 0) & (pose.segmentation[band] > SILHOUETTE)
    if not missed.any() or not labels.any():
        return labels
    kind = cv2.DIST_LABEL_PIXEL
    away, nearest = cv2.distanceTransformWithLabels(np.uint8(labels == 0), cv2.DIST_L2, 5, labelType=kind)
    names = np.zeros(nearest.max() + 1, np.uint8)
    names[nearest[labels > 0]] = labels[labels > 0]
    found = np.where(missed & (away <= MISSED * height), names[nearest], labels)
    above = np.zeros_like(missed)
    above[band] = np.isin(labels[band], TOPS)
    above = dilate(above, MISSED * height) & (found != labels)
    box = bounding_box(above, round(MISSED * height))
    if not above.any():
        return found
    behind = (labels == 0) & (pose.segmentation < 1 - SILHOUETTE)
    found[box][_wall(photo[box], labels[box], found[box], behind[box], height)] = 0
    return found


def _wall(
    photo: np.ndarray, said: np.ndarray, found: np.ndarray, behind: np.ndarray, height: int
) -> np.ndarray:
    """Where the labels `found` for those that the parser `said`, uint8 (h, w), are wall: bool (h, w).

    behind: what is wall without doubt, bool (h, w); height: of the whole photo.
    """
    added = found != said
    wall = added | ((said == HAIR) & dilate(added, MISSED * height))
    tops = np.isin(said, TOPS)
    # The very edge of a top shows some of either, and goes with the top.
    wall &= (share_of_wall(photo, behind, tops, height) > 0.5) & ~dilate(tops, TOP_RIM * height)
    for bare in (HAIR, SKIN):
        doubtful = wall & (found == bare)
        if doubtful.any():
            wall &= ~doubtful | (share_of_wall(photo, behind, said == bare, height) > 0.5)
    return wall


def without_spurs(parse: ParseResult, labels: np.ndarray) -> np.ndarray:
    """`labels` with thin ends of a lower garment turned into what is likeliest beside it: uint8 (H, W).

    The dark gap between a waist and an arm has, to the parser, the look of a skirt that climbs; it would go
    with the skirt.
    """
    lower = labels == LOWER
    spurs = lower & ~dilate(dilate(lower, -SPUR * len(labels)), SPUR * len(labels))
    return _likeliest_but(LOWER, spurs, parse, labels) if spurs.any() else labels


def without_specks(parse: ParseResult, labels: np.ndarray) -> np.ndarray:
    """`labels` with bags smaller than a hand turned into what is likeliest beside bag: uint8 (H, W).

    The parser likes to see small bags in empty hands; what is called a bag is never painted over.
    """
    bags = labels == BAG
    count, parts, stats, _ = cv2.connectedComponentsWithStats(bags.astype(np.uint8))
    small = 1 + np.flatnonzero(stats[1:count, cv2.CC_STAT_AREA] < LEAST_BAG * (labels > 0).sum())
    specks = np.isin(parts, small)
    if not specks.any():
        return labels
    return _likeliest_but(BAG, specks, parse, labels)


def _likeliest_but(label: int, where: np.ndarray, parse: ParseResult, labels: np.ndarray) -> np.ndarray:
    """`labels` with what is likeliest beside `label` in the bool (H, W) `where`: uint8 (H, W)."""
    layers = [parse.frame.to_photo(layer, labels.shape)[where] for layer in parse.probabilities]
    layers[label][:] = -1
    result = labels.copy()
    result[where] = np.argmax(layers, axis=0)
    return result


def _along_lines(labels: np.ndarray) -> np.ndarray:
    """`labels`, uint8 (H, W), with smooth edges between skin and cloth."""
    steps = STEPS * len(labels)
    around = lambda label: cv2.GaussianBlur(np.uint8(255) * (labels == label), (0, 0), steps)  # noqa: E731
    skin = around(SKIN)
    cloth, most, nearest = np.zeros_like(skin), np.zeros_like(skin), labels.copy()
    for garment in np.intersect1d(labels, GARMENTS):
        share = around(garment)
        cloth = cv2.add(cloth, share)
        nearest[share > most] = garment
        most = np.maximum(share, most)
    is_skin = skin * np.float32(1 - SKIN_SHARE) > cloth * np.float32(SKIN_SHARE)
    result = np.where((labels == SKIN) & ~is_skin, nearest, labels)
    return np.where(np.isin(labels, GARMENTS) & is_skin, np.uint8(SKIN), result)


def _colour_model(colours: np.ndarray, examples: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Median and robust spread (3,) of the examples' colours; None when there are too few."""
    if examples.sum() < LEAST_EXAMPLES:
        return None
    chosen = colours[examples]
    median = np.median(chosen, axis=0)
    return median, np.maximum(1.4826 * np.median(np.abs(chosen - median), axis=0), FLOOR)


def _misfit(colours: np.ndarray, median: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Squared distance (N,) from a colour model in spreads, plus the price of a wide model."""
    return (((colours - median) / spread) ** 2 + 2 * np.log(spread)).sum(axis=1)
