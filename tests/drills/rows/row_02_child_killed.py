"""The worker's child, which holds the job, is killed with -9 while it works, 50 times"""

import os
import random
import time

from tests.drills.engine import (
    attempts_lost,
    count,
    forget_marks,
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

NUMBER = 2
PROMISE = "500 jobs finish, 0 lost, 0 double results"
JOB_SECONDS = 0.1


def run(report: Report, *, short: bool) -> str:
    """One worker, which replaces its child by itself; kills are spread over all jobs."""
    jobs, kills, lease, sweep = (20, 3, 20, 2) if short else (500, 50, 10, 15)
    with running_engine("beat", "worker", lease=lease, sweep=sweep, job_seconds=JOB_SECONDS) as stack:
        submit(jobs, photos=make_photos(jobs), garment=make_garment())
        leader = stack.processes["worker"]
        killed = kill_children(stack, jobs=jobs, kills=kills)
        report.check(killed == kills, f"children killed in the middle of a job: {killed}")
        done = work_ends(stack)
        report.check(done, "no try-on waits or runs any more")
        report.check(leader.poll() is None, "the worker itself still runs")
        judge(report, stack, succeeded=jobs)
        finished = f"{count(stack, 'succeeded')} of {jobs} jobs finished once"
        return f"{finished} under {killed} kills that cost {attempts_lost(stack)} attempts"


def kill_children(stack: Stack, *, jobs: int, kills: int) -> int:
    """Kill whichever child has a job in hand; returns how many were killed."""
    chance = random.Random(NUMBER)
    killed = 0
    while killed < kills:
        due = killed * jobs * 0.8 / kills
        spread = wait_until(lambda due=due: count(stack, "succeeded") >= due)
        if not spread or not wait_until(lambda: bool(marks(stack, "worker")), every=0.01):
            break
        (child,) = marks(stack, "worker") or (0,)
        time.sleep(chance.uniform(0, JOB_SECONDS))
        if child and strike(stack, os.kill, child):
            forget_marks(stack, "worker")
            killed += 1
    return killed
