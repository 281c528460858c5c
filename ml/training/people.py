"""The labelled street photos of Clothing Co-Parsing, with the pose of each, ready in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ml.labels import LABELS
from ml.parsing import Parser
from ml.pose import Pose, PoseEstimator
from ml.refinement import refine_labels

IGNORED = 255
"""Label of pixels that neither loss nor score counts."""

# Which of LABELS each of the data set's 59 names becomes. Things worn on skin (jewellery, glasses, gloves)
# stay with the shopper, so they are skin; a hat hides and stays like hair; whatever is worn over a top is
# outer, and "suit" marks the jacket of one; a belt goes with trousers and skirts; socks with shoes, hosiery
# with the legs' clothing. Names that do not say where on the body they are worn are not learnt.
CLASS_NAMES = {
    "background": "null",
    "skin": "skin bracelet earrings glasses gloves necklace ring sunglasses watch",
    "hair": "hair hat",
    "upper": "blouse bra hoodie jumper shirt sweater sweatshirt t-shirt tie top",
    "outer": "blazer cape cardigan coat jacket scarf suit vest",
    "dress": "dress romper",
    "lower": "belt jeans leggings panties pants shorts skirt stockings tights",
    "shoes": "boots clogs flats heels loafers pumps sandals shoes sneakers socks wedges",
    "bag": "bag purse wallet",
}
NOT_LEARNT = "accessories bodysuit intimate swimwear"

HOLDOUT = Path(__file__).parent / "holdout_people.txt"
"""Numbers of the 100 photos that are never trained on."""


@dataclass(frozen=True)
class Person:
    """A labelled photo of H x W pixels and the pose found in it.

    image: (H, W, 3) uint8 RGB. labels: (H, W) uint8, indices of LABELS or IGNORED.
    joints: (13, 2) float32 px. visibility: (13,) float32. silhouette: (H, W) uint8 0..255.
    """

    image: np.ndarray
    labels: np.ndarray
    joints: np.ndarray
    visibility: np.ndarray
    silhouette: np.ndarray


def label_table(names: list[str]) -> np.ndarray:
    """(256,) uint8 table from an index into the data set's `names` to LABELS; KeyError for a new one."""
    target = {name: index for index, label in enumerate(LABELS) for name in CLASS_NAMES[label].split()}
    target.update(dict.fromkeys(NOT_LEARNT.split(), IGNORED))
    table = np.full(256, IGNORED, np.uint8)
    table[: len(names)] = [target[name] for name in names]
    return table


def holdout_numbers() -> set[str]:
    """The four-digit numbers of the held-out photos."""
    return set(HOLDOUT.read_text().split())


def labelled_numbers(people: Path) -> list[str]:
    """The four-digit numbers of all photos in `people` that have labels, in order."""
    return sorted(path.stem for path in (people / "labels").glob("*.png"))


def cache_poses(people: Path, numbers: list[str], cache: Path) -> None:
    """Estimate the poses that `cache` lacks: NUMBER.npz with joints, visibility, silhouette of the largest.

    A photo in which nobody is found gets an empty silhouette and invisible joints.
    """
    cache.mkdir(parents=True, exist_ok=True)
    missing = [number for number in numbers if not (cache / f"{number}.npz").exists()]
    if not missing:
        return
    estimator = PoseEstimator()
    for number in missing:
        image = read_rgb(people / "photos" / f"{number}.jpg")
        poses = sorted(estimator.estimate(image), key=lambda pose: pose.segmentation.sum())
        save_pose(cache / f"{number}.npz", poses, image.shape[:2])


def label_rest(people: Path, cache: Path) -> list[str]:
    """Numbers of the photos without labels, once the shipped parser has labelled them: `cache`/NUMBER.png.

    Left out are those in which not exactly one person is found. Their poses go to `cache`/NUMBER.npz.
    """
    cache.mkdir(parents=True, exist_ok=True)
    known = set(labelled_numbers(people))
    numbers = [n for n in sorted(path.stem for path in (people / "photos").glob("*.jpg")) if n not in known]
    missing = [number for number in numbers if not (cache / f"{number}.npz").exists()]
    if missing:
        estimator, parser = PoseEstimator(), Parser.load()
    for number in missing:
        image = read_rgb(people / "photos" / f"{number}.jpg")
        poses = estimator.estimate(image)
        if len(poses) == 1:
            labels = refine_labels(image, parser.parse(image, poses[0]))
            cv2.imwrite(str(cache / f"{number}.png"), labels)
        save_pose(cache / f"{number}.npz", poses[:1] if len(poses) == 1 else [], image.shape[:2])
    return [number for number in numbers if (cache / f"{number}.png").exists()]


def save_pose(path: Path, poses: list[Pose], size: tuple[int, int]) -> None:
    """Keep joints, visibility and silhouette of the last of `poses`; of nobody, if there is none."""
    joints, visibility = poses[-1].joints() if poses else (np.zeros((13, 2)), np.zeros(13))
    silhouette = poses[-1].segmentation if poses else np.zeros(size)
    np.savez_compressed(
        path,
        joints=joints.astype(np.float32),
        visibility=visibility.astype(np.float32),
        silhouette=np.uint8(silhouette * 255),
    )


def read_rgb(path: Path) -> np.ndarray:
    """The photo at `path` as RGB uint8 (H, W, 3)."""
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def load_people(people: Path, numbers: list[str], cache: Path) -> list[Person]:
    """The labelled photos `numbers` of the folder `people`, without those in which no person was found."""
    table = label_table(json.loads((people / "labels.json").read_text()))
    cache_poses(people, numbers, cache)
    labels = (table[read_labels(people / "labels" / f"{number}.png")] for number in numbers)
    return _with_poses(people, numbers, labels, cache)


def load_rest(people: Path, cache: Path) -> list[Person]:
    """The photos of the folder `people` that have no labels, with those of the shipped parser."""
    numbers = label_rest(people, cache)
    return _with_poses(people, numbers, (read_labels(cache / f"{number}.png") for number in numbers), cache)


def read_labels(path: Path) -> np.ndarray:
    """The one-byte picture at `path` as uint8 (H, W)."""
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def _with_poses(people: Path, numbers: list[str], labels: Iterator[np.ndarray], cache: Path) -> list[Person]:
    loaded = []
    for number, parts in zip(numbers, labels, strict=True):
        with np.load(cache / f"{number}.npz") as pose:
            person = Person(read_rgb(people / "photos" / f"{number}.jpg"), parts, **pose)
        if person.silhouette.any():
            loaded.append(person)
    return loaded
