"""The job engine under attack: real servers and processes, a pipeline that paints, a witness of each step.

The witness is a trigger in the database, past all code of ours: it keeps each change of a try-on's status.
"""

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
from django.core.management import CommandError

from config import demo, embedded, once

from .deeds import Deed
from .report import Report
from .restore import manage
from .stack import COMMANDS, Stack, running_servers

if TYPE_CHECKING:
    from tryon.models import Garment, Photo

WITNESS = """
CREATE TABLE drill_witness (
    job uuid, before text, after text, attempts int, at timestamptz DEFAULT clock_timestamp()
);
CREATE FUNCTION drill_witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO drill_witness VALUES (NEW.id, '', NEW.status, NEW.attempts);
    ELSIF NEW.status <> OLD.status THEN
        INSERT INTO drill_witness VALUES (NEW.id, OLD.status, NEW.status, NEW.attempts);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER drill_witness AFTER INSERT OR UPDATE ON tryon_tryonjob
    FOR EACH ROW EXECUTE FUNCTION drill_witness();
"""
ENDED_TWICE = """
SELECT job FROM drill_witness WHERE after IN ('succeeded', 'failed') GROUP BY job HAVING count(*) > 1
"""
LEGAL = {
    ("", "queued"),
    ("queued", "running"),
    ("running", "queued"),
    ("running", "succeeded"),
    ("running", "failed"),
}
LIKE_PRODUCTION = {"LOG_LEVEL": "INFO", "REMAP_SIGTERM": ""}
"""SIGTERM lets a worker finish what it does. The demo is in a hurry and has it otherwise."""
JOBS_OF_ONE = 20
"""Try-ons on one photo."""
WORKERS = ("worker", "worker-2")
UNREFERENCED = timedelta(minutes=61)
"""After which the purge erases what a worker sealed and died before it could hand it in."""


@contextmanager
def running_engine(
    *names: str, lease: int, sweep: float, job_seconds: float, **variables: str
) -> Iterator[Stack]:
    """Servers with an empty shop, the witness, and the named processes: `beat`, `web`, `worker`, `worker-2`.

    The length of a lease and the time between two sweeps are in seconds. `variables` are added to the
    environment of everything, this process included.
    """
    os.environ |= {
        "DAILY_LIMIT_GUEST": "10000",
        "STUB_SECONDS": str(job_seconds),
        "TRUSTED_PROXIES": "1",  # shoppers of a drill have addresses of their own
        "TRYON_LEASE_SECONDS": str(lease),
        "TRYON_MAX_QUEUE": "10000",
        "TRYON_SWEEP_SECONDS": str(sweep),
    } | variables
    with running_servers() as folder:
        port = embedded.free_port()
        os.environ |= {"BIND": f"127.0.0.1:{port}", "STUB_FOLDER": str(folder / "marks")}
        (folder / "marks").mkdir()
        prepare(with_web="web" in names)
        stack = Stack(folder, f"http://127.0.0.1:{port}", LIKE_PRODUCTION.copy())
        stack.commands |= {name: stub_worker(name) for name in WORKERS}
        try:
            for name in names:
                stack.start(name)
            if "web" in names and not once.wait_until_ready(stack.url):
                raise TimeoutError("the web process is not ready")
            yield stack
        except BaseException:
            stack.print_logs()
            raise
        finally:
            for name in list(stack.processes):
                stack.stop(name)


def stub_worker(name: str) -> str:
    """The Procfile's worker, under a name of its own, with the pipeline that paints."""
    line = COMMANDS["worker"].replace("--app config", "--app tests.drills.stub_app")
    return line.replace("tryon@%h", f"{name}@%h")


def prepare(*, with_web: bool) -> None:
    """Set up the witness; pages need their static files too."""
    if with_web:
        demo.collect_static_files()
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(WITNESS)


