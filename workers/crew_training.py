"""One retraining by several processes that `torchrun` started: the first claims, compares and registers."""

from contextlib import suppress
from uuid import UUID

from django.db.models import Q

from ml.precision import best_device
from ml.training.crew import Crew, crew
from ml.warpnet import Warper
from tryon.models import TrainingRun

from . import training
from .runner import LeaseLostError, Progress, run_batch

NONE = bytes(16)


def train_together(device: str) -> int:
    """Take part in the retraining that waits for `device`; returns how many there were, 0 or 1."""
    with crew(best_device(device)) as together:
        return _lead(together, device) if together.leads else _assist(together)


def _lead(together: Crew, device: str) -> int:
    told = False

    def handle(run: TrainingRun, progress: Progress[TrainingRun]) -> None:
        def tell() -> None:
            nonlocal told
            told = True
            together.agreed(*run.pk.bytes)

        training.train(run, progress, before_steps=tell)

    claimed = run_batch(model=TrainingRun, handle=handle, limit=1, claimable=Q(device=device))
    if not told:
        together.agreed(*NONE)
    return claimed


def _assist(together: Crew) -> int:
    """Train the first process's run with it, once it has come so far."""
    name = bytes(int(value) for value in together.agreed(*NONE))
    if name == NONE:
        return 0
    # The first process knows why it stopped.
    with suppress(LeaseLostError):
        training.assist(TrainingRun.objects.get(pk=UUID(bytes=name)), _Deaf())
    return 1


class _Deaf:
    """The first process listens for all."""

    def on_progress(self, step: int, steps: int, losses: dict[str, float], eta: float) -> bool:
        return True

    def on_checkpoint(self, data: bytes) -> None:
        pass

    def on_sample(self, candidate: Warper) -> None:
        pass
