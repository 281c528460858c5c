"""`python -m ml evaluate PAIRS.csv --output DIR`: try many pairs on, count, time and show them."""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ml.analysis import ClothAnalysis, PersonAnalysis, TryOnResult
from ml.baselines import flat_fill, unchanged
from ml.contact import Entry, contact_sheet
from ml.errors import Refusal
from ml.evaluation_report import MODEL, Tally, table
from ml.images import read_image, write_image
from ml.kid import Crowds
from ml.measuring import Measuring, Pair, Truth
from ml.pipeline import TryOnPipeline
from ml.posenets import add_pose_arguments, pose_source

T = TypeVar("T")
Outcome = tuple[PersonAnalysis, ClothAnalysis, TryOnResult] | Refusal
REQUIRED = ("person", "cloth", "category")
KEPT = 32
"""Analysed people and garments that are kept for the next pair: all would fill the memory."""


def read_pairs(table: Path) -> list[Pair]:
    """Pairs of a CSV with the columns person, cloth, category and perhaps target and region; paths are
    relative to the table.

    Raises ValueError when a column is missing or the table is empty.
    """
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or any(column not in rows[0] for column in REQUIRED):
        raise ValueError(f"{table} needs the columns {', '.join(REQUIRED)} and at least one row")
    folder = table.parent
    return [
        Pair(
            folder / row["person"],
            folder / row["cloth"],
            row["category"],
            *(folder / row[name] if row.get(name) else None for name in ("target", "region")),
        )
        for row in rows
    ]


def evaluate(pipeline: TryOnPipeline, pairs: list[Pair]) -> Iterator[tuple[Pair, Outcome]]:
    """Try every pair on. A person or garment that soon appears again is not analysed again."""

    @lru_cache(KEPT)
    def person_of(path: Path) -> PersonAnalysis | Refusal:
        return _or_refusal(lambda: pipeline.analyse_person(read_image(path)))

    @lru_cache(KEPT)
    def cloth_of(path: Path, category: str) -> ClothAnalysis | Refusal:
        return _or_refusal(lambda: pipeline.analyse_cloth(read_image(path), category))

    for pair in pairs:
        person, cloth = person_of(pair.person), cloth_of(pair.cloth, pair.category)
        if isinstance(person, Refusal):
            yield pair, person
        elif isinstance(cloth, Refusal):
            yield pair, cloth
        else:
            result = _or_refusal(partial(pipeline.dress, person, cloth, keep_placement=True))
            yield pair, result if isinstance(result, Refusal) else (person, cloth, result)


def _or_refusal(attempt: Callable[[], T]) -> T | Refusal:
    """What `attempt` returns, or the refusal it raises: a refusal counts, it does not end an evaluation."""
    try:
        return attempt()
    except Refusal as refusal:
        return refusal


