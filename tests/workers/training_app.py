"""A trainer with the shipped warp, a stub of all else, four twins and batches of one.

Imported as a Celery application by the tests with real processes, and patched into this one by the others.
With TRAINER=real in the environment photos are read by the real pipeline, and only the training is small.
TRAINER_TWINS and TRAINER_PAIRS in the environment say how many twins are made and compared, so that there is
time to kill it meanwhile.
"""

import os
from functools import partial
from typing import Any

import django

from config.celery import app

if __name__ != "__main__" and os.environ.get("TRAINER"):
    django.setup()


def shorten(patch: Any) -> None:
    """Have this process train in small; `patch(object, name, value)` sets an attribute."""
    from ml.evaluation_gate import gate
    from ml.training.finetune import Plan, make_twins
    from workers import training

    made, compared = int(os.environ.get("TRAINER_TWINS", 4)), int(os.environ.get("TRAINER_PAIRS", 2))
    small = partial(Plan, batch=1, checkpoint_steps=3, progress_seconds=0)
    patch(training, "Plan", small)
    patch(training, "make_twins", lambda folder, count, on_twin: make_twins(folder, made, on_twin))
    patch(training, "gate", partial(gate, twins=compared))
    patch(training, "gate_seconds", lambda current, held_out: 60.0)


def make_small(patch: Any) -> None:
    """The same, and have it see and dress people as the stub does."""
    from tests.workers.stubs import StubPipeline
    from workers import engines

    class Pipeline(StubPipeline):
        """Dresses as the stub does, whatever the warp."""

        def with_warper(self, warper: Any) -> "Pipeline":
            return self

        def dress(self, person: Any, cloth: Any, on_stage: Any = lambda *_: None) -> Any:
            return super().dress(person, cloth, on_stage)

        def analyse_person(self, image: Any, on_stage: Any = lambda *_: None) -> Any:
            return super().analyse_person(image, on_stage)

    shorten(patch)
    patch(engines, "load", lambda version, weights: engines.Engine(Pipeline(), "stub", "p", "c"))


if os.environ.get("TRAINER") == "real":
    shorten(setattr)
elif os.environ.get("TRAINER"):
    make_small(setattr)

__all__ = ["app", "make_small"]
