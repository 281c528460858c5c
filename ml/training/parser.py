"""Train the human parser on labelled street photos, and score it on the held-out ones."""

import argparse
from collections.abc import Generator
from copy import deepcopy
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml.crops import NETWORK_SIZE
from ml.evaluation_parser import confusion, intersection_over_union
from ml.labels import LABELS, PARSER_SIZE
from ml.parsing import Parser, ParsingNet
from ml.precision import autocast, best_device, memory_format
from ml.training.augmentation import plain_sample, sample
from ml.training.backbone import load_backbone
from ml.training.loop import Clock, Trainee, prefetched, shuffled
from ml.training.people import IGNORED, Person, holdout_numbers, labelled_numbers, load_people
from ml.training.settings import RunSettings, add_settings
from ml.weights import save_weights

VERSION = "parser-3"
BATCH = 8
FULL_SIZE_FROM = 0.72
"""Share of the run after which the network sees PARSER_SIZE; smaller frames teach much the same faster."""

VALIDATION = 24
# The square root of how much rarer than the others a class is, roughly: small parts count more, not equally.
CLASS_WEIGHTS = (0.5, 1.0, 1.1, 1.0, 1.0, 1.0, 0.8, 1.3, 1.4)


def parsing_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Weighted cross-entropy plus soft Dice; (N, 9, h, w) float32 logits, (N, h, w) int64 targets."""
    weight = torch.tensor(CLASS_WEIGHTS, device=logits.device)
    entropy = F.cross_entropy(logits, targets, weight, ignore_index=IGNORED, label_smoothing=0.02)
    counted = (targets != IGNORED)[:, None]
    probabilities = logits.softmax(1) * counted
    truth = F.one_hot(targets.where(counted[:, 0], 0), len(LABELS)).movedim(-1, 1) * counted
    overlap = (probabilities * truth).sum((0, 2, 3))
    size = probabilities.sum((0, 2, 3)) + truth.sum((0, 2, 3))
    # A class that no picture of the batch has would only teach noise.
    present = truth.sum((0, 2, 3)) > 0
    dice = (2 * overlap + 1) / (size + 1)
    return entropy + 0.5 * (1 - dice[present]).mean()


def batches(
    people: list[Person], rng: np.random.Generator, clock: Clock
) -> Generator[tuple[Tensor, Tensor], None, None]:
    """Endless random batches, each made while the network works on the one before."""

    def make(chosen: list[int]) -> tuple[Tensor, Tensor]:
        size = PARSER_SIZE if clock.progress >= FULL_SIZE_FROM else NETWORK_SIZE
        samples = [
            sample(people[index], size, rng, people[rng.integers(len(people))].image) for index in chosen
        ]
        features, targets = (np.stack(parts) for parts in zip(*samples, strict=True))
        return torch.from_numpy(features), torch.from_numpy(targets).long()

    yield from prefetched(make, shuffled(len(people), BATCH, rng))


def frame_score(network: nn.Module, people: list[Person], device: torch.device) -> np.ndarray:
    """(9,) IoU in the frame, without the photo-size output of the parser: quick, for watching a run."""
    parser, counts = Parser(deepcopy(network), device, VERSION), 0
    for person in people:
        features, targets = plain_sample(person, PARSER_SIZE)
        predicted = parser.probabilities(torch.from_numpy(features)[None])[0].argmax(0).numpy()
        counts = counts + confusion(targets, predicted)
    return intersection_over_union(counts)


def train(settings: RunSettings) -> Path:
    """Train on data/people and write output/parser.safetensors; returns that path.

    A checkpoint goes to the output every three minutes. The held-out photos are not read.
    """
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    data, out = settings.data, settings.output
    numbers = [number for number in labelled_numbers(data / "people") if number not in holdout_numbers()]
    people = load_people(data / "people", numbers, out.parent / "poses")
    device = best_device()
    network = ParsingNet()
    if not (settings.base or settings.resume):
        load_backbone(network, out.parent)
    network.to(device, memory_format=memory_format(device))
    trainee = Trainee.start(network, settings)
    source = batches(people[VALIDATION:], np.random.default_rng(trainee.steps), trainee.clock)
    waited = 0.0
    while trainee.clock.progress < 1:
        before = perf_counter()
        features, targets = next(source)
        waited += perf_counter() - before
        network.train()
        with autocast(device):
            logits = network(features.to(device, memory_format=memory_format(device)))
        loss = parsing_loss(logits.float(), targets.to(device))
        trainee.descend(loss)
        if trainee.clock.checkpoint_due() or trainee.clock.progress >= 1:
            trainee.save(out)
            metadata = {"version": VERSION, "labels": " ".join(LABELS)}
            save_weights(trainee.ema.state_dict(), metadata, out / "parser.safetensors")
            score = table(frame_score(trainee.ema, people[:VALIDATION], device))
            seconds = trainee.clock.spent
            print(
                f"{seconds:.0f} s, {waited:.0f} s waiting, step {trainee.steps}, loss {loss:.3f}, {score}",
                flush=True,
            )
    source.close()
    return out / "parser.safetensors"


def table(score: np.ndarray) -> str:
    """The mean and each class's IoU on one line."""
    classes = "  ".join(f"{label} {value:.3f}" for label, value in zip(LABELS, score, strict=True))
    return f"mean IoU {np.nanmean(score):.3f}  {classes}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml train parser`."""
    add_settings(parser, "parser", minutes=60, rate=1e-3)


def run(args: argparse.Namespace) -> int:
    """Train and print the path of the weights."""
    print(train(RunSettings.of(args)))
    return 0
