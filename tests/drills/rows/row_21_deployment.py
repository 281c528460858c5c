"""The settings of production are checked, headers scored, the code read by bandit, dependencies looked up"""

import importlib.util
import json
import subprocess
import sys

from config.demo_secrets import random_key
from tests.drills.report import Report
from tests.drills.stack import ROOT
from tests.drills.suite import run_program, run_tests

NUMBER = 21
PROMISE = (
    "check --deploy: 0 warnings; headers score at least 100; bandit: 0 findings; 0 known vulnerabilities"
)
CODE = ("config", "ml", "shop", "tryon", "workers")
ENOUGH = 100
NO_DATA = "no vulnerability data to be had here"


def run(report: Report, *, short: bool) -> str:
    """As `script/test` does; the score is that of MDN's HTTP Observatory, the least of all main pages."""
    check = (sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    run_program(report, "check --deploy", *check, **production())
    scores = run_tests(report, "tests/test_headers.py", at_least=10).recorded.get("score", [0])
    report.check(min(scores) >= ENOUGH, f"scores of {len(scores)} pages: {min(scores)} to {max(scores)}")
    run_program(
        report, "bandit", sys.executable, "-m", "bandit", "--quiet", "--configfile", "pyproject.toml",
        "--recursive", *CODE,
    )  # fmt: skip
    return f"0 warnings; {len(scores)} pages score {min(scores)} or more; bandit clean; {audit(report)}"


def production() -> dict[str, str]:
    """The environment of production, with throw-away secrets."""
    key = random_key()
    return {
        "SECRET_KEY": key * 2,
        "PHOTO_KEYS": f"k1:{key}",
        "RECEIPT_KEY": key,
        "ALLOWED_HOSTS": "shop.example",
        "DATABASE_URL": "postgresql://shop@localhost/shop",
        "BROKER_URL": "redis://localhost/0",
        "EMAIL_URL": "smtp://localhost",
    }


def audit(report: Report) -> str:
    """Look the pinned requirements up where pip-audit gets its data; without them nothing is claimed."""
    if importlib.util.find_spec("pip_audit") is None:
        return f"pip-audit is not installed: {NO_DATA}"
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--no-deps", "--disable-pip"]
    files = [part for name in ("requirements-web.txt", "requirements-worker.txt") for part in ("-r", name)]
    done = subprocess.run([*command, "--format", "json", *files], cwd=ROOT, capture_output=True, text=True)
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return NO_DATA
    # What it could not look up it passes over, and calls the whole clean.
    found = [each for each in dependencies if "skip_reason" not in each]
    if not found:
        return NO_DATA
    known = [f"{each['name']}: {fault['id']}" for each in found for fault in each["vulns"]]
    report.check(not known, f"known vulnerabilities in {len(found)} dependencies: {known}")
    return f"{len(known)} known vulnerabilities in {len(found)} of {len(dependencies)} dependencies"
