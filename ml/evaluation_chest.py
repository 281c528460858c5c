"""How well bare chests are guessed: those of held-out photos are covered, guessed and compared."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ml.chest import ChestFrame, Chests
from ml.colour import ciede2000, lab
from ml.layout import BODY
from ml.metrics import interval
from ml.morphology import dilate
from ml.pose import PoseEstimator, PoseSource
from ml.scene import INDEX, Scene
from ml.training.chest_samples import SKIN
from ml.training.people import IGNORED, holdout_numbers, label_table, read_labels, read_rgb
from ml.uncovered import uncovered
from ml.weights import FOLDER

COLLAR = (-0.12, 0.98)
"""Lowest place of the neck that a crew neck leaves free, and how far out its armholes are, in the frame of
chests."""
FABRIC = 127
LEAST = 300
"""Pixels of bare chest from which a photo counts."""


def covered(scene: Scene, skin: np.ndarray) -> tuple[Scene, np.ndarray] | None:
    """`scene` in a grey sleeveless top with a crew neck, and which of its bare `skin`, bool (H, W), that
    hides. None if it hides hardly any.
    """
    frame = ChestFrame.of(scene.pose)
    if frame is None:
        return None
    across, down = frame.places(skin.shape)
    lowest, armhole = COLLAR
    top = (down > lowest - 0.3 * np.minimum(np.abs(across) / 0.5, 1) ** 2) & (np.abs(across) < armhole)
    hidden = top & skin & (down < 1)
    if hidden.sum() < LEAST:
        return None
    top &= scene.labels != INDEX["background"]
    photo, labels = scene.photo.copy(), scene.labels.copy()
    photo[top], labels[top] = FABRIC, INDEX["upper"]
    return Scene(photo, labels, scene.pose), dilate(hidden, -2)


def held_out(people: Path, poses: PoseSource) -> Iterator[tuple[Scene, np.ndarray]]:
    """The held-out photos and their bare skin, bool (H, W)."""
    names = json.loads((people / "labels.json").read_text())
    table = label_table(names)
    for number in sorted(holdout_numbers()):
        photo = read_rgb(people / "photos" / f"{number}.jpg")
        found = poses.estimate(photo)
        if found:
            worn = read_labels(people / "labels" / f"{number}.png")
            labels = np.where(table[worn] == IGNORED, INDEX["upper"], table[worn]).astype(np.uint8)
            pose = max(found, key=lambda pose: pose.segmentation.sum())
            yield Scene(photo, labels, pose), worn == names.index(SKIN)


def errors(scene: Scene, skin: np.ndarray, chests: Chests | None) -> tuple[float, float] | None:
    """Mean CIEDE2000 of the pixels of a chest, and of its median colour. None if the chest is not bare."""
    dressed = covered(scene, skin)
    if dressed is None:
        return None
    wearing, hidden = dressed
    layout = np.zeros((*skin.shape, 4), np.float32)
    layout[..., BODY] = 1
    guess = uncovered(wearing, "upper_body", layout, chests)[hidden]
    truth = scene.photo[hidden].astype(np.float32)
    middles = (np.median(colours, axis=0) for colours in (guess, truth))
    return float(ciede2000(lab(guess), lab(truth)).mean()), float(ciede2000(*map(lab, middles)))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml evaluate-chest`."""
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with people/photos and people/labels"
    )
    parser.add_argument("--weights", type=Path, default=FOLDER, help="folder with chest.safetensors")


def run(args: argparse.Namespace) -> int:
    """Print the errors with what was learnt of chests and without, and their difference."""
    chests, rows = Chests.load(args.weights), []
    for scene, skin in held_out(args.data / "people", PoseEstimator()):
        without = errors(scene, skin, None)
        if without is not None:
            rows.append((without, errors(scene, skin, chests)))
    values, rng = np.array(rows), np.random.default_rng(0)
    print(f"{len(values)} held-out photos, CIEDE2000")
    for index, name in enumerate(("pixels", "median colour")):
        before, after = values[:, 0, index], values[:, 1, index]
        for word, numbers in (("without", before), ("with", after), ("difference", after - before)):
            low, high = interval(numbers.tolist(), rng)
            print(f"{name:<14}{word:<11}{numbers.mean():6.2f} ({low:.2f} to {high:.2f})")
    return 0
