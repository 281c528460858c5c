"""Train the generator against a discriminator on street photos whose clothing is taken off and put back."""

import argparse
from collections.abc import Generator as Batches
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ml.gan.discriminator import MultiScaleDiscriminator
from ml.gan.losses import LOSSES, LossName, discriminator_loss, generator_loss, r1_penalty
from ml.generator import CLOTH, CONTEXT, HOLE, POSE, Generator, Painting
from ml.pose import JOINT_COUNT
from ml.precision import autocast, best_device, memory_format
from ml.training.adversarial import train_adversaries
from ml.training.generator_samples import PaintSample, paint_sample
from ml.training.loop import Clock, Trainee, prefetched, shuffled
from ml.training.people import Person, holdout_numbers, labelled_numbers, load_people, load_rest
from ml.training.pictures import as_image
from ml.training.settings import RunSettings, add_settings
from ml.twins.textures import TextureSource
from ml.weights import save_weights

VERSION = "generator-1"
BATCH = 8
BETAS = (0.5, 0.99)
PICTURE, INPAINTED, EDGES, ALPHA, LIGHT, ADVERSARIAL = 4.0, 4.0, 4.0, 2.0, 4.0, 0.15
"""Weights of the parts of the generator's loss."""
ALONE = 0.75
"""Share of the run before the discriminator has a say: first it must see something."""
R1_EVERY, R1_GAMMA = 8, 0.05
"""R1 is costly and taken at every eighth step only, eight times as strong (Karras et al., 2020)."""


def batch_of(samples: list[PaintSample]) -> tuple[Tensor, ...]:
    """Features, photo, worn, light, lit and counted of all samples, the last four with one channel."""
    names = ("features", "photo", "worn", "light", "lit", "counted")
    stacked = [torch.from_numpy(np.stack([getattr(sample, name) for sample in samples])) for name in names]
    return (*stacked[:2], *(part[:, None] for part in stacked[2:]))


def batches(
    people: list[Person], textures: TextureSource, rng: np.random.Generator
) -> Batches[tuple[Tensor, ...], None, None]:
    """Endless random batches, each made while the networks work on the one before."""

    def make(chosen: list[int]) -> tuple[Tensor, ...]:
        samples: list[PaintSample] = []
        while len(samples) < BATCH:
            person = people[chosen.pop() if chosen else int(rng.integers(len(people)))]
            sample = paint_sample(person, textures, rng, people[rng.integers(len(people))].image)
            samples += [sample] if sample else []
        return batch_of(samples)

    yield from prefetched(make, shuffled(len(people), BATCH, rng))


def mean_over(values: Tensor, where: Tensor) -> Tensor:
    """Mean of `values` (N, C, H, W) over the pixels that `where` (N, 1, H, W) counts; 0 when it counts
    none.
    """
    return (values * where).sum() / (where.sum() * values.shape[1]).clamp(min=1)


def reconstruction_loss(
    painting: Painting,
    picture: Tensor,
    features: Tensor,
    photo: Tensor,
    worn: Tensor,
    light: Tensor,
    lit: Tensor,
    counted: Tensor,
) -> Tensor:
    """How far a painting, and the (N, 3, H, W) `picture` made of it, are from the photo they should give.

    Colours and their differences between neighbours in the hole; what is painted beside the garment, and,
    a little, around the hole, so that it fits there; the garment's outline by cross-entropy and soft
    Dice; its light.
    """
    hole = features[:, HOLE] * counted
    bare = counted * (1 - worn) * (0.1 + features[:, HOLE])
    error = picture - photo
    across, down = error[..., 1:] - error[..., :-1], error[..., 1:, :] - error[..., :-1, :]
    edges = mean_over(across.abs(), hole[..., 1:]) + mean_over(down.abs(), hole[..., 1:, :])
    alpha = painting.alpha.sigmoid()
    entropy = F.binary_cross_entropy_with_logits(painting.alpha, worn, reduction="none")
    overlap = 2 * (alpha * worn * hole).sum((1, 2, 3)) + 1
    dice = overlap / ((alpha * hole).sum((1, 2, 3)) + (worn * hole).sum((1, 2, 3)) + 1)
    return (
        PICTURE * mean_over(error.abs(), hole)
        + INPAINTED * mean_over((painting.inpainted - photo).abs(), bare)
        + EDGES * edges
        + ALPHA * (mean_over(entropy, hole) + (1 - dice).mean())
        + LIGHT * mean_over((painting.shade - light).abs(), lit * worn)
    )


