"""`python -m ml unworn --data DIR --output DIR`: pairs for `python -m ml evaluate` whose truth is known."""

import argparse
import csv
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from ml.images import write_image
from ml.training.people import IGNORED, Person, cache_poses, holdout_numbers, labelled_numbers, load_people
from ml.unworn.garments import WORN, UnwornGarment, region, unwear
from ml.unworn.usable import NotUsable

COLUMNS = ("person", "cloth", "category", "target", "region")
SHORT, HOSIERY = ("skirt", "shorts"), ("leggings", "stockings", "tights")
"""Names in the data set of what is a garment of its own over what is worn on the legs."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `unworn`."""
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with people/photos and people/labels"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for pairs.csv and its pictures")
    parser.add_argument("--count", type=int, default=200, help="at most so many pairs")
    parser.add_argument("--split", choices=("holdout", "train"), default="holdout", help="which photos")
    parser.add_argument(
        "--poses", type=Path, default=Path("var/training/poses"), help="cache of estimated poses"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the pairs; print how many there are, and why other garments were left out, as JSON."""
    people, output = arguments.data / "people", arguments.output
    held_out = holdout_numbers()
    numbers = [n for n in labelled_numbers(people) if (n in held_out) == (arguments.split == "holdout")]
    if not numbers:
        raise ValueError(f"{people / 'labels'} has no labelled photo of the split {arguments.split}")
    for folder in ("people", "cloth", "regions"):
        (output / folder).mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, ...]] = []
    left_out: Counter[str] = Counter()
    for number, person in dressed_people(people, numbers, arguments.poses):
        for category in WORN:
            if len(rows) == arguments.count:
                break
            try:
                garment = unwear(person, category)
            except NotUsable as reason:
                left_out[f"{category}: {reason}"] += 1
            else:
                rows.append(_written(people / "photos" / f"{number}.jpg", output, person, garment))
                print(f"{len(rows)} {rows[-1][1]}", file=sys.stderr)
    with (output / "pairs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    by_category = Counter(row[2] for row in rows)
    print(
        json.dumps(
            {"photos": len(numbers), "pairs": len(rows), **by_category, "left_out": left_out}, indent=2
        )
    )
    return 0


def dressed_people(people: Path, numbers: list[str], poses: Path) -> Iterator[tuple[str, Person]]:
    """The labelled photos one after the other, with their numbers; nobody for a photo without a pose. Hosiery
    under a skirt or shorts is no part of these: its label is IGNORED.
    """
    names = json.loads((people / "labels.json").read_text())
    cache_poses(people, numbers, poses)
    short, hosiery = ([names.index(name) for name in group if name in names] for group in (SHORT, HOSIERY))
    for number in numbers:
        for person in load_people(people, [number], poses):
            named = cv2.imread(str(people / "labels" / f"{number}.png"), cv2.IMREAD_UNCHANGED)
            under = np.isin(named, hosiery) & np.isin(named, short).any()
            yield number, replace(person, labels=np.where(under, np.uint8(IGNORED), person.labels))


def _written(photo: Path, output: Path, person: Person, garment: UnwornGarment) -> tuple[str, ...]:
    """Write the files of one pair. Returns its row."""
    name = f"{photo.stem}-{garment.category}.png"
    worn_by, cloth, where = f"people/{photo.name}", f"cloth/{name}", f"regions/{name}"
    shutil.copyfile(photo, output / worn_by)
    write_image(output / cloth, garment.cloth)
    write_image(output / where, region(garment, person))
    return worn_by, cloth, garment.category, worn_by, where
