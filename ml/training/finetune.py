"""Fine-tune the warp on one store's garments: twins in its fabrics, mixed with garments seen worn.

The warp is what knows garments. The generator paints skin, wall and light, the parser reads people: a store's
garments teach them nothing new, so they stay as they are.
"""

import errno
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Protocol

import cv2
import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ml.crops import NETWORK_SIZE
from ml.errors import Refusal
from ml.precision import best_device
from ml.training.loop import Clock, Trainee, checkpoint_tensors, prefetched, restore_checkpoint
from ml.training.store_set import StoreSet, mirrored
from ml.training.warp import FIRST_SEED, batch_of, step
from ml.training.warp_samples import WarpSample, make_sample
from ml.twins.store import TwinStore, write_twins
from ml.twins.textures import TextureSource
from ml.warpnet import SHIPPED, Warper, WarpNet, Widths

RATE = 1.5e-4
"""Peak learning rate: an eighth of that of the training from nothing."""
WORN_SHARE = 0.3
"""Share of a batch that is real worn garments, when there are any."""
TWINS, TWIN_BYTES = 400, 600_000
TWIN_SEED = FIRST_SEED + 5_000_000
"""Twins that no other training has seen."""
SPARE_BYTES = 200_000_000
"""What must be free on the disk beside the twins."""
LOSSES = ("place", "differences", "layout")


@dataclass(frozen=True)
class Plan:
    """How one run goes. Its length is `steps`, or `minutes` of training when there are no steps.

    checkpoint_steps: a checkpoint after so many; progress_seconds, sheet_seconds: how often listeners are
    told.
    """

    steps: int | None = None
    minutes: float | None = None
    seed: int = 0
    device: str = "auto"
    threads: int = 1
    batch: int = 16
    rate: float = RATE
    checkpoint_steps: int = 50
    progress_seconds: float = 2.0
    sheet_seconds: float = 180.0
    widths: Widths = SHIPPED

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise ValueError("a plan has either steps or minutes")
        if not (self.steps or self.minutes or 0) > 0:
            raise ValueError("a plan needs a length above 0")


class Listener(Protocol):
    """Whoever follows a run. Called from the thread that trains."""

    def on_progress(self, step: int, steps: int, losses: dict[str, float], eta: float) -> bool:
        """`steps` is the whole run as far as it can be told, `eta` seconds. False stops the run."""

    def on_checkpoint(self, data: bytes) -> None:
        """All that is needed to go on: safetensors, with no picture in it."""

    def on_sample(self, candidate: Warper) -> None:
        """The network as it is now, for a sheet of samples."""


class StoppedError(Exception):
    """The listener stopped the run; a checkpoint was handed over before."""


class Budget(Clock):
    """The clock of a run whose length may be given in steps."""

    def __init__(self, plan: Plan, trainee: Trainee, spent: float = 0) -> None:
        super().__init__(plan.minutes or 1, spent)
        self._plan, self._trainee = plan, trainee
        self._begun = trainee.steps, self.spent

    @property
    def progress(self) -> float:
        """Share of the run that is over, 0..1."""
        if self._plan.steps is None:
            return super().progress
        return min(1.0, self._trainee.steps / self._plan.steps)

    @property
    def eta(self) -> float:
        """Seconds until the end, by the pace since this process began."""
        if self._plan.minutes is not None:
            return max(0.0, self._plan.minutes * 60 - self.spent)
        steps, spent = self._begun
        pace = (self.spent - spent) / max(1, self._trainee.steps - steps)
        return pace * ((self._plan.steps or 0) - self._trainee.steps)

    @property
    def steps(self) -> int:
        """The whole run in steps; with minutes, what the pace so far comes to."""
        return self._plan.steps or round(self._trainee.steps / max(self.progress, 1e-6))


def make_twins(folder: Path, amount: int = TWINS, on_twin: Callable[[int], None] | None = None) -> TwinStore:
    """The twins of all fine-tunings, made once. Nobody is on them. Raises Refusal disk_full beforehand."""
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < amount * TWIN_BYTES + SPARE_BYTES:
        raise Refusal("disk_full")
    return write_twins(folder, amount, TWIN_SEED, on_twin=on_twin)


