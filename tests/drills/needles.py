"""What a photo looks like in bytes, and the search for it in everything that is at rest.

Searched: the private store, a dump of the database and its data files with the log, Valkey's files and keys,
the logs of all processes, temporary folders, and /dev/shm. Looked for: markers in photos' metadata, slices of
pictures' compressed data, and the signatures of picture formats; each as raw bytes, as hexadecimal, and as
base64 at its three alignments.
"""

import base64
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import redis
from ahocorasick_rs import BytesAhoCorasick

from config.embedded import postgres_program

from .stack import Stack

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


def patterns(needles: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every form of every needle, and of the signatures, by a name that says which."""
    return {
        f"{name} ({form})": pattern
        for name, needle in {**SIGNATURES, **needles}.items()
        for form, pattern in forms(needle)
        if len(pattern) >= SHORTEST
    }


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


def search(stack: Stack, wanted: dict[str, bytes]) -> list[tuple[str, str]]:
    """Every (place, pattern) that occurs.

    Signatures of formats are no secret among the public pictures of garments, in memory that other programs
    share, and on sheets of samples, which show the shop's own shoppers; slices of a photo would be, anywhere.
    """
    public = (str(stack.folder / "public"), str(SHARED_MEMORY), str(stack.folder / "models"))
    names = list(wanted)
    everywhere = {number for number, name in enumerate(names) if name.partition(" (")[0] not in SIGNATURES}
    patterns = BytesAhoCorasick(wanted.values())
    found = []
    for place, content in places(stack):
        matches = {match[0] for match in patterns.find_matches_as_indexes(content, overlapping=True)}
        if place.startswith(public):
            matches &= everywhere
        found += [(place, names[number]) for number in sorted(matches)]
    return found
