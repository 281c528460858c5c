"""Web, worker and beat are stopped with SIGTERM under load and started again, 20 times"""

import threading
import time
from collections import Counter

import requests

from tests.drills.engine import (
    attempts_lost,
    count,
    deploy,
    judge,
    make_garment,
    make_photos,
    marks,
    running_engine,
    submit,
    wait_until,
    work_ends,
)
from tests.drills.report import Report
from tests.drills.visitors import Visitor, new_key, visitor

NUMBER = 8
PROMISE = "0 failed jobs, 0 lost attempts; shoppers meet a closed door at most, never an error"
BACKLOG = 30
PAUSE_SECONDS = 3.0


def run(report: Report, *, short: bool) -> str:
    """A deploy begins while the worker has a job in hand and a shopper asks for more."""
    deploys, sweep = (2, 2) if short else (20, 15)
    with running_engine("beat", "web", "worker", lease=60, sweep=sweep, job_seconds=0.2) as stack:
        photos, garment, asked = make_photos(BACKLOG), make_garment(), 0
        shopping = Shopping(visitor(stack), str(garment.pk))
        statuses: Counter[int] = Counter()
        with shopping:
            for _ in range(deploys):
                missing = max(0, BACKLOG - count(stack, "queued"))
                submit(missing, photos=photos, garment=garment)
                asked += missing
                report.check(wait_until(lambda: bool(marks(stack, "worker")), every=0.01), "at work")
                statuses.update(deploy(stack, "web", "worker", "beat"))
        report.check(set(statuses) == {0}, f"exit statuses: {dict(statuses)}")
        report.check(set(shopping.answers) == {202}, f"answers: {dict(shopping.answers)}")
        done = work_ends(stack)
        report.check(done, "no job waits or runs any more")
        asked += shopping.answers[202]
        judge(report, stack, succeeded=asked)
        lost = attempts_lost(stack)
        report.check(lost == 0, f"attempts lost: {lost}")
        refused = f"{shopping.refused} requests found web closed and were sent again"
        return f"{deploys} deploys, {asked} of {asked} jobs finished, {lost} attempts lost; {refused}"


class Shopping:
    """A shopper who asks for one try-on after the other, in a thread, while the block runs."""

    def __init__(self, guest: Visitor, garment: str) -> None:
        self.answers: Counter[int] = Counter()
        self.refused = 0
        self._guest, self._garment = guest, garment
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._go)

    def __enter__(self) -> "Shopping":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _go(self) -> None:
        while not self._done.wait(PAUSE_SECONDS):
            self._ask(new_key())

    def _ask(self, key: str) -> None:
        """As a client should: no answer, so once more under the same key."""
        while True:
            try:
                self.answers[self._guest.submit(self._garment, key).status_code] += 1
                return
            except requests.ConnectionError:
                self.refused += 1
                time.sleep(PAUSE_SECONDS)
