"""`script/drill kill [--lease SECONDS]`: a worker killed with -9 in the middle of a job.

The job must finish, once, within one lease and 30 seconds, and leave one result and no orphan.
"""

import argparse
import signal
import sys
import time

from config import once

from .report import Report
from .stack import Stack, running_stack

GRACE = 30.0
JOB = "SELECT status, attempts, fencing_token, stage FROM tryon_tryonjob WHERE id = %s"


def main() -> int:
    """Run the drill and return its exit code."""
    parser = argparse.ArgumentParser(prog="script/drill kill")
    parser.add_argument("--lease", type=int, default=60, help="seconds; 60 is the default of production")
    lease = parser.parse_args().lease
    with running_stack("web", "worker", "beat", TRYON_LEASE_SECONDS=str(lease)) as stack:
        return drill(stack, lease)


def drill(stack: Stack, lease: float) -> int:
    """Kill the worker while it runs the job, start another, and judge what comes of it."""
    report = Report("kill")
    client = once.Client(stack.url)
    photo = once.send_photo(client, once.sample_photo())
    job = once.submit(client, photo, once.ready_garment(client))
    while not (row := stack.rows(JOB, job["id"])[0])["stage"]:
        time.sleep(0.005)
    stack.stop("worker", signal.SIGKILL)
    killed_at = time.monotonic()
    row = stack.rows(JOB, job["id"])[0]
    report.check(row["status"] == "running", f"killed at stage {row['stage']!r}, status {row['status']}")
    stack.start("worker")
    once.wait_for(client, job, seconds=lease + GRACE + 60)
    seconds = time.monotonic() - killed_at
    report.check(seconds <= lease + GRACE, f"finished {seconds:.1f} s after the kill (lease {lease} s)")
    row = stack.rows(JOB, job["id"])[0]
    report.check(row["attempts"] == 2, f"attempts: {row['attempts']}")
    sealed = stack.rows("SELECT kind, count(*) FROM tryon_sealedobject GROUP BY kind ORDER BY kind")
    kinds = {found["kind"]: found["count"] for found in sealed}
    report.check(kinds == {"analysis": 1, "photo": 1, "result": 1}, f"sealed objects: {kinds}")
    files = sum(path.is_file() for path in (stack.folder / "private").rglob("*"))
    report.check(files == 3, f"files in the private store: {files}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
