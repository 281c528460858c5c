"""What both textbook trainings share: the loop around a step of generator and discriminator."""

from collections.abc import Generator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ml.images import write_image
from ml.training.loop import Clock


class Adversaries(Protocol):
    """Generators and discriminators in training, which see batches of two tensors."""

    device: torch.device

    @property
    def clock(self) -> Clock: ...

    @property
    def steps(self) -> int: ...

    def step(self, first: Tensor, second: Tensor) -> tuple[float, float]: ...

    def samples(self, first: Tensor, second: Tensor) -> np.ndarray: ...

    def save(self, output: Path) -> None: ...


def train_adversaries(
    gan: Adversaries, batches: Generator[tuple[Tensor, Tensor], None, None], output: Path
) -> None:
    """Step until the time is up. Checkpoint, weights and samples.png go to `output` every three minutes."""
    clock = gan.clock
    while clock.progress < 1:
        first, second = (part.to(gan.device) for part in next(batches))
        loss_g, loss_d = gan.step(first, second)
        if clock.checkpoint_due() or clock.progress >= 1:
            gan.save(output)
            write_image(output / "samples.png", gan.samples(first, second))
            print(
                f"{clock.spent:.0f} s, step {gan.steps}, loss_g {loss_g:.3f}, loss_d {loss_d:.3f}", flush=True
            )
    batches.close()
