"""Train the warp network on synthetic twins, and score it on twins it has never seen."""

import argparse
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ml.crops import NETWORK_SIZE
from ml.precision import autocast, best_device
from ml.training.loop import Trainee
from ml.training.warp_samples import WarpSample, make_sample
from ml.twins.scene import GARMENT
from ml.twins.store import TwinStore, write_twins
from ml.twins.textures import TextureSource
from ml.warpnet import LAYOUT, WarpNet
from ml.weights import save_weights

VERSION = "warp-1"
BATCH = 16
PEAK_RATE = 1.2e-3
TWINS = 12_000
FIRST_SEED = 1_000_000
"""Seeds below are never trained on: evaluation takes its twins from there."""

EDGE_WEIGHT = 2.0
FLOW_WEIGHT, GRADIENT_WEIGHT = 30.0, 40.0


def batch_of(samples: list[WarpSample]) -> tuple[Tensor, ...]:
    """Features, and flow, layout and counted pixels at half the frame's size, as the network answers."""
    names = ("features", "flow", "layout", "counted")
    features, flow, layout, counted = (
        torch.from_numpy(np.stack([getattr(sample, name) for sample in samples])) for name in names
    )
    classes = F.avg_pool2d(F.one_hot(layout.long(), len(LAYOUT)).permute(0, 3, 1, 2).float(), 2)
    worn = classes[:, GARMENT : GARMENT + 1]
    # The mean place of the garment's pixels only: beyond its edge there is none.
    flow = F.avg_pool2d(flow.permute(0, 3, 1, 2), 2) / worn.clamp(min=0.25)
    return features, flow, classes.argmax(1), counted[:, ::2, ::2]


def batches(
    store: TwinStore, textures: TextureSource, rng: np.random.Generator
) -> Generator[tuple[Tensor, ...], None, None]:
    """Endless random batches, each made while the network works on the one before."""

    def make(chosen: np.ndarray) -> tuple[Tensor, ...]:
        return batch_of([make_sample(store[int(index)], textures, rng) for index in chosen])

    def order() -> Iterator[np.ndarray]:
        while True:
            shuffled = rng.permutation(len(store))
            for start in range(0, len(store) - BATCH + 1, BATCH):
                yield shuffled[start : start + BATCH]

    with ThreadPoolExecutor(1) as maker:
        numbers = order()
        coming = maker.submit(make, next(numbers))
        while True:
            ready = coming.result()
            coming = maker.submit(make, next(numbers))
            yield ready


def _charbonnier(difference: Tensor) -> Tensor:
    return torch.sqrt(difference.square().sum(1) + 1e-8)


def flow_loss(flow: Tensor, truth: Tensor, worn: Tensor) -> tuple[Tensor, Tensor]:
    """Mean error of the flow on the garment, and of its differences between neighbours, in frame heights.

    flow, truth: (N, 2, H, W) normalised; worn: (N, H, W) bool. Matching differences keeps prints straight and
    unfolded, and leaves jumps between sleeve and trunk alone, since the truth has them too.
    """
    # Both axes in units of the frame's height: a pixel is a pixel.
    aspect = torch.tensor([NETWORK_SIZE[1] / NETWORK_SIZE[0], 1.0], device=flow.device)[:, None, None]
    flow, truth = flow * aspect, truth * aspect
    counted = worn.sum().clamp(min=1)
    place = (_charbonnier(flow - truth) * worn).sum() / counted
    error = flow - truth
    across = _charbonnier(error[..., 1:] - error[..., :-1]) * (worn[..., 1:] & worn[..., :-1])
    down = _charbonnier(error[..., 1:, :] - error[..., :-1, :]) * (worn[..., 1:, :] & worn[..., :-1, :])
    return place, (across.sum() + down.sum()) / (2 * counted)


def layout_loss(logits: Tensor, layout: Tensor, counted: Tensor) -> Tensor:
    """Cross-entropy inside the photo, weighted at the borders between classes."""
    entropy = F.cross_entropy(logits, layout, reduction="none", label_smoothing=0.01)
    classes = F.one_hot(layout, len(LAYOUT)).permute(0, 3, 1, 2).float()
    edge = (F.max_pool2d(classes, 5, 1, 2).sum(1) > 1.5).float()
    weight = (1 + EDGE_WEIGHT * edge) * counted
    return (entropy * weight).sum() / weight.sum().clamp(min=1)


def train(data: Path, out: Path, minutes: float, resume: bool = False, twins: int = TWINS) -> Path:
    """Train for `minutes` and write out/warp.safetensors; returns that path.

    Twins are made first, beside `out`, unless they are there. Garment photos under data/garments, if any,
    serve as fabrics. A checkpoint goes to `out` every three minutes; `resume` continues it.
    """
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    store = write_twins(out.parent / "twins", twins, FIRST_SEED)
    photos = data / "garments"
    textures = TextureSource(photos if photos.is_dir() else None)
    device = best_device()
    network = WarpNet().to(device, memory_format=torch.channels_last)
    trainee = Trainee(network, minutes, PEAK_RATE)
    if resume:
        trainee.resume(out)
    source = batches(store, textures, np.random.default_rng(trainee.steps))
    mean = np.zeros(3)
    while trainee.clock.progress < 1:
        parts = step(trainee, device, next(source))
        mean = 0.98 * mean + 0.02 * parts if mean.any() else parts
        if trainee.clock.checkpoint_due() or trainee.clock.progress >= 1:
            trainee.save(out)
            metadata = {"version": VERSION, "layout": " ".join(LAYOUT)}
            save_weights(trainee.ema.state_dict(), metadata, out / "warp.safetensors")
            print(
                f"{trainee.clock.spent:.0f} s, step {trainee.steps}, "
                f"flow error {mean[0] * NETWORK_SIZE[0]:.2f} px, "
                f"differences {mean[1] * NETWORK_SIZE[0]:.3f} px, layout {mean[2]:.3f}",
                flush=True,
            )
    source.close()
    return out / "warp.safetensors"


def step(trainee: Trainee, device: torch.device, batch: tuple[Tensor, ...]) -> np.ndarray:
    """One step of training; the three parts of the loss: place, differences, layout."""
    features, truth, layout, counted = (part.to(device) for part in batch)
    trainee.network.train()
    with autocast(device):
        flow, logits = trainee.network(features.contiguous(memory_format=torch.channels_last))
    place, gradient = flow_loss(flow, truth, layout == GARMENT)
    shown = layout_loss(logits, layout, counted)
    trainee.descend(FLOW_WEIGHT * place + GRADIENT_WEIGHT * gradient + shown)
    return np.array([place.item(), gradient.item(), shown.item()])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, help="folder whose garments/ serve as fabrics, if there"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("var/training/warp"), help="for checkpoints and weights"
    )
    parser.add_argument("--minutes", type=float, default=50.0)
    parser.add_argument("--twins", type=int, default=TWINS, help="how many twins to make before training")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --output")


def run(args: argparse.Namespace) -> int:
    """Train and say where the weights are; exit status 0."""
    print(train(args.data, args.output, args.minutes, args.resume, args.twins))
    return 0
