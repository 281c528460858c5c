"""The drills as tests, in their short forms: each runs real servers, processes and the real pipeline."""

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.drills import canary, strace

ROOT = Path(__file__).resolve().parents[2]
# A drill brings up servers of its own.
OTHERS = {"BROKER_URL", "DATABASE_URL", "DATA_ROOT", "STATIC_ROOT", "XDG_RUNTIME_DIR"}


def run(*arguments: str) -> None:
    """Run a drill; its output is the message of a failure."""
    environment = {name: value for name, value in os.environ.items() if name not in OTHERS}
    command = [ROOT / "script" / "drill", *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr[-3000:]}"


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_does_nothing_twice() -> None:
    run("kill", "--lease", "30")


@pytest.mark.slow
def test_a_photo_is_nowhere_in_the_clear() -> None:
    run("canary")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="the trace of the worker did NOT run: no strace")
def test_a_worker_talks_to_its_own_services_alone() -> None:
    run("strace")


@pytest.mark.slow
def test_a_killed_rotation_of_the_keys_fails_no_reader_and_makes_the_old_key_useless() -> None:
    run("rotate", "--photos", "40")


@pytest.mark.slow
def test_a_restored_backup_brings_nothing_back_for_good() -> None:
    run("restore")


@pytest.mark.parametrize("lead", range(4))
@pytest.mark.parametrize("tail", range(4))
def test_the_search_sees_through_base64_at_any_alignment(lead: int, tail: int) -> None:
    needle = bytes(range(200, 224))
    stack = base64.b64encode(bytes(lead) + needle + bytes(tail))
    assert sum(pattern in stack for _form, pattern in canary.forms(needle)) == 1


@pytest.mark.parametrize(
    ("line", "address"),
    [
        (
            'connect(3, {sa_family=AF_UNIX, sun_path="/tmp/x/.s.PGSQL.5432"}, 110) = 0',
            ("connect", "/tmp/x/.s.PGSQL.5432"),
        ),
        (
            'connect(3, {sa_family=AF_UNIX, sun_path="/run/daemon"}, 110) = -1 ENOENT (No such file)',
            ("connect", "/run/daemon (nobody there)"),
        ),
        (
            'connect(4, {sa_family=AF_INET, sin_port=htons(6379), sin_addr=inet_addr("127.0.0.1")}, 16 <u',
            ("connect", "127.0.0.1:6379"),
        ),
        (
            'sendto(5, "q", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}',
            ("sendto", "192.0.2.1:53"),
        ),
        (
            "connect(6, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
            'inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = -1 ENETUNREACH',
            ("connect", "2001:db8::1:443"),
        ),
    ],
)
def test_the_reader_of_a_trace_names_every_kind_of_address(line: str, address: tuple[str, str]) -> None:
    assert list(strace.addresses(f"77 {line}")) == [address]


def test_the_reader_of_a_trace_passes_over_connected_sockets() -> None:
    assert not strace.addresses('8 sendto(7, "x", 1, 0, NULL, 0) = 1')
