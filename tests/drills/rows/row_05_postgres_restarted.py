"""PostgreSQL is stopped under load, in turn as for a restart and as in a crash, and started again, 6 times"""

import time

from config import once
from tests.drills.engine import (
    count,
    judge,
    make_garment,
    make_photos,
    running_engine,
    seconds_until_work,
    submit,
    wait_until,
    work_ends,
)
from tests.drills.outages import Postgres
from tests.drills.report import Report
from tests.drills.visitors import Visitor, visitor

NUMBER = 5
PROMISE = "0 lost; workers and web are back within 30 s"
BACK_SECONDS = 30.0
DOWN_SECONDS = 8.0
BACKLOG = 30


def run(report: Report, *, short: bool) -> str:
    """Jobs were just asked for, and nobody asks for another one until the workers are back.

    The short form, a test, judges that they come back, and not how soon.
    """
    restarts, sweep, most = (2, 2, once.PATIENCE) if short else (6, 15, BACK_SECONDS)
    with running_engine("beat", "web", "worker", lease=30, sweep=sweep, job_seconds=0.2) as stack:
        photos, garment, postgres = make_photos(BACKLOG), make_garment(), Postgres(stack.folder)
        guest = visitor(stack)
        asked, slowest, slowest_web = 0, 0.0, 0.0
        for number in range(restarts):
            wait_until(lambda: count(stack, "queued") == 0)
            asked += len(submit(BACKLOG, photos=photos, garment=garment))
            seconds_until_work(stack)
            mode = ("fast", "immediate")[number % 2]
            postgres.stop(mode)
            time.sleep(DOWN_SECONDS)
            postgres.start()
            begun = time.monotonic()
            answers = wait_until(lambda: has_list(guest))
            web_seconds = time.monotonic() - begun
            report.check(answers and web_seconds <= most, f"{mode}: web answers after {web_seconds:.1f} s")
            seconds_until_work(stack)
            seconds = time.monotonic() - begun
            report.check(seconds <= most, f"{mode}: work goes on after {seconds:.1f} s")
            slowest, slowest_web = max(slowest, seconds), max(slowest_web, web_seconds)
        done = work_ends(stack)
        report.check(done, "no job waits or runs any more")
        judge(report, stack, succeeded=asked)
        back = f"workers back after {slowest:.1f} s, web after {slowest_web:.1f} s at most"
        return f"{restarts} restarts, {asked} of {asked} jobs finished; {back}"


def has_list(guest: Visitor) -> bool:
    """Whether a shopper sees their try-ons."""
    return guest.client.session.get(f"{guest.client.url}/api/v1/tryons/", timeout=30).ok
