"""`script/drill rotate [--photos N]`: the key that wraps photos changes while photos are read.

Photos are stored under the old key. Threads read them without a pause while `manage.py rotate_keys` runs, is
killed with -9 half way, and runs again. Then the old key leaves the environment: everything opens without
it, and with it alone nothing does.
"""

import argparse
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from PIL import Image

from config.demo_secrets import random_key

from .report import Report
from .stack import ROOT, running_servers

OLD, NEW = "old", "new"
READERS = 2
TIMEOUT = 200.0
BY_KEY = "SELECT key_id, count(*) FROM tryon_sealedobject GROUP BY key_id"
NTH = "SELECT id FROM tryon_sealedobject ORDER BY id OFFSET %s LIMIT 1"
LOCK_NTH = f"SELECT id FROM tryon_sealedobject WHERE id = ({NTH}) FOR UPDATE"


def main() -> int:
    """Run the drill and return its exit code."""
    parser = argparse.ArgumentParser(prog="script/drill rotate")
    parser.add_argument("--photos", type=int, default=1000, help="how many, 2 or more")
    photos = parser.parse_args().photos
    keys = {OLD: random_key(), NEW: random_key()}
    # First step of a rotation: everyone can open by the new key, nobody wraps by it yet.
    os.environ["PHOTO_KEYS"] = ring(keys, OLD, NEW)
    with running_servers() as folder:
        return drill(folder, keys, photos)


def drill(folder: Path, keys: dict[str, str], photos: int) -> int:
    """Rotate under readers with a kill in between, drop the old key, and judge what still opens."""
    report = Report("rotate")
    stored = store_photos(photos)
    files = digests(folder / "private")
    report.check(rows_by_key() == {OLD: photos}, f"photos stored, by key: {rows_by_key()}")
    with reading(stored) as reads:
        left = kill_rotation(photos // 2, keys)
        halves = {OLD: photos - photos // 2, NEW: photos // 2}
        report.check(left == halves, f"killed with -9 half way, by key: {left}")
        status, _, error = manage("rotate_keys", "--dry-run", PHOTO_KEYS=ring(keys, NEW))
        report.check(status == 1 and OLD in error, f"without the old key: {error}")
        status, line, _ = manage("rotate_keys", PHOTO_KEYS=ring(keys, NEW, OLD))
        report.check(status == 0 and json.loads(line)["after"] == {NEW: photos}, f"started again: {line}")
        report.check(rows_by_key() == {NEW: photos}, f"rotated, by key: {rows_by_key()}")
    failures = f"{reads.failures.total()} failures {dict(reads.failures) or ''}".rstrip()
    report.check(bool(reads.count) and not reads.failures, f"{reads.count} reads meanwhile, {failures}")
    report.check(digests(folder / "private") == files, f"{len(files)} files have not changed")
    status, output, _ = manage("verify", PHOTO_KEYS=ring(keys, NEW))
    line = output.partition("\n")[0]
    report.check(status == 0, f"verify, without the old key: {line}")
    for name in (OLD, NEW):
        opened = opened_by({name: keys[OLD]})
        report.check(opened == 0, f"the old key, by the name {name!r}, opens {opened} of {photos}")
    return report.finish()


def ring(keys: dict[str, str], *names: str) -> str:
    """PHOTO_KEYS with these keys, the wrapping one first."""
    return ",".join(f"{name}:{keys[name]}" for name in names)


def store_photos(count: int) -> dict[uuid.UUID, bytes]:
    """Small photos, each of another colour, sealed by the service; returns them by id."""
    from tryon.models import SealedObject, Shopper
    from tryon.services.photo_store import object_seal

    owner, stored = Shopper.objects.create(), {}
    for number in range(count):
        out = io.BytesIO()
        Image.new("RGB", (48, 64), (number % 256, number // 256 % 256, 90)).save(out, "JPEG")
        sealed = object_seal(
            shopper=owner, kind=SealedObject.Kind.PHOTO, media_type="image/jpeg", data=out.getvalue()
        )
        stored[sealed.pk] = out.getvalue()
    return stored


@dataclass
class Reads:
    """What the readers saw."""

    count: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, error: str | None) -> None:
        with self.lock:
            self.count += 1
            if error:
                self.failures[error] += 1


@contextmanager
def reading(stored: dict[uuid.UUID, bytes]) -> Iterator[Reads]:
    """Read photos at random, in threads, while the block runs."""
    reads, done = Reads(), threading.Event()
    threads = [threading.Thread(target=read_until, args=[done, stored, reads]) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield reads
    finally:
        done.set()
        for thread in threads:
            thread.join()


def read_until(done: threading.Event, stored: dict[uuid.UUID, bytes], reads: Reads) -> None:
    """Open one photo after the other as a view does, row first, and compare it with what was stored."""
    from django.db import connection

    from tryon.models import SealedObject
    from tryon.services.photo_store import object_open

    names = list(stored)
    while not done.wait(0.001):  # a breath, since small machines have to rotate too
        name = random.choice(names)
        try:
            same = object_open(sealed=SealedObject.objects.get(pk=name)) == stored[name]
            reads.add(None if same else "another picture")
        except Exception as error:  # Whatever it is, a reader has failed.
            reads.add(type(error).__name__)
    connection.close()


def kill_rotation(after: int, keys: dict[str, str]) -> dict[str, int]:
    """Kill the rotation in the middle of the row after the first `after`, which a writer holds.

    Returns the rows by key at that moment. The UPDATE that waits in the database may still be done.
    """
    with psycopg.connect(os.environ["DATABASE_URL"]) as writer:
        writer.execute(LOCK_NTH, [after])
        command = [sys.executable, "manage.py", "rotate_keys", "--batch", "7"]
        environment = os.environ | {"PHOTO_KEYS": ring(keys, NEW, OLD)}
        rotation = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        end = time.monotonic() + TIMEOUT
        while rows_by_key().get(NEW, 0) < after and rotation.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        rotation.send_signal(signal.SIGKILL)
        rotation.wait()
        return rows_by_key()


def rows_by_key() -> dict[str, int]:
    """Count the rows of each key, past all code of ours."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return dict(connection.execute(BY_KEY).fetchall())


def manage(*arguments: str, **variables: str) -> tuple[int, str, str]:
    """Run a command of manage.py; returns its exit status and what it printed and complained of."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def opened_by(keys: dict[str, str]) -> int:
    """How many photos open in a process that has only these keys."""
    from django.test import override_settings

    from config.keys import parse_key
    from tryon.key_ring import SealError
    from tryon.models import SealedObject
    from tryon.services.photo_store import object_open

    opened = 0
    with override_settings(PHOTO_KEYS={name: parse_key(name, key) for name, key in keys.items()}):
        for sealed in SealedObject.objects.all():
            try:
                object_open(sealed=sealed)
            except SealError:
                continue
            opened += 1
    return opened


def digests(folder: Path) -> dict[Path, bytes]:
    """The digest of each file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).digest() for path in files}


if __name__ == "__main__":
    sys.exit(main())
