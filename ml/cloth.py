"""Which pixels of a garment photo are the garment, on a white studio wall or on somebody's floor, and which
of them show the inside of its back: in a neck hole or an open front, where worn it shows the wearer.
"""

from pathlib import Path
from typing import Self

import cv2
import numpy as np
import torch

from ml.errors import Refusal
from ml.precision import autocast, best_device
from ml.unet import ResidualUNet
from ml.weights import FOLDER, load_weights

CLOTH_SIZE = 256
"""Side of the square the network reads; photos are fitted into it and padded by repeating their edge."""

WORK_SIDE = 1024
"""Longer side at which edges are found; finer detail is not sought."""

GRABCUT_SIDE = 400
"""Longer side at which GrabCut works: its time grows faster than the picture."""

LEAST_AREA = 0.01
"""Share of the photo below which a mask is not a garment."""

PLAIN = 3.0
"""Unevenness of the border (CIE76 Delta E) up to which a wall counts as plain."""

GLIMPSE = 0.2
"""Probability of seeing the inside from which it is looked at more closely."""
NECK_FRAME = 2.2
"""Side of the square that is looked at closely, in sizes of what is found there."""

MOST_FILLED = 2.5
"""How much larger a neck hole may be than what is seen of it."""

HOLE = 0.25
"""Mean probability of being garment below which an enclosed wall-coloured part is a hole."""

SLIT_HEIGHT, SLIT_RADIUS, SLIT_AREA, SLIT_COLOUR = 0.08, 0.04, 0.06, 0.75
"""Least height and largest inscribed radius of a gap, as shares of the photo's height; its largest area, as a
share of what is not wall; and its largest median colour distance from the wall."""

SHADOW, COLOURFUL, SMOOTH = 0.5, 12.0, 1.0
"""A shadow on the wall is at most this share of the colour distance of the garment beside it, which is at
least this; and it changes by at most this from pixel to pixel."""
NOT_CLOTH = 0.8
"""Mean probability of being garment from which a part is no shadow."""
HEM_ROWS = 4
"""How far below a hem, px, its colour may still be seen."""

AGREEMENT = 0.6
"""Least overlap (IoU) of the garment by colour with the network's for colour to be believed."""

WIDTHS, DEPTHS = (16, 32, 64, 96, 128), (1, 1, 2, 2, 2)


