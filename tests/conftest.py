"""Real servers for the tests: an embedded PostgreSQL and Valkey, started once, when first needed.

Their addresses are fixed here, before Django reads its settings; nothing runs until a test asks.
"""

import atexit
import base64
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from config import embedded

# Short, since the path of a Unix socket has at most 107 bytes.
SERVERS = Path(tempfile.mkdtemp(prefix="t", dir="/tmp"))
atexit.register(shutil.rmtree, SERVERS, ignore_errors=True)
BROWSER_PATIENCE = 60_000
"""Milliseconds for a page to become what is expected: small machines are slow."""
VALKEY_PORT = embedded.free_port()

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "XDG_RUNTIME_DIR": str(SERVERS / "run"),
    "DEMO": "1",
    "SECRET_KEY": "tests" * 10,
    "PHOTO_KEYS": f"k1:{base64.b64encode(bytes(range(32))).decode()}",
    "RECEIPT_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
    "DATABASE_URL": embedded.postgres_url(SERVERS / "pg"),
    "BROKER_URL": f"redis://127.0.0.1:{VALKEY_PORT}/0",
    "DATA_ROOT": str(SERVERS / "data"),
    "STATIC_ROOT": str(SERVERS / "static"),
    "EMAIL_URL": "memorymail://",
    "LOG_LEVEL": "WARNING",
    "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
}
(SERVERS / "run").mkdir(mode=0o700)
(SERVERS / "static").mkdir()


def pytest_configure() -> None:
    """Load the apps; pytest-django itself looks for the settings before this file is read."""
    django.setup()
    expect.set_options(timeout=BROWSER_PATIENCE)


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a Valkey of our own, which the cache and the broker use."""
    with embedded.valkey(SERVERS / "valkey", port=VALKEY_PORT, durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(valkey: str) -> Iterator[None]:
    """Start the database before pytest-django makes the test database in it."""
    with embedded.postgres(SERVERS / "pg", durable=False):
        yield


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Settings) -> None:
    """Static files need no collecting in tests."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
