"""Pictures in and out of arrays. Everything read here is hostile until it has been decoded."""

import io
import struct
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
from PIL import Image, ImageOps

from ml.errors import Refusal

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SHORT_SIDE, MAX_LONG_SIDE = 1536, 2048
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
OUTPUT_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
# Phones write a preview or a depth map behind the photo: MPO and HEIF with several pictures are still stills.
STILL_FORMATS = {"MPO", "HEIF"}
DECODE_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, RuntimeError, KeyError)

pillow_heif.register_heif_opener()


def read_image(source: str | Path | bytes) -> np.ndarray:
    """Decode a still picture to RGB uint8 (H, W, 3), upright, transparency laid on white.

    Raises Refusal("image_too_large") before any pixel is decoded, and Refusal("unsupported_image") for
    anything that is not a whole, still JPEG, PNG, WebP, HEIC or AVIF picture.
    """
    data = source if isinstance(source, bytes) else _read_bytes(Path(source))
    if len(data) > MAX_BYTES:
        raise Refusal("image_too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                _check_header(picture)
                picture.load()
                return _to_rgb(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal("image_too_large") from error
    except DECODE_ERRORS as error:
        raise Refusal("unsupported_image") from error


def write_image(path: str | Path, image: np.ndarray) -> None:
    """Write RGB uint8 (H, W, 3), or a bool/uint8 (H, W) mask as white on black, in the format of the
    suffix.
    """
    path = Path(path)
    pixels = image.astype(np.uint8) * 255 if image.dtype == bool else image
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=output_format(path), quality=95)
    path.write_bytes(buffer.getvalue())


def output_format(path: str | Path) -> str:
    """Pillow's name of the format that the suffix of `path` stands for. Raises ValueError for one we do not
    write.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in OUTPUT_FORMATS:
        raise ValueError(f"{path} must end in one of {', '.join(OUTPUT_FORMATS)}")
    return OUTPUT_FORMATS[suffix]


def fit_within(image: np.ndarray) -> np.ndarray:
    """Reduce `image` to at most 1536 x 2048 (either way round); smaller pictures come back untouched."""
    height, width = image.shape[:2]
    scale = min(MAX_SHORT_SIDE / min(height, width), MAX_LONG_SIDE / max(height, width))
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refusal("unsupported_image", f"{path.name} cannot be opened.") from error


def _check_header(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise Refusal("image_too_large")
    if getattr(picture, "n_frames", 1) > 1 and picture.format not in STILL_FORMATS:
        raise Refusal("unsupported_image", "Animated pictures cannot be used. Send a still photo.")


def _to_rgb(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I"):  # 16-bit grey: Pillow would clip rather than scale
        values = np.asarray(picture).astype(np.uint32)
        return np.repeat((values >> 8).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.array(picture.convert("RGB"))