class ClothNet(ResidualUNet):
    """From (N, 3, 256, 256) RGB in -1..1 to (N, 2, 128, 128) logits of being garment, and its inside."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS, depths: tuple[int, ...] = DEPTHS) -> None:
        super().__init__(3, 2, widths, depths)


def fit_square(image: np.ndarray) -> np.ndarray:
    """`image` (H, W, 3) fitted into the middle of a (256, 256, 3) square, its edge repeated around."""
    height, width = image.shape[:2]
    scale = CLOTH_SIZE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x, y = CLOTH_SIZE - size[0], CLOTH_SIZE - size[1]
    return cv2.copyMakeBorder(small, y // 2, y - y // 2, x // 2, x - x // 2, cv2.BORDER_REPLICATE)


def from_square(square: np.ndarray, photo_size: tuple[int, int]) -> np.ndarray:
    """The part of a square map (s, s) that `fit_square` filled with the photo, at `photo_size` (H, W)."""
    height, width = photo_size
    side = len(square)
    inner = [max(1, round(length * side / max(height, width))) for length in photo_size]
    top, left = ((side - length) // 2 for length in inner)
    return cv2.resize(square[top : top + inner[0], left : left + inner[1]], (width, height))


def network_input(square: np.ndarray) -> torch.Tensor:
    """(3, 256, 256) float32 in -1..1 from (256, 256, 3) uint8."""
    return torch.from_numpy(np.ascontiguousarray(square)).movedim(-1, 0).float() / 127.5 - 1


class ClothSegmenter:
    """ClothNet with its weights, sharpened to the edges of the photo."""

    def __init__(self, network: ClothNet, device: torch.device, version: str) -> None:
        self.version = version
        self._device = device
        self._network = network.to(device, memory_format=torch.channels_last).eval()

    @classmethod
    def load(cls, device: str = "auto", folder: Path = FOLDER) -> Self:
        """The segmenter with the weights in `folder`. Raises MissingWeightsError."""
        state, metadata = load_weights("cloth", folder)
        network = ClothNet()
        network.load_state_dict(state)
        return cls(network, best_device(device), metadata["version"])

    @torch.inference_mode()
    def probabilities(self, image: np.ndarray) -> np.ndarray:
        """How surely pixels of RGB uint8 (H, W, 3) are garment, and its inside: (2, H, W) float32, 0..1."""
        batch = network_input(fit_square(image))[None].to(self._device)
        both = torch.cat([batch, batch.flip(3)]).contiguous(memory_format=torch.channels_last)
        with autocast(self._device):
            logits = self._network(both)
        straight, flipped = logits.float().sigmoid().cpu()
        mean = ((straight + flipped.flip(2)) / 2).numpy()
        return np.stack([from_square(layer, image.shape[:2]) for layer in mean])

    def closely(self, image: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """The map `inside` (H, W) float32 of RGB uint8 (H, W, 3), where it shows something looked at again
        from nearer by.
        """
        x, y, wide, high = cv2.boundingRect(np.uint8(largest_parts(inside > GLIMPSE)))
        side = round(NECK_FRAME * max(wide, high))
        if not 0 < side < max(image.shape[:2]):
            return inside
        middle = (x + wide / 2, y + high / 2)
        left, top = (max(0, round(at - side / 2)) for at in middle)
        window = np.s_[top : top + side, left : left + side]
        closer = inside.copy()
        closer[window] = self.probabilities(image[window])[1]
        return closer

    def masks(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The garment in RGB uint8 (H, W, 3), and the part of it that shows the inside: bool (H, W) each.

        Raises Refusal("cloth_not_found").
        """
        scale = min(1.0, WORK_SIDE / max(image.shape[:2]))
        work = (
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
        )
        probability, inside = self.probabilities(work)
        inside = self.closely(work, inside)
        found = studio_mask(work, probability)
        if found is None:
            found = busy_mask(work, probability)
        found = largest_parts(found)
        if found.mean() < LEAST_AREA:
            raise Refusal("cloth_not_found")
        lining = whole_neck(sharp(work, inside), found)
        size = image.shape[1::-1]
        garment, lining = (cv2.resize(np.float32(part), size) > 0.5 for part in (found, lining))
        return garment, lining


def whole_neck(inside: np.ndarray, garment: np.ndarray) -> np.ndarray:
    """`inside`, bool (H, W), as far as `garment` goes, and as the one convex piece that a neck hole is.

    Labels, keyholes and a shadow in it hide parts of it from the network. What is far from convex, as two
    open sides of a jacket are, stays as it is.
    """
    found = inside & garment
    main = np.uint8(largest_parts(found))
    if not main.any():
        return found
    hull = cv2.convexHull(cv2.findNonZero(main))
    filled = (cv2.fillConvexPoly(np.zeros_like(main), hull, 1) > 0) & garment
    return filled if filled.sum() <= MOST_FILLED * main.sum() else found


