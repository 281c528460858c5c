"""Promotes versions in processes that are killed (-9) at the n-th line they run, for `test_model_crashes`.

Reads lines "NAME N" and answers each: "died", or "lived LINES" with the number of lines that ran; N = 0 kills
nobody. Lines are those of the product and of Django's transactions.
"""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import django

django.setup()

from tryon.models import ModelVersion  # noqa: E402
from tryon.services.model_versions import model_promote  # noqa: E402

WATCHED = ("/tryon/", "/django/db/transaction.py", "/django/db/backends/base/base.py")


def dying_at(line: int) -> tuple[Callable[..., Any], Callable[[], int]]:
    """A trace function that kills the process, and one that counts the lines so far."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        nonlocal count
        if not any(part in frame.f_code.co_filename for part in WATCHED):
            return None
        if event == "line":
            count += 1
            if count == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace, lambda: count


def promote(name: str, line: int) -> int:
    """Returns how many lines it took."""
    version = ModelVersion.objects.get(name=name)
    trace, lines = dying_at(line)
    sys.settrace(trace)
    model_promote(version=version)
    sys.settrace(None)
    return lines()


for request in sys.stdin:
    name, line = request.split()
    child = os.fork()
    if not child:
        print("lived", promote(name, int(line)), flush=True)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        print("died", flush=True)
