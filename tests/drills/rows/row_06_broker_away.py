"""Valkey, broker and cache, is away for 60 s while shoppers go on"""

import time
from collections import Counter

from tests.drills.engine import judge, make_garment, running_engine, work_ends
from tests.drills.outages import Valkey
from tests.drills.report import Report
from tests.drills.visitors import Visitor, new_key, visitor

NUMBER = 6
PROMISE = "submissions are answered with 202 or 503, never 500; what was taken finishes, no orphan"
ALLOWED = {201, 202, 503}
"""201 is the answer to a photo."""


def run(report: Report, *, short: bool) -> str:
    """One shopper after the other sends a photo and asks for a try-on on it."""
    seconds, sweep = (4, 2) if short else (60, 15)
    with running_engine("beat", "web", "worker", lease=30, sweep=sweep, job_seconds=0.2) as stack:
        garment, guest, answers = str(make_garment().pk), visitor(stack), Answers()
        with Valkey(stack.folder) as valkey:
            valkey.kill()
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                answers.ask(guest, garment)
            valkey.start()
            report.check(set(answers.statuses) <= ALLOWED, f"answers meanwhile: {dict(answers.statuses)}")
            report.check(answers.taken > 0, f"jobs taken meanwhile: {answers.taken}")
            done = work_ends(stack)
            report.check(done, "no job waits or runs any more")
            judge(report, stack, succeeded=answers.taken)
        given = ", ".join(f"{number} x {status}" for status, number in sorted(answers.statuses.items()))
        return f"{given}; {answers.taken} jobs finished; the slowest answer took {answers.slowest:.1f} s"


class Answers:
    """What the service said."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.slowest = 0.0
        self.taken = 0

    def ask(self, guest: Visitor, garment: str) -> None:
        """Send a photo and ask for a try-on on it, or on the last one if it was not taken."""
        for send in (guest.send_photo, lambda: guest.submit(garment, new_key())):
            begun = time.monotonic()
            status = send().status_code
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.statuses[status] += 1
        self.taken += status == 202
