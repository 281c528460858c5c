"""The key of all photos is rotated while photos are read, with a kill half way"""

from tests.drills.report import Report
from tests.drills.suite import run_drill

NUMBER = 13
PROMISE = "0 failed reads; afterwards the old key opens nothing"
PHOTOS = {True: 40, False: 1000}


def run(report: Report, *, short: bool) -> str:
    """`script/drill rotate`."""
    photos = PHOTOS[short]
    summary = run_drill(report, "rotate", "--photos", str(photos))
    return f"{photos} photos, {summary.get('checks', 0)} checks, {len(summary.get('failures', '?'))} failed"
