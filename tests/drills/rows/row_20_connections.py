"""Every connection of a worker is traced through the check of a photo and a whole try-on"""

import shutil

from tests.drills.report import Report
from tests.drills.suite import run_drill

NUMBER = 20
PROMISE = "none but to its own database, broker and store"


def run(report: Report, *, short: bool) -> str:
    """`script/drill strace`. Without strace the row does not hold: nothing was seen."""
    if not shutil.which("strace"):
        report.check(False, "strace is here (on Debian: apt-get install strace)")
        return "not run"
    summary = run_drill(report, "strace")
    return f"{summary.get('checks', 0)} kinds of connection, {len(summary.get('failures', '?'))} foreign"
