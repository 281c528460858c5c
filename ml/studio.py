"""A garment before a plain wall, exact at its edges: by colour, with a network as its witness."""

import cv2
import numpy as np

from ml.morphology import ellipse

PLAIN = 3.0
"""Unevenness of the border (CIE76 Delta E) up to which a wall counts as plain."""

HOLE = 0.25
"""Mean probability of being garment below which an enclosed wall-coloured part is a hole."""

SLIT_HEIGHT, SLIT_RADIUS, SLIT_AREA, SLIT_COLOUR = 0.08, 0.04, 0.06, 0.75
"""Least height and largest inscribed radius of a gap, as shares of the photo's height; its largest area, as a
share of what is not wall; and its largest median colour distance from the wall."""

SHADOW, COLOURFUL, SMOOTH = 0.5, 12.0, 1.0
"""A shadow on the wall is at most this share of the colour distance of the garment beside it, which is at
least this; and it changes by at most this from pixel to pixel."""
STEEP, MERELY_DARKER, DEEP = 4.0, 0.9, 60.0
"""Largest change of a shadow close to cloth; the share of its colour distance that is lightness; and the
least colour distance of that cloth, since beside pale cloth a shadow may be pale cloth."""
NOT_CLOTH = 0.8
"""Mean probability of being garment from which a part is no shadow."""
HEM_ROWS = 4
"""How far below a hem, px, its colour may still be seen."""

AGREEMENT = 0.6
"""Least overlap (IoU) of the garment by colour with the network's for colour to be believed."""


