"""Decode one hostile picture: a program of its own, run by `tryon.ingest` with `python -I -B`.

Reads the picture from standard input and writes one line of JSON, then the clean JPEG, to standard output. It
knows no Django and no secrets, has little memory and processor time, and cannot write a single byte to disk.
"""

import io
import json
import re
import resource
import struct
import sys
import zlib
from contextlib import suppress

import pillow_heif
from PIL import AvifImagePlugin, ExifTags, Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

ADDRESS_BYTES = 1 << 30
MEMORY_BYTES = 264 << 20
"""With the program itself, less than 300 MB. Large pictures of some formats take more, and are refused."""
CPU_SECONDS = 8
DECODER_THREADS = 2
PIXEL_BYTES = {"WEBP": 17.0, "AVIF": 13.0, "HEIF": 10.0}
"""What Pillow's decoders hold for a pixel at their worst, several copies of it; 4 is a picture alone.

A progressive JPEG comes out at half its size or less, a byte, but all coefficients, two bytes each, are held.
"""
MAX_PIECES = 10_000
"""Segments of a JPEG, chunks of a PNG: Pillow takes time for each, and there is room for millions of them."""
MAX_SCANS = 40
"""A progressive JPEG has about ten. Each goes over all pixels, so that thousands take minutes."""
MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""Of a JPEG, one with a segment behind it, or the end."""
END_OF_IMAGE, START_OF_SCAN = 0xD9, 0xDA
BAND_PIXELS = 2_000_000
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

# A thread has a stack, which counts as memory.
pillow_heif.register_heif_opener(thumbnails=False, decode_threads=DECODER_THREADS)
AvifImagePlugin.DEFAULT_MAX_THREADS = DECODER_THREADS


class RefusedError(Exception):
    """The picture is refused; the only argument is an error code."""


def clean(data: bytes, max_pixels: int) -> tuple[bytes, int, int]:
    """Return (JPEG, width, height): upright, sRGB, at most 1536 x 2048 either way round, no metadata.

    Raises RefusedError with `image_too_large`, before a pixel is decoded, or `unsupported_image`.
    """
    if not (modest_jpeg(data) if data.startswith(b"\xff\xd8") else modest_png(data)):
        raise RefusedError("unsupported_image")
    if data[8:12] == b"WEBP":  # Pillow takes the memory for its pixels as it reads the header.
        check_size(webp_pixels(data), PIXEL_BYTES["WEBP"], max_pixels)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            check_header(picture, max_pixels)
            size = kept_size(picture)
            picture.draft(None, size)  # A JPEG comes out of its decoder at about this size already.
            picture.load()
            pixels = to_srgb(shrink(picture, size), picture.info.get("icc_profile"))
            turn = TURNS.get(orientation(picture))
    except MemoryError as error:
        raise RefusedError("image_too_large") from error
    except DAMAGED as error:
        raise RefusedError("unsupported_image") from error
    if turn is not None:
        pixels = pixels.transpose(turn)
    pixels.info.clear()  # Whatever is left here, a comment for one, would be written again.
    target = io.BytesIO()
    pixels.save(target, "JPEG", quality=QUALITY, subsampling="4:4:4")
    return target.getvalue(), *pixels.size


def modest_jpeg(data: bytes) -> bool:
    """Whether the first picture of a JPEG has few segments and scans, read as libjpeg reads them."""
    at = scans = 0
    for _ in range(MAX_PIECES):
        marker = MARKER.search(data, at)
        if marker is None or marker[0][1] == END_OF_IMAGE:
            return True
        scans += marker[0][1] == START_OF_SCAN
        if scans > MAX_SCANS:
            return False
        at = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2])
    return False


def modest_png(data: bytes) -> bool:
    """Whether a PNG has few chunks. Anything else has none."""
    at = 8 if data.startswith(b"\x89PNG\r\n\x1a\n") else len(data)
    for _ in range(MAX_PIECES):
        if at >= len(data) or data[at + 4 : at + 8] == b"IEND":
            return True
        at += 12 + int.from_bytes(data[at : at + 4])
    return False


def check_header(picture: Image.Image, max_pixels: int) -> None:
    """Refuse what is too large or moves, from the header alone."""
    pixel_bytes = PIXEL_BYTES.get(picture.format or "", 4.0)
    if picture.info.get("progressive") and isinstance(picture, JpegImagePlugin.JpegImageFile):
        pixel_bytes = 1 + 2 * coefficients(picture)
    check_size(picture.width * picture.height, pixel_bytes, max_pixels)
    if getattr(picture, "n_frames", 1) > 1 and picture.format not in STILL_FORMATS:
        raise RefusedError("unsupported_image")


def check_size(pixels: int, pixel_bytes: float, max_pixels: int) -> None:
    """Refuse more pixels than are allowed, or than there is memory for at `pixel_bytes` each."""
    if pixels > max_pixels or pixels * pixel_bytes > MEMORY_BYTES:
        raise RefusedError("image_too_large")


def coefficients(picture: JpegImagePlugin.JpegImageFile) -> float:
    """Coefficients for a pixel: 3 without subsampling, 1.5 when colour has a quarter of the samples."""
    samples = [(across, down) for _id, across, down, _table in picture.layer]
    most = max(across for across, _ in samples) * max(down for _, down in samples)
    return sum(across * down for across, down in samples) / most


def webp_pixels(data: bytes) -> int:
    """Width times height as a WebP's header says (RFC 9649, sections 2.5 to 2.7); 0 if it says nothing."""
    match data[12:16]:
        case b"VP8X":
            return (int.from_bytes(data[24:27], "little") + 1) * (int.from_bytes(data[27:30], "little") + 1)
        case b"VP8L":
            sizes = int.from_bytes(data[21:25], "little")
            return ((sizes & 0x3FFF) + 1) * ((sizes >> 14 & 0x3FFF) + 1)
        case b"VP8 ":
            width, height = data[26:28], data[28:30]
            return (int.from_bytes(width, "little") & 0x3FFF) * (int.from_bytes(height, "little") & 0x3FFF)
    return 0


def kept_size(picture: Image.Image) -> tuple[int, int]:
    """The size that is worth keeping: at most 1536 x 2048, either way round."""
    scale = min(MAX_SHORT_SIDE / min(picture.size), MAX_LONG_SIDE / max(picture.size), 1.0)
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def shrink(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The flattened picture at `size`, by bands: a flattened copy of the whole would take its memory twice.

    Pillow resizes across first and down then, so this gives the same pixels as one `resize`.
    """
    narrow = None
    rows = max(1, BAND_PIXELS // picture.width)
    for top in range(0, picture.height, rows):
        band = flatten(picture.crop((0, top, picture.width, min(top + rows, picture.height))))
        narrow = narrow or Image.new(band.mode, (size[0], picture.height))
        narrow.paste(band.resize((size[0], band.height), Image.Resampling.LANCZOS), (0, top))
    return (narrow or picture).resize(size, Image.Resampling.LANCZOS)


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


def orientation(picture: Image.Image) -> int:
    """What the Exif data say, 1 to 8. Broken ones are no reason to refuse a good picture."""
    with suppress(*DAMAGED):
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return 1


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert by the embedded colour profile where it fits the pixels, plainly otherwise."""
    if profile:
        # A broken one is no reason either.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), picture.mode, "RGB")
            return transform.apply(picture)
    return picture.convert("RGB")


def limit_process() -> None:
    """Bound memory and time; no files, and no core dump that would hold the picture."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, ADDRESS_BYTES))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
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
