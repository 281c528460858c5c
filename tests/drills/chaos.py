"""`script/chaos [--short] [--only ROW ...]`: each promise is attacked on real processes, row by row.

A row is a module `tests/drills/rows/row_NN_<name>.py` with

- `NUMBER: int`, its place in the table,
- `PROMISE: str`, what must hold,
- `run(report: Report, *, short: bool) -> str`, which judges each expectation by `report.check` and returns
  what was seen, with its figures, on one line. `short` asks for a form of seconds.

The first line of its docstring says what is done. Each row runs in a process of its own, so that one that
crashes or hangs fails alone. The table goes to standard output, what a row prints meanwhile to standard
error. The exit status is 0 if every row holds, and a row that could not run does not.
"""

import argparse
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple, Protocol

from .report import Report

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent / "rows"
MOST_SECONDS = 30 * 60.0
"""After which a row counts as one that hangs, unless it has ROW_SECONDS of its own."""
CLEANUP_SECONDS = 60.0


class Row(Protocol):
    """What a module of `rows` has."""

    NUMBER: int
    PROMISE: str
    __doc__: str | None

    def run(self, report: Report, *, short: bool) -> str: ...


class Outcome(NamedTuple):
    """How a row went: what was seen, and the expectations that did not hold."""

    seen: str
    failures: list[str]


def main() -> int:
    """Run the rows, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="script/chaos", description="Attack each promise, print a table.")
    parser.add_argument("--short", action="store_true", help="forms that take seconds")
    rows = all_rows()
    which = {"type": int, "choices": rows, "metavar": "ROW"}
    parser.add_argument("--only", nargs="+", default=[], help="the rows with these numbers", **which)
    parser.add_argument("--row", help=argparse.SUPPRESS, **which)
    arguments = parser.parse_args()
    if arguments.row:
        return run_here(rows[arguments.row], short=arguments.short)
    chosen = [row for number, row in rows.items() if number in (arguments.only or rows)]
    return table(chosen, short=arguments.short)


def all_rows() -> dict[int, Row]:
    """The rows by their numbers, in that order. Raises ValueError where two have the same."""
    found: list[Row] = [
        importlib.import_module(f"tests.drills.rows.{module.name}")  # type: ignore[misc]
        for module in pkgutil.iter_modules([str(FOLDER)])
        if module.name.startswith("row_")
    ]
    rows = {row.NUMBER: row for row in sorted(found, key=lambda row: row.NUMBER)}
    if len(rows) < len(found):
        raise ValueError("Two rows have the same number.")
    return rows


def table(rows: list[Row], *, short: bool) -> int:
    """Print a line for each row as soon as it has run, and a summary; returns the exit code."""
    print("| Row | Drill | Must hold | Seen | Holds |\n|---|---|---|---|---|", flush=True)
    broken: list[int] = []
    begun = time.monotonic()
    for row in rows:
        outcome = run_apart(row, short=short)
        if outcome.failures:
            broken.append(row.NUMBER)
        seen = "; ".join([outcome.seen, *(f"FAILED: {failure}" for failure in outcome.failures)])
        holds = "NO" if outcome.failures else "yes"
        print(f"| {row.NUMBER} | {drill_of(row)} | {row.PROMISE} | {seen} | {holds} |", flush=True)
    took = f"{time.monotonic() - begun:.0f} s"
    names = f": {', '.join(map(str, broken))}" if broken else ""
    print(f"\n{len(rows) - len(broken)} of {len(rows)} rows hold, {len(broken)} do not{names} ({took})")
    return 1 if broken or not rows else 0


def drill_of(row: Row) -> str:
    """The first line of the row's docstring, without its full stop."""
    return (row.__doc__ or "").partition("\n")[0].rstrip(".")


def run_apart(row: Row, *, short: bool) -> Outcome:
    """Run a row in a process of its own, whose last line is its outcome."""
    command = [sys.executable, "-m", "tests.drills.chaos", "--row", str(row.NUMBER)]
    command += ["--short"] if short else []
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    watch = threading.Timer(getattr(row, "ROW_SECONDS", MOST_SECONDS), stop, [process])
    watch.start()
    last = ""
    assert process.stdout is not None
    for line in process.stdout:
        last = line.strip()
        print(f"  {row.NUMBER}: {last}", file=sys.stderr, flush=True)
    code = process.wait()
    watch.cancel()
    try:
        return Outcome(**json.loads(last))
    except (TypeError, ValueError):
        return Outcome(f"ended with {code} and no outcome", ["the row ran to its end"])


def stop(process: "subprocess.Popen[str]") -> None:
    """Have a row stop its servers, and end it if it does not."""
    process.terminate()
    try:
        process.wait(CLEANUP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def run_here(row: Row, *, short: bool) -> int:
    """Run a row in this process and print its outcome as the last line; returns the exit code."""
    # Servers are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(f"row {row.NUMBER} took too long"))
    report = Report(f"row {row.NUMBER}")
    seen = row.run(report, short=short)
    report.check(report.checks > 0, f"{report.checks} expectations were judged")
    print(json.dumps(Outcome(seen, report.failures)._asdict(), ensure_ascii=False), flush=True)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
