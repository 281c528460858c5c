"""Pictures that nobody should have to decode, made here from nothing, the same each time.

`corpus()` gives them by family. Each says what the upload may answer: `created`, or codes of refusals. Bytes
are made when they are asked for, since some of them are large.
"""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from PIL import Image, ImageCms, ImageOps

from tests.tryon.factories import encoded, picture, png, png_chunk
from tests.tryon.forgery import (
    LARGE,
    box_saying,
    chunk_bomb,
    cut,
    disguised,
    flat_png,
    good,
    jpeg_saying,
    jpeg_with,
    large_jpeg,
    scan_bomb,
    webp_saying,
    with_flips,
    with_orientation,
)  # fmt: skip

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
CREATED, UNSUPPORTED, TOO_LARGE = {"created"}, {"unsupported_image"}, {"image_too_large"}
ANYTHING = CREATED | UNSUPPORTED | TOO_LARGE
"""Damage may hit what does not matter. Then a picture comes out, and a clean one."""
MARK = b"<script>hostile</script>"
"""What rides along with some pictures, and may be in none that is kept."""


class Hostile(NamedTuple):
    """One upload: `make` gives its bytes, `answers` what is right to say to it."""

    family: str
    name: str
    make: Callable[[], bytes]
    answers: set[str]
    filename: str = "me.jpg"


def corpus() -> list[Hostile]:
    """All of them, family by family."""
    families = (
        truncated, flipped, wrong_magic, polyglots, giant_headers, bombs, odd_modes, odd_shapes, orientations,
        broken_exif, broken_profiles, several_frames, not_pictures, much_metadata, nested, odd_names,
    )  # fmt: skip
    return [
        Hostile(family.__name__, *case)  # type: ignore[misc]
        for family in families
        for case in family()
    ]


def truncated() -> Iterator[tuple]:
    for form in FORMATS:
        for percent in (1, 3, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95):
            yield f"{form} {percent} %", partial(cut, form, percent), UNSUPPORTED


def flipped() -> Iterator[tuple]:
    for form in FORMATS:
        for seed in range(16):
            yield f"{form} {seed}", partial(with_flips, form, seed), ANYTHING


def wrong_magic() -> Iterator[tuple]:
    for form in FORMATS:
        for other in (*FORMATS, "GIF"):
            if other != form:
                yield f"{form} as {other}", partial(disguised, form, other), UNSUPPORTED


def polyglots() -> Iterator[tuple]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.html", MARK)
    for form in FORMATS:
        for name, tail in {"zip": archive.getvalue(), "HTML": MARK, "PHP": b"<?php " + MARK}.items():
            yield f"{form} then {name}", partial(bytes.__add__, good(form), tail), CREATED
    comment = b"\xff\xfe" + struct.pack(">H", len(MARK) + 2) + MARK
    yield "script in a JPEG comment", lambda: good("JPEG")[:2] + comment + good("JPEG")[2:], CREATED
    yield "PDF then JPEG", lambda: b"%PDF-1.7\n" + good("JPEG"), UNSUPPORTED
    yield "GIF then JPEG", lambda: b"GIF89a" + MARK + good("JPEG"), UNSUPPORTED
    yield "zip then PNG", lambda: archive.getvalue() + good("PNG"), UNSUPPORTED


def giant_headers() -> Iterator[tuple]:
    for width, height in ((20_000, 10_000), (8_000, 5_001), (65_500, 65_500), (2**31 - 1, 2**31 - 1)):
        yield f"PNG {width} x {height}", partial(png, width, height), TOO_LARGE
    for width, height in ((20_000, 10_000), (65_500, 65_500), (65_500, 700)):
        yield f"JPEG {width} x {height}", partial(jpeg_saying, width, height), TOO_LARGE
    for width, height in ((20_000, 10_000), (2**24, 2**24), (16_383, 16_383)):
        yield f"WebP {width} x {height}", partial(webp_saying, width, height), TOO_LARGE
        for form in ("AVIF", "HEIF"):
            yield f"{form} {width} x {height}", partial(box_saying, form, width, height), ANYTHING - CREATED
    yield (
        "lossless WebP",
        lambda: (
            encoded(Image.new("1", (1, 1)).convert("RGB"), "WEBP", lossless=True)[:21]
            + bytes.fromhex("ffffff0f88880800")
        ),
        TOO_LARGE,
    )
    for form in ("GIF", "TIFF", "BMP", "PPM", "TGA", "PCX", "DDS", "ICO", "JPEG2000", "PDF", "EPS"):
        yield form, partial(encoded, picture(), form), UNSUPPORTED


