"""A real trainer process that is killed with -9 at random moments: the run has its steps all the same."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tests.workers.test_training import dress_shop
from tryon.models import ModelVersion, TrainingRun
from tryon.services.training_runs import run_start
from tryon.services.work import work_sweep

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

STEPS, KILLS = 24, 3


@pytest.fixture
def start(tmp_path: Path, settings: Settings) -> Iterator[Callable[[], subprocess.Popen]]:
    """Start a trainer as the Procfile does, in a process group of its own."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {"DATABASE_URL": database.geturl(), "TRAINER": "1", "LOG_LEVEL": "INFO"}
    started: list[subprocess.Popen] = []

    def run() -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "tests.workers.training_app", "worker"]
        options = ["--queues", "training", "--concurrency", "1", "--without-gossip", "--without-mingle"]
        log = (tmp_path / f"log-{len(started)}").open("w")
        name = ["--hostname", f"trainer{len(started)}@%h"]
        process = subprocess.Popen(
            [*command, *options, *name],
            env=environment,
            start_new_session=True,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(happened: Callable[[], bool], seconds: float = 600) -> None:
    begin = time.monotonic()
    while not happened():
        assert time.monotonic() - begin < seconds, "This took too long."
        time.sleep(0.02)


def test_a_trainer_that_is_killed_at_random_moments_ends_with_the_same_steps(
    start: Callable[[], subprocess.Popen], valkey: str
) -> None:
    dress_shop()
    run = run_start(base=None, categories=[], steps=STEPS, seed=1, created_by=None)
    moments = random.Random(20)
    begun = 0
    for _ in range(KILLS):
        trainer = start()
        more = begun + moments.randint(1, 6)
        wait_until(lambda more=more: step_of(run) >= min(more, STEPS - 2))
        os.killpg(trainer.pid, signal.SIGKILL)
        trainer.wait()
        begun = step_of(run)
        assert TrainingRun.objects.get().status == "running"
        # As if a minute had passed.
        TrainingRun.objects.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
        assert work_sweep(model=TrainingRun).requeued == 1
    start()
    wait_until(lambda: TrainingRun.objects.get().status not in ("queued", "running"))
    run.refresh_from_db()
    assert (run.status, run.error_code, run.step) == ("succeeded", "", STEPS)
    assert run.candidate == ModelVersion.objects.get()
    assert [point[0] for point in run.curve] == list(range(1, STEPS + 1))
    assert run.fencing_token == KILLS + 1


def step_of(run: TrainingRun) -> int:
    return TrainingRun.objects.values_list("step", flat=True).get(pk=run.pk)
