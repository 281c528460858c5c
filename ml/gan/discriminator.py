"""A discriminator that judges patches: is each piece of the picture real, whatever the rest shows?"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PatchDiscriminator(nn.Sequential):
    """From (N, inputs, H, W) to logits (N, 1, H/8 - 2, W/8 - 2), each of which sees 70x70 pixels.

    The 70x70 PatchGAN of pix2pix (Isola et al., 2017), with instance norm, so that a gradient penalty of one
    picture does not depend on the others. For a conditional one, concatenate picture and condition.
    """

    def __init__(self, inputs: int, width: int = 64) -> None:
        def layer(before: int, after: int, stride: int) -> list[nn.Module]:
            norm = nn.InstanceNorm2d(after, affine=True)
            return [nn.Conv2d(before, after, 4, stride, 1, bias=False), norm, nn.LeakyReLU(0.2)]

        super().__init__(
            nn.Conv2d(inputs, width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            *layer(width, 2 * width, 2),
            *layer(2 * width, 4 * width, 2),
            *layer(4 * width, 8 * width, 1),
            nn.Conv2d(8 * width, 1, 4, 1, 1),
        )


class MultiScaleDiscriminator(nn.Module):
    """Several PatchDiscriminators, each of which sees the picture at half the size of the one before
    (Wang et al., 2018, pix2pixHD): from (N, inputs, H, W) to the logits of all patches, (N, M).
    """

    def __init__(self, inputs: int, width: int = 64, scales: int = 2) -> None:
        super().__init__()
        self.judges = nn.ModuleList(PatchDiscriminator(inputs, width) for _ in range(scales))

    def forward(self, picture: Tensor) -> Tensor:
        logits = []
        for judge in self.judges:
            logits.append(judge(picture).flatten(1))
            picture = F.avg_pool2d(picture, 2)
        return torch.cat(logits, 1)
