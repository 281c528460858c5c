"""The clock passes every time to keep; a backup from before is restored, and the ledger replayed"""

from tests.drills.report import Report
from tests.drills.suite import run_drill, run_tests

NUMBER = 14
PROMISE = "what is due goes to the second, nothing else does; what was erased stays erased"
TESTS = (
    "tests/tryon/test_retention.py", "tests/tryon/test_replay.py", "tests/tryon/test_ledger.py",
    "tests/tryon/test_ledger_crashes.py",
)  # fmt: skip


def run(report: Report, *, short: bool) -> str:
    """Tests at a frozen clock, and `script/drill restore`."""
    counts = run_tests(report, *TESTS, at_least=40)
    summary = run_drill(report, "restore")
    failed = len(summary.get("failures", "?"))
    return f"{counts.passed} tests; {summary.get('checks', 0)} checks of the restore, {failed} failed"
