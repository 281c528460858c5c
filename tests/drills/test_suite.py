"""A row that wraps tests holds only if tests ran, and all of them passed."""

from pathlib import Path

import pytest

from tests.drills.report import Report
from tests.drills.suite import Counts, counts_of, run_drill, run_program, run_tests

TESTS = {
    "pass": "def test_a(record_property):\n    record_property('score', 135)\n"
    "    record_property('text', 'aGk=')\n",
    "fail": "def test_a():\n    assert False\n",
    "skip": "import pytest\n\ndef test_a():\n    pytest.skip('not here')\n",
    "none": "",
}


@pytest.mark.parametrize(
    ("kind", "counts", "holds"),
    [
        ("pass", Counts(1, 0, 0, {"score": [135]}), True),
        ("fail", Counts(0, 1, 0, {}), False),
        ("skip", Counts(0, 0, 1, {}), False),
        ("none", Counts(0, 0, 0, {}), False),
    ],
)
def test_counts(tmp_path: Path, kind: str, counts: Counts, holds: bool) -> None:
    (tmp_path / "test_it.py").write_text(TESTS[kind])
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    report = Report("row")
    found = run_tests(
        report, "--rootdir", str(tmp_path), "-c", str(tmp_path / "pytest.ini"), str(tmp_path), at_least=1
    )
    assert found == counts
    assert (not report.failures) == holds


def test_fewer_than_there_should_be_do_not_do(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS["pass"])
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    report = Report("row")
    run_tests(report, "-c", str(tmp_path / "pytest.ini"), str(tmp_path), at_least=2)
    assert report.failures


def test_no_results_are_no_tests(tmp_path: Path) -> None:
    (tmp_path / "empty.xml").touch()
    assert counts_of(tmp_path / "empty.xml") == Counts(0, 0, 0, {})


def test_a_program_that_fails_and_a_drill_that_is_not_there_do_not_hold() -> None:
    report = Report("row")
    run_program(report, "false", "false")
    assert run_drill(report, "no_such_drill") == {}
    assert len(report.failures) == 2
