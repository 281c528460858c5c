"""Jobs that crash the process, hang, hang deaf to signals, or outlive their lease, three times each"""

import math
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from config import once
from tests.drills.deeds import Deed
from tests.drills.engine import (
    WORKERS,
    count,
    forget_marks,
    judge,
    make_garment,
    make_photos,
    marks,
    running_engine,
    submit,
    wait_until,
)
from tests.drills.report import Report
from tests.drills.stack import Stack

if TYPE_CHECKING:
    from tryon.models import Garment, Photo

NUMBER = 7
PROMISE = "a typed failure after 3 attempts; neighbours succeed and wait for one lease at most"
NEIGHBOURS = 3
POISON = {
    "crash": (Deed.CRASH, "worker_lost"),
    "hang": (Deed.HANG, "timed_out"),
    "deaf hang": (Deed.HANG_DEAF, "worker_lost"),
}
"""What a job does, and the code that it fails with."""
OUTCOME = "SELECT status, attempts, error_code FROM tryon_tryonjob WHERE id = %s"
WAITED = """
SELECT max(waited) AS seconds FROM (
    SELECT extract(epoch FROM min(started.at) - min(asked.at)) AS waited
    FROM drill_witness asked JOIN drill_witness started USING (job)
    WHERE asked.before = '' AND started.after = 'running' AND job = ANY(%s::uuid[]) GROUP BY job
) AS waits
"""


def run(report: Report, *, short: bool) -> str:
    """A neighbour is asked for all the while, five in the time of a lease.

    The short form, a test, does not judge how long they wait.
    """
    lease, sweep = 20, 2 if short else 5
    with running_engine("beat", "worker", lease=lease, sweep=sweep, job_seconds=0.1) as stack:
        street = Street(report, stack, lease, make_photos(1), make_garment())
        street.wait_until_awake()
        for name in ("hang",) if short else POISON:
            deed, code = POISON[name]
            (poison,) = submit(1, photos=street.photos, garment=make_garment(deed))
            street.live_beside(name, code, poison, punctual=not short)
        if not short:
            outlive(street)
            in_a_batch(street)
        street.wait_until_quiet()
        judge(report, stack, succeeded=len(street.neighbours), failed=street.poisons)
        waits = ", ".join(f"{seconds:.0f} s beside {name}" for name, seconds in street.waits.items())
        ended = f"{street.poisons} poison jobs failed after 3 attempts"
        return f"{ended}; lease {lease} s; neighbours waited at most: {waits}"


@dataclass
class Street:
    """Where jobs live next to each other."""

    report: Report
    stack: Stack
    lease: float
    photos: "list[Photo]"
    garment: "Garment"
    poisons: int = 0
    neighbours: list[str] = field(default_factory=list)
    waits: dict[str, float] = field(default_factory=dict)

    def live_beside(
        self,
        name: str,
        code: str,
        poison: str,
        *,
        meanwhile: Callable[[], None] = lambda: None,
        punctual: bool = True,
    ) -> None:
        """Ask for neighbours until the poison job has ended; judge how it did and how long they waited."""
        near: list[str] = []
        end = time.monotonic() + 6 * self.lease + once.PATIENCE
        while (row := self.outcome(poison))["status"] in ("queued", "running") and time.monotonic() < end:
            near += submit(1, photos=self.photos, garment=self.garment)
            meanwhile()
            time.sleep(self.lease / 5)
        seen = (row["status"], row["attempts"], row["error_code"])
        self.report.check(seen == ("failed", 3, code), f"{name}: {seen}")
        self.poisons += 1
        self.neighbours += near
        self.wait_until_quiet()
        seconds = float(self.stack.rows(WAITED, near)[0]["seconds"] or math.inf)
        self.waits[name] = seconds
        holds = seconds <= self.lease or not punctual
        self.report.check(holds, f"{name}: {len(near)} neighbours waited {seconds:.1f} s at most")

    def wait_until_awake(self) -> None:
        """Return when the worker has done its first job: what it needs to start is no neighbour's wait."""
        self.neighbours += submit(1, photos=self.photos, garment=self.garment)
        wait_until(lambda: count(self.stack, "succeeded") == 1)

    def outcome(self, job: str) -> dict[str, object]:
        """How a job is."""
        return self.stack.rows(OUTCOME, job)[0]

    def wait_until_quiet(self) -> None:
        """Return when no job waits or runs any more, or too much time has gone by."""
        end = time.monotonic() + 3 * self.lease + once.PATIENCE
        query = "SELECT 1 FROM tryon_tryonjob WHERE status IN ('queued', 'running')"
        while self.stack.rows(query) and time.monotonic() < end:
            time.sleep(0.2)


def outlive(street: Street) -> None:
    """Workers are frozen with the job in hand. Whoever comes back has lost it and hands nothing in."""
    stack = street.stack
    stack.start(WORKERS[1])
    job = submit(1, photos=street.photos, garment=make_garment(Deed.TAKE_LONG))[0]
    frost = Frost(stack)
    street.live_beside("outlived lease", "worker_lost", job, meanwhile=frost)
    street.report.check(frost.freezes == 3, f"workers frozen with the job in hand: {frost.freezes}")
    frost.thaw()
    street.wait_until_quiet()
    stack.stop(WORKERS[1])


class Frost:
    """Freezes the worker that has the long job in hand, and thaws the one that had it before."""

    def __init__(self, stack: Stack) -> None:
        self.freezes = 0
        self._stack = stack
        self._frozen = ""

    def __call__(self) -> None:
        for name in WORKERS:
            if name != self._frozen and marks(self._stack, name, Deed.TAKE_LONG):
                os.killpg(self._stack.processes[name].pid, signal.SIGSTOP)
                self.thaw()
                self._frozen = name
                self.freezes += 1
                return

    def thaw(self) -> None:
        """Let the frozen worker go on."""
        if self._frozen:
            forget_marks(self._stack, self._frozen)
            os.killpg(self._stack.processes[self._frozen].pid, signal.SIGCONT)
            self._frozen = ""


def in_a_batch(street: Street) -> None:
    """A worker that takes several jobs at once crashes over one: the others must not go down with it."""
    street.stack.variables["TRYON_BATCH_SIZE"] = "4"
    street.stack.stop(WORKERS[0])
    poison = submit(1, photos=street.photos, garment=make_garment(Deed.CRASH))[0]
    street.neighbours += submit(NEIGHBOURS, photos=street.photos, garment=street.garment)
    street.stack.start(WORKERS[0])
    street.live_beside("crash in a batch", "worker_lost", poison, punctual=False)
