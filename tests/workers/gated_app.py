"""The product's Celery application with a pipeline that waits at a gate, for tests with real processes.

`GATE` names a folder: the pipeline leaves a file `arrived-<pid>` there and goes on once `open` exists.
"""

import os
import time
from pathlib import Path

import django

from config.celery import app

django.setup()

from tests.workers.stubs import StubPipeline, engine_of  # noqa: E402
from workers import engines  # noqa: E402

GATE = Path(os.environ["GATE"])


def wait_at_gate() -> None:
    """Work that takes as long as the test likes."""
    (GATE / f"arrived-{os.getpid()}").touch()
    while not (GATE / "open").exists():
        time.sleep(0.02)


engines.engine = engine_of(StubPipeline(on_warp=wait_at_gate))

__all__ = ["app"]
