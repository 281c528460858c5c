"""Train CycleGAN (Zhu et al., 2017): photos of people into pictures of garments and back, without pairs."""

import argparse
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml.datasets import read_unpaired
from ml.gan.discriminator import PatchDiscriminator
from ml.gan.losses import LOSSES, LossName, discriminator_loss, generator_loss
from ml.gan.translators import ResNetGenerator
from ml.precision import autocast, best_device
from ml.training.adversarial import train_adversaries
from ml.training.loop import Clock, Trainee, prefetched, shuffled
from ml.training.pictures import as_image, load_pictures
from ml.training.settings import RunSettings, add_settings
from ml.weights import save_weights

VERSION = "cyclegan-1"
BATCH = 2
BETAS = (0.5, 0.999)
CYCLE_WEIGHT, IDENTITY_WEIGHT = 10.0, 5.0
POOL = 50


class PicturePool:
    """Hands out older fakes half of the time, so that the discriminator forgets none (Shrivastava, 2017)."""

    def __init__(self, rng: np.random.Generator, size: int = POOL) -> None:
        self._kept: list[Tensor] = []
        self._rng = rng
        self._size = size

    def exchange(self, fakes: Tensor) -> Tensor:
        """As many fakes as (N, C, H, W) `fakes` has, some of them from earlier calls; detached."""
        given = []
        for fake in fakes.detach():
            if len(self._kept) < self._size:
                self._kept.append(fake)
            elif self._rng.random() < 0.5:
                place = int(self._rng.integers(self._size))
                fake, self._kept[place] = self._kept[place], fake
            given.append(fake)
        return torch.stack(given)


class CycleGan:
    """Two generators, two discriminators, and one step of both."""

    def __init__(self, settings: RunSettings, loss: LossName, width: int = 32) -> None:
        self.loss: LossName = loss
        generators = nn.ModuleDict({"garment": ResNetGenerator(width), "person": ResNetGenerator(width)})
        judges = nn.ModuleDict(
            {"garment": PatchDiscriminator(3, width), "person": PatchDiscriminator(3, width)}
        )
        device = best_device()
        at = settings.output
        self.generators = Trainee.start(
            generators.to(device), replace(settings, output=at / "generators"), BETAS
        )
        self.judges = Trainee.start(
            judges.to(device), replace(settings, output=at / "judges", base=None), BETAS
        )
        rng = np.random.default_rng(self.generators.steps)
        self.pools = {"garment": PicturePool(rng), "person": PicturePool(rng)}
        self.device = device

    @property
    def clock(self) -> Clock:
        return self.generators.clock

    @property
    def steps(self) -> int:
        return self.generators.steps

    def step(self, people: Tensor, garments: Tensor) -> tuple[float, float]:
        """One step of the generators, then one of the discriminators; loss_g and loss_d.

        people, garments: (N, 3, H, W) in -1..1, not related to each other.
        """
        to, judge = self.generators.network, self.judges.network
        with autocast(self.device):
            fake = {"garment": to["garment"](people), "person": to["person"](garments)}
            cycle = F.l1_loss(to["person"](fake["garment"]), people)
            cycle = cycle + F.l1_loss(to["garment"](fake["person"]), garments)
            identity = F.l1_loss(to["garment"](garments), garments) + F.l1_loss(to["person"](people), people)
            fooled = sum(generator_loss(judge[name](fake[name]).float(), self.loss) for name in fake)
            loss_g = fooled + CYCLE_WEIGHT * cycle + IDENTITY_WEIGHT * identity
        self.generators.descend(loss_g)
        real = {"garment": garments, "person": people}
        with autocast(self.device):
            losses = [
                discriminator_loss(
                    judge[name](real[name]).float(),
                    judge[name](self.pools[name].exchange(fake[name])).float(),
                    self.loss,
                )
                for name in fake
            ]
            loss_d = torch.stack(losses).sum()
        self.judges.descend(loss_d)
        return loss_g.item(), loss_d.item()

    @torch.inference_mode()
    def samples(self, people: Tensor, garments: Tensor) -> np.ndarray:
        """RGB uint8 sheet: people, what they become; garments, what they become."""
        to = self.generators.ema.eval()
        return as_image(people, to["garment"](people), garments, to["person"](garments))

    def save(self, output: Path) -> None:
        """Checkpoint of all four networks, and the averaged generators as weights."""
        self.generators.save(output / "generators")
        self.judges.save(output / "judges")
        save_weights(self.generators.ema.state_dict(), {"version": VERSION}, output / "cyclegan.safetensors")


def batches(
    people: list[Path], garments: list[Path], rng: np.random.Generator
) -> Generator[tuple[Tensor, Tensor], None, None]:
    """Endless random batches of people and of garments."""
    size = min(BATCH, len(people), len(garments))
    orders = zip(shuffled(len(people), size, rng), shuffled(len(garments), size, rng), strict=True)
    yield from prefetched(
        lambda chosen: (load_pictures(people, chosen[0], rng), load_pictures(garments, chosen[1], rng)),
        orders,
    )


def train(settings: RunSettings, loss: LossName = "lsgan") -> Path:
    """Train on a folder that `ml.datasets.read_unpaired` reads; returns output/cyclegan.safetensors.

    A checkpoint and a sheet of samples go to the output every three minutes.
    """
    torch.manual_seed(0)
    people, garments = read_unpaired(settings.data)
    gan = CycleGan(settings, loss)
    source = batches(people, garments, np.random.default_rng(gan.steps))
    train_adversaries(gan, source, settings.output)
    return settings.output / "cyclegan.safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml train cyclegan`."""
    add_settings(parser, "cyclegan", minutes=60, rate=2e-4)
    parser.add_argument("--loss", choices=LOSSES, default="lsgan")


def run(args: argparse.Namespace) -> int:
    """Train and print the path of the weights."""
    print(train(RunSettings.of(args), args.loss))
    return 0