def distance_from_background(image: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Colour distance of each pixel from a plain background, and how much darker it is, (H, W) float32 each;
    unevenness of the border.

    The background is a plane in Lab fitted to the photo's border, so light may fall off across it. The last
    value is the distance that nine tenths of the border stay below; distances are CIE76 Delta E.
    """
    lab = cv2.cvtColor(np.float32(cv2.GaussianBlur(image, (0, 0), 1)) / 255, cv2.COLOR_RGB2LAB)
    height, width = image.shape[:2]
    across, down = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    columns, rows = np.meshgrid(across, down)
    edge = max(2, min(height, width) // 50)
    border = np.ones((height, width), bool)
    border[edge:-edge, edge:-edge] = False
    at = np.stack([np.ones(border.sum()), rows[border], columns[border]], axis=1)
    colours = lab[border]
    near = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    # A sleeve may touch the border: the plane follows the nearer three quarters.
    kept = near <= np.quantile(near, 0.75)
    plane = np.linalg.lstsq(at[kept], colours[kept], rcond=None)[0]
    plane = np.float32(plane)
    darker, green, blue = (
        each[0] + rows * each[1] + columns * each[2] - channel
        for each, channel in zip(plane.T, cv2.split(lab), strict=True)
    )
    distance = np.sqrt(darker**2 + green**2 + blue**2)
    return distance, darker, float(np.quantile(distance[border], 0.9))


def joined_to_border(region: np.ndarray) -> np.ndarray:
    """The parts of the bool `region` (H, W) that touch the border of the photo."""
    _, labels = cv2.connectedComponents(np.uint8(region), connectivity=4)
    edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.isin(labels, np.unique(edges[edges > 0]))


def studio_mask(image: np.ndarray, probability: np.ndarray) -> np.ndarray | None:
    """The garment (H, W) bool in front of a plain wall, exact at its edges; None where colour cannot tell.

    What is joined to the border and has its colour is wall. The network vouches that the rest is a garment,
    and tells holes from white prints.
    """
    distance, darker, unevenness = distance_from_background(image)
    if unevenness > PLAIN:
        return None
    wall_coloured = distance < max(1.2, 2 * unevenness + 0.6)
    # Opening closes gaps in the outline through which the wall would leak into white cloth.
    wall = joined_to_border(cv2.morphologyEx(np.uint8(wall_coloured), cv2.MORPH_OPEN, ellipse(2)) > 0)
    wall = (cv2.dilate(np.uint8(wall), ellipse(2)) > 0) & wall_coloured
    wall |= shadows(wall, distance, darker, probability)
    network = probability > 0.5
    if (~wall & network).sum() <= AGREEMENT * (~wall | network).sum():
        return None
    enclosed = wall_coloured & ~wall
    garment = ~wall & ~holes(enclosed, probability) & ~slits(enclosed, wall, distance)
    return at_edges(image, garment, distance)


def shadows(
    wall: np.ndarray, distance: np.ndarray, darker: np.ndarray, probability: np.ndarray
) -> np.ndarray:
    """Where the wall lies in the garment's shadow, bool (H, W): deep in the gap between two legs, or between
    a sleeve and the trunk.

    It goes on from the bool `wall` (H, W), changes slowly, and has garment on its left and its right, much
    further from the wall's colour than itself. Beside cloth of a deep colour it may change faster, if it is
    the wall's colour and only darker, and the network is not sure of garment. Elsewhere, where the network is
    sure, it is white cloth, unless the wall that it goes on from lies in such a gap, too: the network is too
    coarse to see narrow ones.
    distance, darker: (H, W) float32 as of `distance_from_background`.
    """
    row = np.ones((1, 3 * outline_depth(distance)), np.uint8)
    ends = (0, 0), (row.shape[1] - 1, 0)
    strongest = np.minimum(*(cv2.dilate(distance, row, anchor=end) for end in ends))
    slope = np.hypot(cv2.Sobel(distance, -1, 1, 0, scale=1 / 8), cv2.Sobel(distance, -1, 0, 1, scale=1 / 8))
    merely_darker = (darker > MERELY_DARKER * distance) & (strongest > DEEP) & (probability < NOT_CLOTH)
    gentle = (slope < SMOOTH) | ((slope < STEEP) & merely_darker)
    soft = (distance < SHADOW * strongest) & (strongest > COLOURFUL) & gentle
    _, labels = cv2.connectedComponents(np.uint8(soft | wall), connectivity=4)
    reached = soft & ~wall & np.isin(labels, np.unique(labels[wall]))
    count, labels = cv2.connectedComponents(np.uint8(reached), connectivity=4)
    sizes = np.bincount(labels.ravel(), minlength=count)
    means = np.bincount(labels.ravel(), probability.ravel(), minlength=count) / np.maximum(sizes, 1)
    # Just below a hem, too, there is garment on both sides, but not a little further down.
    between = cv2.erode(strongest, np.ones((2 * HEM_ROWS + 1, 1), np.uint8)) > COLOURFUL
    touching, in_gap = (
        np.bincount(labels[cv2.dilate(np.uint8(part), ellipse(1)) > 0], minlength=count)
        for part in (wall, wall & between)
    )
    return np.isin(labels, 1 + np.flatnonzero(((means < NOT_CLOTH) | (2 * in_gap > touching))[1:]))


def outline_depth(image: np.ndarray) -> int:
    """How far, px, the outline of a garment may lie from where colour alone puts it."""
    return max(4, max(image.shape[:2]) // 60)


def holes(candidates: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """The parts of the bool `candidates` (H, W) that are wide and that the network holds for background."""
    wide = cv2.morphologyEx(np.uint8(candidates), cv2.MORPH_OPEN, ellipse(3))
    count, labels = cv2.connectedComponents(wide)
    sizes = np.bincount(labels.ravel(), minlength=count)
    means = np.bincount(labels.ravel(), probability.ravel(), minlength=count) / np.maximum(sizes, 1)
    return np.isin(labels, 1 + np.flatnonzero(means[1:] < HOLE))


def slits(candidates: np.ndarray, wall: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """The parts of the bool `candidates` (H, W) that are upright gaps, as between a sleeve and the trunk.

    They are narrow, much higher than wide, touch the wall, and have its very colour: white cloth, which takes
    light and shade, does not.
    """
    found = np.zeros_like(candidates)
    width = cv2.distanceTransform(np.uint8(candidates), cv2.DIST_L2, 3)
    beside = cv2.dilate(np.uint8(wall), ellipse(len(wall) // 64)) > 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.uint8(candidates))
    for part in range(1, count):
        left, top, across, high, area = stats[part]
        upright = high > SLIT_HEIGHT * len(wall) and high > 2 * area / high
        if not upright or area > SLIT_AREA * (~wall).sum():
            continue
        window = (slice(top, top + high), slice(left, left + across))
        inside = labels[window] == part
        narrow = width[window][inside].max() < SLIT_RADIUS * len(wall)
        same = np.median(distance[window][inside]) < SLIT_COLOUR
        if narrow and same and (beside[window] & inside).any():
            found[window] |= inside
    return found


def at_edges(image: np.ndarray, garment: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """The rough `garment` (H, W) bool, its outline moved inwards to the strongest edge: no rim, no shadow.

    A watershed between sure wall and sure cloth; cloth is sure deep inside, and where it differs from the
    wall nearly as much as anything around it does, so that narrow straps stay whole.
    """
    depth = outline_depth(image)
    strong = distance > 0.75 * cv2.dilate(distance, ellipse(depth))
    core = cv2.erode(np.uint8(garment), ellipse(depth)) > 0
    core |= strong & garment & (distance > 8)
    markers = np.zeros(garment.shape, np.int32)
    markers[~garment] = 1
    markers[core] = 2
    sharp = cv2.watershed(np.ascontiguousarray(image), markers) == 2
    return sharp & garment