def bombs() -> Iterator[tuple]:
    """Small files that ask for much memory or time."""
    for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"):
        yield f"40 MP {mode}", partial(flat_png, mode), CREATED
    yield "40 MP baseline JPEG", partial(large_jpeg, "RGB"), CREATED
    yield "40 MP progressive JPEG", partial(large_jpeg, "RGB", progressive=True), CREATED
    yield "all coefficients", partial(large_jpeg, "RGB", progressive=True, subsampling=0), TOO_LARGE
    yield "CMYK coefficients", partial(large_jpeg, "CMYK", progressive=True), TOO_LARGE
    for scans in (20, 100, 5_000):
        yield f"{scans} scans", partial(scan_bomb, scans), CREATED if scans < 40 else UNSUPPORTED
    yield "40 MP WebP", partial(encoded, Image.new("RGB", LARGE), "WEBP", method=0), TOO_LARGE
    pixels = partial(png, 60, 80, pixels=bytes(60_000_000))
    yield "pixels for 1000 pictures", pixels, UNSUPPORTED | CREATED
    for kind, start in {b"zTXt": b"c\0\0", b"iCCP": b"p\0\0", b"iTXt": b"c\0\1\0\0\0"}.items():
        yield f"100 MB of {kind.decode()}", partial(chunk_bomb, kind, start), UNSUPPORTED


