"""Valkey is killed with -9 under load 10 times, and once it comes back empty"""

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
    work_ends,
)
from tests.drills.outages import Valkey
from tests.drills.report import Report

NUMBER = 4
PROMISE = "all jobs finish; work goes on within 30 s, within 2 min if Valkey comes back empty"
BACK_SECONDS, BACK_SECONDS_WIPED = 30.0, 120.0
DOWN_SECONDS = 3.0
BACKLOG = 30


def run(report: Report, *, short: bool) -> str:
    """There are always jobs waiting, some of them asked for while Valkey is away, none just after.

    The short form, a test, judges that work goes on, and not how soon.
    """
    kills, sweep = (1, 2) if short else (10, 15)
    with running_engine("beat", "worker", lease=30, sweep=sweep, job_seconds=0.2) as stack:
        photos, garment, valkey = make_photos(BACKLOG), make_garment(), Valkey(stack.folder)
        asked, slowest, slowest_wiped = 0, 0.0, 0.0
        with valkey:
            for number in range(kills + 1):
                wiped = number == kills
                missing = max(0, BACKLOG - count(stack, "queued"))
                submit(missing, photos=photos, garment=garment)
                seconds_until_work(stack)
                valkey.kill()
                submit(2, photos=photos, garment=garment)
                time.sleep(DOWN_SECONDS)
                valkey.start(wiped=wiped)
                most = once.PATIENCE if short else BACK_SECONDS_WIPED if wiped else BACK_SECONDS
                seconds = seconds_until_work(stack)
                report.check(seconds <= most, f"work goes on after {seconds:.1f} s{', wiped' * wiped}")
                slowest, slowest_wiped = (slowest, seconds) if wiped else (max(slowest, seconds), 0.0)
                asked += missing + 2
            done = work_ends(stack)
            report.check(done, "no job waits or runs any more")
            judge(report, stack, succeeded=asked)
        kept, empty = f"after {slowest:.1f} s at most", f"after {slowest_wiped:.1f} s when wiped"
        return f"{kills} kills and a wipe, {asked} of {asked} jobs finished; work went on {kept}, {empty}"
