"""`python -m ml evaluate-garment-checks`: how often good pictures are refused and bad ones pass."""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from ml.cloth import ClothSegmenter
from ml.datasets import pictures_in
from ml.errors import Refusal
from ml.features import CATEGORIES
from ml.garmentcheck import box_of
from ml.images import read_image
from ml.pipeline import TryOnPipeline
from ml.reading import KINDS
from ml.training.garment_samples import HOLDOUT_EVERY, garment_photos

BLUR = 0.01
"""Spread of the blur of a bad picture, as a share of its longer side."""
CUT = 0.25
"""Share of a garment that is cut off in a bad picture."""

Spoil = Callable[[np.ndarray], np.ndarray]


def blurred(image: np.ndarray) -> np.ndarray:
    """A picture out of focus."""
    return cv2.GaussianBlur(image, (0, 0), BLUR * max(image.shape))


def cut_below(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A picture that ends before the garment does."""
    _, top, _, height = box_of(mask)
    return image[: round(top + (1 - CUT) * height)]


def cut_beside(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A picture in which the garment's left quarter is missing."""
    left, _, width, _ = box_of(mask)
    return np.ascontiguousarray(image[:, round(left + CUT * width) :])


def side_by_side(image: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Two garments in one picture, at the first one's height."""
    width = max(1, round(other.shape[1] * image.shape[0] / other.shape[0]))
    return np.hstack([image, cv2.resize(other, (width, image.shape[0]), interpolation=cv2.INTER_AREA)])


def outcome(pipeline: TryOnPipeline, image: np.ndarray, category: str) -> tuple[str, ...]:
    """The code of the refusal, or "passed" and the codes of warnings."""
    try:
        return ("passed", *pipeline.check_cloth(pipeline.analyse_cloth(image, category)).warnings)
    except Refusal as refusal:
        return (refusal.code,)


def tally(outcomes: Iterable[tuple[str, ...]]) -> dict[str, float]:
    """Share of the pictures that got each code."""
    found = list(outcomes)
    counts = Counter(code for codes in found for code in codes)
    return {"pictures": len(found)} | {code: round(n / len(found), 4) for code, n in counts.most_common()}


def report(pipeline: TryOnPipeline, photos: list[Path], people: list[Path]) -> dict[str, dict[str, float]]:
    """What is said of `photos`, whose folders name their kinds, as they are and made bad, and of `people`."""
    segmenter = ClothSegmenter.load()
    found: dict[str, list[tuple[str, ...]]] = {}

    def note(case: str, image: np.ndarray, category: str) -> None:
        found.setdefault(case, []).append(outcome(pipeline, image, category))

    before = read_image(photos[-1])
    for photo in photos:
        image, category = read_image(photo), KINDS[photo.parent.name]
        note("as they are", image, category)
        note("blurred", blurred(image), category)
        note("two side by side", side_by_side(image, before), category)
        wrong = next(name for name in CATEGORIES[::-1] if name != category)
        note("wrong category", image, wrong)
        try:
            mask, _ = segmenter.masks(image)
        except Refusal:
            continue
        note("cut below", cut_below(image, mask), category)
        note("cut beside", cut_beside(image, mask), category)
        before = image
    for photo in people:
        note("worn", read_image(photo), "upper_body")
    return {case: tally(outcomes) for case, outcomes in found.items()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml evaluate-garment-checks`."""
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with garments/KIND and people/photos"
    )
    parser.add_argument("--every", type=int, default=1, help="take every Nth of the held-out photos, 1")


def run(args: argparse.Namespace) -> int:
    """Print the shares as JSON; exit status 0."""
    photos = garment_photos(args.data / "garments", held_out=True)[:: args.every]
    people = pictures_in(args.data / "people")[:: HOLDOUT_EVERY * args.every]
    print(json.dumps(report(TryOnPipeline.load("cpu"), photos, people), indent=1))
    return 0
