"""The gate for every uploaded picture: nothing of it is parsed in a process that holds keys or sessions."""

import json
import logging
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

from django.conf import settings

from tryon.errors import TryOnError

DECODER = Path(__file__).with_name("decoder.py")
TIMEOUT_SECONDS = 20
WAIT_SECONDS = 10
logger = logging.getLogger(__name__)
# Memory for one decoder at a time and core; a burst of uploads waits rather than exhausts the machine.
_slots = BoundedSemaphore(os.cpu_count() or 1)


class CleanImage(NamedTuple):
    """A JPEG (sRGB, upright, no metadata, at most 1536 x 2048 either way round) and its size in pixels."""

    data: bytes
    width: int
    height: int


def decode_upload(data: bytes) -> CleanImage:
    """Decode a still JPEG, PNG, WebP, HEIC or AVIF picture in a limited child process and encode it afresh.

    Raises TryOnError: `image_too_large` beyond `MAX_UPLOAD_BYTES` or `MAX_PIXELS`; `unsupported_image` for
    anything that is not a whole, still picture, or that kills the child; `queue_full` or `timed_out` if the
    machine is too busy.
    """
    if len(data) > settings.TRYON["MAX_UPLOAD_BYTES"]:
        raise TryOnError("image_too_large")
    if not data:
        raise TryOnError("unsupported_image")
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise TryOnError("queue_full", retry_after=WAIT_SECONDS)
    try:
        return _parse(_run_decoder(data))
    finally:
        _slots.release()


def _run_decoder(data: bytes) -> bytes:
    """Feed the child by pipes alone, with an empty environment. Returns what it wrote."""
    command = [sys.executable, "-I", "-B", str(DECODER), str(settings.TRYON["MAX_PIXELS"])]
    child = None
    # An error of `subprocess` holds what the child wrote, and no report of an error may hold a picture.
    with suppress(subprocess.TimeoutExpired):
        child = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS,
            env={},
            cwd="/",
            check=False,
        )
    if child is None:  # Its own limit is processor time: the machine was too busy.
        raise TryOnError("timed_out")
    if child.returncode:
        logger.warning("The decoder died of a picture with status %d.", child.returncode)
        raise TryOnError("unsupported_image")
    return child.stdout


def _parse(output: bytes) -> CleanImage:
    line, _, picture = output.partition(b"\n")
    try:
        answer = json.loads(line)
    except ValueError as error:
        raise TryOnError("unsupported_image") from error
    if "error" in answer:
        raise TryOnError(answer["error"])
    return CleanImage(picture, answer["width"], answer["height"])