class Batches:
    """Batch number n of a run, always the same, whatever was interrupted before it."""

    def __init__(self, plan: Plan, learnt: StoreSet, twins: TwinStore) -> None:
        self._plan, self._twins, self._worn = plan, twins, learnt.worn
        everything = [fabric.texture for fabric in learnt.fabrics]
        self._everything = TextureSource(fabrics=everything)
        self._textures = {
            category: TextureSource(
                fabrics=[fabric.texture for fabric in learnt.fabrics if fabric.category == category]
            )
            for category in {fabric.category for fabric in learnt.fabrics}
        }

    def __call__(self, number: int) -> tuple[Tensor, ...]:
        rng = np.random.default_rng((self._plan.seed, number))
        return batch_of([self._sample(rng) for _ in range(self._plan.batch)])

    def _sample(self, rng: np.random.Generator) -> WarpSample:
        if self._worn and rng.random() < WORN_SHARE:
            sample = self._worn[rng.integers(len(self._worn))].sample
            return mirrored(sample) if rng.random() < 0.5 else sample
        geometry = self._twins[int(rng.integers(len(self._twins)))]
        return make_sample(geometry, self._textures.get(geometry.category, self._everything), rng)

    def following(self, first: int) -> Generator[tuple[Tensor, ...], None, None]:
        """All from number `first` on, each made while the network works on the one before."""
        numbers: Iterator[int] = count(first)
        yield from prefetched(self, numbers)


def finetune(
    plan: Plan,
    learnt: StoreSet,
    twins: TwinStore,
    base: dict[str, Tensor],
    listener: Listener,
    checkpoint: bytes | None = None,
) -> dict[str, Tensor]:
    """Train from the weights `base`, or on from `checkpoint`; returns the averaged weights, float32.

    The set is what `StoreSet.split` gives first. Raises Refusal training_diverged when losses or weights are
    no numbers any more (no checkpoint is handed over then), checkpoint_damaged, disk_full, and StoppedError.
    """
    cv2.setNumThreads(1)
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    device = best_device(plan.device)
    network = WarpNet(plan.widths).to(device, memory_format=torch.channels_last)
    network.load_state_dict(base)
    trainee = Trainee(network, plan.minutes or 1, plan.rate)
    spent = _resumed(trainee, checkpoint) if checkpoint else 0.0
    budget = trainee.clock = Budget(plan, trainee, spent)
    source = Batches(plan, learnt, twins).following(trainee.steps)
    try:
        with _full_disks_named():
            _run(plan, trainee, budget, device, source, listener)
    finally:
        source.close()
    return {key: value.detach().float().cpu() for key, value in trainee.ema.state_dict().items()}


def _run(
    plan: Plan,
    trainee: Trainee,
    budget: Budget,
    device: torch.device,
    source: Iterator[tuple[Tensor, ...]],
    listener: Listener,
) -> None:
    mean, told, shown = np.zeros(3), 0.0, monotonic()
    while budget.progress < 1:
        parts = step(trainee, device, next(source))
        mean = 0.9 * mean + 0.1 * parts if mean.any() else parts
        over = budget.progress >= 1
        if over or monotonic() - told >= plan.progress_seconds:
            told = monotonic()
            losses = dict(zip(LOSSES, _in_pixels(mean), strict=True))
            if not listener.on_progress(trainee.steps, budget.steps, losses, budget.eta):
                listener.on_checkpoint(_checkpoint(trainee))
                raise StoppedError
        # After the report: whatever is killed in between, no step goes unheard.
        if over or trainee.steps % plan.checkpoint_steps == 0:
            listener.on_checkpoint(_checkpoint(trainee))
        if over or monotonic() - shown >= plan.sheet_seconds:
            listener.on_sample(Warper(trainee.ema, device, "candidate"))
            shown = monotonic()


def _in_pixels(mean: np.ndarray) -> list[float]:
    """Place and differences in pixels of the frame, as people read them; the layout's loss as it is."""
    height = NETWORK_SIZE[0]
    return [round(float(value), 4) for value in (mean[0] * height, mean[1] * height, mean[2])]


def _checkpoint(trainee: Trainee) -> bytes:
    modules = {"network": trainee.network, "ema": trainee.ema}
    tensors = checkpoint_tensors(modules, trainee.optimizer)
    if not all(torch.isfinite(value).all() for value in tensors.values() if value.is_floating_point()):
        raise Refusal("training_diverged")
    facts = {
        "facts/step": torch.tensor(trainee.steps, dtype=torch.int64),
        "facts/spent": torch.tensor(trainee.clock.spent, dtype=torch.float64),
    }
    return save({key: value.cpu() for key, value in (tensors | facts).items()})


def _resumed(trainee: Trainee, data: bytes) -> float:
    """Bring `trainee` back to where it was; returns the seconds it had used."""
    try:
        tensors = load(data)
        modules = {"network": trainee.network, "ema": trainee.ema}
        restore_checkpoint(tensors, modules, trainee.optimizer)
        trainee.steps = int(tensors["facts/step"])
        return float(tensors["facts/spent"])
    except (SafetensorError, KeyError, RuntimeError, ValueError) as error:
        raise Refusal("checkpoint_damaged") from error


@contextmanager
def _full_disks_named() -> Iterator[None]:
    """Turns the system's "no space left" into a Refusal."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refusal("disk_full") from error
        raise
