"""Real Celery workers, broker and database: a worker is killed, stopped or hangs, and there is one result."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery import current_app
from django.core.files.base import ContentFile
from django.db import connection

from tests.tryon import factories
from tryon.announce import announce
from tryon.models import SealedObject, TryOnJob

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LEASE_SECONDS = 20
Start = Callable[..., subprocess.Popen]


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def start(gate: Path) -> Iterator[Start]:
    """Start a worker process as the Procfile does, in a process group of its own."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {
        "DATABASE_URL": database.geturl(),
        "TRYON_LEASE_SECONDS": str(LEASE_SECONDS),
        "GATE": str(gate),
        "LOG_LEVEL": "INFO",
    }
    started: list[subprocess.Popen] = []

    def run(*options: str) -> subprocess.Popen:
        app = (sys.executable, "-m", "celery", "--quiet", "-A", "tests.workers.gated_app", "worker")
        common = ("--without-gossip", "--without-mingle", "--hostname", f"test{len(started)}@%h")
        command = [*app, *common, *options]
        log = (gate / f"log-{len(started)}").open("w")
        process = subprocess.Popen(
            command, env=environment, start_new_session=True, stdout=log, stderr=subprocess.STDOUT
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(happened: Callable[[], bool], seconds: float = 600) -> None:
    """Return when it has happened; fail after `seconds`."""
    begin = time.monotonic()
    while not happened():
        assert time.monotonic() - begin < seconds, "This took too long."
        time.sleep(0.05)


@pytest.fixture
def job() -> TryOnJob:
    garment = factories.garment()
    garment.image.save("square.png", ContentFile(factories.encoded(factories.picture(), "PNG")))
    return factories.tryon(factories.photo(factories.shopper()), garment=garment)


def test_a_job_whose_worker_is_killed_finishes_once(start: Start, gate: Path, job: TryOnJob) -> None:
    start("--queues", "maintenance", "--pool", "solo", "--beat", "--schedule", str(gate / "beat"))
    workers = [start("--queues", "tryon", "--concurrency", "1") for _ in range(2)]
    wait_until(lambda: len(current_app.control.ping(timeout=1)) == 3)
    announce(TryOnJob)
    wait_until(lambda: any(gate.glob("arrived-*")))
    (arrived,) = gate.glob("arrived-*")
    group = os.getpgid(int(arrived.name.removeprefix("arrived-")))
    assert group in [worker.pid for worker in workers]
    os.killpg(group, signal.SIGKILL)
    (gate / "open").touch()
    wait_until(lambda: TryOnJob.objects.get().status == "succeeded")
    job.refresh_from_db()
    assert (job.attempts, job.fencing_token, job.error_code) == (2, 2, "")
    assert list(SealedObject.objects.filter(kind="result")) == [job.result]


def test_a_worker_that_is_told_to_stop_finishes_first(start: Start, gate: Path, job: TryOnJob) -> None:
    announce(TryOnJob)
    worker = start("--queues", "tryon", "--concurrency", "1")
    wait_until(lambda: any(gate.glob("arrived-*")))
    worker.send_signal(signal.SIGTERM)
    (gate / "open").touch()
    assert worker.wait(600) == 0
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("succeeded", 1)
    assert_logged_like_web(gate / "log-0", job)


def assert_logged_like_web(log: Path, job: TryOnJob) -> None:
    """Each line is JSON, but for what Celery prints in a signal handler; those about a job hold its id."""
    written = [line for line in log.read_text().splitlines() if line]
    assert [line for line in written if line[0] != "{"] == ["worker: Warm shutdown (MainProcess)"]
    lines = [json.loads(line) for line in written if line[0] == "{"]
    # The warning is that of Celery for a worker that root has started.
    assert {line["level"] for line in lines} | {"warning"} == {"info", "warning"}
    (done,) = (line for line in lines if line["event"] == f"TryOnJob {job.pk} is done.")
    assert (done["job_id"], done["kind"], done["logger"]) == (str(job.pk), "tryonjob", "workers.runner")


def test_a_worker_that_hangs_is_stopped_and_the_job_given_up_with_a_reason(
    start: Start, gate: Path, job: TryOnJob
) -> None:
    TryOnJob.objects.update(attempts=TryOnJob.MAX_ATTEMPTS - 1)
    announce(TryOnJob)
    start("--queues", "tryon", "--concurrency", "1")
    wait_until(lambda: TryOnJob.objects.get().status == "failed")
    job.refresh_from_db()
    assert (job.error_code, job.attempts) == ("timed_out", TryOnJob.MAX_ATTEMPTS)
