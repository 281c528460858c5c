"""The whole shop on one machine: `python -m config.demo [--once]`. Its data lie in DATA_ROOT, else in var/.

Starts PostgreSQL and Valkey, prepares the database and the sample catalogue, and runs the processes of the
Procfile until Ctrl-C. With `--once` a client makes one try-on through HTTP, prints its report as one JSON
line, and everything stops.
"""

import argparse
import fcntl
import hashlib
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TextIO

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

from . import demo_secrets, embedded, once

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the demo and return its exit code."""
    parser = argparse.ArgumentParser(prog="script/demo", description="The whole shop on this machine.")
    parser.add_argument("--once", action="store_true", help="make one try-on, print a JSON line, stop")
    parser.add_argument("--port", type=int, default=8000, help="of the shop; a free one if it is taken")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))

    report = _stdout_for_the_report()
    folder = Path(os.environ.get("DATA_ROOT", ROOT / "var")).resolve()
    with services(folder):
        port = _port(arguments.port)
        os.environ["BIND"] = f"127.0.0.1:{port}"
        prepare()
        return _run(f"http://127.0.0.1:{port}", once_report=report if arguments.once else None)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _stdout_for_the_report() -> TextIO:
    """Keep standard output for the report alone; what others print there goes to standard error."""
    report = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return report


@contextmanager
def services(folder: Path) -> Iterator[None]:
    """Run the servers on `folder`; leave their addresses in the environment and, for manage.py, in a file.

    Exits the program when a demo already runs there.
    """
    demo_secrets.write_secrets(folder)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"The demo is already running in {folder}.")
        _say("Starting PostgreSQL and Valkey")
        with (
            embedded.postgres(folder / "postgres") as database,
            embedded.valkey(folder / "valkey", port=embedded.free_port()) as broker,
        ):
            addresses = {"DATABASE_URL": database, "BROKER_URL": broker}
            lines = [f"{name}={value}\n" for name, value in addresses.items()]
            (folder / "services.env").write_text("".join(lines))
            os.environ |= addresses | {
                "DATA_ROOT": str(folder),
                "DEMO": "1",
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
                # Ctrl-C ends Celery at once: what it was doing is queued again when its lease runs out.
                "REMAP_SIGTERM": "SIGQUIT",
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            }
            yield


def _port(wanted: int) -> int:
    if embedded.is_free(wanted):
        return wanted
    port = embedded.free_port()
    _say(f"Port {wanted} is taken, using {port}")
    return port


def prepare() -> None:
    """Bring database, static files, sample catalogue and logins up to date, in this process to save time."""
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    for command in ("migrate", "load_sample", "create_demo_users"):
        _say(f"manage.py {command}")
        call_command(command, verbosity=0)
    connections.close_all()
    collect_static_files()


def collect_static_files() -> None:
    """Run collectstatic unless the same files were collected before: compressing them takes a while."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    folder = Path(settings.STATIC_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    fingerprint = folder / ".fingerprint"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a demo and a drill may start at the same time
        if not fingerprint.exists() or fingerprint.read_text() != digest.hexdigest():
            _say("manage.py collectstatic")
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            fingerprint.write_text(digest.hexdigest())


class _Printer(Printer):
    """Goes on when nobody reads any more: a closed pipe must not leave processes without their supervisor."""

    def write(self, message: Message) -> None:
        with suppress(BrokenPipeError):
            super().write(message)


def _run(url: str, once_report: TextIO | None) -> int:
    """Run the Procfile under one supervisor, which stops all when one stops."""
    manager = Manager(_Printer(sys.stderr))
    for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
        manager.add_process(name, command, cwd=str(ROOT))
    if once_report is None:
        threading.Thread(target=_welcome, args=[url], daemon=True).start()
        manager.loop()
        return int(manager.returncode)
    with tempfile.NamedTemporaryFile("r") as report:
        manager.add_process("once", f"exec python -m config.once {url} {report.name}", cwd=str(ROOT))
        manager.loop()
        unfinished = json.dumps({"status": "failed", "error": "stopped before the try-on was done"})
        print(report.read().strip() or unfinished, file=once_report, flush=True)
    return int(manager.returncode)


def _welcome(url: str) -> None:
    if once.wait_until_ready(url):
        _say(f"The shop is at {url}\n   admin at {url}/admin/ (admin / admin-demo)")
        _say("Shoppers may sign in as shopper / shopper-demo. Ctrl-C stops everything.")


def _say(text: str) -> None:
    print(f"== {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
