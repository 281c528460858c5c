"""What a garment picture shows: the kind of garment, and where its corners are."""

from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml import efficientnet
from ml.cloth import CLOTH_SIZE, fit_square, network_input
from ml.efficientnet import InvertedResidual, SameConv, normalised
from ml.features import CATEGORIES
from ml.landmarks import LANDMARKS, MIRRORED
from ml.precision import autocast, best_device, for_inference, memory_format
from ml.reading import CATEGORY_OF_KIND, KINDS, GarmentReading
from ml.weights import FOLDER, WeightSource, load_network

ENCODER_STAGES = 4
"""Of EfficientNet-Lite0: down to a sixteenth of the picture's size."""
HEATMAP_SIZE = CLOTH_SIZE // 8
WIDTH = 96
WINDOW = 2
"""Cells around a heatmap's peak whose mean is the corner's place."""


class GarmentNet(nn.Module):
    """From (N, 4, 256, 256), RGB in -1..1 and the mask 0..1, to logits (N, K) of KINDS, (N, L, 32, 32) of
    where each of LANDMARKS is, and (N, L) of whether it is seen.

    Coarse features go back to the finer ones below them (Lin et al., 2017); the kind is told from the
    garment's own pixels and from the whole picture.
    """

    def __init__(self) -> None:
        super().__init__()
        eighth, sixteenth = efficientnet.CHANNELS[2:ENCODER_STAGES]
        self.stem = efficientnet.stem(3)
        self.encoder = efficientnet.stages()[:ENCODER_STAGES]
        self.coarse = nn.Sequential(
            normalised(SameConv(sixteenth + 1, WIDTH, 1), nn.ReLU6()), InvertedResidual(WIDTH, WIDTH, 2, 1, 5)
        )
        self.sideways = nn.Conv2d(eighth, WIDTH, 1)
        self.fine = InvertedResidual(WIDTH, WIDTH, 2, 1, 5)
        self.places = nn.Conv2d(WIDTH, len(LANDMARKS), 1)
        self.kind = nn.Linear(2 * sixteenth, len(KINDS))
        self.seen = nn.Linear(2 * WIDTH, len(LANDMARKS))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.answers(*self.features(x[:, :3]), F.avg_pool2d(x[:, 3:], 16))

    def features(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 40, 32, 32) and (N, 112, 16, 16): what the encoder sees in RGB in -1..1."""
        y = self.stem(pictures)
        for stage in self.encoder[:-1]:
            y = stage(y)
        return y, self.encoder[-1](y)

    def answers(self, eighth: Tensor, sixteenth: Tensor, masks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The answers, from features and from masks at (N, 1, 16, 16)."""
        y = self.coarse(torch.cat([sixteenth, masks], 1))
        places = self.places(
            self.fine(F.interpolate(y, scale_factor=2, mode="nearest") + self.sideways(eighth))
        )
        return self.kind(pooled(sixteenth, masks)), places, self.seen(pooled(y, masks))


def pooled(features: Tensor, masks: Tensor) -> Tensor:
    """(N, 2C) means of (N, C, h, w) over the garment of masks (N, 1, h, w), and over everything."""
    own = (features * masks).sum((2, 3)) / masks.sum((2, 3)).clamp(min=1)
    return torch.cat([own, features.mean((2, 3))], 1)


def garment_input(square: np.ndarray, mask: np.ndarray) -> Tensor:
    """(4, 256, 256) float32 from a picture (256, 256, 3) uint8 and its mask (256, 256) uint8 0..255."""
    return torch.cat([network_input(square), torch.from_numpy(mask)[None].float() / 255])


def category_probabilities(kinds: Tensor) -> Tensor:
    """(N, 3) probabilities of CATEGORIES from logits (N, K) of KINDS: each is the sum over its kinds."""
    out = kinds.new_zeros(len(kinds), len(CATEGORIES))
    return out.index_add(1, torch.tensor(CATEGORY_OF_KIND, device=kinds.device), kinds.softmax(1))


def peaks(heatmaps: np.ndarray) -> np.ndarray:
    """(L, 2) x and y, in heatmap cells, of probability maps (L, h, w): the mean around the highest cell."""
    points = np.empty((len(heatmaps), 2), np.float32)
    for index, heat in enumerate(heatmaps):
        row, column = np.unravel_index(int(heat.argmax()), heat.shape)
        top, left = max(row - WINDOW, 0), max(column - WINDOW, 0)
        near = heat[top : row + WINDOW + 1, left : column + WINDOW + 1]
        rows, columns = np.mgrid[top : top + near.shape[0], left : left + near.shape[1]]
        points[index] = [(part * near).sum() / near.sum() for part in (columns, rows)]
    return points


def to_photo(points: np.ndarray, photo_size: tuple[int, int]) -> np.ndarray:
    """Pixels (L, 2) of the square that `fit_square` makes -> pixels of the photo of size (H, W)."""
    inner = [max(1, round(length * CLOTH_SIZE / max(photo_size))) for length in photo_size]
    margin = np.array([(CLOTH_SIZE - length) // 2 for length in inner[::-1]])
    scale = np.array(photo_size[::-1]) / np.array(inner[::-1])
    return np.float32((points + 0.5 - margin) * scale - 0.5)


class GarmentReader:
    """GarmentNet with its weights."""

    def __init__(self, network: GarmentNet, device: torch.device) -> None:
        self._device = device
        self._network = for_inference(network, device)

    @classmethod
    def load(cls, device: str = "auto", weights: WeightSource = FOLDER) -> Self:
        """The reader with these weights. Raises MissingWeightsError and DamagedWeightsError."""
        network = GarmentNet()
        load_network(network, "garment", weights)
        return cls(network, best_device(device))

    @torch.inference_mode()
    def read(self, image: np.ndarray, mask: np.ndarray) -> GarmentReading:
        """What RGB uint8 (H, W, 3) shows, given the garment's mask, bool (H, W): mean of the answers for the
        picture and for its mirror image.
        """
        solid = fit_square(np.uint8(mask) * np.uint8(255))
        one = garment_input(fit_square(image), solid)
        both = torch.stack([one, one.flip(2)]).to(self._device)
        with autocast(self._device):
            answers = self._network(both.contiguous(memory_format=memory_format(self._device)))
        kinds, places, seen = (answer.float().cpu() for answer in answers)
        heatmaps = places.flatten(2).softmax(2).view_as(places)
        heatmaps = (heatmaps[0] + heatmaps[1, list(MIRRORED)].flip(2)) / 2
        seen = (seen[0].sigmoid() + seen[1, list(MIRRORED)].sigmoid()) / 2
        scale = CLOTH_SIZE / HEATMAP_SIZE
        points = (peaks(heatmaps.numpy()) + 0.5) * scale - 0.5
        return GarmentReading(
            kinds.softmax(1).mean(0).numpy(), to_photo(points, image.shape[:2]), seen.numpy()
        )
