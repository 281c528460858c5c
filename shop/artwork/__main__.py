"""Draw the sample pictures: `python -m shop.artwork [NAME ...] [--output DIR]`."""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from shop.artwork.designs import DESIGNS
from shop.artwork.studio import photograph

SAMPLE = Path(__file__).parents[1] / "sample"
BYTES = 140_000


def encode(picture: np.ndarray, limit: int = BYTES) -> bytes:
    """JPEG without chroma subsampling, at the best quality of 90, 88, ... 70 that fits `limit` bytes."""
    for quality in range(90, 68, -2):
        out = io.BytesIO()
        Image.fromarray(picture).save(
            out, "JPEG", quality=quality, subsampling=0, optimize=True, progressive=True
        )
        if out.tell() <= limit:
            break
    return out.getvalue()


def pictures() -> dict[str, Callable[[], np.ndarray]]:
    """What draws each picture, by its path without suffix below the folder of samples."""

    # Imported late: garments need neither the body model nor torch.
    def shopper(name: str) -> np.ndarray:
        from shop.artwork.people.shoppers import SHOPPERS

        return SHOPPERS[name].picture()

    garments = {
        f"garments/{name}": lambda design=design: photograph(design()) for name, design in DESIGNS.items()
    }
    people = {
        f"shoppers/{name}": lambda name=name: shopper(name) for name in (f"shopper-{k}" for k in range(1, 5))
    }
    return garments | people


def main() -> None:
    """Draw the named pictures, or all, and write them as JPEG files."""
    parser = argparse.ArgumentParser(prog="python -m shop.artwork", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="e.g. garments/wool-blazer-slate; all when none is given"
    )
    parser.add_argument("--output", type=Path, default=SAMPLE, metavar="DIR")
    arguments = parser.parse_args()
    known = pictures()
    if unknown := set(arguments.names) - known.keys():
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    for name in arguments.names or known:
        target = (arguments.output / name).with_suffix(".jpg")
        target.parent.mkdir(parents=True, exist_ok=True)
        data = encode(known[name]())
        target.write_bytes(data)
        print(f"{name}.jpg {len(data) // 1000} kB", flush=True)


if __name__ == "__main__":
    main()
