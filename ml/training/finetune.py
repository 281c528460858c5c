"""Fine-tune the warp on one store's garments: garments seen worn, mixed with twins in the store's fabrics.

The warp is what knows garments. The generator paints skin, wall and light, the parser reads people: a store's
garments teach them nothing new, so they stay as they are.

So that a short run adds without spoiling: normalisation keeps the statistics of the base, which a store's few
pictures would shift; on twins the base's own answers are the target once there are worn garments to learn
from (Li & Hoiem, 2016, learning without forgetting), so nothing pulls there but drift; and of the way from
the base as much is taken as `ml.training.restraint` allows.
"""

import errno
import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from ml.precision import autocast, best_device, memory_format
from ml.training.crew import Crew, crew
from ml.training.loop import Clock, Trainee, checkpoint_tensors, restore_checkpoint
from ml.training.restraint import CHECKED, restrained, restraint_seconds
from ml.training.store_batches import Batches, StoreBatch
from ml.training.store_set import StoreSet
from ml.training.warp import FIRST_SEED, Answer, losses
from ml.twins.store import TwinStore, write_twins
from ml.warpnet import SHIPPED, Warper, WarpNet, Widths

RATE = 1.5e-4
"""Peak learning rate: an eighth of that of the training from nothing."""
KEPT_WEIGHT = 6.0
"""Weight of the base's answers on twins; that of the worn garments is 1."""
TWINS, TWIN_BYTES = 400 + CHECKED, 600_000
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
        """`steps` is the whole run as far as it can be told, `eta` seconds to its return. False stops it."""

    def on_checkpoint(self, data: bytes) -> None:
        """All that is needed to go on: safetensors, with no picture in it."""

    def on_sample(self, candidate: Warper) -> None:
        """The network as it is now, for a sheet of samples."""


class StoppedError(Exception):
    """The listener stopped the run; a checkpoint was handed over before."""


class Budget(Clock):
    """The clock of a run whose length may be given in steps. A crew goes by that of its first process."""

    def __init__(self, plan: Plan, trainee: Trainee, spent: float = 0) -> None:
        super().__init__(plan.minutes or 1, spent)
        self._plan, self._trainee = plan, trainee
        self._begun = trainee.steps, self.spent
        self._progress = 0.0

    def look(self, together: Crew) -> float:
        """Note and return the share of the run that is over, 0..1; it stands still until the next look."""
        now = super().progress if self._plan.steps is None else self._trainee.steps / self._plan.steps
        (self._progress,) = together.agreed(min(1.0, now))
        return self._progress

    @property
    def progress(self) -> float:
        """As of the last look."""
        return self._progress

    @property
    def eta(self) -> float:
        """Seconds until the last step, by the pace since this process began."""
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
    """The twins of all fine-tunings, made once. Nobody is on them. Raises Refusal disk_full."""
    with _full_disks_named():
        folder.mkdir(parents=True, exist_ok=True)
        held = sum(path.stat().st_blocks * 512 for path in folder.iterdir())
        if shutil.disk_usage(folder).free + held < amount * TWIN_BYTES + SPARE_BYTES:
            raise Refusal("disk_full")
        return write_twins(folder, amount, TWIN_SEED, on_twin=on_twin)


