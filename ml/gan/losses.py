"""Adversarial losses as pure functions of logits: positive means "real"."""

from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

LossName = Literal["non_saturating", "minimax", "lsgan", "hinge"]
LOSSES: tuple[LossName, ...] = get_args(LossName)


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor, name: LossName) -> Tensor:
    """What the discriminator minimises: a scalar, the mean over all logits of any shape.

    non_saturating and minimax: binary cross-entropy, -log D(x) - log(1 - D(G(z))) (Goodfellow et al., 2014);
    lsgan: squared distance from 1 and 0, halved (Mao et al., 2017); hinge: (Lim & Ye, 2017).
    """
    if name == "lsgan":
        return ((real_logits - 1).square().mean() + fake_logits.square().mean()) / 2
    if name == "hinge":
        return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def generator_loss(fake_logits: Tensor, name: LossName) -> Tensor:
    """What the generator minimises: a scalar, the mean over all logits of any shape.

    minimax: log(1 - D(G(z))), which hardly slopes while the discriminator wins; non_saturating: -log D(G(z)),
    of the same paper, which does; lsgan: squared distance from 1, halved; hinge: -D(G(z)).
    """
    if name == "minimax":
        return -F.softplus(fake_logits).mean()
    if name == "lsgan":
        return (fake_logits - 1).square().mean() / 2
    if name == "hinge":
        return -fake_logits.mean()
    return F.softplus(-fake_logits).mean()


def r1_penalty(real_logits: Tensor, real: Tensor, gamma: float = 10.0) -> Tensor:
    """gamma / 2 times the mean squared norm of the logits' gradient at `real` (Mescheder et al., 2018, R1).

    real: (N, C, H, W) that required gradients when `real_logits` were made from it.
    """
    (gradient,) = torch.autograd.grad(real_logits.sum(), real, create_graph=True)
    return gamma / 2 * gradient.square().sum((1, 2, 3)).mean()
