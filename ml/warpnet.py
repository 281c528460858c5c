"""The warp network: for every pixel of the person, where in the garment it comes from, and what it shows.

Person and garment are seen by encoders of their own, compared by a transformer, and matched: each place of
the person takes a mean of places of the garment, weighted by likeness, as in GMFlow (Xu et al., 2022). A
decoder refines that flow and draws the layout.
"""

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml.crops import NETWORK_SIZE
from ml.features import (
    CLOTH_PLANES,
    FEATURE_SIZE,
    MASK_PLANES,
    PERSON_PLANES,
    ClothView,
    PersonView,
    warp_features,
)
from ml.layout import GARMENT, LAYOUT
from ml.precision import autocast, best_device, for_inference, memory_format
from ml.unet import ResidualBlock
from ml.weights import FOLDER, WeightSource, load_network

_block = partial(ResidualBlock, activation=F.silu)


@dataclass(frozen=True)
class Widths:
    """Channels of the encoders at a quarter, an eighth and a sixteenth of the frame, the last also those of
    the transformer; of what is matched, and of the decoder. And the transformer's layers and heads."""

    fine: int = 24
    middle: int = 48
    coarse: int = 128
    matched: int = 72
    decoder: int = 40
    layers: int = 4
    heads: int = 4


SHIPPED = Widths()
COVERED = 0.1
"""Share of a matched place that cloth must cover: the rest of a garment's picture is never an answer."""


class Encoder(nn.Module):
    """Maps at a quarter, an eighth and a sixteenth of the frame, of (N, inputs, 64, 48) features."""

    def __init__(self, inputs: int, widths: Widths) -> None:
        super().__init__()
        self.fine = nn.Sequential(nn.Conv2d(inputs, widths.fine, 3, 1, 1), _block(widths.fine, widths.fine))
        self.middle = nn.Sequential(
            _block(widths.fine, widths.middle, 2), _block(widths.middle, widths.middle)
        )
        self.coarse = nn.Sequential(
            _block(widths.middle, widths.coarse, 2), _block(widths.coarse, widths.coarse)
        )

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fine = self.fine(features)
        middle = self.middle(fine)
        return fine, middle, self.coarse(middle)


