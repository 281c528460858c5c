"""Every kind of bad upload gets its typed error, every kind of good one a clean, upright JPEG."""

import io
import struct
import subprocess
import traceback
import zlib
from collections.abc import Callable
from unittest.mock import patch

import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat, PngImagePlugin
from pytest_django import Settings

from tests.tryon.factories import encoded, picture
from tryon import ingest
from tryon.errors import TryOnError
from tryon.ingest import CleanImage, decode_upload

pillow_heif.register_heif_opener()
ORIENTATION = 0x0112
LIMIT = 15 * 1024 * 1024


def opened(clean: CleanImage) -> Image.Image:
    image = Image.open(io.BytesIO(clean.data))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (clean.width, clean.height))
    return image


def distance(image: Image.Image, expected: Image.Image) -> float:
    """Mean absolute difference of the channels, 0 to 255."""
    assert image.size == expected.size
    return max(ImageStat.Stat(ImageChops.difference(image, expected)).mean)


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


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int, height: int, *, depth: int = 8, colour: int = 2, pixels: bytes = b"", extra: bytes = b""
) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + header + extra + body + png_chunk(b"IEND", b"")


def jpeg_saying(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(encoded(picture()))
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def animated(form: str) -> bytes:
    frames = [picture(), ImageOps.mirror(picture())]
    return encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


# What is refused.


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
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_is_a_picture_or_a_typed_refusal(position: int, noise: bytes) -> None:
    data = encoded(picture(), "WEBP", lossless=True)
    position %= len(data)
    damaged = data[:position] + noise + data[position + len(noise) :]

    assert outcome(damaged) in {"JPEG", "unsupported_image", "image_too_large"}


# What is accepted.


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_formats_of_phones_and_browsers_are_decoded(form: str) -> None:
    image = opened(decode_upload(encoded(picture(300, 400), form)))

    assert distance(image, picture(300, 400)) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_rotated_photo_comes_out_upright(form: str, orientation: int) -> None:
    undo = {
        1: lambda image: image,
        2: ImageOps.mirror,
        3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
        4: ImageOps.flip,
        5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
        6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
        7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
        8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image = opened(decode_upload(encoded(undo(picture()), form, exif=exif, quality=95)))

    assert distance(image, picture()) < 4
    assert ORIENTATION not in image.getexif()


def test_large_rotated_photo_is_reduced_to_the_right_shape() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    clean = decode_upload(encoded(picture(4000, 3000), exif=exif))

    assert (clean.width, clean.height) == (1536, 2048)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1536, 2048), (1536, 2048)),
        ((3072, 4096), (1536, 2048)),
        ((2000, 2000), (1536, 1536)),
        ((4096, 100), (2048, 50)),
        ((1, 40_000), (1, 2048)),
    ],
)
def test_size_is_bounded_and_shape_kept(size: tuple[int, int], expected: tuple[int, int]) -> None:
    clean = decode_upload(encoded(picture(*size), "PNG"))

    assert (clean.width, clean.height) == expected


def test_cmyk_photo_keeps_its_colours() -> None:
    image = opened(decode_upload(encoded(picture(300, 400).convert("CMYK"))))

    assert distance(image, picture(300, 400)) < 4


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    rows = b"".join(b"\0" + struct.pack(">60H", *(value * 1000 for value in range(60))) for _ in range(80))
    image = opened(decode_upload(png(60, 80, depth=16, colour=0, pixels=rows)))

    assert image.getpixel((59, 40)) == pytest.approx((230, 230, 230), abs=2)
    assert image.getpixel((30, 40)) == pytest.approx((117, 117, 117), abs=2)


def test_sixteen_bit_colour_is_scaled() -> None:
    rows = b"".join(b"\0" + struct.pack(">3H", 60_000, 30_000, 0) * 60 for _ in range(80))
    image = opened(decode_upload(png(60, 80, depth=16, colour=2, pixels=rows)))

    assert image.getpixel((30, 40)) == pytest.approx((234, 117, 0), abs=2)


