"""Human parsing: which of nine classes each pixel of a framed person belongs to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml.crops import PersonFrame, joint_heatmaps
from ml.pose import JOINT_COUNT, MIRRORED_JOINTS, Pose
from ml.precision import autocast, best_device
from ml.weights import FOLDER, load_weights

LABELS = ("background", "skin", "hair", "upper", "outer", "dress", "lower", "shoes", "bag")
PARSER_SIZE = (384, 288)
"""Height and width of the person frame the parser reads."""

INPUT_CHANNELS = 3 + 1 + JOINT_COUNT
WIDTHS = (24, 48, 96, 192, 224)
DEPTHS = (1, 2, 3, 3, 2)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al., 2015), optionally at half the resolution."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x), inplace=True)


class ParsingNet(nn.Module):
    """A residual U-Net from (N, 17, h, w) features to (N, 9, h/2, w/2) logits; h, w multiples of 32."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS, depths: tuple[int, ...] = DEPTHS) -> None:
        super().__init__()
        self.stem = nn.Conv2d(INPUT_CHANNELS, widths[0], 4, 2, 1)
        self.encoder = nn.ModuleList()
        inputs = widths[0]
        for level, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            first = ResidualBlock(inputs, width, 1 if level == 0 else 2)
            self.encoder.append(
                nn.Sequential(first, *(ResidualBlock(width, width) for _ in range(depth - 1)))
            )
            inputs = width
        self.context = nn.Conv2d(inputs, inputs, 1)
        self.decoder = nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.decoder.append(ResidualBlock(inputs + width, width))
            inputs = width
        self.head = nn.Conv2d(inputs, len(LABELS), 1)

    def forward(self, features: Tensor) -> Tensor:
        x = self.stem(features)
        skips = []
        for stage in self.encoder:
            x = stage(x)
            skips.append(x)
        skips.pop()
        # What the whole picture looks like tells a dress from a top and a skirt.
        x = x + self.context(x.mean((2, 3), keepdim=True))
        for block in self.decoder:
            x = F.interpolate(x, scale_factor=2.0)
            x = block(torch.cat([x, skips.pop()], 1))
        return self.head(x)


def parser_input(
    image: np.ndarray, joints: np.ndarray, visibility: np.ndarray, silhouette: np.ndarray
) -> np.ndarray:
    """Features of a framed person: (17, h, w) float32, RGB in -1..1, silhouette, 13 joint heatmaps.

    image: (h, w, 3) uint8. joints: (13, 2) px of that frame. visibility: (13,). silhouette: (h, w) 0..1.
    """
    colours = np.moveaxis(image, -1, 0) / np.float32(127.5) - 1
    heatmaps = joint_heatmaps(joints, visibility, image.shape[:2])
    return np.concatenate([colours, silhouette[None], heatmaps], dtype=np.float32)


def mirrored(features: Tensor) -> Tensor:
    """(N, 17, h, w) parser features seen in a mirror: left and right joints change places."""
    joints = features[:, 4:][:, list(MIRRORED_JOINTS)]
    return torch.cat([features[:, :4], joints], 1).flip(3)


@dataclass(frozen=True)
class ParseResult:
    """The parts of one person in a photo of H x W pixels.

    labels: (H, W) uint8, indices of LABELS; background outside the frame.
    probabilities: (9, h, w) float32, over the whole frame, summing to 1.
    frame: the way between photo and frame.
    entropy: (h, w) float32, 0 where the parser is certain, 1 where it knows nothing.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    frame: PersonFrame
    entropy: np.ndarray


def photo_labels(probabilities: np.ndarray, frame: PersonFrame, photo_size: tuple[int, int]) -> np.ndarray:
    """The likeliest label of each photo pixel, (H, W) uint8, from (9, h, w) probabilities over the frame."""
    best = frame.to_photo(probabilities[0], photo_size, fill=1)
    labels = np.zeros(photo_size, np.uint8)
    for index in range(1, len(probabilities)):
        layer = frame.to_photo(probabilities[index], photo_size)
        better = layer > best
        labels[better] = index
        best[better] = layer[better]
    return labels


class Parser:
    """ParsingNet with its weights, from photo to photo."""

    def __init__(self, network: ParsingNet, device: torch.device, version: str) -> None:
        self.version = version
        self._device = device
        self._network = network.to(device, memory_format=torch.channels_last).eval()

    @classmethod
    def load(cls, device: str = "auto", folder: Path = FOLDER) -> Self:
        """The parser with the weights in `folder`. Raises MissingWeightsError."""
        state, metadata = load_weights("parser", folder)
        network = ParsingNet()
        network.load_state_dict(state)
        return cls(network, best_device(device), metadata["version"])

    def parse(self, image: np.ndarray, pose: Pose) -> ParseResult:
        """The parts of the person with `pose` in `image`, RGB uint8 (H, W, 3). ValueError if it is empty."""
        joints, visibility = pose.joints()
        frame = PersonFrame.of_person(joints, visibility, pose.segmentation)
        features = parser_input(
            frame.to_network(image, PARSER_SIZE),
            frame.points_to_network(joints, PARSER_SIZE),
            visibility,
            frame.to_network(pose.segmentation, PARSER_SIZE, fill=0),
        )
        probabilities = self.probabilities(torch.from_numpy(features)[None])[0].numpy()
        entropy = -(probabilities * np.log(probabilities + 1e-9)).sum(0) / np.log(len(LABELS))
        return ParseResult(photo_labels(probabilities, frame, image.shape[:2]), probabilities, frame, entropy)

    @torch.inference_mode()
    def probabilities(self, features: Tensor) -> Tensor:
        """(N, 9, h/2, w/2) float32 on the CPU for (N, 17, h, w) features; mean over them and their mirror."""
        features = features.to(self._device, memory_format=torch.channels_last)
        both = torch.cat([features, mirrored(features)])
        with autocast(self._device):
            logits = self._network(both)
        straight, flipped = logits.float().softmax(1).chunk(2)
        return ((straight + flipped.flip(3)) / 2).cpu()
