"""Rows that are proved by tests and checks: each in a process of its own, and one that runs nothing fails."""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

from .report import Report
from .stack import ROOT

OURS = {
    "BROKER_URL", "DATABASE_URL", "DATA_ROOT", "DEMO", "DJANGO_SETTINGS_MODULE", "STATIC_ROOT",
    "XDG_RUNTIME_DIR",
}  # fmt: skip
"""Whatever runs here brings up its own."""


class Counts(NamedTuple):
    """Tests by how they ended, and the numbers that they recorded, by name."""

    passed: int
    failed: int
    skipped: int
    recorded: dict[str, list[int]]


def environment(**variables: str) -> dict[str, str]:
    """Ours, without servers of ours."""
    return {name: value for name, value in os.environ.items() if name not in OURS} | variables


def run_tests(report: Report, *names: str, at_least: int, **variables: str) -> Counts:
    """Run tests by their paths: none may fail, and so many must pass, none of them skipped."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={file.name}", *names]
        done = subprocess.run(command, cwd=ROOT, env=environment(**variables), capture_output=True, text=True)
        counts = counts_of(Path(file.name))
    if done.returncode:
        print(f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}", flush=True)
    told = f"{' '.join(names)}: {counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"
    good = done.returncode == 0 and not counts.failed and not counts.skipped
    report.check(good and counts.passed >= at_least, f"{told} (at least {at_least} must pass)")
    return counts


def counts_of(results: Path) -> Counts:
    """What a file in JUnit's format says; nothing passed where there is none."""
    try:
        root = ElementTree.parse(results).getroot()
    except ElementTree.ParseError:
        return Counts(0, 0, 0, {})
    suites = list(root.iter("testsuite"))
    tests, failed, skipped = (
        sum(sum(int(suite.get(name, 0)) for suite in suites) for name in group)
        for group in (["tests"], ["failures", "errors"], ["skipped"])
    )
    recorded: dict[str, list[int]] = {}
    for found in root.iter("property"):
        if found.attrib["value"].isdecimal():  # Hypothesis records texts of its own.
            recorded.setdefault(found.attrib["name"], []).append(int(found.attrib["value"]))
    return Counts(tests - failed - skipped, failed, skipped, recorded)


def run_program(report: Report, what: str, *command: str, **variables: str) -> str:
    """Run a program that must end with 0; returns what it printed."""
    done = subprocess.run(command, cwd=ROOT, env=environment(**variables), capture_output=True, text=True)
    if done.returncode:
        print(f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}", flush=True)
    report.check(done.returncode == 0, f"{what}: exit status {done.returncode}")
    return done.stdout


def run_drill(report: Report, name: str, *arguments: str) -> dict:
    """Run a drill of `script/drill`; returns its summary."""
    output = run_program(
        report, f"script/drill {name}", sys.executable, "-m", f"tests.drills.{name}", *arguments
    )
    last = output.strip().splitlines()[-1:] or ["{}"]
    return json.loads(last[0]) if last[0].startswith("{") else {}
