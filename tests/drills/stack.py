"""The shop in a folder of its own, process by process, so that a drill can kill, trace and search it."""

import atexit
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from honcho.environ import parse_procfile
from psycopg.rows import dict_row

from config import demo, embedded, once

FEW = {
    "everyday-t-shirt", "striped-t-shirt", "sunrise-t-shirt", "straight-jeans", "cotton-chinos",
    "meadow-dress", "wrap-dress",
}  # fmt: skip
"""Products with as many garments as a retraining needs; to prepare all of the sample takes minutes."""
TABLES = "DRILL_TABLES"
"""The variable of the environment that names a dump of `tests.drills.tables`, if there is one."""
ROOT = Path(__file__).resolve().parents[2]
COMMANDS: dict[str, str] = parse_procfile((ROOT / "Procfile").read_text()).processes


@dataclass
class Stack:
    """Servers and processes on `folder`. Everything they write lies in it: data, logs, temporary files."""

    folder: Path
    url: str
    variables: dict[str, str]
    commands: dict[str, str] = field(default_factory=COMMANDS.copy)
    """By name of the process: the lines of the Procfile, unless a drill has others."""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, prefix: str = "") -> None:
        """Start one of `commands` in a process group of its own, its output in `name`.log."""
        command = shlex.split(prefix) + shlex.split(self.commands[name].removeprefix("exec "))
        with (self.folder / "logs" / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | self.variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self, name: str, signal_number: int = signal.SIGTERM) -> None:
        """Send the signal to the whole group, children included, and wait for its leader."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def print_logs(self, lines: int = 30) -> None:
        """Print the end of each process's log to standard error, before the folder is gone."""
        for log in sorted((self.folder / "logs").iterdir()):
            tail = log.read_text(errors="replace").splitlines()[-lines:]
            print(f"--- {log.name}", *tail, sep="\n", file=sys.stderr)

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """Ask the database directly, past all code of ours."""
        with psycopg.connect(os.environ["DATABASE_URL"], row_factory=dict_row) as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[call-overload,no-any-return]

    def execute(self, command: str, *parameters: object) -> None:
        """Change the database directly, past all code of ours."""
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            connection.execute(command, parameters)  # type: ignore[call-overload]


@contextmanager
def running_servers() -> Iterator[Path]:
    """Run the servers in a new folder, which is deleted after, and yield it.

    Django is set up, and their database has its tables, with no rows but those of the migrations.
    """
    folder = Path(tempfile.mkdtemp(prefix="d", dir="/tmp"))
    # At exit, since the embedded PostgreSQL takes its lock in there once more at exit.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for part in ("logs", "run", "tmp"):
        (folder / part).mkdir(mode=0o700)
    os.environ |= {"TMPDIR": str(folder / "tmp"), "XDG_RUNTIME_DIR": str(folder / "run")}
    with demo.services(folder):
        make_tables()
        yield folder


def make_tables() -> None:
    """Set up Django, and make the tables by the migrations, or from the dump TABLES, which is faster."""
    import django
    from django.core.management import call_command

    django.setup()
    if TABLES not in os.environ:
        call_command("migrate", verbosity=0)
        return
    restore = [embedded.postgres_program("pg_restore"), "--exit-on-error", os.environ[TABLES]]
    subprocess.run([*restore, "--dbname", os.environ["DATABASE_URL"]], check=True)


def load_few(folder: Path) -> None:
    """Load FEW products of the sample catalogue, a list of which is written to `folder`."""
    from django.core.management import call_command
    from django.db import connections

    catalogue = json.loads((once.SAMPLE / "catalogue.json").read_text(encoding="utf-8"))
    catalogue["products"] = [product for product in catalogue["products"] if product["slug"] in FEW]
    (folder / "catalogue.json").write_text(json.dumps(catalogue), encoding="utf-8")
    (folder / "garments").symlink_to(once.SAMPLE / "garments")
    call_command("load_sample", folder=folder, verbosity=0)
    connections.close_all()


@contextmanager
def running_stack(*names: str, **variables: str) -> Iterator[Stack]:
    """Run the servers and the named processes, prepared and ready, in a new folder that is deleted after.

    `variables` are added to the environment of the processes.
    """
    with ExitStack() as cleanup:
        folder = cleanup.enter_context(running_servers())
        port = embedded.free_port()
        os.environ["BIND"] = f"127.0.0.1:{port}"
        demo.prepare("create_demo_users")
        load_few(folder)
        stack = Stack(folder, f"http://127.0.0.1:{port}", variables)
        cleanup.callback(lambda: [stack.stop(name) for name in list(stack.processes)])
        for process in names:
            stack.start(process)
        if not once.wait_until_ready(stack.url):
            sys.exit((folder / "logs" / "web.log").read_text())
        try:
            yield stack
        except Exception:
            stack.print_logs()
            raise
