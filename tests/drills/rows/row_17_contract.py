"""Generated requests go to every operation of the OpenAPI document, right and wrong ones, all checks on"""

from tests.drills.report import Report
from tests.drills.suite import run_tests

NUMBER = 17
PROMISE = "200 examples an operation, 0 failures"


def run(report: Report, *, short: bool) -> str:
    """schemathesis, through the contract test."""
    examples = 8 if short else 200
    counts = run_tests(
        report, "tests/tryon/api/test_contract.py", at_least=20, CONTRACT_EXAMPLES=str(examples)
    )
    sent = sum(counts.recorded.get("requests", [0]))
    report.check(sent >= examples, f"requests sent: {sent}")
    return f"{counts.passed} operations, {sent} requests, {counts.failed} failed"
