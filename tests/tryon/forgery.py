"""Files that are not what they seem: cut, damaged, lying about their size, or much too much."""

import random
import struct
import zlib
from functools import cache

import pillow_heif
from PIL import Image

from tests.tryon.factories import encoded, picture, png, png_chunk

pillow_heif.register_heif_opener()
LARGE = (7300, 5470)
"""Just under 40 megapixels."""


@cache
def good(form: str) -> bytes:
    return encoded(picture(300, 400), form)


def cut(form: str, percent: int) -> bytes:
    return good(form)[: len(good(form)) * percent // 100]


def with_flips(form: str, seed: int) -> bytes:
    """One bit in the first half of them, sixteen in the others; half of all hit the header."""
    chance, data = random.Random(f"{form} {seed}"), bytearray(good(form))
    end = 200 if seed % 2 else len(data)
    for _ in range(1 if seed < 8 else 16):
        data[chance.randrange(min(end, len(data)))] ^= 1 << chance.randrange(8)
    return bytes(data)


def disguised(form: str, other: str) -> bytes:
    """The head of one format before the rest of another; HEIF and AVIF share the first eight bytes."""
    head = encoded(picture(), other)[:16]
    return head + good(form)[16:]


def jpeg_saying(width: int, height: int) -> bytes:
    data = bytearray(encoded(picture()))
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_saying(width: int, height: int) -> bytes:
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + sizes + encoded(picture(), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def box_saying(form: str, width: int, height: int) -> bytes:
    data = bytearray(encoded(picture(), form))
    start = data.index(b"ispe") + 8
    data[start : start + 8] = struct.pack(">II", width, height)
    return bytes(data)


def flat_png(mode: str) -> bytes:
    return encoded(Image.new(mode, LARGE), "PNG", compress_level=1)


def large_jpeg(mode: str, **options: int) -> bytes:
    return encoded(Image.new(mode, LARGE), "JPEG", **options)


def scan_bomb(scans: int) -> bytes:
    """The last scan again and again: each costs a few bytes and goes over all the picture."""
    data = large_jpeg("RGB", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * scans + data[-2:]


def chunk_bomb(kind: bytes, start: bytes) -> bytes:
    return png(60, 80, extra=png_chunk(kind, start + zlib.compress(bytes(100_000_000))))


def with_orientation(form: str, value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return encoded(picture(), form, exif=exif)


def jpeg_with(segments: bytes) -> bytes:
    return good("JPEG")[:2] + segments + good("JPEG")[2:]