class Comparison(nn.Module):
    """A transformer over the places of two (N, C, h, w) maps together: each place sees all of both."""

    def __init__(self, widths: Widths, places: int) -> None:
        super().__init__()
        width = widths.coarse
        self.position = nn.Parameter(0.02 * torch.randn(1, 2 * places, width))
        layer = nn.TransformerEncoderLayer(
            width, widths.heads, 2 * width, 0.0, F.gelu, batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(
            layer, widths.layers, nn.LayerNorm(width), enable_nested_tensor=False
        )

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        tokens = torch.cat([first.flatten(2), second.flatten(2)], 2).transpose(1, 2)
        one, other = self.layers(tokens + self.position).transpose(1, 2).chunk(2, 2)
        return one.reshape(first.shape), other.reshape(second.shape)


class Merge(nn.Module):
    """Two maps as one at the size of the finer (Lin et al., 2017, feature pyramids)."""

    def __init__(self, coarse: int, middle: int, outputs: int) -> None:
        super().__init__()
        self.coarse = nn.Conv2d(coarse, outputs, 1)
        self.middle = nn.Conv2d(middle, outputs, 1)
        self.out = nn.Conv2d(outputs, outputs, 3, 1, 1)

    def forward(self, coarse: Tensor, middle: Tensor) -> Tensor:
        return self.out(F.silu(_doubled(self.coarse(coarse)) + self.middle(middle)))


def place_grid(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """(2, height, width) normalised x and y of the middles of a map's pixels, 0..1 from edge to edge."""
    y, x = torch.meshgrid(
        (torch.arange(height, device=device) + 0.5) / height,
        (torch.arange(width, device=device) + 0.5) / width,
        indexing="ij",
    )
    return torch.stack([x, y])


def matched(queries: Tensor, keys: Tensor, values: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
    """For each place of `queries` the mean place and the mean of `values` over the places of `keys`.

    queries: (N, C, H, W); keys, values: (N, C, h, w); allowed: (N, h, w) bool, where in the garment's picture
    cloth is. Returns (N, 2, H, W) normalised places and (N, C, H, W). Weights are the softmax of scaled
    products.
    """
    count, width, height, columns = queries.shape
    # bfloat16 would round weights, and with them places, to a few pixels.
    with torch.autocast(queries.device.type, enabled=False):
        likeness = torch.bmm(queries.float().flatten(2).transpose(1, 2), keys.float().flatten(2))
        shut = torch.zeros_like(likeness[:, :1]).masked_fill_(~allowed.flatten(1)[:, None], -1e4)
        weights = (likeness * width**-0.5 + shut).softmax(2)
        places = place_grid(keys.shape[2], keys.shape[3], queries.device).flatten(1)
        content = torch.cat([places.expand(count, -1, -1), values.float().flatten(2)], 1)
        found = torch.bmm(content, weights.transpose(1, 2)).reshape(count, -1, height, columns)
    return found[:, :2], found[:, 2:]


class WarpNet(nn.Module):
    """From (N, FEATURE_COUNT, 64, 48) features to flow and layout at half the frame's size.

    Returns flow (N, 2, 128, 96) in normalised garment coordinates, layout logits (N, 4, 128, 96), and what
    the matching alone says, flow (N, 2, 32, 24), for a loss of its own.
    """

    def __init__(self, widths: Widths = SHIPPED) -> None:
        super().__init__()
        places = FEATURE_SIZE[0] * FEATURE_SIZE[1] // 16
        planes = (part.stop - part.start for part in (PERSON_PLANES, CLOTH_PLANES))
        self.person, self.cloth = (Encoder(count, widths) for count in planes)
        self.comparison = Comparison(widths, places)
        self.queries = Merge(widths.coarse, widths.middle, widths.matched)
        self.keys, self.values = (nn.Conv2d(widths.coarse, widths.matched, 1) for _ in range(2))
        self.join = _block(2 * widths.matched + 2, widths.matched)
        self.narrow = nn.Conv2d(widths.matched, widths.decoder, 1)
        self.refine = nn.Sequential(
            _block(widths.decoder + 2 * widths.fine + 2, widths.decoder),
            _block(widths.decoder, widths.decoder),
        )
        # Four pixels of the result for each pixel of the features.
        self.head = nn.Conv2d(widths.decoder, 4 * (2 + len(LAYOUT)), 3, 1, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        person_fine, person_middle, person = self.person(features[:, PERSON_PLANES])
        cloth_fine, _, cloth = self.cloth(features[:, CLOTH_PLANES])
        person, cloth = self.comparison(person, cloth)
        queries = self.queries(person, person_middle)
        cover = F.avg_pool2d(features[:, MASK_PLANES].mean(1, keepdim=True), 4)[:, 0] > COVERED
        matching, found = matched(queries, self.keys(cloth), self.values(cloth), cover)
        x = self.narrow(self.join(torch.cat([queries, found, matching - 0.5], 1)))
        flow = _doubled(matching)
        there = F.grid_sample(
            cloth_fine.float(), flow.permute(0, 2, 3, 1) * 2 - 1, padding_mode="border", align_corners=False
        )
        x = self.refine(torch.cat([_doubled(x), person_fine, there, flow - 0.5], 1))
        # bfloat16 would round places to half a pixel.
        with torch.autocast(x.device.type, enabled=False):
            out = F.pixel_shuffle(self.head(x.float()), 2)
            return out[:, :2] + _doubled(flow), out[:, 2:], matching


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


@dataclass(frozen=True)
class Warp:
    """How a garment lies on a person, in the 256x192 person frame.

    flow: (256, 192, 2) float32, normalised garment coordinates of each pixel (see `ml.clothframe`)
    layout: (4, 256, 192) float32, probabilities in the order of LAYOUT, summing to 1
    disagreement: px between the places that are seen straight and in a mirror, mean over the garment;
    infinite when no garment is seen, 0 of what is not seen twice
    """

    flow: np.ndarray
    layout: np.ndarray
    disagreement: float = 0.0


class Warper:
    """A trained WarpNet, ready for use."""

    def __init__(self, network: WarpNet, device: torch.device, version: str = "untrained") -> None:
        self._network = for_inference(network, device)
        self._device = device
        self.version = version

    @classmethod
    def load(cls, device: str = "auto", weights: WeightSource = FOLDER) -> Self:
        """Raises MissingWeightsError and DamagedWeightsError of `ml.weights`."""
        network = WarpNet()
        metadata = load_network(network, "warp", weights)
        return cls(network, best_device(device), metadata["version"])

    @torch.inference_mode()
    def warp(self, person: PersonView, cloth: ClothView) -> Warp:
        """Where the garment goes on the person: the mean of what is seen straight and in a mirror."""
        seen = [warp_features(person, cloth), warp_features(person.mirrored(), cloth.mirrored())]
        batch = torch.from_numpy(np.stack(seen)).to(self._device)
        with autocast(self._device):
            flow, layout, _ = self._network(batch.contiguous(memory_format=memory_format(self._device)))
        flow, layout = (
            F.interpolate(part.float(), NETWORK_SIZE, mode="bilinear").cpu() for part in (flow, layout)
        )
        flipped = flow[1].flip(2)
        flipped[0] = 1 - flipped[0]
        layout = ((layout[0] + layout[1].flip(2)) / 2).softmax(0)
        apart = (flow[0] - flipped) * torch.tensor(NETWORK_SIZE[::-1])[:, None, None]
        apart = apart.norm(dim=0)[layout[GARMENT] > 0.5]
        disagreement = float(apart.mean()) if len(apart) else np.inf
        flow = (flow[0] + flipped) / 2
        return Warp(flow.permute(1, 2, 0).numpy(), layout.numpy(), disagreement)
