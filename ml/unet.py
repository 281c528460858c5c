"""The residual blocks of every network here, and the U-Net under the parser and the cloth segmenter."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al., 2015), optionally at half the resolution."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        stride: int = 1,
        activation: Callable[[Tensor], Tensor] = F.relu,
    ) -> None:
        super().__init__()
        self.activation = activation
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.activation(self.norm1(self.conv1(x)))
        return self.activation(self.norm2(self.conv2(y)) + self.shortcut(x))


class UNet(nn.Module):
    """From (N, inputs, h, w) to (N, outputs, h/2, w/2) logits (Ronneberger et al., 2015).

    stem: to half the resolution; encoder: stages, each but the first at half the resolution of the one
    before; channels: of the stages' results; widths: of the decoder at the resolution of each stage but
    the last.
    """

    def __init__(
        self,
        stem: nn.Module,
        encoder: nn.ModuleList,
        channels: tuple[int, ...],
        widths: tuple[int, ...],
        outputs: int,
    ) -> None:
        super().__init__()
        self.stem, self.encoder = stem, encoder
        *skips, deepest = channels
        self.context = nn.Conv2d(deepest, deepest, 1)
        self.decoder = nn.ModuleList()
        for skip, width in zip(reversed(skips), reversed(widths), strict=True):
            self.decoder.append(ResidualBlock(deepest + skip, width))
            deepest = width
        self.head = nn.Conv2d(deepest, outputs, 1)

    def encoded(self, features: Tensor) -> list[Tensor]:
        """What each stage of the encoder makes of (N, inputs, h, w), from half the resolution down."""
        x = self.stem(features)
        stages = []
        for stage in self.encoder:
            x = stage(x)
            stages.append(x)
        return stages

    def forward(self, features: Tensor) -> Tensor:
        *skips, x = self.encoded(features)
        # What the whole picture looks like tells, say, a dress from a top and a skirt.
        # Expanded in so many words, since OpenCV cannot add maps of two sizes to a convolution's.
        x = x + self.context(x.mean((2, 3), keepdim=True)).expand_as(x)
        for block in self.decoder:
            x = F.interpolate(x, scale_factor=2.0)
            x = block(torch.cat([x, skips.pop()], 1))
        return self.head(x)


class ResidualUNet(UNet):
    """A U-Net of residual blocks alone.

    widths, depths: channels and blocks of each level, from half the resolution down; h and w are multiples of
    2 ** len(widths).
    """

    def __init__(self, inputs: int, outputs: int, widths: tuple[int, ...], depths: tuple[int, ...]) -> None:
        encoder, channels = nn.ModuleList(), widths[0]
        for level, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            first = ResidualBlock(channels, width, 1 if level == 0 else 2)
            rest = (ResidualBlock(width, width) for _ in range(depth - 1))
            encoder.append(nn.Sequential(first, *rest))
            channels = width
        super().__init__(nn.Conv2d(inputs, widths[0], 4, 2, 1), encoder, widths, widths[:-1], outputs)
