"""What every training run here shares: a schedule by the clock, an averaged network, and resuming."""

import json
import math
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from time import monotonic
from typing import Any, Self, TypeVar

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ml.errors import Refusal
from ml.training.settings import RunSettings
from ml.weights import read_weights

CHECKPOINT_SECONDS = 180
WEIGHT_DECAY = 0.02
BETAS = (0.9, 0.999)

Order = TypeVar("Order")
Batch = TypeVar("Batch")


class Clock:
    """The time a run has used of `minutes`; `spent` seconds come from before it was interrupted."""

    def __init__(self, minutes: float, spent: float = 0) -> None:
        self._start = monotonic() - spent
        self._total = minutes * 60
        self._saved = monotonic()

    @property
    def spent(self) -> float:
        """Seconds used, with those before interruptions."""
        return monotonic() - self._start

    @property
    def progress(self) -> float:
        """Share of the run that is over, 0..1."""
        return min(1.0, self.spent / self._total)

    def checkpoint_due(self) -> bool:
        """Whether CHECKPOINT_SECONDS have passed since this last said so."""
        due = monotonic() - self._saved >= CHECKPOINT_SECONDS
        if due:
            self._saved = monotonic()
        return due


def learning_rate(progress: float, peak: float, warm_up: float = 0.04) -> float:
    """Linear warm-up to `peak`, then half a cosine down to nearly zero (Loshchilov & Hutter, 2016)."""
    if progress < warm_up:
        return peak * (0.05 + 0.95 * progress / warm_up)
    return peak * (0.005 + 0.995 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up))) / 2)


@torch.no_grad()
def average(ema: nn.Module, network: nn.Module, step: int, decay: float = 0.998) -> None:
    """Move `ema` towards `network`; early in a run the average is shorter."""
    decay = min(decay, (1 + step) / (20 + step))
    for mean, value in zip(ema.state_dict().values(), network.state_dict().values(), strict=True):
        if value.is_floating_point():
            mean.lerp_(value, 1 - decay)
        else:
            mean.copy_(value)


def save_checkpoint(
    folder: Path, modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer, facts: dict[str, Any]
) -> None:
    """Write networks and optimizer as safetensors and `facts` as JSON to `folder`, each replaced whole."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(checkpoint_tensors(modules, optimizer), folder / "state.partial")
    (folder / "state.partial").replace(folder / "state.safetensors")
    (folder / "facts.partial").write_text(json.dumps(facts))
    (folder / "facts.partial").replace(folder / "facts.json")


def load_checkpoint(
    folder: Path, modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer
) -> dict[str, Any]:
    """Bring back what `save_checkpoint` wrote, in place; returns the facts. FileNotFoundError if none."""
    restore_checkpoint(load_file(folder / "state.safetensors"), modules, optimizer)
    return json.loads((folder / "facts.json").read_text())


def checkpoint_tensors(modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state of networks and optimizer as named tensors."""
    tensors = {
        f"{name}/{key}": value for name, net in modules.items() for key, value in net.state_dict().items()
    }
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{key}": value for key, value in state.items()}
    return {key: value.contiguous() for key, value in tensors.items()}


def restore_checkpoint(
    tensors: dict[str, Tensor], modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer
) -> None:
    """Bring back what `checkpoint_tensors` gave, in place. KeyError or RuntimeError for another network's."""
    for name, net in modules.items():
        net.load_state_dict({key: tensors[f"{name}/{key}"] for key in net.state_dict()})
    state: dict[int, dict[str, Tensor]] = {}
    for path, value in tensors.items():
        if path.startswith("optimizer/"):
            _, index, key = path.split("/")
            state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})


def prefetched(make: Callable[[Order], Batch], orders: Iterator[Order]) -> Generator[Batch, None, None]:
    """The batches that `make` gives for endless `orders`, each made while the network works on the last."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(make, next(orders))
        while True:
            ready = coming.result()
            coming = maker.submit(make, next(orders))
            yield ready


def shuffled(count: int, size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Endless batches of `size` indices below `count`, each epoch in a new order."""
    while True:
        order = rng.permutation(count).tolist()
        yield from (order[start : start + size] for start in range(0, count - size + 1, size))


class Trainee:
    """A network in training for `minutes`, its running average `ema`, its AdamW optimizer and its clock."""

    def __init__(
        self, network: nn.Module, minutes: float, peak_rate: float, betas: tuple[float, float] = BETAS
    ) -> None:
        self.network = network
        self.ema = deepcopy(network).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(network.parameters(), peak_rate, betas, weight_decay=WEIGHT_DECAY)
        self.clock = Clock(minutes)
        self.steps = 0
        self._minutes = minutes
        self._peak_rate = peak_rate

    @classmethod
    def start(cls, network: nn.Module, settings: RunSettings, betas: tuple[float, float] = BETAS) -> Self:
        """A run as `settings` say: new, from base weights, or from the checkpoint in their output.

        FileNotFoundError if either is missing.
        """
        if settings.base:
            network.load_state_dict(read_weights(settings.base)[0])
        trainee = cls(network, settings.minutes, settings.rate, betas)
        if settings.resume:
            trainee.resume(settings.output)
        return trainee

    def save(self, folder: Path) -> None:
        """Write a checkpoint to `folder`."""
        facts = {"step": self.steps, "spent": self.clock.spent}
        save_checkpoint(folder, {"network": self.network, "ema": self.ema}, self.optimizer, facts)

    def resume(self, folder: Path) -> None:
        """Go on from the checkpoint in `folder`. FileNotFoundError if there is none."""
        facts = load_checkpoint(folder, {"network": self.network, "ema": self.ema}, self.optimizer)
        self.steps, self.clock = facts["step"], Clock(self._minutes, facts["spent"])

    def descend(self, loss: Tensor) -> None:
        """One step down `loss` at the rate the clock says, and one step of the average.

        Raises Refusal training_diverged for a loss that is no number, before anything is changed by it.
        """
        # The gradient of looking up a place that is no number writes outside the map, and ends the process.
        if not loss.isfinite():
            raise Refusal("training_diverged")
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.clock.progress, self._peak_rate)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.steps += 1
        average(self.ema, self.network, self.steps)
