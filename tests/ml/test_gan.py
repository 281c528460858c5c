"""Losses with known values, discriminators and generators with known shapes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ml.gan.discriminator import PatchDiscriminator
from ml.gan.losses import LOSSES, discriminator_loss, generator_loss, r1_penalty
from ml.gan.translators import ResNetGenerator, UNetGenerator

LOG2 = math.log(2)


@pytest.mark.parametrize(
    ("name", "discriminator", "generator"),
    [
        ("non_saturating", 2 * LOG2, LOG2),
        ("minimax", 2 * LOG2, -LOG2),
        ("lsgan", 0.5, 0.5),
        ("hinge", 2.0, 0.0),
    ],
)
def test_losses_of_a_discriminator_that_knows_nothing(name, discriminator, generator):
    logits = torch.zeros(2, 1, 3, 3)
    assert discriminator_loss(logits, logits, name).item() == pytest.approx(discriminator)
    assert generator_loss(logits, name).item() == pytest.approx(generator)


@pytest.mark.parametrize("name", LOSSES)
@given(st.floats(-0.9, 0.9), st.floats(0.05, 2))
def test_every_loss_pushes_the_right_way(name, logit, more):
    at = lambda value: torch.full((1, 1, 1, 1), value)  # noqa: E731
    assert generator_loss(at(logit), name) > generator_loss(at(min(logit + more, 1.0)), name)
    assert discriminator_loss(at(min(logit + more, 1.0)), at(0.0), name) < discriminator_loss(
        at(logit), at(0.0), name
    )


def test_minimax_hardly_slopes_where_the_discriminator_wins():
    slopes = {}
    for name in ("minimax", "non_saturating"):
        logits = torch.full((1,), -8.0, requires_grad=True)
        generator_loss(logits, name).backward()
        slopes[name] = logits.grad.item()
    assert -0.001 < slopes["minimax"] < 0
    assert slopes["non_saturating"] < -0.99


def test_r1_of_a_linear_discriminator_is_its_squared_weight():
    real = torch.randn(4, 3, 2, 2, requires_grad=True)
    penalty = r1_penalty(2 * real.sum((1, 2, 3)), real, gamma=10)
    assert penalty.item() == pytest.approx(10 / 2 * 2**2 * 12)


def test_a_patch_logit_sees_seventy_pixels():
    discriminator = PatchDiscriminator(3, 4)
    # Instance norm mixes the whole picture; the field is that of the convolutions.
    convolutions = torch.nn.Sequential(*(m for m in discriminator if isinstance(m, torch.nn.Conv2d)))
    picture = torch.randn(1, 3, 128, 128, requires_grad=True)
    logits = convolutions(picture)
    assert discriminator(picture).shape == logits.shape == (1, 1, 14, 14)
    logits[0, 0, 7, 7].backward()
    rows, columns = np.nonzero(picture.grad[0].abs().sum(0).numpy())
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (70, 70)


@pytest.mark.parametrize(("network", "inputs"), [(UNetGenerator(6, 4), 6), (ResNetGenerator(4, 1), 3)])
def test_generators_keep_the_size_and_the_range(network, inputs):
    picture = network(torch.randn(2, inputs, 128, 64))
    assert picture.shape == (2, 3, 128, 64)
    assert picture.abs().max() <= 1
