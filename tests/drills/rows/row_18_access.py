"""Every named address is asked for by every role; what is another's is compared with what is not there"""

from tests.drills.report import Report
from tests.drills.suite import run_tests

NUMBER = 18
PROMISE = "0 deviations from the table; what is another's answers the same 404, byte for byte"


def run(report: Report, *, short: bool) -> str:
    """The access matrix: visitor, other shopper, owner, staff, superuser."""
    counts = run_tests(report, "tests/access", at_least=100)
    return f"{counts.passed} tests, {counts.failed} failed"
