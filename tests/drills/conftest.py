"""Drills as tests: they wait for most of their time, so several run at once, each with servers of its own.

They begin before the first test of the session, and go on beside the others.
"""

import atexit
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.drills.stack import ROOT, TABLES
from tests.drills.suite import environment

AT_ONCE = 3
MOST_SECONDS = 1800.0
"""After which a drill hangs, also on a slow machine with everything else beside it."""
Ended = subprocess.CompletedProcess[str]
POOL = pytest.StashKey[ThreadPoolExecutor]()
UNDER_WAY = pytest.StashKey[dict[tuple[str, ...], Future[Ended]]]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin all drills of this session by their commands (`pytest.mark.drill`), in the order of the tests."""
    marks = (item.get_closest_marker("drill") for item in session.items)
    commands = dict.fromkeys(mark.args for mark in marks if mark)
    if session.config.option.collectonly:
        return
    pool = session.config.stash[POOL] = ThreadPoolExecutor(AT_ONCE)
    tables = pool.submit(dump_tables) if len(commands) > 1 else None
    session.config.stash[UNDER_WAY] = {command: pool.submit(run, command, tables) for command in commands}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Begin no more."""
    if POOL in session.config.stash:
        session.config.stash[POOL].shutdown(cancel_futures=True)


@pytest.fixture
def drill(request: pytest.FixtureRequest) -> Ended:
    """The drill of this test, at its end."""
    (mark,) = request.node.iter_markers("drill")
    return request.config.stash[UNDER_WAY][mark.args].result()


def dump_tables() -> str:
    """Migrate once for all drills; returns the path of a dump, which is deleted at exit."""
    folder = tempfile.mkdtemp(prefix="d", dir="/tmp")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = f"{folder}/tables"
    subprocess.run(
        [sys.executable, "-m", "tests.drills.tables", path], cwd=ROOT, env=environment(), check=True
    )
    return path


def run(command: tuple[str, ...], tables: Future[str] | None) -> Ended:
    """Run a program of `script`."""
    program = [ROOT / "script" / command[0], *command[1:]]
    variables = environment(**({TABLES: tables.result()} if tables else {}))
    return subprocess.run(program, env=variables, capture_output=True, text=True, timeout=MOST_SECONDS)
