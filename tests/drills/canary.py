"""`script/drill canary`: a photo goes the whole path, and a training sample is made of it; then everything at
rest is searched for both.

Searched: the private store, a dump of the database and its data files with the log, Valkey's files and keys,
the logs of all processes, temporary folders, and /dev/shm. Looked for: a marker in the photo's metadata,
slices of the uploaded file, of the stored photo, of what was found in it, of the sample and of the result,
and the signatures of picture formats; each as raw bytes, as hexadecimal, and as base64 at its three
alignments.
"""

import base64
import io
import os
import secrets
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import redis
from PIL import Image

from config import once
from config.embedded import postgres_program

from .report import Report
from .stack import Stack, running_stack

SLICE = 24
"""Bytes of a slice: long enough that no ciphertext holds one by chance."""
SHORTEST = 7
"""Bytes below which a pattern would be found by chance."""
SIGNATURES = {
    "JPEG with JFIF": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "JPEG with Exif": b"Exif\x00\x00",
    "PNG": b"\x89PNG\r\n\x1a\n",
    "WebP": b"WEBPVP8",
    "HEIC": b"ftypheic",
    "AVIF": b"ftypavif",
}
SHARED_MEMORY = Path("/dev/shm")


def main() -> int:
    """Run the drill and return its exit code."""
    with running_stack("web", "worker", "beat", LOG_LEVEL="DEBUG") as stack:
        return drill(stack)


def drill(stack: Stack) -> int:
    """Send the canary down the whole path, search, erase it, and search for what should be gone."""
    report = Report("canary")
    client = once.Client(stack.url)
    marker = f"CANARY-{secrets.token_hex(12)}"
    upload = marked_photo(marker)
    agree_to_training(client)
    photo = once.send_photo(client, upload)
    job = once.wait_for(client, once.submit(client, photo, once.ready_garment(client)))
    stored, result = client.content(photo["image_url"]), client.content(job["result_url"])
    report.check(marker.encode() not in stored, "the stored photo has lost the upload's metadata")
    needles = {"marker": marker.encode(), **SIGNATURES}
    contents = {
        "upload": upload,
        "photo": stored,
        "analysis": kept(client, "analyses"),
        "sample": once_made(client, "samples"),
        "result": result,
    }
    for name, content in contents.items():
        needles |= slices(name, content)
    report.check(len(needles) > 30, f"{len(needles)} needles")
    patterns = {
        f"{name} ({form})": pattern
        for name, needle in needles.items()
        for form, pattern in forms(needle)
        if len(pattern) >= SHORTEST
    }
    planted = stack.folder / "tmp" / "planted"
    planted.write_bytes(base64.b64encode(b"x" + stored))
    found = search(stack, patterns)
    planted.unlink()
    report.check(
        any(place == str(planted) for place, _ in found), "the search finds a photo planted in base64"
    )
    leaks = [(place, name) for place, name in found if place != str(planted)]
    for place, name in leaks:
        report.check(False, f"{name} found in {place}")
    sealed = sealed_files(stack)
    report.check(sealed == 4, f"sealed files: {sealed}")
    report.check(not leaks, f"{len(leaks)} finds of {len(patterns)} patterns elsewhere")
    client.json("DELETE", f"photos/{photo['id']}/")
    report.check(sealed_files(stack) == 0, f"sealed files after the erasure: {sealed_files(stack)}")
    report.check(not stack.rows("SELECT id FROM tryon_sealedobject"), "no key is left in the database")
    return report.finish()


def agree_to_training(client: once.Client) -> None:
    """As a client of the API does that asks its shoppers for it."""
    version = client.json("GET", "consents/")["version"]
    client.json("POST", "consents/", json={"purpose": "training", "version": version})


def kept(client: once.Client, folder: str) -> bytes:
    """The one file of the folder in the owner's export. Raises ValueError while there is none."""
    with zipfile.ZipFile(io.BytesIO(client.content("/api/v1/me/export/"))) as export:
        (name,) = (name for name in export.namelist() if name.startswith(f"{folder}/"))
        return export.read(name)


def once_made(client: once.Client, folder: str, seconds: float = 120) -> bytes:
    """The same, as soon as a worker has made it. Raises OnceError if it is not made in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(ValueError):
            return kept(client, folder)
        time.sleep(0.5)
    raise once.OnceError(f"nothing in {folder} after {seconds:.0f} s")


def sealed_files(stack: Stack) -> int:
    """How many files lie in the private store."""
    return sum(path.is_file() for path in (stack.folder / "private").rglob("*"))


def marked_photo(marker: str) -> bytes:
    """The sample photo, encoded anew with the marker in its Exif description."""
    image = Image.open(io.BytesIO(once.sample_photo()))
    exif = Image.Exif()
    exif[0x010E] = marker  # ImageDescription
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


def slices(name: str, content: bytes) -> dict[str, bytes]:
    """Slices spread over the compressed data of a picture, without its head and tail.

    Where a plain background repeats itself, any other picture may hold the same bytes: passed over.
    """
    step = len(content) // 40
    spread = {f"{name} at {at}": content[at : at + SLICE] for at in range(step, 39 * step, step)}
    return {name: piece for name, piece in spread.items() if len(set(piece)) > SLICE // 2}


def forms(needle: bytes) -> Iterator[tuple[str, bytes]]:
    """A needle as it may lie somewhere: raw, hexadecimal, base64 at each alignment."""
    yield "raw", needle
    yield "hex", needle.hex().encode()
    for shift in range(3):
        # The characters that depend on neighbours are cut off.
        coded = base64.b64encode(bytes(shift) + needle)
        yield f"base64+{shift}", coded[-(-shift * 8 // 6) : len(coded) - 4]


def places(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Everything at rest, as (name, content)."""
    dump = [postgres_program("pg_dump"), "--dbname", os.environ["DATABASE_URL"]]
    yield "pg_dump", subprocess.run(dump, check=True, capture_output=True).stdout
    for database in range(2):
        url = urlsplit(os.environ["BROKER_URL"])._replace(path=f"/{database}").geturl()
        with redis.Redis.from_url(url) as valkey:
            for key in valkey.scan_iter(count=1000):
                yield f"Valkey {database} {key!r}", key + (valkey.dump(key) or b"")
            valkey.save()
    for folder in (stack.folder, SHARED_MEMORY):
        for path in folder.rglob("*"):
            with suppress(OSError):  # gone meanwhile, or a socket
                yield str(path), path.read_bytes()


def search(stack: Stack, patterns: dict[str, bytes]) -> list[tuple[str, str]]:
    """Every (place, pattern) that occurs.

    Signatures of formats are no secret among the public pictures of garments and in memory that other
    programs share; slices of a photo would be, anywhere.
    """
    public = (str(stack.folder / "public"), str(SHARED_MEMORY))
    secret = {
        name: pattern for name, pattern in patterns.items() if name.partition(" (")[0] not in SIGNATURES
    }
    return [
        (place, name)
        for place, content in places(stack)
        for name, pattern in (secret if place.startswith(public) else patterns).items()
        if pattern in content
    ]


if __name__ == "__main__":
    sys.exit(main())
