"""A retraining from the first garment to the rolled-back version: `python -m config.demo_retrain FOLDER`.

FOLDER holds pictures of flat garments: in folders named after categories or kinds (`dress/`, `t-shirt/`),
or as `python -m ml unworn` leaves them (pairs.csv, cloth/). The shop runs on a data folder of its own,
which is new.
"""

import argparse
import csv
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from . import demo

KINDS = {
    "upper_body": "upper_body t-shirt shirt longsleeve outwear top hoodie jacket",
    "lower_body": "lower_body pants shorts skirt trousers jeans",
    "dresses": "dresses dress",
}
CATEGORY_OF = {kind: category for category, kinds in KINDS.items() for kind in kinds.split()}
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def main() -> int:
    """Run the demo and return its exit code."""
    parser = argparse.ArgumentParser(prog="script/demo-retrain", description=__doc__)
    parser.add_argument("folder", type=Path, help="pictures of garments")
    parser.add_argument("--minutes", type=float, default=15, help="of training, 15")
    parser.add_argument("--count", type=int, default=24, help="at most so many garments of each kind")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the pages")
    arguments = parser.parse_args()
    found = list(garments(arguments.folder, arguments.count))
    if not found:
        parser.error(f"no pictures in folders named after kinds, and no pairs.csv, in {arguments.folder}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = demo.stdout_for_the_report()
    with tempfile.TemporaryDirectory(prefix="r") as root:
        return _run(Path(root), found, arguments, report)


class Found(NamedTuple):
    """A garment's picture, and a photo of somebody who wears it, if there is one."""

    category: str
    picture: Path
    worn: Path | None = None


def garments(folder: Path, count: int) -> Iterator[Found]:
    """At most `count` garments of each kind."""
    if (folder / "pairs.csv").is_file():
        taken: Counter[str] = Counter()
        with (folder / "pairs.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                taken[row["category"]] += 1
                if taken[row["category"]] <= count:
                    yield Found(row["category"], folder / row["cloth"], folder / row["person"])
    for kind in sorted(path for path in folder.iterdir() if path.name in CATEGORY_OF):
        pictures = sorted(path for path in kind.iterdir() if path.suffix.lower() in SUFFIXES)
        yield from (Found(CATEGORY_OF[kind.name], picture) for picture in pictures[:count])


def _run(root: Path, found: list[Found], arguments: argparse.Namespace, report: TextIO) -> int:
    runtime = root / "run"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    with demo.services(root / "data"):
        port = demo.free_port(8000)
        os.environ["BIND"] = f"127.0.0.1:{port}"
        demo.prepare("migrate", "create_demo_users")
        _import(found)
        options = ["--minutes", str(arguments.minutes), "--garments", str(len(found))]
        if arguments.pictures:
            options += ["--pictures", str(arguments.pictures.resolve())]
        return demo.run_with_client(f"http://127.0.0.1:{port}", "config.retrain_client", report, *options)


def _import(found: list[Found]) -> None:
    from django.db import connections

    from tryon.services.garments import garment_create
    from tryon.services.samples import sample_add

    for each in found:
        name = f"{each.picture.parent.name} {each.picture.stem}"[:120]
        garment = garment_create(name=name, category=each.category, image=each.picture.read_bytes())
        if each.worn:
            sample_add(picture=each.worn.read_bytes(), licence_note="Demonstration", garment=garment)
    connections.close_all()


if __name__ == "__main__":
    sys.exit(main())