def make_photos(jobs: int) -> "list[Photo]":
    """Photos of as many shoppers as it takes to ask for so many try-ons."""
    from tests.tryon import factories

    return [factories.photo(factories.shopper()) for _ in range(-(-jobs // JOBS_OF_ONE))]


def make_garment(deed: Deed = Deed.WORK) -> "Garment":
    """A garment that is ready, a dark square on white, and what dressing in it does."""
    from django.core.files.base import ContentFile
    from PIL import Image

    from tests.tryon import factories

    picture = Image.new("RGB", (deed, 50), "white")
    picture.paste((10, 20, 30), (10, 10, 30, 40))
    garment = factories.garment()
    garment.image.save("square.png", ContentFile(factories.encoded(picture, "PNG")))
    return garment


def submit(jobs: int, *, photos: "list[Photo]", garment: "Garment") -> list[str]:
    """Ask for try-ons by the service, as the web process does; returns their ids."""
    from tryon.services.jobs import job_submit

    asked = (photos[number % len(photos)] for number in range(jobs))
    return [
        str(job_submit(shopper=photo.shopper, photo_id=photo.pk, garment_ids=[garment.pk])[0].pk)
        for photo in asked
    ]


def wait_until(happened: Callable[[], bool], seconds: float = once.PATIENCE, every: float = 0.05) -> bool:
    """Whether it happened within `seconds`."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def work_ends(stack: Stack) -> bool:
    """Whether the queue becomes empty, with nothing at work any more."""
    return wait_until(lambda: count(stack, "queued", "running") == 0)


def count(stack: Stack, *statuses: str) -> int:
    """How many try-ons have one of the statuses."""
    query = "SELECT count(*) AS jobs FROM tryon_tryonjob WHERE status = ANY(%s)"
    return int(stack.rows(query, list(statuses))[0]["jobs"])


def marks(stack: Stack, name: str, deed: Deed | None = None) -> list[int]:
    """The processes of the worker `name` in the middle of a job, or of one that does this."""
    group = stack.processes[name].pid
    wanted = f"{group}-*-{deed or '*'}"
    return [int(mark.name.split("-")[1]) for mark in (stack.folder / "marks").glob(wanted)]


def forget_marks(stack: Stack, name: str) -> None:
    """Remove what a process left that cannot do it itself any more."""
    for mark in (stack.folder / "marks").glob(f"{stack.processes[name].pid}-*"):
        mark.unlink(missing_ok=True)


def seconds_until_work(stack: Stack) -> float:
    """Seconds from now until a worker takes a try-on; infinite if none does for once.PATIENCE."""
    (since,) = stack.rows("SELECT clock_timestamp() AS at")
    query = "SELECT min(at) AS at FROM drill_witness WHERE after = 'running' AND at > %s"
    wait_until(lambda: stack.rows(query, since["at"])[0]["at"] is not None)
    taken = stack.rows(query, since["at"])[0]["at"]
    return float((taken - since["at"]).total_seconds()) if taken else math.inf


def deploy(stack: Stack, *names: str) -> list[int]:
    """Stop processes as Compose does, SIGTERM to their leaders alone, and start them again.

    Returns their exit statuses.
    """
    processes = [stack.processes.pop(name) for name in names]
    for process in processes:
        process.terminate()
    statuses = [process.wait(once.PATIENCE) for process in processes]
    for name in names:
        stack.start(name)
    return statuses


def strike(stack: Stack, send: Callable[[int, int], None], target: int) -> bool:
    """Kill a process (`os.kill`) or group (`os.killpg`) with -9, and tell whether it was done.

    It is not while a try-on runs that was lost twice: a third loss would make it poison, and rightly so.
    """
    send(target, signal.SIGSTOP)
    spared = stack.rows("SELECT 1 FROM tryon_tryonjob WHERE status = 'running' AND attempts >= 3")
    send(target, signal.SIGCONT if spared else signal.SIGKILL)
    return not spared


def attempts_lost(stack: Stack) -> int:
    """How often a try-on went back into the queue."""
    query = "SELECT count(*) FROM drill_witness WHERE before = 'running' AND after = 'queued'"
    return int(stack.rows(query)[0]["count"])


def judge(report: Report, stack: Stack, *, succeeded: int, failed: int = 0) -> None:
    """Every try-on ended once, in a legal way, with one picture; nothing is left over, nothing is missing."""
    expected = {"succeeded": succeeded} | ({"failed": failed} if failed else {})
    rows = stack.rows("SELECT status, count(*) FROM tryon_tryonjob GROUP BY status ORDER BY status DESC")
    statuses = {row["status"]: row["count"] for row in rows}
    report.check(statuses == expected, f"try-ons by status: {statuses}")
    ends = stack.rows(ENDED_TWICE)
    report.check(not ends, f"try-ons that ended more than once: {len(ends)}")
    steps = {
        (row["before"], row["after"])
        for row in stack.rows("SELECT DISTINCT before, after FROM drill_witness")
    }
    report.check(steps <= LEGAL, f"illegal steps: {sorted(steps - LEGAL)}")
    results = stack.rows("SELECT DISTINCT result_id FROM tryon_tryonjob WHERE result_id IS NOT NULL")
    report.check(len(results) == succeeded, f"pictures that try-ons name: {len(results)}")
    judge_store(report, stack, pictures=succeeded)


def judge_store(report: Report, stack: Stack, *, pictures: int) -> None:
    """What crashes left behind goes with the purge; then the store holds what rows name, and no more."""
    manage("purge", at=datetime.now(UTC) + UNREFERENCED)
    (sealed,) = stack.rows("SELECT count(*) FROM tryon_sealedobject WHERE kind = 'result'")
    report.check(sealed["count"] == pictures, f"pictures in the store: {sealed['count']}")
    (rows,) = stack.rows("SELECT count(*) FROM tryon_sealedobject")
    files = sum(path.is_file() for path in (stack.folder / "private").rglob("*"))
    report.check(files == rows["count"], f"{files} files for {rows['count']} rows")
    try:
        manage("verify")
        report.check(True, "verify: in order")
    except CommandError as error:
        report.check(False, f"verify: {error}")
