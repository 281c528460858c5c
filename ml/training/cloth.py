"""Train the cloth segmenter on composites of garments and backgrounds."""

import argparse
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml.cloth import ClothNet, network_input
from ml.precision import autocast, best_device
from ml.training.flatlays import Flatlays
from ml.training.loop import Trainee
from ml.training.people import holdout_numbers, labelled_numbers, load_people
from ml.twins.store import write_twins
from ml.twins.textures import TextureSource
from ml.weights import save_weights

VERSION = "cloth-1"
BATCH = 8
PEAK_RATE = 1.5e-3
TWINS, FIRST_TWIN = 600, 700_000
PEOPLE = 250
VALIDATION_SEED, VALIDATION = 9, 64


def mask_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy plus soft Dice per picture; (N, 1, h, w) float32 logits, (N, h, w) targets in 0..1."""
    logits = logits[:, 0]
    probabilities = logits.sigmoid()
    overlap = 2 * (probabilities * targets).sum((1, 2)) + 1
    dice = overlap / (probabilities.sum((1, 2)) + targets.sum((1, 2)) + 1)
    return F.binary_cross_entropy_with_logits(logits, targets) + 0.5 * (1 - dice).mean()


def batch(scenes: Flatlays, rng: np.random.Generator, size: int) -> tuple[Tensor, Tensor]:
    """(size, 3, 256, 256) network input and (size, 128, 128) masks."""
    samples = [scenes.sample(rng) for _ in range(size)]
    images = torch.stack([network_input(image) for image, _ in samples])
    return images, torch.from_numpy(np.stack([mask for _, mask in samples]))


def batches(scenes: Flatlays, rng: np.random.Generator) -> Generator[tuple[Tensor, Tensor], None, None]:
    """Endless random batches, each made while the network works on the one before."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(batch, scenes, rng, BATCH)
        while True:
            ready = coming.result()
            coming = maker.submit(batch, scenes, rng, BATCH)
            yield ready


@torch.inference_mode()
def score(network: nn.Module, images: Tensor, masks: Tensor) -> float:
    """Mean IoU of the thresholded map over pictures."""
    network.eval()
    found = torch.cat([network(part)[:, 0] > 0 for part in images.split(BATCH)])
    truth = masks > 0.5
    union = (found | truth).sum((1, 2)).clamp(min=1)
    return float(((found & truth).sum((1, 2)) / union).mean())


def open_scenes(data: Path, out: Path) -> Flatlays:
    """The parts that composites are made of; twins and poses are made once and kept beside `out`."""
    numbers = [number for number in labelled_numbers(data / "people") if number not in holdout_numbers()]
    return Flatlays(
        twins=write_twins(out.parent / "cloth-twins", TWINS, FIRST_TWIN),
        people=load_people(data / "people", numbers[:PEOPLE], out.parent / "poses"),
        photos=sorted((data / "garments").rglob("*.jpg")),
        fabrics=TextureSource(data / "garments"),
    )


def train(data: Path, out: Path, minutes: float, resume: bool = False) -> Path:
    """Train for `minutes` on data/people and data/garments; returns the path of out/cloth.safetensors.

    A checkpoint goes to `out` every three minutes; `resume` continues it.
    """
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    scenes, device = open_scenes(data, out), best_device()
    held = batch(scenes, np.random.default_rng(VALIDATION_SEED), VALIDATION)
    network = ClothNet().to(device, memory_format=torch.channels_last)
    trainee = Trainee(network, minutes, PEAK_RATE)
    if resume:
        trainee.resume(out)
    source = batches(scenes, np.random.default_rng(100 + trainee.steps))
    while trainee.clock.progress < 1:
        images, masks = next(source)
        network.train()
        with autocast(device):
            logits = network(images.to(device, memory_format=torch.channels_last))
        loss = mask_loss(logits.float(), masks.to(device))
        trainee.descend(loss)
        if trainee.clock.checkpoint_due() or trainee.clock.progress >= 1:
            trainee.save(out)
            save_weights(trainee.ema.state_dict(), {"version": VERSION}, out / "cloth.safetensors")
            quality = score(trainee.ema, *(part.to(device) for part in held))
            print(
                f"{trainee.clock.spent:.0f} s, step {trainee.steps}, loss {loss:.3f}, IoU {quality:.3f}",
                flush=True,
            )
    source.close()
    return out / "cloth.safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml train cloth`."""
    parser.add_argument("--data", type=Path, required=True, help="folder with people/ and garments/")
    parser.add_argument(
        "--output", type=Path, default=Path("var/training/cloth"), help="folder for checkpoints"
    )
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --output")


def run(args: argparse.Namespace) -> int:
    """Train and print the path of the weights."""
    print(train(args.data, args.output, args.minutes, args.resume))
    return 0
