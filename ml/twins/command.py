"""`python -m ml twins`: make synthetic twins and a sheet of them to look at."""

import argparse
from pathlib import Path

import numpy as np

SHEET_COLUMNS = 8
SHEET_COUNT = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, required=True, help="how many twins to make")
    parser.add_argument("--output", type=Path, required=True, help="folder for the twins and sheet.png")
    parser.add_argument("--seed", type=int, default=0, help="of the first twin; the next has the next number")
    parser.add_argument("--textures", type=Path, help="folder of garment photos to cut fabrics from")


def contact_sheet(seed: int, count: int, textures: Path | None = None) -> np.ndarray:
    """RGB uint8 sheet of `count` twins, each its flat garment above its wearer."""
    from ml.twins.textures import TextureSource
    from ml.twins.twin import make_twin

    source = TextureSource(textures)
    twins = [make_twin(seed + k, textures=source) for k in range(count)]
    cells = [np.vstack([twin.cloth, twin.person]) for twin in twins]
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % SHEET_COLUMNS)
    rows = [np.hstack(cells[k : k + SHEET_COLUMNS]) for k in range(0, len(cells), SHEET_COLUMNS)]
    return np.vstack(rows)


def run(args: argparse.Namespace) -> int:
    """Write twins and sheet; exit status 0."""
    from ml.images import write_image
    from ml.twins.store import write_twins

    args.output.mkdir(parents=True, exist_ok=True)
    sheet = contact_sheet(args.seed, min(args.count, SHEET_COUNT), args.textures)
    write_image(args.output / "sheet.png", sheet)
    store = write_twins(args.output, args.count, args.seed)
    print(f"{len(store)} twins in {args.output}, a sheet of them in {args.output / 'sheet.png'}")
    return 0
