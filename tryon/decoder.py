"""Decode one hostile picture: a program of its own, run by `tryon.ingest` with `python -I -B`.

Reads the picture from standard input and writes one line of JSON, then the clean JPEG, to standard output. It
knows no Django and no secrets, has little memory and processor time, and cannot write a single byte to disk.
"""

import io
import json
import resource
import struct
import sys
import zlib
from contextlib import suppress

import pillow_heif
from PIL import AvifImagePlugin, ExifTags, Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 8
MAX_SHORT_SIDE, MAX_LONG_SIDE = 1536, 2048
QUALITY = 95
PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin, AvifImagePlugin)
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
# Phones append a preview or a depth map to the photo: several pictures in a file, and a still all the same.
STILL_FORMATS = {"MPO", "HEIF"}
# By EXIF orientation, how to turn the picture upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    RuntimeError,
    struct.error,
    zlib.error,
)

pillow_heif.register_heif_opener(thumbnails=False)


class RefusedError(Exception):
    """The picture is refused; the only argument is an error code."""


def clean(data: bytes, max_pixels: int) -> tuple[bytes, int, int]:
    """Return (JPEG, width, height): upright, sRGB, at most 1536 x 2048 either way round, no metadata.

    Raises RefusedError with `image_too_large`, before a pixel is decoded, or `unsupported_image`.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            check_header(picture, max_pixels)
            size = kept_size(picture)
            picture.draft(None, size)  # A JPEG comes out of its decoder at about this size already.
            picture.load()
            pixels = flatten(picture).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
            pixels = to_srgb(pixels, picture.info.get("icc_profile"))
            turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except DAMAGED as error:
        raise RefusedError("unsupported_image") from error
    if turn is not None:
        pixels = pixels.transpose(turn)
    pixels.info.clear()  # Whatever is left here, a comment for one, would be written again.
    target = io.BytesIO()
    pixels.save(target, "JPEG", quality=QUALITY, subsampling="4:4:4")
    return target.getvalue(), *pixels.size


def check_header(picture: Image.Image, max_pixels: int) -> None:
    """Refuse what is too large or moves, from the header alone."""
    if picture.width * picture.height > max_pixels:
        raise RefusedError("image_too_large")
    if getattr(picture, "n_frames", 1) > 1 and picture.format not in STILL_FORMATS:
        raise RefusedError("unsupported_image")


def kept_size(picture: Image.Image) -> tuple[int, int]:
    """The size that is worth keeping: at most 1536 x 2048, either way round."""
    scale = min(MAX_SHORT_SIDE / min(picture.size), MAX_LONG_SIDE / max(picture.size), 1.0)
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def flatten(picture: Image.Image) -> Image.Image:
    """Return an L, RGB or CMYK picture of 8 bits, transparency laid on white."""
    if picture.mode.startswith("I"):  # 16-bit grey, which `convert` would clip rather than scale.
        return picture.point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        layer = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return picture if picture.mode in {"L", "RGB", "CMYK"} else picture.convert("RGB")


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert by the embedded colour profile where it fits the pixels, plainly otherwise."""
    if profile:
        # A broken profile is no reason to refuse a good picture.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), picture.mode, "RGB")
            return transform.apply(picture)
    return picture.convert("RGB")


def limit_process() -> None:
    """Bound memory and time; no files, and no core dump that would hold the picture."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    limit_process()
    Image.MAX_IMAGE_PIXELS = None  # `check_header` knows our own limit.
    try:
        data, width, height = clean(sys.stdin.buffer.read(), int(sys.argv[1]))
        answer = json.dumps({"width": width, "height": height})
    except RefusedError as refusal:
        data, answer = b"", json.dumps({"error": str(refusal)})
    sys.stdout.buffer.write(answer.encode() + b"\n" + data)


if __name__ == "__main__":
    main()
