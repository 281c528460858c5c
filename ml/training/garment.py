"""Train GarmentNet on photos of garments (their kind) and on twins (their corners)."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from ml import efficientnet
from ml.cloth import CLOTH_SIZE
from ml.garmentnet import HEATMAP_SIZE, GarmentNet, category_probabilities, garment_input, peaks
from ml.precision import autocast, best_device, memory_format
from ml.training.backbone import fetch
from ml.training.flatlays import Flatlays
from ml.training.garment_samples import UNKNOWN, GarmentSample, GarmentSamples, garment_photos, network_masks
from ml.training.loop import Trainee
from ml.training.settings import RunSettings, add_settings
from ml.twins.store import write_twins
from ml.twins.textures import TextureSource
from ml.weights import read_weights, save_weights

VERSION = "garment-1"
BATCH = 32
TWINS, FIRST_TWIN = 900, 800_000
HELD_VIEWS = 200
SPREAD = 1.0
"""Standard deviation, in cells of the heatmap, of where a corner is said to be."""


class Batch(NamedTuple):
    """eighth: (N, 40, 32, 32), sixteenth: (N, 112, 16, 16) and masks: (N, 1, 16, 16), as GarmentNet.answers
    takes them; kinds, categories: (N,) int64; landmarks: (N, L, 2) px; seen: (N, L) int64.
    """

    eighth: Tensor
    sixteenth: Tensor
    masks: Tensor
    kinds: Tensor
    categories: Tensor
    landmarks: Tensor
    seen: Tensor

    def at(self, rows: Tensor | slice) -> "Batch":
        """Some of them."""
        return Batch(*(part[rows] for part in self))

    def to(self, device: torch.device) -> "Batch":
        """The same on `device`, features as float32."""
        features = [
            part.to(device).float().contiguous(memory_format=memory_format(device)) for part in self[:3]
        ]
        return Batch._make([*features, *(part.to(device) for part in self[3:])])


@torch.inference_mode()
def encoded(network: GarmentNet, samples: Iterator[GarmentSample], device: torch.device) -> Batch:
    """`samples` as the encoder of `network` sees them, features in half precision."""
    rows = []
    network.eval()
    while part := list(islice(samples, BATCH)):
        inputs = torch.stack([garment_input(sample.image, sample.mask) for sample in part]).to(device)
        with autocast(device):
            seen = network.features(inputs[:, :3].contiguous(memory_format=memory_format(device)))
        eighth, sixteenth = (features.half().cpu().contiguous() for features in seen)
        rows.append(
            Batch(
                eighth,
                sixteenth,
                F.avg_pool2d(inputs[:, 3:], 16).half().cpu(),
                torch.tensor([sample.kind for sample in part]),
                torch.tensor([sample.category for sample in part]),
                torch.from_numpy(np.stack([sample.landmarks for sample in part])),
                torch.from_numpy(np.stack([sample.seen for sample in part])).long(),
            )
        )
    return Batch(*(torch.cat(parts) for parts in zip(*rows, strict=True)))


def views(samples: GarmentSamples, count: int, seed: int) -> Iterator[GarmentSample]:
    """`count` views of photos, all of them in turn in a random order, and as many of twins."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(samples.photos))
    for k in range(count):
        yield samples.photo(int(order[k % len(order)]), rng)
        yield samples.twin(rng)


def pool(
    network: GarmentNet, data: Path, kept: Path, count: int, held_out: bool, device: torch.device
) -> Batch:
    """`count` encoded views of the photos in data/garments and as many of twins, made once and kept in the
    file `kept`; masks and twins are kept beside it.

    The encoder stays as it was published: a view is encoded once and learned from many times.
    """
    if not kept.is_file():
        photos = garment_photos(data / "garments", held_out)
        masks = network_masks(photos, kept.parent / "garment-masks")
        twins = write_twins(kept.parent / "garment-twins", TWINS, FIRST_TWIN)
        samples = GarmentSamples(photos, masks, Flatlays(twins, [], photos, TextureSource(data / "garments")))
        kept.parent.mkdir(parents=True, exist_ok=True)
        save_file(encoded(network, views(samples, count, int(held_out)), device)._asdict(), kept)
    return Batch(**load_file(kept))


def chances(kinds: Tensor) -> Tensor:
    """(N,) how often each view is to be learned from: as many photos as twins; rare kinds more often than
    they are there.
    """
    counts = torch.bincount(kinds + 1)
    rare = counts.float().rsqrt()[kinds + 1]
    twin = kinds == UNKNOWN
    return torch.where(twin, rare / rare[twin].sum(), rare / rare[~twin].sum())


