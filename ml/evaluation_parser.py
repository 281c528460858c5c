"""How well the parser does: intersection over union of every class on people it has never seen."""

import argparse
from pathlib import Path

import numpy as np

from ml.labels import LABELS
from ml.parsing import Parser
from ml.pose import JOINTS13, Pose
from ml.training.people import IGNORED, Person, holdout_numbers, load_people
from ml.weights import FOLDER


def confusion(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """(9, 9) int64 pixel counts, rows truth, columns predicted; pixels IGNORED in `truth` are left out."""
    counted = truth != IGNORED
    pairs = truth[counted].astype(np.int64) * len(LABELS) + predicted[counted]
    return np.bincount(pairs, minlength=len(LABELS) ** 2).reshape(len(LABELS), -1)


def intersection_over_union(counts: np.ndarray) -> np.ndarray:
    """(9,) float64 from a confusion matrix; nan for a class neither true nor predicted anywhere."""
    hit = np.diag(counts)
    total = counts.sum(0) + counts.sum(1) - hit
    return np.divide(hit, total, out=np.full(len(hit), np.nan), where=total > 0)


def stored_pose(person: Person) -> Pose:
    """The pose that was found in the photo of `person`, as the parser takes it."""
    keypoints, visibility = np.zeros((33, 2), np.float32), np.zeros(33, np.float32)
    chosen = list(JOINTS13.values())
    keypoints[chosen], visibility[chosen] = person.joints, person.visibility
    return Pose(keypoints, visibility, person.silhouette / np.float32(255))


def evaluate(parser: Parser, people: list[Person]) -> np.ndarray:
    """(9,) IoU at photo size over all pixels of `people`, as the product would parse them."""
    counts = np.zeros((len(LABELS), len(LABELS)), np.int64)
    for person in people:
        counts += confusion(person.labels, parser.parse(person.image, stored_pose(person)).labels)
    return intersection_over_union(counts)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml evaluate-parser`."""
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with people/photos and people/labels"
    )
    parser.add_argument("--weights", type=Path, default=FOLDER, help="folder with parser.safetensors")
    parser.add_argument(
        "--poses", type=Path, default=Path("var/training/poses"), help="cache of estimated poses"
    )


def run(args: argparse.Namespace) -> int:
    """Print the IoU of every class, and their mean, over the 100 held-out photos."""
    people = load_people(args.data / "people", sorted(holdout_numbers()), args.poses)
    score = evaluate(Parser.load(weights=args.weights), people)
    for label, value in zip(LABELS, score, strict=True):
        print(f"{label:<12}{value:.4f}")
    print(f"{'mean IoU':<12}{np.nanmean(score):.4f}   ({len(people)} held-out photos)")
    return 0
