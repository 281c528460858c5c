"""Every good picture becomes a clean JPEG: upright, sRGB, bounded in size, without a byte of metadata."""

import io
import struct
from collections.abc import Callable

import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat, PngImagePlugin

from tests.tryon.factories import encoded, picture, png
from tryon import decoder

pillow_heif.register_heif_opener()
ORIENTATION = 0x0112


def clean(data: bytes) -> Image.Image:
    content, width, height = decoder.clean(data, max_pixels=40_000_000)
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (width, height))
    return image


def distance(image: Image.Image, expected: Image.Image) -> float:
    """Mean absolute difference of the channels, 0 to 255."""
    assert image.size == expected.size
    return max(ImageStat.Stat(ImageChops.difference(image, expected)).mean)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_formats_of_phones_and_browsers_are_decoded(form: str) -> None:
    image = clean(encoded(picture(300, 400), form))

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
    image = clean(encoded(undo(picture()), form, exif=exif, quality=95))

    assert distance(image, picture()) < 4
    assert ORIENTATION not in image.getexif()


def test_large_rotated_photo_is_reduced_to_the_right_shape() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    image = clean(encoded(picture(4000, 3000), exif=exif))

    assert image.size == (1536, 2048)


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
    assert clean(encoded(picture(*size), "PNG")).size == expected


def test_cmyk_photo_keeps_its_colours() -> None:
    image = clean(encoded(picture(300, 400).convert("CMYK")))

    assert distance(image, picture(300, 400)) < 4


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    rows = b"".join(b"\0" + struct.pack(">60H", *(value * 1000 for value in range(60))) for _ in range(80))
    image = clean(png(60, 80, depth=16, colour=0, pixels=rows))

    assert image.getpixel((59, 40)) == pytest.approx((230, 230, 230), abs=2)
    assert image.getpixel((30, 40)) == pytest.approx((117, 117, 117), abs=2)


def test_sixteen_bit_colour_is_scaled() -> None:
    rows = b"".join(b"\0" + struct.pack(">3H", 60_000, 30_000, 0) * 60 for _ in range(80))
    image = clean(png(60, 80, depth=16, colour=2, pixels=rows))

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
    image = clean(form(_transparent(picture(*size))))

    assert image.getpixel((image.width // 2, image.height // 4)) == pytest.approx((255, 255, 255), abs=2)
    assert image.getpixel((image.width // 2, image.height * 3 // 4)) != pytest.approx((255, 255, 255), abs=40)


def test_palette_with_one_transparent_colour_is_laid_on_white() -> None:
    image = Image.new("P", (60, 80), 0)
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.paste(1, (0, 0, 30, 80))
    result = clean(encoded(image, "PNG", transparency=0))

    assert result.getpixel((50, 40)) == pytest.approx((255, 255, 255), abs=2)
    assert result.getpixel((10, 40)) == pytest.approx((200, 0, 0), abs=3)


def test_one_bit_picture_is_decoded() -> None:
    image = clean(encoded(Image.new("1", (60, 80), 1), "PNG"))

    assert image.getpixel((30, 40)) == (255, 255, 255)


def test_colour_profile_is_applied_and_dropped() -> None:
    """A profile whose red is blue: only a conversion brings the blue out."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"?").replace(b"bXYZ", b"rXYZ").replace(b"?", b"bXYZ")
    red = Image.new("RGB", (60, 80), (255, 0, 0))
    image = clean(encoded(red, "PNG", icc_profile=swapped))

    assert image.getpixel((30, 40)) == pytest.approx((0, 0, 255), abs=3)
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("profile", [b"nonsense", bytes(500_000)])
def test_broken_colour_profile_is_no_reason_to_refuse(profile: bytes) -> None:
    image = clean(encoded(picture(300, 400), icc_profile=profile))

    assert distance(image, picture(300, 400)) < 4


def test_no_byte_of_metadata_survives() -> None:
    secret = b"52 30 N 13 22 E"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    data = encoded(picture(), exif=exif, comment=secret, xmp=secret * 100)
    assert secret in data

    assert secret not in decoder.clean(data, max_pixels=40_000_000)[0]
    assert set(clean(data).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_megabytes_of_metadata_are_no_obstacle() -> None:
    """Segments of a JPEG, text of a PNG: 10 MB of each."""
    segment = b"\xff\xed\xff\xff" + bytes(65_533)
    plain = encoded(picture())
    text = PngImagePlugin.PngInfo()
    for number in range(10):
        text.add_text(f"note {number}", "x" * 1_000_000)

    assert distance(clean(plain[:2] + segment * 150 + plain[2:]), picture()) < 4
    assert distance(clean(encoded(picture(), "PNG", pnginfo=text)), picture()) < 4


def test_photo_with_a_preview_behind_it_is_a_still() -> None:
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture(30, 40)])

    assert clean(data).size == (60, 80)


def test_result_keeps_full_colour_resolution() -> None:
    assert clean(encoded(picture())).layer[1][1:3] == (1, 1)
