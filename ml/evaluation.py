"""`python -m ml evaluate PAIRS.csv --output DIR`: try many pairs on, count, time and show them."""

import argparse
import csv
import json
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ml.contact import Entry, contact_sheet
from ml.errors import Refusal
from ml.images import fit_within, read_image, write_image
from ml.metrics import outside_difference, psnr_inside, ssim_inside, summary
from ml.pipeline import STAGES, ClothAnalysis, PersonAnalysis, TryOnPipeline, TryOnResult
from ml.posenets import add_pose_arguments, pose_source

T = TypeVar("T")
Outcome = tuple[PersonAnalysis, TryOnResult] | Refusal
REQUIRED = ("person", "cloth", "category")


@dataclass(frozen=True)
class Pair:
    """One line of the table: files, category, and the true picture if there is one."""

    person: Path
    cloth: Path
    category: str
    target: Path | None = None


@dataclass
class Tally:
    """What is gathered while pairs are tried on."""

    pairs: list[dict[str, Any]] = field(default_factory=list)
    timings: dict[str, list[float]] = field(
        default_factory=lambda: {stage: [] for stage in (*STAGES, "total")}
    )
    entries: list[Entry] = field(default_factory=list)

    def report(self, model_version: str) -> dict[str, Any]:
        """The contents of report.json."""
        done = [pair for pair in self.pairs if "refused" not in pair]
        refusals = Counter(pair["refused"] for pair in self.pairs if "refused" in pair)
        quality = {
            name: summary([pair[name] for pair in done if name in pair])
            for name in ("confidence", "mask_share", "ssim_inside", "psnr_inside")
        }
        return {
            "model_version": model_version,
            "pairs": len(self.pairs),
            "results": len(done),
            "refusals": dict(refusals),
            "refused_share": round(sum(refusals.values()) / max(len(self.pairs), 1), 4),
            "outside_difference_max": max((pair["outside_difference"] for pair in done), default=None),
            "seconds": {stage: summary(values) for stage, values in self.timings.items()},
            "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            **{name: values for name, values in quality.items() if values},
            "each": self.pairs,
        }


def read_pairs(table: Path) -> list[Pair]:
    """Pairs of a CSV with the columns person, cloth, category and perhaps target; paths are relative to the
    table.

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
            folder / row["target"] if row.get("target") else None,
        )
        for row in rows
    ]


def evaluate(pipeline: TryOnPipeline, pairs: list[Pair]) -> Iterator[tuple[Pair, Outcome]]:
    """Try every pair on. A person or garment that appears again is not analysed again."""

    @cache
    def person_of(path: Path) -> PersonAnalysis | Refusal:
        return _or_refusal(lambda: pipeline.analyse_person(read_image(path)))

    @cache
    def cloth_of(path: Path, category: str) -> ClothAnalysis | Refusal:
        return _or_refusal(lambda: pipeline.analyse_cloth(read_image(path), category))

    for pair in pairs:
        person, cloth = person_of(pair.person), cloth_of(pair.cloth, pair.category)
        if isinstance(person, Refusal):
            yield pair, person
        elif isinstance(cloth, Refusal):
            yield pair, cloth
        else:
            result = _or_refusal(partial(pipeline.dress, person, cloth))
            yield pair, result if isinstance(result, Refusal) else (person, result)


def _or_refusal(attempt: Callable[[], T]) -> T | Refusal:
    """What `attempt` returns, or the refusal it raises: a refusal counts, it does not end an evaluation."""
    try:
        return attempt()
    except Refusal as refusal:
        return refusal


def measure(pair: Pair, person: PersonAnalysis, result: TryOnResult) -> dict[str, Any]:
    """The numbers of one result."""
    numbers: dict[str, Any] = {
        "confidence": round(result.confidence, 4),
        "mask_share": round(float(result.mask.mean()), 4),
        "outside_difference": outside_difference(person.photo, result.image, result.mask),
        "seconds": {stage: round(seconds, 3) for stage, seconds in result.timings.items()},
    }
    if pair.target is not None:
        target = fit_within(read_image(pair.target))
        if target.shape != result.image.shape:
            raise ValueError(f"{pair.target} has not the size of {pair.person}")
        numbers["ssim_inside"] = round(ssim_inside(result.image, target, result.mask), 4)
        numbers["psnr_inside"] = round(psnr_inside(result.image, target, result.mask), 3)
    return numbers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `evaluate`."""
    parser.add_argument("pairs", type=Path, help="CSV with the columns person,cloth,category[,target]")
    parser.add_argument("--output", type=Path, required=True, help="folder for report.json and contact.png")
    parser.add_argument("--warper", choices=("net", "tps"), default="net")
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
    pipeline = TryOnPipeline.load(arguments.device, arguments.warper, pose_source(arguments))
    tally = Tally()
    for number, (pair, outcome) in enumerate(evaluate(pipeline, pairs)):
        _note(tally, pair, outcome)
        if arguments.save_results and not isinstance(outcome, Refusal):
            write_image(arguments.output / f"{number:03d}.png", outcome[1].image)
        print(f"{number + 1}/{len(pairs)} {tally.entries[-1].caption}", file=sys.stderr)
    report = tally.report(pipeline.model_version)
    (arguments.output / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    _write_sheets(arguments, tally.entries)
    print(json.dumps({key: value for key, value in report.items() if key != "each"}, indent=2))
    return 0


def _note(tally: Tally, pair: Pair, outcome: Outcome) -> None:
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
        person, result = outcome
        record |= measure(pair, person, result)
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
