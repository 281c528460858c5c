"""Marked photos go every way, failures and a retraining included; then all at rest is searched for them"""

from tests.drills.report import Report
from tests.drills.suite import run_drill

NUMBER = 15
PROMISE = "0 finds, raw, in hexadecimal or base64; a planted one is found; erased is gone"


def run(report: Report, *, short: bool) -> str:
    """`script/drill canary`, which ends in the count of its patterns."""
    summary = run_drill(report, "canary")
    return f"{summary.get('checks', 0)} checks, {len(summary.get('failures', '?'))} failed"
