"""What all adversarial trainings share: the loop around a step of generator and discriminator."""

from collections.abc import Generator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ml.images import write_image
from ml.training.loop import Clock


class Adversaries(Protocol):
    """Generators and discriminators in training, which see batches of tensors."""

    device: torch.device

    @property
    def clock(self) -> Clock: ...

    @property
    def steps(self) -> int: ...

    def step(self, *batch: Tensor) -> tuple[float, float]: ...

    def samples(self, *batch: Tensor) -> np.ndarray: ...

    def save(self, output: Path) -> None: ...


def train_adversaries(
    gan: Adversaries, batches: Generator[tuple[Tensor, ...], None, None], output: Path
) -> None:
    """Step until the time is up. Checkpoint, weights and samples.png go to `output` every three minutes."""
    clock = gan.clock
    while clock.progress < 1:
        batch = [part.to(gan.device) for part in next(batches)]
        loss_g, loss_d = gan.step(*batch)
        if clock.checkpoint_due() or clock.progress >= 1:
            gan.save(output)
            write_image(output / "samples.png", gan.samples(*batch))
            print(
                f"{clock.spent:.0f} s, step {gan.steps}, loss_g {loss_g:.3f}, loss_d {loss_d:.3f}", flush=True
            )
    batches.close()
