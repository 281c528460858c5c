"""Train pix2pix (Isola et al., 2017): a photo without its garment, and that garment, into the photo."""

import argparse
from collections.abc import Generator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ml.datasets import DataLayoutError, TryOnPair, read_pairs
from ml.errors import Refusal
from ml.gan.discriminator import PatchDiscriminator
from ml.gan.losses import LOSSES, LossName, discriminator_loss, generator_loss
from ml.gan.translators import UNetGenerator
from ml.images import read_image, write_image
from ml.laying import MAY_BE_COVERED
from ml.morphology import dilate
from ml.pipeline import TryOnPipeline
from ml.precision import autocast, best_device
from ml.scene import Scene, in_front, old_garment
from ml.training.adversarial import train_adversaries
from ml.training.loop import Clock, Trainee, prefetched, shuffled
from ml.training.pictures import as_image, as_tensor, fitted
from ml.training.settings import RunSettings, add_settings
from ml.weights import save_weights

VERSION = "pix2pix-1"
BATCH = 4
BETAS = (0.5, 0.999)
L1_WEIGHT = 100.0
GREY = 127
MARGIN = 0.02
"""How far around the old garment nothing is shown, as a share of the photo's height."""


def agnostic(scene: Scene, category: str) -> np.ndarray:
    """The photo, RGB uint8 (H, W, 3), grey wherever it could tell what garment of `category` is worn."""
    skin = [scene.regions[name] for name in MAY_BE_COVERED[category]]
    hidden = dilate(np.any([old_garment(scene, category), *skin], axis=0), MARGIN * len(scene.photo))
    return np.where((hidden & ~in_front(scene, category))[..., None], GREY, scene.photo).astype(np.uint8)


class PairSource:
    """Conditions and photos of worn garments; what costs is done once and kept in `cache`."""

    def __init__(self, pairs: list[TryOnPair], pipeline: TryOnPipeline, cache: Path) -> None:
        self.pairs = [pair for pair in pairs if pair.paired]
        if not self.pairs:
            raise DataLayoutError("pix2pix needs photos of people in the very garments that are shown beside")
        self._pipeline = pipeline
        self._cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def load(self, chosen: list[int], rng: np.random.Generator) -> tuple[Tensor, Tensor] | None:
        """(N, 6, 256, 192) agnostic photos and garments, and (N, 3, 256, 192) photos; None if all of them
        were refused, as photos without one clearly visible person are."""
        triples = [triple for index in chosen if (triple := self._triple(self.pairs[index]))]
        if not triples:
            return None
        mirrored = [
            tuple(image[:, ::-1] for image in triple) if rng.random() < 0.5 else triple for triple in triples
        ]
        hidden, cloth, photo = (as_tensor(list(images)) for images in zip(*mirrored, strict=True))
        return torch.cat([hidden, cloth], 1), photo

    def _triple(self, pair: TryOnPair) -> tuple[np.ndarray, ...] | None:
        photo = read_image(pair.person)
        kept = self._cache / f"{sha256(f'{pair.person} {pair.category}'.encode()).hexdigest()[:24]}.png"
        if not kept.is_file():
            try:
                person = self._pipeline.analyse_person(photo)
            except Refusal:
                return None
            write_image(kept, fitted(agnostic(person.scene, pair.category)))
        return read_image(kept), fitted(read_image(pair.cloth)), fitted(photo)


class Pix2Pix:
    """Generator, discriminator, and one step of both."""

    def __init__(self, settings: RunSettings, loss: LossName, width: int = 32) -> None:
        self.loss: LossName = loss
        self.device = best_device()
        at = settings.output
        self.generator = Trainee.start(
            UNetGenerator(6, width).to(self.device), replace(settings, output=at / "generator"), BETAS
        )
        self.judge = Trainee.start(
            PatchDiscriminator(9, width).to(self.device),
            replace(settings, output=at / "judge", base=None),
            BETAS,
        )

    @property
    def clock(self) -> Clock:
        return self.generator.clock

    @property
    def steps(self) -> int:
        return self.generator.steps

    def step(self, condition: Tensor, photo: Tensor) -> tuple[float, float]:
        """One step of the generator, then one of the discriminator; loss_g and loss_d.

        condition: (N, 6, H, W), photo: (N, 3, H, W), both in -1..1.
        """
        judge = self.judge.network
        with autocast(self.device):
            fake = self.generator.network(condition)
            fake_logits = judge(torch.cat([condition, fake], 1)).float()
            loss_g = generator_loss(fake_logits, self.loss) + L1_WEIGHT * F.l1_loss(fake, photo)
        self.generator.descend(loss_g)
        with autocast(self.device):
            real_logits = judge(torch.cat([condition, photo], 1)).float()
            fake_logits = judge(torch.cat([condition, fake.detach()], 1)).float()
            loss_d = discriminator_loss(real_logits, fake_logits, self.loss)
        self.judge.descend(loss_d)
        return loss_g.item(), loss_d.item()

    @torch.inference_mode()
    def samples(self, condition: Tensor, photo: Tensor) -> np.ndarray:
        """RGB uint8 sheet: agnostic photos, garments, what becomes of them, and the true photos."""
        return as_image(condition[:, :3], condition[:, 3:], self.generator.ema.eval()(condition), photo)

    def save(self, output: Path) -> None:
        """Checkpoint of both networks, and the averaged generator as weights."""
        self.generator.save(output / "generator")
        self.judge.save(output / "judge")
        save_weights(self.generator.ema.state_dict(), {"version": VERSION}, output / "pix2pix.safetensors")


def batches(source: PairSource, rng: np.random.Generator) -> Generator[tuple[Tensor, Tensor], None, None]:
    """Endless random batches; those of refused photos alone are left out. DataLayoutError if all are."""
    count, refused = len(source.pairs), 0
    for batch in prefetched(lambda chosen: source.load(chosen, rng), shuffled(count, min(BATCH, count), rng)):
        refused = 0 if batch else refused + 1
        if refused * BATCH > count:
            raise DataLayoutError("in none of the photos a person can be seen well enough")
        if batch:
            yield batch


def train(settings: RunSettings, loss: LossName = "non_saturating") -> Path:
    """Train on a folder that `ml.datasets.read_pairs` reads; returns output/pix2pix.safetensors.

    A checkpoint and a sheet of samples go to the output every three minutes.
    """
    torch.manual_seed(0)
    cache = settings.output.parent / "agnostic"
    source = PairSource(read_pairs(settings.data), TryOnPipeline.load(), cache)
    gan = Pix2Pix(settings, loss)
    coming = batches(source, np.random.default_rng(gan.steps))
    train_adversaries(gan, coming, settings.output)
    return settings.output / "pix2pix.safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml train pix2pix`."""
    add_settings(parser, "pix2pix", minutes=60, rate=2e-4)
    parser.add_argument("--loss", choices=LOSSES, default="non_saturating")


def run(args: argparse.Namespace) -> int:
    """Train and print the path of the weights."""
    print(train(RunSettings.of(args), args.loss))
    return 0
