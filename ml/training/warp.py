"""Train the warp network on synthetic twins, and score it on twins it has never seen."""

import argparse
import os
from collections.abc import Generator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ml.crops import NETWORK_SIZE
from ml.layout import GARMENT, LAYOUT
from ml.pipeline import TryOnPipeline
from ml.precision import autocast, best_device, memory_format
from ml.training.loop import Trainee, prefetched, shuffled
from ml.training.settings import RunSettings, add_settings
from ml.training.warp_samples import WarpSample, make_sample
from ml.training.worn_samples import varied, worn_samples
from ml.twins.store import TwinStore, write_twins
from ml.twins.textures import TextureSource
from ml.warpnet import WarpNet
from ml.weights import save_weights

VERSION = "warp-5"
BATCH = 16
WORN = 0.25
"""Share of a batch that is real garments, taken off photos and laid flat, where there are any."""
TWINS = 10_000
FIRST_SEED = 1_000_000
"""Seeds below are never trained on: evaluation takes its twins from there."""

EDGE_WEIGHT = 2.0
FLOW_WEIGHT, GRADIENT_WEIGHT = 30.0, 40.0


Answer = tuple[Tensor, Tensor, Tensor]
"""Flow, layout and matching, as WarpNet gives them."""


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
    store: TwinStore, textures: TextureSource, worn: list[WarpSample], size: int, rng: np.random.Generator
) -> Generator[tuple[Tensor, ...], None, None]:
    """Endless random batches of `size`, each made while the network works on the one before: twins, and a
    share WORN of `worn` garments if there are any."""
    real = round(WORN * size) if worn else 0

    def make(chosen: list[int]) -> tuple[Tensor, ...]:
        twins = [make_sample(store[index], textures, rng) for index in chosen]
        return batch_of(twins + [varied(worn[rng.integers(len(worn))], rng) for _ in range(real)])

    yield from prefetched(make, shuffled(len(store), size - real, rng))


def _charbonnier(difference: Tensor) -> Tensor:
    return torch.sqrt(difference.square().sum(1) + 1e-8)


def flow_loss(flow: Tensor, truth: Tensor, worn: Tensor) -> tuple[Tensor, Tensor]:
    """Mean error of the flow on the garment, and of its differences between neighbours, in frame heights.

    flow, truth: (N, 2, H, W) normalised; worn: (N, H, W) bool. Every garment counts the same, however small
    it is in the photo. Matching differences keeps prints straight and unfolded, and leaves jumps between
    sleeve and trunk alone, since the truth has them too.
    """
    # Both axes in units of the frame's height: a pixel is a pixel.
    aspect = torch.tensor([NETWORK_SIZE[1] / NETWORK_SIZE[0], 1.0], device=flow.device)[:, None, None]
    flow, truth = flow * aspect, truth * aspect
    weight = worn / worn.sum((1, 2), keepdim=True).clamp(min=1) / len(worn)
    error = flow - truth
    place = _charbonnier(error) * weight
    across = _charbonnier(error[..., 1:] - error[..., :-1]) * weight[..., 1:] * worn[..., :-1]
    down = _charbonnier(error[..., 1:, :] - error[..., :-1, :]) * weight[..., 1:, :] * worn[..., :-1, :]
    return place.sum(), (across.sum() + down.sum()) / 2


def shrunk(flow: Tensor, worn: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """`flow` (N, 2, H, W) and `worn` (N, H, W) `factor` times smaller: means over a block's worn pixels."""
    share = F.avg_pool2d(worn[:, None].float(), factor)
    return F.avg_pool2d(flow * worn[:, None], factor) / share.clamp(min=1e-3), share[:, 0] > 0.25


def layout_loss(logits: Tensor, layout: Tensor, counted: Tensor, expected: Tensor | None = None) -> Tensor:
    """Cross-entropy inside the photo, weighted at the borders between classes. Every photo counts the same.

    expected: (N, classes, H, W) probabilities to be answered in the place of `layout`.
    """
    target = layout if expected is None else expected
    entropy = F.cross_entropy(logits, target, reduction="none", label_smoothing=0.01)
    classes = F.one_hot(layout, len(LAYOUT)).permute(0, 3, 1, 2).float()
    edge = (F.max_pool2d(classes, 5, 1, 2).sum(1) > 1.5).float()
    weight = (1 + EDGE_WEIGHT * edge) * counted
    return ((entropy * weight).sum((1, 2)) / weight.sum((1, 2)).clamp(min=1)).mean()


def losses(
    answer: Answer,
    truth: Tensor,
    layout: Tensor,
    counted: Tensor,
    expected: Tensor | None = None,
) -> tuple[Tensor, np.ndarray]:
    """What is to be made small, and its three parts: place, differences, layout.

    answer: what WarpNet gives; truth, layout, counted: as of `batch_of`; expected: as of `layout_loss`.
    """
    flow, logits, matching = answer
    worn = layout == GARMENT
    place, gradient = flow_loss(flow, truth, worn)
    shown = layout_loss(logits, layout, counted, expected)
    coarse, _ = flow_loss(matching, *shrunk(truth, worn, 4))
    loss = FLOW_WEIGHT * (place + 0.5 * coarse) + GRADIENT_WEIGHT * gradient + shown
    return loss, np.array([place.item(), gradient.item(), shown.item()])


def train(settings: RunSettings, twins: int = TWINS, batch: int = BATCH) -> Path:
    """Train and write output/warp.safetensors; returns that path.

    Twins are made first, beside the output, unless they are there; so are the garments worn in the labelled
    photos of data/people, if any. Garment photos under data/garments, if any, serve as fabrics. A checkpoint
    goes to the output every three minutes.
    """
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    out = settings.output
    store = write_twins(out.parent / "twins", twins, FIRST_SEED, processes=os.cpu_count() or 1)
    people, photos = settings.data / "people", settings.data / "garments"
    worn: list[WarpSample] = []
    if (people / "labels").is_dir():
        analyse = TryOnPipeline.load().analyse_person
        worn = worn_samples(people, out.parent / "worn", out.parent / "poses", analyse)
    textures = TextureSource(photos if photos.is_dir() else None)
    device = best_device()
    network = WarpNet().to(device, memory_format=memory_format(device))
    trainee = Trainee.start(network, settings)
    source = batches(store, textures, worn, batch, np.random.default_rng(trainee.steps))
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
        answer = trainee.network(features.contiguous(memory_format=memory_format(device)))
    loss, parts = losses(answer, truth, layout, counted)
    trainee.descend(loss)
    return parts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml train warp`."""
    add_settings(parser, "warp", minutes=80, rate=1.2e-3)
    parser.add_argument("--twins", type=int, default=TWINS, help="how many twins to make before training")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"samples in a step, {BATCH}")


def run(args: argparse.Namespace) -> int:
    """Train and say where the weights are; exit status 0."""
    print(train(RunSettings.of(args), args.twins, args.batch))
    return 0
