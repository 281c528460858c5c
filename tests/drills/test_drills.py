"""The drills as tests, in their short forms: each runs real servers, processes and the real pipeline."""

import base64
import shutil
from subprocess import CompletedProcess

import pytest

from tests.drills import needles, strace


def holds(drill: CompletedProcess[str]) -> None:
    """The drill says so; its output is the message of a failure."""
    assert drill.returncode == 0, f"{drill.stdout}\n{drill.stderr[-3000:]}"


@pytest.mark.slow
@pytest.mark.drill("drill", "canary")
def test_a_photo_is_nowhere_in_the_clear(drill: CompletedProcess[str]) -> None:
    holds(drill)


@pytest.mark.slow
@pytest.mark.drill("drill", "strace")
@pytest.mark.skipif(shutil.which("strace") is None, reason="the trace of the worker did NOT run: no strace")
def test_a_worker_talks_to_its_own_services_alone(drill: CompletedProcess[str]) -> None:
    holds(drill)


@pytest.mark.slow
@pytest.mark.drill("drill", "rotate", "--photos", "40")
def test_a_killed_rotation_of_the_keys_fails_no_reader_and_makes_the_old_key_useless(
    drill: CompletedProcess[str],
) -> None:
    holds(drill)


@pytest.mark.slow
@pytest.mark.drill("drill", "restore")
def test_a_restored_backup_brings_nothing_back_for_good(drill: CompletedProcess[str]) -> None:
    holds(drill)


@pytest.mark.parametrize("lead", range(4))
@pytest.mark.parametrize("tail", range(4))
def test_the_search_sees_through_base64_at_any_alignment(lead: int, tail: int) -> None:
    needle = bytes(range(200, 224))
    stack = base64.b64encode(bytes(lead) + needle + bytes(tail))
    assert sum(pattern in stack for _form, pattern in needles.forms(needle)) == 1


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
