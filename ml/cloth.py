"""Which pixels of a garment photo are the garment, on a white studio wall or on somebody's floor, and which
of them show the inside of its back: in a neck hole or an open front, where worn it shows the wearer.
"""

from typing import Self

import cv2
import numpy as np
import torch

from ml.errors import Refusal
from ml.neckline import neckline
from ml.precision import autocast, best_device, for_inference, memory_format
from ml.studio import AGREEMENT, studio_mask
from ml.unet import ResidualUNet
from ml.weights import FOLDER, WeightSource, load_network

CLOTH_SIZE = 256
"""Side of the square the network reads; photos are fitted into it and padded by repeating their edge."""

WORK_SIDE = 1024
"""Longer side at which edges are found; finer detail is not sought."""

GRABCUT_SIDE = 400
"""Longer side at which GrabCut works: its time grows faster than the picture."""

LEAST_AREA = 0.01
"""Share of the photo below which a mask is not a garment."""

GLIMPSE = 0.2
"""Probability of seeing the inside from which it is looked at more closely."""
NECK_FRAME = 2.2
"""Side of the square that is looked at closely, in sizes of what is found there."""

MOST_FILLED = 2.5
"""How much larger a neck hole may be than what is seen of it."""

LEAST_CONTRAST = 10
"""Range of grey levels below which a garment's picture is blank."""

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
        self._network = for_inference(network, device)

    @classmethod
    def load(cls, device: str = "auto", weights: WeightSource = FOLDER) -> Self:
        """The segmenter with these weights. Raises MissingWeightsError and DamagedWeightsError."""
        network = ClothNet()
        metadata = load_network(network, "cloth", weights)
        return cls(network, best_device(device), metadata["version"])

    @torch.inference_mode()
    def probabilities(self, image: np.ndarray) -> np.ndarray:
        """How surely pixels of RGB uint8 (H, W, 3) are garment, and its inside: (2, H, W) float32, 0..1."""
        batch = network_input(fit_square(image))[None].to(self._device)
        both = torch.cat([batch, batch.flip(3)]).contiguous(memory_format=memory_format(self._device))
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
        lining = neckline(work, found, inside, whole_neck(sharp(work, inside), found))
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


def is_blank(picture: np.ndarray) -> bool:
    """Whether a picture is of one colour, apart from noise, and so shows nothing."""
    low, high = np.percentile(picture[::4, ::4].reshape(-1, 3), (0.5, 99.5), axis=0)
    return bool((high - low).max() < LEAST_CONTRAST)
