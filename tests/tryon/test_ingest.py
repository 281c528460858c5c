"""Every kind of bad upload gets its typed error, whatever it does to the process that decodes it."""

import io
import struct
import subprocess
import zlib
from pathlib import Path
from unittest.mock import patch

import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from pytest_django import Settings

from tests.tryon.factories import encoded, picture, png, png_chunk
from tryon import ingest
from tryon.errors import TryOnError
from tryon.ingest import CleanImage, decode_upload

pillow_heif.register_heif_opener()
LIMIT = 15 * 1024 * 1024


def opened(clean: CleanImage) -> Image.Image:
    image = Image.open(io.BytesIO(clean.data))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (clean.width, clean.height))
    return image


def code_of(data: bytes) -> str:
    with pytest.raises(TryOnError) as refusal:
        decode_upload(data)
    return refusal.value.code


def outcome(data: bytes) -> str | None:
    """The code of the refusal, or the format of the result."""
    try:
        return opened(decode_upload(data)).format
    except TryOnError as refusal:
        return refusal.code


def jpeg_saying(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(encoded(picture()))
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def animated(form: str) -> bytes:
    frames = [picture(), ImageOps.mirror(picture())]
    return encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="0 bytes"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="text"),
        pytest.param(bytes(100_000), id="zeros"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>", id="SVG"),
        pytest.param(b"%PDF-1.7\n", id="PDF"),
        pytest.param(encoded(picture(), "GIF"), id="GIF"),
        pytest.param(animated("GIF"), id="animated GIF"),
        pytest.param(animated("WEBP"), id="animated WebP"),
        pytest.param(animated("PNG"), id="animated PNG"),
        pytest.param(animated("AVIF"), id="animated AVIF"),
        pytest.param(encoded(picture(), "BMP"), id="BMP"),
        pytest.param(encoded(picture(), "TIFF"), id="TIFF"),
        pytest.param(encoded(picture(), "JPEG2000"), id="JPEG 2000"),
        pytest.param(encoded(picture(), "ICO"), id="ICO"),
        pytest.param(encoded(picture(), "PDF"), id="picture in a PDF"),
        pytest.param(encoded(picture(), "EPS"), id="EPS"),
        pytest.param(png(60, 80), id="PNG without pixels"),
        pytest.param(png(0, 0), id="PNG of no size"),
        pytest.param(png(60, 80, depth=3), id="PNG of impossible depth"),
    ],
)
def test_what_is_not_a_still_picture_is_unsupported(data: bytes) -> None:
    assert code_of(data) == "unsupported_image"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated_picture_is_unsupported(form: str, share: float) -> None:
    data = encoded(picture(300, 400), form)

    assert code_of(data[: int(len(data) * share)]) == "unsupported_image"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png(20_000, 10_000), id="200 MP in a PNG header"),
        pytest.param(png(8_000, 5_001), id="just over 40 MP"),
        pytest.param(png(2**31 - 1, 2**31 - 1), id="4 EP"),
        pytest.param(jpeg_saying(20_000, 10_000), id="200 MP in a JPEG header"),
        pytest.param(bytes(LIMIT + 1), id="more than 15 MB"),
    ],
)
def test_too_large_is_said_before_a_pixel_is_decoded(data: bytes) -> None:
    assert code_of(data) == "image_too_large"


def test_limits_come_from_the_settings(settings: Settings) -> None:
    data = encoded(picture())
    settings.TRYON = settings.TRYON | {"MAX_PIXELS": 60 * 80 - 1}
    assert code_of(data) == "image_too_large"

    settings.TRYON = settings.TRYON | {"MAX_PIXELS": 60 * 80, "MAX_UPLOAD_BYTES": len(data) - 1}
    assert code_of(data) == "image_too_large"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png(60, 80, pixels=bytes(200_000_000)), id="pixels for 1000 pictures"),
        pytest.param(
            png(60, 80, extra=png_chunk(b"zTXt", b"c\0\0" + zlib.compress(bytes(100_000_000)))),
            id="100 MB of text",
        ),
        pytest.param(
            png(60, 80, extra=png_chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(100_000_000)))),
            id="100 MB of profile",
        ),
    ],
)
def test_decompression_bomb_does_no_harm(data: bytes) -> None:
    """Whether refused or ignored, it costs no memory beyond the child's and leaves no trace in the result."""
    assert outcome(data) in {"JPEG", "unsupported_image"}


@given(position=st.integers(0, 10_000), noise=st.binary(min_size=1, max_size=30))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_is_a_picture_or_a_typed_refusal(position: int, noise: bytes) -> None:
    data = encoded(picture(), "WEBP", lossless=True)
    position %= len(data)
    damaged = data[:position] + noise + data[position + len(noise) :]

    assert outcome(damaged) in {"JPEG", "unsupported_image", "image_too_large"}


def test_good_picture_comes_back_with_its_size() -> None:
    clean = decode_upload(encoded(picture(), "PNG"))

    assert opened(clean).size == (60, 80)


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import os; os.abort()", id="crashes"),
        pytest.param("bytearray(1 << 50)", id="runs out of memory"),
        pytest.param("", id="ends before it has read"),
        pytest.param("import os; os.write(1, b'{' * 100_000); os._exit(3)", id="dies in mid-sentence"),
        pytest.param("print('Traceback')", id="babbles"),
        pytest.param("print('{')", id="stutters"),
    ],
)
def test_child_that_goes_wrong_is_a_refusal_and_the_next_upload_works(tmp_path: Path, program: str) -> None:
    decoder = tmp_path / "decoder.py"
    decoder.write_text(program)
    with patch.object(ingest, "DECODER", decoder):
        assert code_of(bytes(5_000_000)) == "unsupported_image"

    assert decode_upload(encoded(picture())).width == 60


def test_child_that_hangs_is_a_refusal() -> None:
    with patch.object(ingest.subprocess, "run", side_effect=subprocess.TimeoutExpired([], 1)):
        assert code_of(b"x") == "timed_out"


def test_refusal_does_not_carry_the_picture() -> None:
    late = subprocess.TimeoutExpired([], 1, output=b"pixels")
    with patch.object(ingest.subprocess, "run", side_effect=late), pytest.raises(TryOnError) as refusal:
        decode_upload(b"x")

    assert refusal.value.__context__ is None


def test_burst_of_uploads_is_told_to_wait() -> None:
    with patch.object(ingest._slots, "acquire", return_value=False), pytest.raises(TryOnError) as refusal:
        decode_upload(b"x")

    assert (refusal.value.code, refusal.value.retry_after) == ("queue_full", 10)


LIMITS_PROBE = """
import runpy, sys
decoder = runpy.run_path(sys.argv[1])
decoder["limit_process"]()
try:
    bytearray(decoder["MEMORY_BYTES"])
except MemoryError:
    print("memory")
try:
    open("/tmp/probe", "wb", buffering=0).write(b"x")
except OSError:
    print("files")
"""


def test_child_has_bounded_memory_and_writes_no_file() -> None:
    probe = subprocess.run(
        [ingest.sys.executable, "-I", "-B", "-c", LIMITS_PROBE, str(ingest.DECODER)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert probe.stdout.split() == ["memory", "files"]


def test_child_inherits_no_secret() -> None:
    with patch.object(ingest.subprocess, "run", wraps=subprocess.run) as run:
        decode_upload(encoded(picture()))

    assert run.call_args.kwargs["env"] == {}
