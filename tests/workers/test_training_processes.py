"""Real trainer processes: killed with -9 at random moments, the run has its steps all the same; and several
that torchrun starts do one run together."""

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

KILLS = int(os.environ.get("TRAINING_KILLS", 2))
"""Each costs a start of torch. Of three or more the first meets the twins. `script/chaos --only 23`: five."""
STAGES = ["twins", *["training"] * (KILLS - 2), "comparing"] if KILLS > 2 else ["training", "comparing"]
STEPS = 16 * STAGES.count("training")


def environment() -> dict[str, str]:
    """Of a trainer on the tests' database."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    return os.environ | {
        "DATABASE_URL": database.geturl(),
        "TRAINER": "1",
        "TRAINER_TWINS": "60" if "twins" in STAGES else "4",
        "TRAINER_PAIRS": "10",
        "LOG_LEVEL": "INFO",
    }


@pytest.fixture
def start(tmp_path: Path, settings: Settings) -> Iterator[Callable[[], subprocess.Popen]]:
    """Start a trainer as the Procfile does, in a process group of its own."""
    started: list[subprocess.Popen] = []

    def run() -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "tests.workers.training_app", "worker"]
        options = ["--queues", "training", "--concurrency", "1", "--without-gossip", "--without-mingle"]
        log = (tmp_path / f"log-{len(started)}").open("w")
        name = ["--hostname", f"trainer{len(started)}@%h"]
        process = subprocess.Popen(
            [*command, *options, *name],
            env=environment(),
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
    start: Callable[[], subprocess.Popen], valkey: str, record_property: Callable[[str, object], None]
) -> None:
    dress_shop()
    run = run_start(base=None, categories=[], steps=STEPS, seed=1, created_by=None)
    moments = random.Random()
    for stage in STAGES:
        trainer = start()
        # A checkpoint comes every third step: each kill finds another one.
        more = run.step + moments.randint(4, 8) if stage == "training" else 0
        wait_until(lambda stage=stage, more=more: has_come_to(run, stage, more))
        time.sleep(moments.uniform(0, 0.6))
        os.killpg(trainer.pid, signal.SIGKILL)
        trainer.wait()
        run.refresh_from_db()
        assert (run.status, run.stage) == ("running", stage)
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
    record_property("steps", run.step)
    for stage in STAGES:
        record_property(f"kills_{stage}", 1)


@pytest.mark.parametrize("waits", [True, False], ids=["a run", "none"])
def test_processes_that_torchrun_starts_do_one_run_together(waits: bool, valkey: str) -> None:
    dress_shop()
    if waits:
        run_start(base=None, categories=[], steps=2, seed=1, created_by=None)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*torchrun, "-m", "tests.workers.crew_app"],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if not waits:
        assert done.stdout.count("No retraining waits.") == 2
        return
    assert done.stdout.count("Done.") == 2
    run = TrainingRun.objects.get()
    assert (run.status, run.error_code, run.step, run.fencing_token) == ("succeeded", "", 2, 1)
    assert [point[0] for point in run.curve] == [1, 2]
    assert run.candidate == ModelVersion.objects.get()


def has_come_to(run: TrainingRun, stage: str, step: int) -> bool:
    rows = TrainingRun.objects.filter(pk=run.pk, status="running", stage=stage, step__gte=step)
    return rows.exists()
