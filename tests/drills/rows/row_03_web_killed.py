"""The web process is killed with -9 between the commit of a job and its announcement, 100 times"""

import requests

from config import once
from tests.drills.engine import WORKERS, count, judge, make_garment, running_engine, work_ends
from tests.drills.report import Report
from tests.drills.stack import COMMANDS, Stack
from tests.drills.visitors import Visitor, new_key, visitor

NUMBER = 3
PROMISE = "every job starts within 60 s; sent again, it is the same job"
MOST_SECONDS = 60.0
WAITED = """
SELECT extract(epoch FROM min(started.at) - min(asked.at)) AS seconds
FROM drill_witness asked JOIN drill_witness started ON started.job = asked.job AND started.after = 'running'
WHERE asked.before = '' GROUP BY asked.job
"""


def run(report: Report, *, short: bool) -> str:
    """Each job's web process dies before it can ring; the sweep alone finds the jobs.

    The short form, a test, judges that it does, and not how soon.
    """
    kills, sweep, most = (3, 2, once.PATIENCE) if short else (100, 15, MOST_SECONDS)
    with running_engine("beat", "web", WORKERS[0], lease=60, sweep=sweep, job_seconds=0.1) as stack:
        garment = str(make_garment().pk)
        guest = visitor(stack)
        stack.stop("web")
        dying = stack.folder / "run" / "dying"
        dying.touch()
        stack.variables["DYING"] = str(dying)
        # Loaded before the fork, so that a hundred processes do not take an hour.
        stack.commands["web"] = COMMANDS["web"].replace("config.wsgi", "tests.drills.dying_web --preload")
        stack.start("web")
        once.wait_until_ready(stack.url)
        keys = [new_key() for _ in range(kills)]
        died = sum(dies(stack, guest, garment, key) for key in keys)
        report.check(died == kills, f"web killed after the commit: {died}")
        dying.unlink()
        replayed = sum(is_known(guest, garment, key) for key in keys)
        report.check(replayed == kills, f"sent again under its key, known already: {replayed}")
        done = work_ends(stack)
        report.check(done, "no job waits or runs any more")
        judge(report, stack, succeeded=kills)
        slowest = max(float(row["seconds"]) for row in stack.rows(WAITED))
        report.check(slowest <= most, f"the slowest job started after {slowest:.1f} s")
        return f"{died} kills, {kills} jobs; the slowest started after {slowest:.0f} s"


def dies(stack: Stack, guest: Visitor, garment: str, key: str) -> bool:
    """Ask for a try-on; whether the web process died over it, with the job committed."""
    before = count(stack, "queued", "running", "succeeded")
    try:
        guest.submit(garment, key)
    except requests.ConnectionError:
        return count(stack, "queued", "running", "succeeded") == before + 1
    return False


def is_known(guest: Visitor, garment: str, key: str) -> bool:
    """Whether the service answers a repeated request with the job that it has already."""
    answer = guest.submit(garment, key)
    return answer.status_code == 202 and answer.headers.get("Idempotency-Replayed") == "true"
