"""The generator: what is seen where the old clothing was, how light falls on the new, and where it ends.

Texture is moved, never painted: the garment's own colours are only multiplied by a shading. What the network
paints is skin, wall and other clothing that nobody can move from anywhere.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ml.crops import joint_heatmaps
from ml.pose import JOINT_COUNT
from ml.precision import autocast, best_device, for_inference, memory_format
from ml.unet import ResidualUNet
from ml.weights import FOLDER, WeightSource, load_network

GENERATOR_SIZE = (384, 288)
"""Height and width of the person frame in which it works."""

CONTEXT, HOLE, CLOTH, ROUGH, PERSON = slice(0, 3), slice(3, 4), slice(4, 7), slice(7, 8), slice(8, 9)
"""Planes of the input: the photo without the hole, the hole, the moved garment, its rough outline, and where
the person is expected in their new clothing."""
POSE = slice(9, 9 + JOINT_COUNT)
INPUT_CHANNELS = POSE.stop
WIDTHS, DEPTHS = (32, 64, 112, 160, 192), (1, 2, 2, 2, 2)
ROUGH_TRUST = 2.0
"""Logit that a rough outline counts for: the network corrects it where it knows better."""
DEEPEST_SHADE = 0.7
"""Largest natural logarithm of the shading, up or down."""


@dataclass(frozen=True)
class Painting:
    """What the network says of (N, ..., h, w) frames, as tensors.

    inpainted: (N, 3, h, w), about -1..1, the person without the garment; alpha: (N, 1, h, w) logits of seeing
    the garment; shade: (N, 1, h, w) natural logarithm of the light on it.
    """

    inpainted: Tensor
    alpha: Tensor
    shade: Tensor

    def picture(self, features: Tensor) -> Tensor:
        """(N, 3, h, w) in -1..1: the finished frame; outside the hole the photo itself."""
        cloth = (features[:, CLOTH] + 1) * self.shade.exp() - 1
        alpha, hole = self.alpha.sigmoid(), features[:, HOLE]
        inside = alpha * cloth + (1 - alpha) * self.inpainted
        return (hole * inside + (1 - hole) * features[:, CONTEXT]).clamp(-1, 1)


class Generator(ResidualUNet):
    """From (N, INPUT_CHANNELS, h, w) features to a Painting of the same size; h and w are multiples of 32."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS, depths: tuple[int, ...] = DEPTHS) -> None:
        # Four pixels of the result for each place of the last map.
        super().__init__(INPUT_CHANNELS, 4 * 5, widths, depths)

    def forward(  # type: ignore[override]
        self, features: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The parts of a Painting; in float32, since bfloat16 would round colours to steps that are seen."""
        out = F.pixel_shuffle(super().forward(features).float(), 2)
        alpha = out[:, 3:4] + ROUGH_TRUST * (2 * features[:, ROUGH] - 1)
        return out[:, :3], alpha, DEEPEST_SHADE * torch.tanh(out[:, 4:5])

    def paint(self, features: Tensor) -> Painting:
        """The network's answer."""
        return Painting(*self(features))


def generator_input(
    photo: np.ndarray,
    hole: np.ndarray,
    cloth: np.ndarray,
    rough: np.ndarray,
    person: np.ndarray,
    joints: np.ndarray,
    visibility: np.ndarray,
) -> np.ndarray:
    """Features of one frame: (INPUT_CHANNELS, h, w) float32.

    photo, cloth: RGB (h, w, 3), 0..255; hole, rough, person: (h, w) in 0..1, what is to be made anew, where
    the garment is likely seen, and where anything of the person is; joints: (13, 2) px of the frame;
    visibility: (13,).
    """
    features = np.empty((INPUT_CHANNELS, *hole.shape), np.float32)
    features[HOLE], features[ROUGH], features[PERSON] = hole, rough, person
    features[CONTEXT] = (np.moveaxis(photo, -1, 0) / np.float32(127.5) - 1) * (1 - features[HOLE])
    features[CLOTH] = (np.moveaxis(cloth, -1, 0) / np.float32(127.5) - 1) * (features[ROUGH] > 0)
    features[POSE] = joint_heatmaps(joints, visibility, hole.shape)
    return features


@dataclass(frozen=True)
class Painted:
    """What the generator says of one frame of h x w pixels.

    inpainted: float32 (h, w, 3) in 0..255; alpha: float32 (h, w) in 0..1; light: float32 (h, w), factors
    about 1.
    """

    inpainted: np.ndarray
    alpha: np.ndarray
    light: np.ndarray


class Painter:
    """A trained Generator, ready for use."""

    def __init__(self, network: Generator, device: torch.device, version: str = "untrained") -> None:
        self._network = for_inference(network, device)
        self._device = device
        self.version = version

    @classmethod
    def load(cls, device: str = "auto", weights: WeightSource = FOLDER) -> Self:
        """Raises MissingWeightsError and DamagedWeightsError of `ml.weights`."""
        network = Generator()
        metadata = load_network(network, "generator", weights)
        return cls(network, best_device(device), metadata["version"])

    @torch.inference_mode()
    def paint(self, features: np.ndarray) -> Painted:
        """The answer to `generator_input` (INPUT_CHANNELS, h, w)."""
        batch = torch.from_numpy(features)[None].to(self._device, memory_format=memory_format(self._device))
        with autocast(self._device):
            painting = self._network.paint(batch)
        inpainted = ((painting.inpainted[0] + 1) * 127.5).clamp(0, 255).permute(1, 2, 0)
        alpha, light = painting.alpha[0, 0].sigmoid(), painting.shade[0, 0].exp()
        return Painted(*(np.ascontiguousarray(part.cpu().numpy()) for part in (inpainted, alpha, light)))