def place_loss(heatmaps: Tensor, cells: Tensor) -> Tensor:
    """How far logits (M, h, w) are from corners at `cells` (M, 2): cross-entropy with a Gaussian around each,
    and the distance of the expected place (integral regression, Sun et al., 2018), in cells.
    """
    at = torch.arange(HEATMAP_SIZE, device=cells.device, dtype=torch.float32)
    across, down = (-((at - cells[:, k : k + 1]) ** 2) / (2 * SPREAD**2) for k in range(2))
    target = (down[:, :, None] + across[:, None]).flatten(1).softmax(1)
    logarithms = heatmaps.flatten(1).log_softmax(1)
    found = logarithms.exp().view_as(heatmaps)
    expected = torch.stack([(found.sum(1) * at).sum(1), (found.sum(2) * at).sum(1)], 1)
    return -(target * logarithms).sum(1).mean() + 0.1 * (expected - cells).abs().mean()


def garment_loss(answers: Sequence[Tensor], truth: Batch) -> Tensor:
    """Cross-entropy of the kind (of the category, where only that is known), of the corners' places inside
    the picture, and of whether they are seen.
    """
    kinds, places, seen = (answer.float() for answer in answers)
    told = truth.kinds != UNKNOWN
    loss = F.cross_entropy(kinds[told], truth.kinds[told], label_smoothing=0.05) if told.any() else 0
    if not told.all():
        by_category = category_probabilities(kinds[~told]).clamp(min=1e-6).log()
        loss = loss + 0.5 * F.nll_loss(by_category, truth.categories[~told])
    cells = (truth.landmarks + 0.5) * (HEATMAP_SIZE / CLOTH_SIZE) - 0.5
    there = (truth.seen > 0) & ((cells >= 0) & (cells <= HEATMAP_SIZE - 1)).all(2)
    if there.any():
        loss = loss + place_loss(places[there], cells[there])
    known = truth.seen != UNKNOWN
    if known.any():
        loss = loss + F.binary_cross_entropy_with_logits(seen[known], (truth.seen[known] == 2).float())
    return loss


def begin(folder: Path) -> GarmentNet:
    """A new network with the pretrained encoder, which is fetched to `folder` once."""
    network = GarmentNet()
    first, rest = efficientnet.pretrained(read_weights(fetch(folder))[0], 3)
    network.stem.load_state_dict(first)
    own = network.encoder.state_dict()
    network.encoder.load_state_dict({key: rest[key] for key in own})
    return network


@torch.inference_mode()
def score(network: GarmentNet, held: Batch, device: torch.device) -> str:
    """Loss, share of right kinds, and mean error of the corners seen, in px of the square."""
    network.eval()
    parts = [held.at(slice(k, k + BATCH)).to(device) for k in range(0, len(held.kinds), BATCH)]
    answers = [torch.cat(part).cpu() for part in zip(*(network.answers(*p[:3]) for p in parts), strict=True)]
    told = held.kinds != UNKNOWN
    right = (answers[0].argmax(1) == held.kinds)[told].float().mean()
    cells = np.stack(
        [peaks(heatmaps) for heatmaps in answers[1].flatten(2).softmax(2).view_as(answers[1]).numpy()]
    )
    found = torch.from_numpy(cells + 0.5) * (CLOTH_SIZE / HEATMAP_SIZE) - 0.5
    error = (found - held.landmarks).norm(dim=2)[held.seen == 2].mean()
    return f"held out: loss {garment_loss(answers, held):.3f}, kinds {right:.3f}, corners {error:.1f} px"


def train(settings: RunSettings, count: int) -> Path:
    """Train on `count` views of data/garments and as many of twins; returns the path of
    output/garment.safetensors.

    A checkpoint goes to the output every three minutes.
    """
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    out, device = settings.output, best_device()
    network = begin(out.parent).to(device, memory_format=memory_format(device))
    for part in (network.stem, network.encoder):
        part.requires_grad_(False)
    sizes = {"held": HELD_VIEWS, "learned": count}
    held, learned = (
        pool(
            network,
            settings.data,
            out.parent / f"garment-{name}-{size}.safetensors",
            size,
            name == "held",
            device,
        )
        for name, size in sizes.items()
    )
    trainee = Trainee.start(network, settings)
    weights = chances(learned.kinds)
    while trainee.clock.progress < 1:
        truth = learned.at(torch.multinomial(weights, BATCH)).to(device)
        network.train()
        with autocast(device):
            answers = network.answers(*truth[:3])
        loss = garment_loss(answers, truth)
        trainee.descend(loss)
        if trainee.clock.checkpoint_due() or trainee.clock.progress >= 1:
            trainee.save(out)
            save_weights(trainee.ema.state_dict(), {"version": VERSION}, out / "garment.safetensors")
            spent = f"{trainee.clock.spent:.0f} s, step {trainee.steps}, loss {loss.item():.3f}"
            print(f"{spent}, {score(trainee.ema, held, device)}", flush=True)
    return out / "garment.safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml train garment`."""
    add_settings(parser, "garment", minutes=12, rate=2e-3)
    parser.add_argument(
        "--views", type=int, default=3000, help="how many views of photos, and of twins, 3000"
    )


def run(args: argparse.Namespace) -> int:
    """Train and print the path of the weights."""
    print(train(RunSettings.of(args), args.views))
    return 0