def _transparent(image: Image.Image) -> Image.Image:
    mask = Image.new("L", image.size, 255)
    mask.paste(0, (0, 0, image.width, image.height // 2))
    image = image.copy()
    image.putalpha(mask)
    return image


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda image: encoded(image, "PNG"), id="RGBA"),
        pytest.param(lambda image: encoded(image.quantize(64), "PNG"), id="palette with alpha"),
        pytest.param(lambda image: encoded(image.convert("LA"), "PNG"), id="grey with alpha"),
        pytest.param(lambda image: encoded(image, "WEBP", lossless=True), id="WebP with alpha"),
    ],
)
@pytest.mark.parametrize("size", [(60, 80), (1800, 2400)], ids=["as it is", "reduced"])
def test_transparency_is_laid_on_white(form: Callable[[Image.Image], bytes], size: tuple[int, int]) -> None:
    image = opened(decode_upload(form(_transparent(picture(*size)))))

    assert image.getpixel((image.width // 2, image.height // 4)) == pytest.approx((255, 255, 255), abs=2)
    assert image.getpixel((image.width // 2, image.height * 3 // 4)) != pytest.approx((255, 255, 255), abs=40)


def test_palette_with_one_transparent_colour_is_laid_on_white() -> None:
    image = Image.new("P", (60, 80), 0)
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.paste(1, (0, 0, 30, 80))
    result = opened(decode_upload(encoded(image, "PNG", transparency=0)))

    assert result.getpixel((50, 40)) == pytest.approx((255, 255, 255), abs=2)
    assert result.getpixel((10, 40)) == pytest.approx((200, 0, 0), abs=3)


def test_one_bit_picture_is_decoded() -> None:
    image = opened(decode_upload(encoded(Image.new("1", (60, 80), 1), "PNG")))

    assert image.getpixel((30, 40)) == (255, 255, 255)


def test_colour_profile_is_applied_and_dropped() -> None:
    """A profile whose red is blue: only a conversion brings the blue out."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"?").replace(b"bXYZ", b"rXYZ").replace(b"?", b"bXYZ")
    red = Image.new("RGB", (60, 80), (255, 0, 0))
    image = opened(decode_upload(encoded(red, "PNG", icc_profile=swapped)))

    assert image.getpixel((30, 40)) == pytest.approx((0, 0, 255), abs=3)
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("profile", [b"nonsense", bytes(500_000)])
def test_broken_colour_profile_is_no_reason_to_refuse(profile: bytes) -> None:
    image = opened(decode_upload(encoded(picture(300, 400), icc_profile=profile)))

    assert distance(image, picture(300, 400)) < 4


def test_no_byte_of_metadata_survives() -> None:
    secret = b"52 30 N 13 22 E"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    data = encoded(picture(), exif=exif, comment=secret, xmp=secret * 100)
    assert secret in data
    clean = decode_upload(data)

    assert secret not in clean.data
    assert set(opened(clean).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_megabytes_of_metadata_are_no_obstacle() -> None:
    """Segments of a JPEG, text of a PNG: 10 MB of each."""
    segment = b"\xff\xed\xff\xff" + bytes(65_533)
    plain = encoded(picture())
    text = PngImagePlugin.PngInfo()
    for number in range(10):
        text.add_text(f"note {number}", "x" * 1_000_000)

    assert distance(opened(decode_upload(plain[:2] + segment * 150 + plain[2:])), picture()) < 4
    assert distance(opened(decode_upload(encoded(picture(), "PNG", pnginfo=text))), picture()) < 4


def test_photo_with_a_preview_behind_it_is_a_still() -> None:
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture(30, 40)])

    assert opened(decode_upload(data)).size == (60, 80)


def test_result_keeps_full_colour_resolution() -> None:
    assert opened(decode_upload(encoded(picture()))).layer[1][1:3] == (1, 1)


# The child.


def test_child_that_crashes_is_a_refusal_and_the_next_upload_works() -> None:
    crash = subprocess.CalledProcessError(-11, [])
    with patch.object(ingest.subprocess, "run", side_effect=crash):
        assert code_of(b"x") == "unsupported_image"

    assert decode_upload(encoded(picture())).width == 60


def test_child_that_hangs_is_a_refusal() -> None:
    with patch.object(ingest.subprocess, "run", side_effect=subprocess.TimeoutExpired([], 1)):
        assert code_of(b"x") == "timed_out"


@pytest.mark.parametrize("output", [b"", b"Traceback\n", b"{"])
def test_child_that_babbles_is_a_refusal(output: bytes) -> None:
    with patch.object(ingest.subprocess, "run", return_value=subprocess.CompletedProcess([], 0, output)):
        assert code_of(b"x") == "unsupported_image"


def test_refusal_does_not_carry_the_picture() -> None:
    """As a report of the error would print it, causes included."""
    for crash in (
        subprocess.TimeoutExpired([], 1, output=b"pixels"),
        subprocess.CalledProcessError(-11, [], output=b"pixels"),
    ):
        with patch.object(ingest.subprocess, "run", side_effect=crash), pytest.raises(TryOnError) as refusal:
            decode_upload(b"x")

        assert "pixels" not in "".join(traceback.format_exception(refusal.value))
        assert not isinstance(refusal.value.__cause__, subprocess.SubprocessError)


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
