"""Rows of `script/chaos` in their short forms, and the table itself."""

from subprocess import CompletedProcess
from types import SimpleNamespace

import pytest

from tests.drills import chaos

SHORT = (22, 5, 7, 1, 2, 3, 4, 6, 8, 9, 11, 12, 16)
"""Rows that run here as they are, those first that take long."""
WRAPPED = {
    10: "tests/tryon/test_job_machine.py",
    13: "tests/drills/test_drills.py",
    14: "tests/tryon/test_replay.py",
    15: "tests/drills/test_drills.py",
    17: "tests/tryon/api/test_contract.py",
    18: "tests/access/test_access.py",
    19: "tests/tryon/test_outbound.py",
    20: "tests/drills/test_drills.py",
    21: "tests/test_headers.py",
    23: "tests/workers/test_training_processes.py",
}
"""Rows whose short form is what they wrap: tests and drills that run here anyway."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=pytest.mark.drill("chaos", "--short", "--only", str(row))) for row in SHORT],
)
def test_the_row_holds(row: int, drill: CompletedProcess[str]) -> None:
    assert drill.returncode == 0, f"{drill.stdout}\n{drill.stderr[-3000:]}"
    assert f"\n| {row} | " in drill.stdout


def a_row(number: int) -> SimpleNamespace:
    return SimpleNamespace(NUMBER=number, PROMISE="it holds", __doc__="It is broken.\n\nIn a way.")


def test_the_table_says_which_rows_do_not_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = {1: chaos.Outcome("3 of 3", []), 2: chaos.Outcome("2 of 3", ["jobs: 2"])}
    monkeypatch.setattr(chaos, "run_apart", lambda row, short: outcomes[row.NUMBER])
    assert chaos.table([a_row(1)], short=True) == 0
    capsys.readouterr()
    assert chaos.table([a_row(1), a_row(2)], short=True) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == [
        "| 1 | It is broken | it holds | 3 of 3 | yes |",
        "| 2 | It is broken | it holds | 2 of 3; FAILED: jobs: 2 | NO |",
    ]
    assert lines[-1].startswith("1 of 2 rows hold, 1 do not: 2 (")


def test_a_row_that_judges_nothing_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    row = a_row(1)
    row.run = lambda report, short: "nothing"
    assert chaos.run_here(row, short=True) == 1
    row.run = lambda report, short: report.check(True, "it holds") or "all"
    assert chaos.run_here(row, short=True) == 0
    assert capsys.readouterr().out.splitlines()[-1] == '{"seen": "all", "failures": []}'


def test_a_row_that_crashes_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row has this number, so its process ends with an error."""
    outcome = chaos.run_apart(a_row(0), short=True)
    assert outcome == chaos.Outcome("ended with 2 and no outcome", ["the row ran to its end"])


def test_every_row_says_what_it_does_and_what_must_hold() -> None:
    rows = chaos.all_rows()
    assert list(rows) == sorted(rows)
    assert sorted([*SHORT, *WRAPPED]) == list(rows)
    assert all((chaos.ROOT / path).is_file() for path in WRAPPED.values())
    for number, row in rows.items():
        assert row.__name__.rpartition(".")[2].startswith(f"row_{number:02d}_")
        assert chaos.drill_of(row)
        assert row.PROMISE
