"""The generators of the two textbook translators; pictures are (N, 3, H, W) in -1..1."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class UNetGenerator(nn.Module):
    """The U-Net of pix2pix (Isola et al., 2017), one level shallower: H and W are multiples of 64.

    From a condition of any channels to a picture of the same size. Dropout in the innermost levels stands for
    noise, as in the paper, but only while training.
    """

    WIDTHS = (1, 2, 4, 8, 8, 8)

    def __init__(self, inputs: int, width: int = 32) -> None:
        super().__init__()
        widths = [width * factor for factor in self.WIDTHS]
        self.down = nn.ModuleList()
        for level, after in enumerate(widths):
            norm = 0 < level < len(widths) - 1
            self.down.append(_Down(inputs if level == 0 else widths[level - 1], after, norm))
        self.up = nn.ModuleList()
        for level in reversed(range(1, len(widths))):
            before = widths[level] * (1 if level == len(widths) - 1 else 2)
            self.up.append(_Up(before, widths[level - 1], dropout=level >= len(widths) - 2))
        self.out = nn.ConvTranspose2d(2 * widths[0], 3, 4, 2, 1)

    def forward(self, condition: Tensor) -> Tensor:
        x, levels = condition, list[Tensor]()
        for layer in self.down:
            x = layer(F.leaky_relu(x, 0.2) if levels else x)
            levels.append(x)
        levels.pop()
        for layer in self.up:
            x = torch.cat([layer(x), levels.pop()], 1)
        return torch.tanh(self.out(F.relu(x)))


class _Down(nn.Module):
    def __init__(self, before: int, after: int, norm: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, 4, 2, 1, bias=not norm)
        self.norm = nn.InstanceNorm2d(after, affine=True) if norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))


class _Up(nn.Module):
    def __init__(self, before: int, after: int, dropout: bool) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False)
        self.norm = nn.InstanceNorm2d(after, affine=True)
        self.dropout = nn.Dropout2d(0.5) if dropout else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(self.norm(self.conv(F.relu(x))))


class ResNetGenerator(nn.Sequential):
    """CycleGAN's generator (Zhu et al., 2017) after Johnson et al. (2016): H and W are multiples of 4."""

    def __init__(self, width: int = 32, blocks: int = 6) -> None:
        super().__init__(
            nn.ReflectionPad2d(3),
            *_normed(nn.Conv2d(3, width, 7), width),
            *_normed(nn.Conv2d(width, 2 * width, 3, 2, 1), 2 * width),
            *_normed(nn.Conv2d(2 * width, 4 * width, 3, 2, 1), 4 * width),
            *(_Residual(4 * width) for _ in range(blocks)),
            *_normed(nn.ConvTranspose2d(4 * width, 2 * width, 3, 2, 1, 1), 2 * width),
            *_normed(nn.ConvTranspose2d(2 * width, width, 3, 2, 1, 1), width),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, 3, 7),
            nn.Tanh(),
        )


def _normed(conv: nn.Module, width: int) -> tuple[nn.Module, ...]:
    return conv, nn.InstanceNorm2d(width, affine=True), nn.ReLU()


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(1),
            *_normed(nn.Conv2d(width, width, 3), width),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width, affine=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)