def finetune(
    plan: Plan,
    learnt: StoreSet,
    twins: TwinStore,
    base: dict[str, Tensor],
    listener: Listener,
    checkpoint: bytes | None = None,
) -> dict[str, Tensor]:
    """Train from the weights `base`, or on from `checkpoint`; returns the averaged weights, float32, as far
    from the base as is allowed.

    The set is what `StoreSet.split` gives first. In processes that `torchrun` started, each has to call this
    with the same; the listener of the first one is told. Raises Refusal training_diverged when losses or
    weights are no numbers any more (no checkpoint is handed over then), checkpoint_damaged, disk_full, and
    StoppedError.
    """
    cv2.setNumThreads(1)
    torch.manual_seed(plan.seed)
    device = best_device(plan.device)
    with crew(device) as together, _full_disks_named(), _threads(plan.threads):
        checked = min(CHECKED, len(twins) // 3)
        batches = Batches(plan.batch, plan.seed, learnt, twins, checked, together)
        count = math.ceil(checked / plan.batch)
        after = restraint_seconds(base, batches.checks(), count, plan.widths, device) if together.leads else 0
        run = _Run(plan, base, device, together, listener, checkpoint)
        source = batches.following(run.trainee.steps)
        try:
            run.go(source, after)
        finally:
            source.close()
    tuned = {key: value.detach().float().cpu() for key, value in run.trainee.ema.state_dict().items()}
    return restrained(base, tuned, batches.checks(), plan.widths, device)


class _Run:
    """One process's part of a fine-tuning."""

    def __init__(
        self,
        plan: Plan,
        base: dict[str, Tensor],
        device: torch.device,
        together: Crew,
        listener: Listener,
        checkpoint: bytes | None,
    ) -> None:
        self._plan, self._device, self._together, self._listener = plan, device, together, listener
        network, self._base = (
            WarpNet(plan.widths).to(device, memory_format=memory_format(device)).eval() for _ in range(2)
        )
        network.load_state_dict(base)
        self._base.load_state_dict(base)
        self.trainee = Trainee(network, plan.minutes or 1, plan.rate)
        spent = _resumed(self.trainee, checkpoint) if checkpoint else 0.0
        self._budget = self.trainee.clock = Budget(plan, self.trainee, spent)
        self._answer = together.shared(network)

    def go(self, source: Iterator[StoreBatch], after: float) -> None:
        """Train to the end, which is not that of the run: `after` are the seconds that what follows takes."""
        trainee, budget, leads = self.trainee, self._budget, self._together.leads
        mean, told, shown = np.zeros(3), 0.0, monotonic()
        over = budget.look(self._together) >= 1
        while not over:
            parts = self._step(next(source))
            mean = 0.9 * mean + 0.1 * parts if mean.any() else parts
            over, stopped = budget.look(self._together) >= 1, False
            if leads and (over or monotonic() - told >= self._plan.progress_seconds):
                told = monotonic()
                now = dict(zip(LOSSES, _in_pixels(mean), strict=True))
                eta = budget.eta + after
                stopped = not self._listener.on_progress(trainee.steps, budget.steps, now, eta)
            if any(self._together.agreed(stopped)):
                if leads:
                    self._listener.on_checkpoint(_checkpoint(trainee))
                raise StoppedError
            # After the report: whatever is killed in between, no step goes unheard.
            if leads and (over or trainee.steps % self._plan.checkpoint_steps == 0):
                self._listener.on_checkpoint(_checkpoint(trainee))
            if leads and (over or monotonic() - shown >= self._plan.sheet_seconds):
                self._listener.on_sample(Warper(trainee.ema, self._device, "candidate"))
                shown = monotonic()

    def _step(self, batch: StoreBatch) -> np.ndarray:
        """One step; the three parts of the loss against the truth, of all samples of the batch."""
        features, truth, layout, counted = (part.to(self._device) for part in batch.tensors)
        features = features.contiguous(memory_format=memory_format(self._device))
        with autocast(self._device):
            answer = self._answer(features)
        loss, parts = losses(answer, truth, layout, counted)
        if 0 < batch.worn < len(truth):
            worn, twins = slice(batch.worn), slice(batch.worn, None)
            with torch.no_grad(), autocast(self._device):
                kept, shown, _ = self._base(features[twins])
            expected = shown.float().softmax(1)
            loss, _ = losses(_part(answer, worn), truth[worn], layout[worn], counted[worn])
            held, _ = losses(_part(answer, twins), kept, layout[twins], counted[twins], expected)
            loss = loss + KEPT_WEIGHT * held
        self.trainee.descend(loss)
        return parts


def _part(answer: Answer, chosen: slice) -> Answer:
    flow, layout, matching = answer
    return flow[chosen], layout[chosen], matching[chosen]


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
def _threads(count: int) -> Iterator[None]:
    """Has torch use so many threads. Checks and comparisons are better off with as few as before: two that
    wait for each other lose more to a busy machine than they gain."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _full_disks_named() -> Iterator[None]:
    """Turns the system's "no space left" into a Refusal."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refusal("disk_full") from error
        raise
