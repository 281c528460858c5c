import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ml.errors import Refusal
from ml.images import MAX_BYTES, fit_within, read_image, write_image

RED, BLUE = (200, 30, 30), (30, 30, 200)


def two_tone(width=40, height=60):
    """Red above, blue below, a white corner at the top left: every rotation and mirror image differs."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (0, height // 2, width, height))
    picture.paste((255, 255, 255), (0, 0, 16, 16))
    return picture


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, **options)
    return buffer.getvalue()


def png_header(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def refused(data):
    with pytest.raises(Refusal) as caught:
        read_image(data)
    return caught.value.code


def test_png_is_read_exactly():
    picture = two_tone()
    np.testing.assert_array_equal(read_image(encoded(picture)), np.array(picture))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "HEIF"])
def test_lossy_formats(kind):
    image = read_image(encoded(two_tone(64, 96), kind, quality=95))
    assert image.shape == (96, 64, 3)
    np.testing.assert_allclose(image[70, 32], BLUE, atol=12)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    upright = np.array(two_tone())
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(np.ascontiguousarray(stored)), exif=exif)
    np.testing.assert_array_equal(read_image(data), upright)


def test_cmyk():
    data = encoded(two_tone(64, 96).convert("CMYK"), "JPEG", quality=95)
    np.testing.assert_allclose(read_image(data)[70, 32], BLUE, atol=12)


def test_sixteen_bit_grey_is_scaled():
    data = encoded(Image.fromarray(np.full((4, 5), 0x80FF, np.uint16)))
    np.testing.assert_array_equal(read_image(data), np.full((4, 5, 3), 0x80, np.uint8))


def test_transparency_is_laid_on_white():
    data = encoded(Image.new("RGBA", (3, 2), (10, 20, 30, 0)))
    np.testing.assert_array_equal(read_image(data), np.full((2, 3, 3), 255, np.uint8))


def test_palette_transparency_is_laid_on_white():
    picture = Image.new("P", (3, 2), 0)
    picture.putpalette([10, 20, 30] + [0] * 765)
    np.testing.assert_array_equal(
        read_image(encoded(picture, transparency=0)), np.full((2, 3, 3), 255, np.uint8)
    )


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_animations_are_refused(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    assert refused(data) == "unsupported_image"


def test_heic_with_two_pictures_is_a_still():
    container = pillow_heif.from_pillow(two_tone(64, 96))
    container.add_from_pillow(Image.new("RGB", (64, 96), RED))
    buffer = io.BytesIO()
    container.save(buffer)
    assert read_image(buffer.getvalue()).shape == (96, 64, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"\xff\xd8\xff",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    ],
    ids=["empty", "text", "jpeg-start", "svg"],
)
def test_not_a_picture(data):
    assert refused(data) == "unsupported_image"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_truncated(kind):
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    assert refused(data[: len(data) // 2]) == "unsupported_image"


@pytest.mark.parametrize("size", [(20_000, 10_000), (10_000, 9_500), (8_000, 5_001)])
def test_header_with_too_many_pixels(size):
    assert refused(png_header(*size)) == "image_too_large"


def test_too_many_bytes():
    assert refused(b"\x00" * (MAX_BYTES + 1)) == "image_too_large"


def test_missing_file(tmp_path):
    assert refused(tmp_path / "absent.png") == "unsupported_image"


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\x00\x00\x00\x00WEBP"]),
)
def test_garbage_is_always_typed(tail, head):
    assert refused(head + tail) in {"unsupported_image", "image_too_large"}


def test_write_and_read_back(tmp_path):
    image = np.array(two_tone())
    write_image(tmp_path / "out.png", image)
    np.testing.assert_array_equal(read_image(tmp_path / "out.png"), image)


def test_masks_are_written_white_on_black(tmp_path):
    write_image(tmp_path / "mask.png", np.array([[True, False]]))
    np.testing.assert_array_equal(read_image(tmp_path / "mask.png")[0, :, 0], [255, 0])


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_fit_within(height, width):
    image = np.zeros((height, width), np.uint8)
    reduced = fit_within(image)
    assert min(reduced.shape) <= 1536
    assert max(reduced.shape) <= 2048
    if min(height, width) <= 1536 and max(height, width) <= 2048:
        assert reduced is image


@pytest.mark.parametrize("name", ["out.gif", "out", "out.svg"])
def test_unknown_output_formats(tmp_path, name):
    with pytest.raises(ValueError, match="must end in"):
        write_image(tmp_path / name, np.zeros((2, 2, 3), np.uint8))
    assert not list(tmp_path.iterdir())
