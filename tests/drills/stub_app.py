"""The product's Celery application with a pipeline that paints, for drills that run hundreds of jobs.

The pipeline is a stub and takes `STUB_SECONDS` for a garment. The width of the garment's picture may ask for
worse than work (`deeds`). While it works, a file of `STUB_FOLDER` says so: `<group>-<process>-<width>`.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import django

from config.celery import app

django.setup()

from ml.analysis import ClothAnalysis, PersonAnalysis, TryOnResult  # noqa: E402
from ml.progress import OnStage  # noqa: E402
from tests.drills.deeds import Deed  # noqa: E402
from tests.workers.stubs import StubPipeline, engine_of  # noqa: E402
from workers import engines  # noqa: E402

SECONDS = float(os.environ["STUB_SECONDS"])
FOLDER = Path(os.environ["STUB_FOLDER"])
LONG, FOREVER = 8.0, 3600.0


def work() -> None:
    """Take the time of a job."""
    time.sleep(SECONDS)


def crash() -> None:
    """End the process as a fault in a library's C code would."""
    os.abort()


def hang() -> None:
    """Take forever, and hear what Python can hear."""
    time.sleep(FOREVER)


def hang_deaf() -> None:
    """Take forever as C code that never returns to Python: the soft time limit is not heard."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    time.sleep(FOREVER)


def take_long() -> None:
    """Take long enough to be stopped in the middle."""
    time.sleep(LONG)


DEEDS: dict[int, Callable[[], None]] = {
    Deed.WORK: work,
    Deed.CRASH: crash,
    Deed.HANG: hang,
    Deed.HANG_DEAF: hang_deaf,
    Deed.TAKE_LONG: take_long,
}


class MarkingPipeline(StubPipeline):
    """Tells the drill when it is in the middle of a job."""

    def dress(self, person: PersonAnalysis, cloth: ClothAnalysis, on_stage: OnStage) -> TryOnResult:
        self.on_warp = DEEDS[cloth.image.shape[1]]
        mark = FOLDER / f"{os.getpgrp()}-{os.getpid()}-{cloth.image.shape[1]}"
        mark.touch()
        try:
            return super().dress(person, cloth, on_stage)
        finally:
            mark.unlink(missing_ok=True)


engines.engine = engine_of(MarkingPipeline())

__all__ = ["app"]
