"""Webhooks are aimed at addresses inside: odd spellings, names that lead there, names that change"""

from tests.drills.report import Report
from tests.drills.suite import run_tests

NUMBER = 19
PROMISE = "at least 60 addresses, 0 connections"
LEAST = 60


def run(report: Report, *, short: bool) -> str:
    """Each is a test in which a server listens at the place that must not be reached."""
    counts = run_tests(report, "tests/tryon/test_outbound.py", at_least=LEAST)
    (addresses,) = counts.recorded.get("addresses", [0])
    report.check(addresses >= LEAST, f"hostile addresses: {addresses}")
    return f"{addresses} addresses, {counts.passed} tests, {counts.failed} failed"
