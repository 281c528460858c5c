"""Drills as tests: they wait for most of their time, so several run at once, each with servers of its own."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.drills.stack import ROOT
from tests.drills.suite import environment

AT_ONCE = 3
MOST_SECONDS = 600.0
Ended = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def under_way(request: pytest.FixtureRequest) -> Iterator[dict[tuple[str, ...], Future[Ended]]]:
    """All drills of this session by their commands (`pytest.mark.drill`), begun in the order of the tests."""
    marks = (item.get_closest_marker("drill") for item in request.session.items)
    commands = dict.fromkeys(mark.args for mark in marks if mark)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {command: pool.submit(run, command) for command in commands}
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def drill(request: pytest.FixtureRequest, under_way: dict[tuple[str, ...], Future[Ended]]) -> Ended:
    """The drill of this test, at its end."""
    (mark,) = request.node.iter_markers("drill")
    return under_way[mark.args].result()


def run(command: tuple[str, ...]) -> Ended:
    """Run a program of `script`."""
    program = [ROOT / "script" / command[0], *command[1:]]
    return subprocess.run(program, env=environment(), capture_output=True, text=True, timeout=MOST_SECONDS)
