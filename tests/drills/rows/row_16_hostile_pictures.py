"""Hostile and odd pictures are uploaded: cut, flipped, lying, bombs, polyglots, not pictures"""

import os
import subprocess
import sys
import time
from collections import Counter
from typing import NamedTuple

import psutil
import requests

from tests.drills.engine import running_engine
from tests.drills.report import Report
from tests.drills.visitors import Visitor, new_address, visitor

NUMBER = 16
PROMISE = "at least 300, 0 crashes, 0 answers of 500; each at most 2 s of processor and 300 MB"
MOST_SECONDS, MOST_MEGABYTES = 2.0, 300.0
STRIDE = 10
WATCH = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], {})
_, status, used = os.wait4(child, 0)
print(status, used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
"""
"""A small program between, since a child counts the memory of whoever starts it as its own."""


class Cost(NamedTuple):
    """What the decoder took for a picture: how it ended, seconds of processor, megabytes."""

    status: int
    seconds: float
    megabytes: float


def run(report: Report, *, short: bool) -> str:
    """Post each, and run the decoder on it once more to see what it takes."""
    with running_engine("web", lease=60, sweep=15, job_seconds=0.1) as stack:
        from tests.tryon.hostile import corpus

        cases = corpus()[:: STRIDE if short else 1]
        guest, web = visitor(stack), psutil.Process(stack.processes["web"].pid)
        processes = [process.pid for process in web.children()]
        answers: Counter[str] = Counter()
        slowest, costs, wrong = 0.0, [], []
        for case in cases:
            data = case.make()
            begun = time.monotonic()
            status, answer = post(guest, data, case.filename)
            slowest = max(slowest, time.monotonic() - begun)
            answers[f"{status} {answer}"] += 1
            if answer not in case.answers:
                wrong.append(f"{case.family}, {case.name}: {status} {answer}")
            costs.append(cost_of(data))
        for line in wrong:
            report.check(False, line)
        same = processes == [process.pid for process in web.children()]
        report.check(same, f"the web processes are those of before: {same}")
        return judge(report, answers, costs, slowest, short=short)


def judge(report: Report, answers: Counter[str], costs: list[Cost], slowest: float, *, short: bool) -> str:
    """Every answer is a picture or a typed refusal, and none took more than it may."""
    count = answers.total()
    report.check(short or count >= 300, f"pictures: {count}")
    faults = {answer: times for answer, times in answers.items() if not answer.startswith(("201", "4"))}
    report.check(not faults, f"answers that are faults: {faults}")
    crashes = Counter(cost.status for cost in costs if cost.status)
    report.check(not crashes, f"decoders that crashed, by status: {dict(crashes)}")
    seconds, megabytes = max(cost.seconds for cost in costs), max(cost.megabytes for cost in costs)
    report.check(seconds <= MOST_SECONDS, f"most processor seconds: {seconds:.2f}")
    report.check(megabytes <= MOST_MEGABYTES, f"most memory: {megabytes:.0f} MB")
    told = ", ".join(f"{times} x {answer}" for answer, times in answers.most_common())
    costs_told = f"at most {seconds:.2f} s of processor, {megabytes:.0f} MB, answered within {slowest:.1f} s"
    return f"{count} pictures: {told}; {len(crashes)} crashes; {costs_told}"


def post(guest: Visitor, data: bytes, filename: str) -> tuple[int, str]:
    """Send it from a new address, since there is a limit to each, and give the status and the code."""
    try:
        answer = guest.client.session.post(
            f"{guest.client.url}/api/v1/photos/",
            files={"image": (filename, data)},
            headers={"X-Forwarded-For": new_address()},
            timeout=60,
        )
        return answer.status_code, answer.json().get("code", "created")
    except (requests.RequestException, ValueError) as error:
        return 0, type(error).__name__


def cost_of(data: bytes) -> Cost:
    """Run the decoder on it as the web process does. What is refused before that costs nothing."""
    from django.conf import settings

    from tryon.ingest import DECODER

    if not 0 < len(data) <= settings.TRYON["MAX_UPLOAD_BYTES"]:
        return Cost(0, 0.0, 0.0)
    decoder = [sys.executable, "-I", "-B", str(DECODER), str(settings.TRYON["MAX_PIXELS"])]
    command = [sys.executable, "-I", "-S", "-c", WATCH, *decoder]
    done = subprocess.run(command, input=data, capture_output=True, check=True, cwd="/", env={})
    status, seconds, kilobytes = done.stderr.split()[-3:]
    code = os.waitstatus_to_exitcode(int(status))
    return Cost(code, float(seconds), int(kilobytes) * 1024 / 1e6)
