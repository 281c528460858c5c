"""Train the cloth segmenter on composites of garments and backgrounds."""

import argparse
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml.cloth import ClothNet, network_input
from ml.precision import autocast, best_device, memory_format
from ml.training.flatlays import Flatlays
from ml.training.loop import Trainee, prefetched
from ml.training.people import holdout_numbers, labelled_numbers, load_people
from ml.training.settings import RunSettings, add_settings
from ml.twins.store import write_twins
from ml.twins.textures import TextureSource
from ml.weights import save_weights

VERSION = "cloth-3"
BATCH = 8
TWINS, FIRST_TWIN = 600, 700_000
PEOPLE = 250
VALIDATION_SEED, VALIDATION = 9, 64
INSIDE_WEIGHT = 4.0


def mask_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy plus soft Dice for the garment, per picture, and for its inside, per batch.

    logits: (N, 2, h, w) float32; targets: (N, 2, h, w) in 0..1. The inside is small or absent: only the
    garment's pixels say something about it, and the few that show it count more.
    """
    garment, inside = (
        F.binary_cross_entropy_with_logits(logits[:, k], targets[:, k], reduction="none", pos_weight=weight)
        for k, weight in enumerate((None, logits.new_tensor(INSIDE_WEIGHT)))
    )
    cloth = targets[:, 0]
    probabilities = logits.sigmoid()
    return (
        garment.mean()
        + (inside * cloth).sum() / cloth.sum().clamp(min=1)
        + 0.5 * (1 - dice(probabilities[:, 0], cloth, (1, 2))).mean()
        + 0.5 * (1 - dice(probabilities[:, 1] * cloth, targets[:, 1], (0, 1, 2)))
    )


def dice(probabilities: Tensor, targets: Tensor, over: tuple[int, ...]) -> Tensor:
    """Soft Dice coefficient (Milletari et al., 2016) summed over the dimensions `over`."""
    overlap = 2 * (probabilities * targets).sum(over) + 1
    return overlap / (probabilities.sum(over) + targets.sum(over) + 1)


def batch(scenes: Flatlays, rng: np.random.Generator, size: int) -> tuple[Tensor, Tensor]:
    """(size, 3, 256, 256) network input and (size, 2, 128, 128) masks."""
    samples = [scenes.sample(rng) for _ in range(size)]
    images = torch.stack([network_input(image) for image, _ in samples])
    return images, torch.from_numpy(np.stack([mask for _, mask in samples]))


@torch.inference_mode()
def score(network: nn.Module, images: Tensor, masks: Tensor) -> tuple[float, float]:
    """Mean IoU of the thresholded maps, garment and inside, over the pictures that have them."""
    network.eval()
    found = torch.cat([network(part) > 0 for part in images.split(BATCH)])
    truth = masks > 0.5
    found[:, 1] &= truth[:, 0]
    union = (found | truth).sum((2, 3))
    scores = (found & truth).sum((2, 3)) / union.clamp(min=1)
    garment, inside = (float(part[there].mean()) for part, there in zip(scores.T, union.T > 0, strict=True))
    return garment, inside


def open_scenes(data: Path, out: Path) -> Flatlays:
    """The parts that composites are made of; twins and poses are made once and kept beside `out`."""
    numbers = [number for number in labelled_numbers(data / "people") if number not in holdout_numbers()]
    return Flatlays(
        twins=write_twins(out.parent / "cloth-twins", TWINS, FIRST_TWIN),
        people=load_people(data / "people", numbers[:PEOPLE], out.parent / "poses"),
        photos=sorted((data / "garments").rglob("*.jpg")),
        fabrics=TextureSource(data / "garments"),
    )


def train(settings: RunSettings) -> Path:
    """Train on data/people and data/garments; returns the path of output/cloth.safetensors.

    A checkpoint goes to the output every three minutes.
    """
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    out = settings.output
    scenes, device = open_scenes(settings.data, out), best_device()
    held = batch(scenes, np.random.default_rng(VALIDATION_SEED), VALIDATION)
    network = ClothNet().to(device, memory_format=memory_format(device))
    trainee = Trainee.start(network, settings)
    rng = np.random.default_rng(100 + trainee.steps)
    source = prefetched(lambda size: batch(scenes, rng, size), repeat(BATCH))
    while trainee.clock.progress < 1:
        images, masks = next(source)
        network.train()
        with autocast(device):
            logits = network(images.to(device, memory_format=memory_format(device)))
        loss = mask_loss(logits.float(), masks.to(device))
        trainee.descend(loss)
        if trainee.clock.checkpoint_due() or trainee.clock.progress >= 1:
            trainee.save(out)
            save_weights(trainee.ema.state_dict(), {"version": VERSION}, out / "cloth.safetensors")
            garment, inside = score(trainee.ema, *(part.to(device) for part in held))
            print(
                f"{trainee.clock.spent:.0f} s, step {trainee.steps}, loss {loss:.3f}, "
                f"IoU {garment:.3f}, inside {inside:.3f}",
                flush=True,
            )
    source.close()
    return out / "cloth.safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml train cloth`."""
    add_settings(parser, "cloth", minutes=12, rate=1.5e-3)


def run(args: argparse.Namespace) -> int:
    """Train and print the path of the weights."""
    print(train(RunSettings.of(args)))
    return 0