def odd_modes() -> Iterator[tuple]:
    modes = {
        "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
        "JPEG": ("L", "CMYK"),
        "WEBP": ("L", "RGBA"),
        "AVIF": ("L", "RGBA"),
        "HEIF": ("L", "RGBA"),
    }
    for form, names in modes.items():
        for mode in names:
            yield f"{form} {mode}", partial(encoded, Image.new(mode, (60, 80)), form), CREATED
    for depth, colour in ((16, 2), (16, 0), (8, 2)):
        pixels = bytes(80 * (1 + 60 * depth // 8 * (3 if colour else 1)))
        made = partial(png, 60, 80, depth=depth, colour=colour, pixels=pixels)
        yield f"PNG by hand {depth} {colour}", made, CREATED
    for depth, colour in ((3, 2), (32, 0), (8, 7), (0, 0)):
        made = partial(png, 60, 80, depth=depth, colour=colour, pixels=bytes(20_000))
        yield f"impossible PNG {depth} {colour}", made, UNSUPPORTED
    yield "progressive JPEG", partial(encoded, picture(), progressive=True), CREATED
    yield "palette with alpha", partial(encoded, picture().quantize(9), "PNG", transparency=0), CREATED


def odd_shapes() -> Iterator[tuple]:
    for form in FORMATS:
        yield f"{form} 1 x 1", partial(encoded, picture().resize((1, 1)), form), CREATED
    for form in ("JPEG", "PNG"):
        for size in ((1, 40_000), (40_000, 1), (2, 10_000), (10_000, 3), (60_000, 600)):
            made = partial(encoded, Image.new("RGB", size), form)
            yield f"{form} {size[0]} x {size[1]}", made, CREATED
    for width, height in ((0, 0), (0, 80), (60, 0)):
        yield f"PNG {width} x {height}", partial(png, width, height), UNSUPPORTED


def orientations() -> Iterator[tuple]:
    for form in ("JPEG", "PNG", "WEBP"):
        for value in (*range(10), 65_535):
            yield f"{form} {value}", partial(with_orientation, form, value), CREATED


def broken_exif() -> Iterator[tuple]:
    head = b"Exif\0\0MM\0*\0\0\0\x08"
    bodies = {
        "garbage": random.Random(1).randbytes(900),
        "nothing": b"",
        "only a head": head,
        "too many entries": head + b"\xff\xff" + bytes(50),
        "circular": head + b"\0\0\0\0\0\x08" * 9,
        "orientation as text": head + b"\0\1\x01\x12\0\2\0\0\0\4abc\0\0\0\0\0",
        "orientation far away": head + b"\0\1\x01\x12\0\4\x7f\xff\xff\xff\x7f\xff\xff\xff\0\0\0\0",
        "cut": head + b"\0\3\x01\x12\0\3",
        "script": b"Exif\0\0" + MARK,
    }
    for name, body in bodies.items():
        for form in ("JPEG", "PNG", "WEBP"):
            yield f"{form} {name}", partial(encoded, picture(), form, exif=body), CREATED


def broken_profiles() -> Iterator[tuple]:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    bodies = {
        "garbage": random.Random(2).randbytes(3_000),
        "cut": srgb[:200],
        "another space": lab,
        "many tags": srgb[:128] + b"\xff\xff\xff\xff" + srgb[132:],
        "1 MB": srgb + bytes(1 << 20),
        "script": MARK,
    }
    for name, body in bodies.items():
        for form in ("JPEG", "PNG", "WEBP"):
            # Pillow unpacks no more than 1 MB of a PNG's profile.
            answers = UNSUPPORTED if (form, name) == ("PNG", "1 MB") else CREATED
            yield f"{form} {name}", partial(encoded, picture(), form, icc_profile=body), answers


def several_frames() -> Iterator[tuple]:
    frames = [picture(), ImageOps.mirror(picture())]
    for form in ("GIF", "WEBP", "PNG", "AVIF", "TIFF"):
        made = partial(encoded, frames[0], form, save_all=True, append_images=frames[1:])
        yield form, made, UNSUPPORTED
    yield "MPO", partial(encoded, frames[0], "MPO", save_all=True, append_images=frames[1:]), CREATED
    many = partial(encoded, frames[0], "WEBP", save_all=True, append_images=frames * 200)
    yield "400 frames", many, UNSUPPORTED


def not_pictures() -> Iterator[tuple]:
    texts = {
        "HTML": b"<!DOCTYPE html>" + MARK,
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>",
        "SVG with an entity": b"<!DOCTYPE s [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>",
        "XML bomb": b"<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><l>&b;</l>",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file\n",
        "PDF": b"%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\n",
        "ELF": b"\x7fELF\2\1\1" + bytes(60),
        "script": b"#!/bin/sh\nid\n",
        "gzip": b"\x1f\x8b\x08" + bytes(30),
        "MP4": b"\0\0\0\x18ftypmp42" + bytes(300),
        "HEIC without boxes": b"\0\0\0\x18ftypheic" + bytes(300),
        "AVIF without boxes": b"\0\0\0\x18ftypavif" + bytes(300),
        "JPEG start alone": b"\xff\xd8\xff",
        "WebP start alone": b"RIFF\xff\xff\xff\xffWEBP",
        "PNG start alone": b"\x89PNG\r\n\x1a\n",
        "one byte": b"\xff",
        "zeros": bytes(100_000),
        "noise": random.Random(3).randbytes(100_000),
        "a request": b"GET / HTTP/1.1\r\n\r\n",
        "MVG": b"push graphic-context\nimage over 0,0 0,0 'https://example.com/x'\npop graphic-context",
    }
    for name, data in texts.items():
        yield name, partial(bytes, data), UNSUPPORTED
    yield "nothing", bytes, {"empty"}
    yield "more than 15 MB", partial(bytes, 15 * 1024 * 1024 + 1), TOO_LARGE
    yield "15 MB of zeros", partial(bytes, 15 * 1024 * 1024), UNSUPPORTED


def much_metadata() -> Iterator[tuple]:
    for kind in (0xFE, 0xE0, 0xE1, 0xE2, 0xED):
        segment = bytes([0xFF, kind]) + struct.pack(">H", 65_535) + MARK.ljust(65_533, b"\0")
        yield f"200 segments {kind:x}", partial(jpeg_with, segment * 200), CREATED
    text = png_chunk(b"tEXt", b"Comment\0" + MARK)
    pixels = bytes(80 * 181)
    yield "5,000 texts", partial(png, 60, 80, pixels=pixels, extra=text * 5_000), CREATED
    for name, chunks in {
        "20,000 texts": text * 20_000,
        "a million chunks": png_chunk(b"abCd", b"") * 10**6,
    }.items():
        yield name, partial(png, 60, 80, pixels=pixels, extra=chunks), UNSUPPORTED
    yield "a million segments", partial(jpeg_with, b"\xff\xfe\0\2" * 10**6), UNSUPPORTED
    # What phones append to a photo, a film for one, holds every pair of bytes now and then.
    yield "a film behind a JPEG", lambda: good("JPEG") + random.Random(4).randbytes(8_000_000), CREATED
    xmp = MARK * 100_000
    yield "2 MB of XMP", partial(encoded, picture(), "WEBP", xmp=xmp), CREATED


def nested() -> Iterator[tuple]:
    for inner in FORMATS:
        body = b"Exif\0\0" + encoded(picture(), inner)
        segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
        yield f"{inner} in a JPEG's Exif", partial(jpeg_with, segment), CREATED
        yield f"two of {inner}", partial(bytes.__mul__, good(inner), 2), CREATED
        wrapped = b"RIFF" + struct.pack("<I", 12 + len(good(inner))) + b"WEBP" + good(inner)
        yield f"{inner} in a RIFF", partial(bytes, wrapped), UNSUPPORTED


def odd_names() -> Iterator[tuple]:
    names = (
        "../../../etc/passwd", "..\\..\\x.jpg", "a.php", "a.jpg.exe", "x" * 300 + ".jpg", ".htaccess", "con",
        "\u202egpj.exe", "<script>.jpg", "';DROP TABLE tryon_photo;--.jpg", "照片.jpg", "a b%00.png",
    )  # fmt: skip
    for name in names:
        yield name, partial(good, "JPEG"), CREATED, name
