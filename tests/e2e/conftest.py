"""A real shop for the browser: web, worker and beat in processes of their own, with the real pipeline."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from config import embedded, once

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The demo finds these itself; the ones of the other tests would mislead it.
OTHERS = {"BROKER_URL", "DATABASE_URL", "STATIC_ROOT", "XDG_RUNTIME_DIR"}


@pytest.fixture(scope="session")
def shop_url() -> Iterator[str]:
    """The URL of a demo in a folder of its own, ready to serve, stopped and gone afterwards."""
    port = embedded.free_port()
    with tempfile.TemporaryDirectory(prefix="e", dir="/tmp") as folder:
        runtime = Path(folder, "run")
        runtime.mkdir(mode=0o700)
        environment = {name: value for name, value in os.environ.items() if name not in OTHERS}
        environment |= {"DATA_ROOT": folder, "XDG_RUNTIME_DIR": str(runtime)}
        with Path(folder, "demo.log").open("wb") as log:
            demo = subprocess.Popen(
                [sys.executable, "-m", "config.demo", "--port", str(port)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            assert once.wait_until_ready(url), Path(folder, "demo.log").read_text()
            yield url
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(timeout=once.PATIENCE)


@pytest.fixture
def page(shop_url: str) -> Iterator[Page]:
    """A page of a new browser with an empty profile. What it logs as an error fails the test."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the browser tests did NOT run: no chromium on this machine")
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(base_url=shop_url, viewport={"width": 1280, "height": 900})
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
    assert errors == []
