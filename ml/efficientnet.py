"""The encoder of EfficientNet-Lite0 (Tan & Le, 2019; Lite: no squeeze-and-excitation, ReLU6)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STEM = 32
STAGES = (
    # Blocks of one resolution each: (expansion, channels, blocks, stride, kernel).
    ((1, 16, 1, 1, 3),),
    ((6, 24, 2, 2, 3),),
    ((6, 40, 2, 2, 5),),
    ((6, 80, 3, 2, 3), (6, 112, 3, 1, 5)),
    ((6, 192, 4, 2, 5), (6, 320, 1, 1, 3)),
)
CHANNELS = tuple(groups[-1][1] for groups in STAGES)
"""Channels of each stage, at a half, a quarter, ... a thirty-second of the picture's size."""


class SameConv(nn.Conv2d):
    """A convolution without bias, padded as TensorFlow does, whose weights these are: at stride 2 by one more
    at the lower and right edges."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        symmetric = (kernel - 1) // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, symmetric, groups=groups, bias=False)
        before = (kernel - 2) // 2
        self._uneven = (before, kernel - 2 - before) * 2 if stride == 2 else None

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if self._uneven is None else F.pad(x, self._uneven))


def normalised(conv: nn.Conv2d, *activation: nn.Module) -> nn.Sequential:
    """`conv`, batch normalisation with the constants of the shipped weights, and an activation, if any."""
    return nn.Sequential(conv, nn.BatchNorm2d(conv.out_channels, eps=1e-3, momentum=0.01), *activation)


class InvertedResidual(nn.Module):
    """Expand, filter each channel by itself, project (Sandler et al., 2018)."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        wide = inputs * expansion
        parts = [normalised(SameConv(inputs, wide, 1), nn.ReLU6())] if expansion > 1 else []
        parts.append(normalised(SameConv(wide, wide, kernel, stride, groups=wide), nn.ReLU6()))
        parts.append(normalised(SameConv(wide, outputs, 1)))
        self.parts = nn.Sequential(*parts)
        self.same = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.parts(x)
        return x + y if self.same else y


def stem(inputs: int) -> nn.Sequential:
    """The first convolution, from (N, inputs, h, w) to (N, 32, h/2, w/2)."""
    return normalised(SameConv(inputs, STEM, 3, 2), nn.ReLU6())


def stages() -> nn.ModuleList:
    """The five stages after the stem."""
    made, inputs = nn.ModuleList(), STEM
    for groups in STAGES:
        blocks = []
        for expansion, outputs, count, stride, kernel in groups:
            widths = pairwise([inputs] + [outputs] * count)
            blocks += [
                InvertedResidual(before, after, expansion, stride if index == 0 else 1, kernel)
                for index, (before, after) in enumerate(widths)
            ]
            inputs = outputs
        made.append(nn.Sequential(*blocks))
    return made


def pretrained(published: dict[str, Tensor], inputs: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """State dicts of `stem(inputs)` and of `stages()` from the `published` weights of EfficientNet-Lite0.

    Those see three channels of RGB in about -1..1; channels beyond them begin without influence.
    """
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")

    def layer(target: str, conv: str, batch: str) -> dict[str, Tensor]:
        found = {f"{target}.0.weight": published[f"{conv}.weight"]}
        return found | {f"{target}.1.{name}": published[f"{batch}.{name}"] for name in norm}

    first = layer("", "_conv_stem", "_bn0")
    first = {key.removeprefix("."): value for key, value in first.items()}
    colours = first["0.weight"]
    first["0.weight"] = torch.cat([colours, colours.new_zeros(STEM, inputs - 3, 3, 3)], 1)
    rest: dict[str, Tensor] = {}
    number = 0
    for stage, groups in enumerate(STAGES):
        index = 0
        for expansion, _, count, _, _ in groups:
            for _ in range(count):
                here, there, part = f"{stage}.{index}.parts", f"_blocks.{number}", 0
                if expansion > 1:
                    rest |= layer(f"{here}.0", f"{there}._expand_conv", f"{there}._bn0")
                    part = 1
                rest |= layer(f"{here}.{part}", f"{there}._depthwise_conv", f"{there}._bn1")
                rest |= layer(f"{here}.{part + 1}", f"{there}._project_conv", f"{there}._bn2")
                index, number = index + 1, number + 1
    return first, rest
