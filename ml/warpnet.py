"""The warp network: for every pixel of the person, where in the garment it comes from, and what it shows."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml.crops import NETWORK_SIZE
from ml.features import FEATURE_COUNT, MASK_PLANES, ClothView, PersonView, warp_features
from ml.precision import autocast, best_device
from ml.unet import ResidualBlock
from ml.weights import FOLDER, load_weights

LAYOUT = ("background", "garment", "front", "body")
"""What a pixel of the result shows; `front` is arms, hands and hair that the garment does not cover."""

WIDTHS = (24, 48, 96, 192, 288)
DEPTHS = (1, 1, 2, 2, 3)
OUTLINE = (8, 6)
"""Rows and columns of cells in which the garment's outline is read."""


_block = partial(ResidualBlock, activation=F.silu)


class GlobalAttention(nn.Module):
    """Self-attention over all positions of a small map: person and garment are not aligned."""

    def __init__(self, width: int, heads: int = 8) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, width)
        self.queries_keys_values = nn.Conv2d(width, 3 * width, 1)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        count, width, height, columns = x.shape
        qkv = self.queries_keys_values(self.norm(x)).reshape(count, 3, self.heads, width // self.heads, -1)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        y = F.scaled_dot_product_attention(q, k, v).transpose(-1, -2)
        return x + self.out(y.reshape(count, width, height, columns))


class ShapeCode(nn.Module):
    """What the garment's outline says about the whole picture, such as how long it is for its width.

    Turns the mask planes of the features into one vector for each of `widths`, to be added everywhere: person
    and garment are not aligned, so convolutions alone learn this slowly.
    """

    def __init__(self, widths: tuple[int, ...], hidden: int = 96) -> None:
        super().__init__()
        self.read = nn.Linear(OUTLINE[0] * OUTLINE[1], hidden)
        self.write = nn.ModuleList(nn.Linear(hidden, width) for width in widths)
        for layer in self.write:
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor) -> list[Tensor]:
        mask = features[:, MASK_PLANES].mean(1, keepdim=True)
        code = F.silu(self.read(F.adaptive_avg_pool2d(mask, OUTLINE).flatten(1)))
        return [layer(code)[:, :, None, None] for layer in self.write]


class WarpNet(nn.Module):
    """A residual U-Net from (N, FEATURE_COUNT, 64, 48) features to flow and layout at half the frame's size.

    Returns flow (N, 2, 128, 96) in normalised garment coordinates and layout logits (N, 4, 128, 96).
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, depths: tuple[int, ...] = DEPTHS) -> None:
        super().__init__()
        self.stem = nn.Conv2d(FEATURE_COUNT, widths[0], 3, 1, 1)
        self.encoder = nn.ModuleList()
        inputs = widths[0]
        for level, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            first = _block(inputs, width, 1 if level == 0 else 2)
            self.encoder.append(nn.Sequential(first, *(_block(width, width) for _ in range(depth - 1))))
            inputs = width
        self.attention = GlobalAttention(inputs)
        self.decoder = nn.ModuleList()
        for width, depth in zip(reversed(widths[:-1]), reversed(depths[:-1]), strict=True):
            first = _block(inputs + width, width)
            rest = (_block(width, width) for _ in range(max(1, depth - 1) - 1))
            self.decoder.append(nn.Sequential(first, *rest))
            inputs = width
        self.shape = ShapeCode((widths[0], *reversed(widths[1:])))
        # Four pixels of the result for each pixel of the features.
        self.head = nn.Conv2d(inputs, 4 * (2 + len(LAYOUT)), 3, 1, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        shapes = self.shape(features)
        x = self.stem(features) + shapes.pop(0)
        skips = []
        for stage in self.encoder:
            x = stage(x)
            skips.append(x)
        skips.pop()
        x = self.attention(x)
        for block in self.decoder:
            x = F.interpolate(x + shapes.pop(0), scale_factor=2.0)
            x = block(torch.cat([x, skips.pop()], 1))
        # bfloat16 would round places to half a pixel.
        with torch.autocast(x.device.type, enabled=False):
            out = F.pixel_shuffle(self.head(x.float()), 2)
        return out[:, :2] + 0.5, out[:, 2:]


@dataclass(frozen=True)
class Warp:
    """How a garment lies on a person, in the 256x192 person frame.

    flow: (256, 192, 2) float32, normalised garment coordinates of each pixel (see `ml.clothframe`)
    layout: (4, 256, 192) float32, probabilities in the order of LAYOUT, summing to 1
    """

    flow: np.ndarray
    layout: np.ndarray


class Warper:
    """A trained WarpNet, ready for use."""

    def __init__(self, network: WarpNet, device: torch.device, version: str = "untrained") -> None:
        self._network = network.to(device, memory_format=torch.channels_last).eval()
        self._device = device
        self.version = version

    @classmethod
    def load(cls, device: str = "auto", folder: Path = FOLDER) -> Self:
        """The weights in `folder`, by default those shipped. Raises `ml.weights.MissingWeightsError`."""
        state, metadata = load_weights("warp", folder)
        network = WarpNet()
        network.load_state_dict(state)
        return cls(network, best_device(device), metadata["version"])

    def warp(self, person: PersonView, cloth: ClothView) -> Warp:
        """Where the garment goes on the person."""
        return self.warp_features(warp_features(person, cloth))

    @torch.inference_mode()
    def warp_features(self, features: np.ndarray) -> Warp:
        """The same from what `ml.features.warp_features` made of them."""
        batch = torch.from_numpy(features)[None].to(self._device)
        with autocast(self._device):
            flow, layout = self._network(batch.contiguous(memory_format=torch.channels_last))
        flow, layout = (F.interpolate(part, NETWORK_SIZE, mode="bilinear")[0] for part in (flow, layout))
        return Warp(flow.permute(1, 2, 0).cpu().numpy(), layout.softmax(0).cpu().numpy())
