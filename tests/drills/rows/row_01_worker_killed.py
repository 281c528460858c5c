"""The worker's process group is killed with -9 while it works, 50 times"""

import os
import random
import signal
import time

from tests.drills.engine import (
    WORKERS,
    attempts_lost,
    count,
    judge,
    make_garment,
    make_photos,
    marks,
    running_engine,
    strike,
    submit,
    wait_until,
    work_ends,
)
from tests.drills.report import Report
from tests.drills.stack import Stack

NUMBER = 1
PROMISE = "500 jobs finish, 0 lost, 0 double results"
JOB_SECONDS = 0.1


def run(report: Report, *, short: bool) -> str:
    """Two workers, of which whichever is at work is killed, at random moments spread over all jobs."""
    jobs, kills, lease, sweep = (20, 3, 20, 2) if short else (500, 50, 10, 15)
    with running_engine("beat", *WORKERS, lease=lease, sweep=sweep, job_seconds=JOB_SECONDS) as stack:
        submit(jobs, photos=make_photos(jobs), garment=make_garment())
        killed = kill_groups(stack, jobs=jobs, kills=kills)
        report.check(killed == kills, f"workers killed in the middle of a job: {killed}")
        done = work_ends(stack)
        report.check(done, "no try-on waits or runs any more")
        judge(report, stack, succeeded=jobs)
        finished = f"{count(stack, 'succeeded')} of {jobs} jobs finished once"
        return f"{finished} under {killed} kills that cost {attempts_lost(stack)} attempts"


def kill_groups(stack: Stack, *, jobs: int, kills: int) -> int:
    """Kill a worker and start it again; returns how many kills met one that had a job in hand."""
    chance = random.Random(NUMBER)
    killed = 0
    while killed < kills:
        due = killed * jobs * 0.8 / kills
        spread = wait_until(lambda due=due: count(stack, "succeeded") >= due)
        if not spread or not wait_until(lambda: bool(at_work(stack)), every=0.01):
            break
        for name in at_work(stack)[:1]:
            time.sleep(chance.uniform(0, JOB_SECONDS))
            if strike(stack, os.killpg, stack.processes[name].pid):
                stack.stop(name, signal.SIGKILL)
                stack.start(name)
                killed += 1
    return killed


def at_work(stack: Stack) -> list[str]:
    """The workers in the middle of a job."""
    return [name for name in WORKERS if marks(stack, name)]