class Methods:
    """The model that is evaluated and, when `baselines`, what it is compared with."""

    def __init__(self, pipeline: TryOnPipeline, spline: TryOnPipeline | None) -> None:
        """pipeline: with the model; spline: with the `tps` warper, None for no baselines."""
        self._pipeline, self._spline = pipeline, spline
        self.crowds = Crowds()

    def measure(
        self, pair: Pair, person: PersonAnalysis, cloth: ClothAnalysis, result: TryOnResult
    ) -> dict[str, Any]:
        """The numbers of one result, its groups, and the numbers of the baselines on the same pair.

        Raises ValueError when target or region have not the photo's size.
        """
        measuring = Measuring(self._pipeline, person, cloth, Truth.of(pair, person.photo.shape))
        baselines = self._baselines(person, cloth, result)
        self._note(pair.person, person, {MODEL: result, **baselines})
        return {
            **measuring.numbers(result),
            **measuring.groups(result),
            "seconds": {stage: round(seconds, 3) for stage, seconds in result.timings.items()},
            "baselines": {name: measuring.numbers(other) for name, other in baselines.items()},
        }

    def _note(self, path: Path, person: PersonAnalysis, results: dict[str, TryOnResult]) -> None:
        pose = person.check.pose
        before = self._pipeline.features(person.photo, pose)
        for method, result in results.items():
            self.crowds.add(method, path, before, self._pipeline.features(result.image, pose))

    def _baselines(
        self, person: PersonAnalysis, cloth: ClothAnalysis, result: TryOnResult
    ) -> dict[str, TryOnResult]:
        if self._spline is None:
            return {}
        found = {"unchanged": unchanged(person, result), "flat": flat_fill(cloth, result)}
        pasted = _or_refusal(partial(self._spline.dress, person, cloth, keep_placement=True))
        return found if isinstance(pasted, Refusal) else {**found, "tps": pasted}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `evaluate`."""
    parser.add_argument(
        "pairs", type=Path, help="CSV with the columns person,cloth,category[,target[,region]]"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for report.json and contact.png")
    parser.add_argument("--warper", choices=("net", "tps"), default="net")
    parser.add_argument(
        "--baselines",
        action="store_true",
        help="also measure the unchanged photo, a flat fill and the tps warp",
    )
    parser.add_argument("--device", default="auto")
    add_pose_arguments(parser)
    parser.add_argument("--columns", type=int, default=4, help="try-ons in a row of the contact sheet")
    parser.add_argument("--height", type=int, default=240, help="height of its pictures in pixels")
    parser.add_argument(
        "--per-page", type=int, help="also write contact-01.png, ... with so many try-ons each"
    )
    parser.add_argument("--save-results", action="store_true", help="also write every result at full size")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, write the report and the sheets, print the summary."""
    pairs = read_pairs(arguments.pairs)
    arguments.output.mkdir(parents=True, exist_ok=True)
    source = pose_source(arguments)
    pipeline = TryOnPipeline.load(arguments.device, arguments.warper, source)
    spline = TryOnPipeline.load(arguments.device, "tps", source) if arguments.baselines else None
    methods, tally = Methods(pipeline, spline), Tally()
    for number, (pair, outcome) in enumerate(evaluate(pipeline, pairs)):
        _note(tally, methods, pair, outcome)
        if arguments.save_results and not isinstance(outcome, Refusal):
            write_image(arguments.output / f"{number:03d}.png", outcome[-1].image)
        print(f"{number + 1}/{len(pairs)} {tally.entries[-1].caption}", file=sys.stderr)
    report = tally.report(pipeline.model_version, methods.crowds.distances())
    (arguments.output / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    _write_sheets(arguments, tally.entries)
    print(table(report))
    return 0


def _note(tally: Tally, methods: Methods, pair: Pair, outcome: Outcome) -> None:
    record: dict[str, Any] = {
        "person": pair.person.name,
        "cloth": pair.cloth.name,
        "category": pair.category,
    }
    name = f"{pair.person.stem} {pair.cloth.stem}"
    if isinstance(outcome, Refusal):
        record["refused"] = outcome.code
        entry = Entry(*_originals(pair), None, f"{name}: {outcome.code}")
    else:
        result = outcome[-1]
        record |= methods.measure(pair, *outcome)
        for stage, seconds in result.timings.items():
            tally.timings[stage].append(seconds)
        tally.timings["total"].append(sum(result.timings.values()))
        entry = Entry(*_originals(pair), _small(result.image), f"{name}: {result.confidence:.2f}")
    tally.pairs.append(record)
    tally.entries.append(entry)


def _originals(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    return _thumbnail_of(pair.person), _thumbnail_of(pair.cloth)


@cache
def _thumbnail_of(path: Path) -> np.ndarray:
    try:
        return _small(read_image(path))
    except Refusal:
        return np.full((4, 3, 3), 255, np.uint8)


def _small(image: np.ndarray) -> np.ndarray:
    """Sheets need no full photos; many would fill the memory."""
    step = max(1, max(image.shape[:2]) // 1024)
    return np.ascontiguousarray(image[::step, ::step])


def _write_sheets(arguments: argparse.Namespace, entries: list[Entry]) -> None:
    write_image(arguments.output / "contact.png", contact_sheet(entries, arguments.columns, arguments.height))
    size = arguments.per_page
    for page, start in enumerate(range(0, len(entries), size) if size else (), start=1):
        sheet = contact_sheet(entries[start : start + size], arguments.columns, arguments.height)
        write_image(arguments.output / f"contact-{page:02d}.png", sheet)
