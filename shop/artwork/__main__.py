"""Draw garments of the sample collection: `python -m shop.artwork [NAME ...] [--output DIR]`."""

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image

from shop.artwork.designs import DESIGNS
from shop.artwork.studio import photograph

GARMENTS = Path(__file__).parents[1] / "sample" / "garments"
BYTES = 140_000


def encode(picture: np.ndarray, limit: int = BYTES) -> bytes:
    """JPEG without chroma subsampling, at the best quality of 90, 88, ... 70 that stays within `limit` bytes."""
    for quality in range(90, 68, -2):
        out = io.BytesIO()
        Image.fromarray(picture).save(
            out, "JPEG", quality=quality, subsampling=0, optimize=True, progressive=True
        )
        if out.tell() <= limit:
            break
    return out.getvalue()


def main() -> None:
    """Draw the named pictures, or all, and write them as JPEG files."""
    parser = argparse.ArgumentParser(prog="python -m shop.artwork", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="pictures to draw; all when none is given")
    parser.add_argument("--output", type=Path, default=GARMENTS, metavar="DIR")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - DESIGNS.keys()
    if unknown:
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or DESIGNS:
        data = encode(photograph(DESIGNS[name]()))
        (arguments.output / f"{name}.jpg").write_bytes(data)
        print(f"{name}.jpg {len(data) // 1000} kB", flush=True)


if __name__ == "__main__":
    main()