def distance_from_background(image: np.ndarray) -> tuple[np.ndarray, float]:
    """Colour distance (H, W) float32 of each pixel from a plain background; unevenness of the border.

    The background is a plane in Lab fitted to the photo's border, so light may fall off across it. The second
    value is the distance that nine tenths of the border stay below; distances are CIE76 Delta E.
    """
    lab = cv2.cvtColor(np.float32(cv2.GaussianBlur(image, (0, 0), 1)) / 255, cv2.COLOR_RGB2LAB)
    height, width = image.shape[:2]
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    edge = max(2, min(height, width) // 50)
    border = np.ones((height, width), bool)
    border[edge:-edge, edge:-edge] = False
    at = np.stack([np.ones(border.sum()), rows[border], columns[border]], axis=1)
    colours = lab[border]
    near = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    # A sleeve may touch the border: the plane follows the nearer three quarters.
    kept = near <= np.quantile(near, 0.75)
    plane = np.linalg.lstsq(at[kept], colours[kept], rcond=None)[0]
    background = plane[0] + rows[..., None] * plane[1] + columns[..., None] * plane[2]
    distance = np.linalg.norm(lab - background, axis=2).astype(np.float32)
    return distance, float(np.quantile(distance[border], 0.9))


def ellipse(radius: int) -> np.ndarray:
    """Round structuring element of `radius` px."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


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
    distance, unevenness = distance_from_background(image)
    if unevenness > PLAIN:
        return None
    wall_coloured = distance < max(1.2, 2 * unevenness + 0.6)
    # Opening closes gaps in the outline through which the wall would leak into white cloth.
    wall = joined_to_border(cv2.morphologyEx(np.uint8(wall_coloured), cv2.MORPH_OPEN, ellipse(2)) > 0)
    wall = (cv2.dilate(np.uint8(wall), ellipse(2)) > 0) & wall_coloured
    wall |= shadows(wall, distance, probability)
    network = probability > 0.5
    if (~wall & network).sum() <= AGREEMENT * (~wall | network).sum():
        return None
    enclosed = wall_coloured & ~wall
    garment = ~wall & ~holes(enclosed, probability) & ~slits(enclosed, wall, distance)
    return at_edges(image, garment, distance)


def shadows(wall: np.ndarray, distance: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Where the wall lies in the garment's shadow, bool (H, W): deep in the gap between two legs, or between
    a sleeve and the trunk.

    It goes on from the bool `wall` (H, W), changes slowly, and has garment on its left and its right, much
    further from the wall's colour than itself. Where the network is sure of garment it is white cloth, unless
    the wall that it goes on from lies in such a gap, too: the network is too coarse to see narrow ones.
    distance: (H, W) float32 as of `distance_from_background`.
    """
    row = np.ones((1, 3 * outline_depth(distance)), np.uint8)
    ends = (0, 0), (row.shape[1] - 1, 0)
    strongest = np.minimum(*(cv2.dilate(distance, row, anchor=end) for end in ends))
    slope = np.hypot(cv2.Sobel(distance, -1, 1, 0, scale=1 / 8), cv2.Sobel(distance, -1, 0, 1, scale=1 / 8))
    soft = (distance < SHADOW * strongest) & (strongest > COLOURFUL) & (slope < SMOOTH)
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


def busy_mask(image: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """The garment (H, W) bool in front of anything: the network's answer, corrected by colour.

    GrabCut (Rother et al., 2004) starts from the network's map and may change what that is not certain of. If
    it strays too far, the network's answer stays. A guided filter brings the outline to the photo's edges.
    """
    scale = min(1.0, GRABCUT_SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    share = cv2.resize(probability, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    network = share > 0.5
    marks = np.where(network, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[share < 0.03], marks[share > 0.97] = cv2.GC_BGD, cv2.GC_FGD
    found = network
    if network.any() and not network.all():
        cv2.setRNGSeed(0)
        cv2.grabCut(small, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
        cut = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
        if (cut & network).sum() > AGREEMENT * (cut | network).sum():
            found = cut
    return sharp(image, cv2.resize(np.float32(found), image.shape[1::-1]))


def sharp(image: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Where the map `share` (H, W) float32 is above a half, drawn to the edges of `image`: bool (H, W).

    By a guided filter (He et al., 2010).
    """
    radius = max(2, max(image.shape[:2]) // 120)
    return cv2.ximgproc.guidedFilter(image, share, radius, (0.02 * 255) ** 2) > 0.5


def largest_parts(mask: np.ndarray) -> np.ndarray:
    """`mask` (H, W) bool without parts smaller than a tenth of its largest, and without pinholes."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.uint8(mask))
    if count == 1:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = np.isin(labels, 1 + np.flatnonzero(areas >= areas.max() / 10))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.uint8(~kept), connectivity=4)
    pinholes = 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] < areas.max() / 500)
    return kept | np.isin(labels, pinholes)