class TryOnGan:
    """Generator, discriminator, and one step of both."""

    def __init__(self, settings: RunSettings, loss: LossName, width: int = 32) -> None:
        self.loss: LossName = loss
        self.device = best_device()
        at = settings.output
        generator = Generator().to(self.device, memory_format=memory_format(self.device))
        # What it judges is a picture, where it was made anew, and the pose.
        judge = MultiScaleDiscriminator(3 + 1 + JOINT_COUNT, width).to(self.device)
        self.generator = Trainee.start(generator, replace(settings, output=at / "generator"), BETAS)
        judge_settings = replace(settings, output=at / "judge", base=None, rate=settings.rate / 2)
        self.judge = Trainee.start(judge, judge_settings, BETAS)

    @property
    def clock(self) -> Clock:
        return self.generator.clock

    @property
    def steps(self) -> int:
        return self.generator.steps

    def step(self, features: Tensor, photo: Tensor, *truth: Tensor) -> tuple[float, float]:
        """One step of the generator, then one of the discriminator; loss_g and loss_d."""
        features = features.contiguous(memory_format=memory_format(self.device))
        condition = torch.cat([features[:, HOLE], features[:, POSE]], 1)
        self.generator.network.train()
        with autocast(self.device):
            painting = self.generator.network.paint(features)
        fake = painting.picture(features)
        loss_g = reconstruction_loss(painting, fake, features, photo, *truth)
        if self.clock.progress < ALONE:
            self.generator.descend(loss_g)
            return loss_g.item(), 0.0

        with autocast(self.device):
            fake_logits = self.judge.network(torch.cat([fake, condition], 1)).float()
        self.generator.descend(loss_g + ADVERSARIAL * generator_loss(fake_logits, self.loss))
        with autocast(self.device):
            real_logits, fake_logits = (
                self.judge.network(torch.cat([picture, condition], 1)).float()
                for picture in (photo, fake.detach())
            )
        loss_d = discriminator_loss(real_logits, fake_logits, self.loss)
        penalty = self._r1(photo, condition) if self.steps % R1_EVERY == 0 else 0
        self.judge.descend(loss_d + penalty)
        return loss_g.item(), loss_d.item()

    def _r1(self, photo: Tensor, condition: Tensor) -> Tensor:
        real = photo.detach().requires_grad_()
        logits = self.judge.network(torch.cat([real, condition], 1))
        # Patches are as good as independent: divided so, the penalty is that of one of them, however many.
        return r1_penalty(logits / logits.shape[1] ** 0.5, real, R1_GAMMA * R1_EVERY)

    @torch.inference_mode()
    def samples(self, features: Tensor, photo: Tensor, *_: Tensor) -> np.ndarray:
        """RGB uint8 sheet: photos without the clothing, the clothing, what is painted, the results, the
        photos.
        """
        painting = self.generator.ema.eval().paint(features)
        rows = features[:, CONTEXT], features[:, CLOTH], painting.inpainted, painting.picture(features), photo
        return as_image(*(row.clamp(-1, 1) for row in rows))

    def save(self, output: Path) -> None:
        """Checkpoint of both networks, and the averaged generator as weights."""
        self.generator.save(output / "generator")
        self.judge.save(output / "judge")
        save_weights(self.generator.ema.state_dict(), {"version": VERSION}, output / "generator.safetensors")


def train(settings: RunSettings, loss: LossName = "non_saturating") -> Path:
    """Train on data/people and data/garments; returns output/generator.safetensors.

    A checkpoint and a sheet of samples go to the output every three minutes. The held-out photos are not
    read.
    """
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    data = settings.data
    numbers = [number for number in labelled_numbers(data / "people") if number not in holdout_numbers()]
    cache = settings.output.parent
    people = load_people(data / "people", numbers, cache / "poses")
    people += load_rest(data / "people", cache / "parsed")
    gan = TryOnGan(settings, loss)
    textures = TextureSource(data / "garments" if (data / "garments").is_dir() else None)
    train_adversaries(gan, batches(people, textures, np.random.default_rng(gan.steps)), settings.output)
    return settings.output / "generator.safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml train generator`."""
    add_settings(parser, "generator", minutes=60, rate=1e-3)
    parser.add_argument("--loss", choices=LOSSES, default="non_saturating")


def run(args: argparse.Namespace) -> int:
    """Train and print the path of the weights."""
    print(train(RunSettings.of(args), args.loss))
    return 0
