"""Shoppers, workers, sweep and retention act on try-ons in random orders, 10,000 steps by hypothesis"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from tests.drills.report import Report
from tests.drills.stack import ROOT

NUMBER = 10
PROMISE = "no illegal step, one result at most"
TEST = "tests/tryon/test_job_machine.py"


def run(report: Report, *, short: bool) -> str:
    """The services against a real database; the test itself judges every step."""
    steps = 500 if short else 10_000
    with tempfile.TemporaryDirectory() as folder:
        outcome = Path(folder, "outcome.xml")
        command = [sys.executable, "-m", "pytest", "-q", TEST, f"--junitxml={outcome}"]
        environment = os.environ | {"JOB_MACHINE_STEPS": str(steps)}
        status = subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False).returncode
        report.check(status == 0, f"exit status of {TEST}: {status}")
        found = ElementTree.parse(outcome).find(".//property[@name='steps']")
    seen = int(found.get("value", "0")) if found is not None else 0
    report.check(seen >= steps, f"steps: {seen}")
    return f"{seen} steps, none of them illegal" if status == 0 else "an illegal step"
