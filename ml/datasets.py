"""Folders of people and garments, as the public try-on data sets lay them out, or plain."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ml.features import CATEGORIES

Split = Literal["train", "test"]
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class TryOnPair:
    """A photo of a person and a garment of `category` to put on; `cloth_mask` if the data set has one.

    paired: the person wears this very garment, so the photo is also what a try-on should give.
    """

    person: Path
    cloth: Path
    category: str
    paired: bool
    cloth_mask: Path | None = None


class DataLayoutError(ValueError):
    """The folder, or a line of its pairs files, is not as one of the known data sets has it."""


def read_pairs(root: Path, split: Split = "train", paired: bool = True) -> list[TryOnPair]:
    """The pairs of a VITON-HD (Choi et al., 2021) or DressCode (Morelli et al., 2022) folder.

    VITON-HD: SPLIT/image, SPLIT/cloth, perhaps SPLIT/cloth-mask, and SPLIT_pairs.txt; all upper_body.
    DressCode: for each category a folder with images/ (NUMBER_0.jpg the person, NUMBER_1.jpg the garment),
    perhaps cloth_mask/, and train_pairs.txt, test_pairs_paired.txt and test_pairs_unpaired.txt.
    With `paired` each person comes with the garment that they wear, otherwise as the file pairs them.
    Raises DataLayoutError when the folder is neither, a line is odd, or a picture is missing.
    """
    if (root / split / "image").is_dir():
        pairs = list(_viton_hd(root, split, paired))
    elif any((root / category / "images").is_dir() for category in CATEGORIES):
        pairs = list(_dress_code(root, split, paired))
    else:
        raise DataLayoutError(
            f"{root} is laid out neither as VITON-HD ({split}/image, {split}/cloth, {split}_pairs.txt) "
            f"nor as DressCode ({CATEGORIES[0]}/images, {CATEGORIES[0]}/train_pairs.txt)"
        )
    for pair in pairs:
        for path in (pair.person, pair.cloth):
            if not path.is_file():
                raise DataLayoutError(f"{path} is named in a pairs file but missing")
    return pairs


def read_unpaired(root: Path) -> tuple[list[Path], list[Path]]:
    """Photos of people and pictures of garments: those of `read_pairs`, or of people/ and garments/.

    Raises DataLayoutError when either kind is missing.
    """
    if (root / "people").is_dir() and (root / "garments").is_dir():
        people, garments = (pictures_in(root / name) for name in ("people", "garments"))
    else:
        pairs = read_pairs(root)
        people, garments = [pair.person for pair in pairs], [pair.cloth for pair in pairs]
    if not (people and garments):
        raise DataLayoutError(f"{root} needs pictures of both people and garments")
    return people, garments


def pictures_in(folder: Path) -> list[Path]:
    """The photos under `folder`, in order; label maps beside them are not photos."""
    photos = folder / "photos" if (folder / "photos").is_dir() else folder
    return sorted(path for path in photos.rglob("*") if path.suffix.lower() in SUFFIXES)


def _viton_hd(root: Path, split: Split, paired: bool) -> Iterator[TryOnPair]:
    folder = root / split
    for person, cloth in _lines(root / f"{split}_pairs.txt"):
        cloth = person if paired else cloth
        mask = _existing(
            folder / "cloth-mask" / cloth, folder / "cloth-mask" / Path(cloth).with_suffix(".png")
        )
        yield TryOnPair(
            folder / "image" / person, folder / "cloth" / cloth, "upper_body", person == cloth, mask
        )


def _dress_code(root: Path, split: Split, paired: bool) -> Iterator[TryOnPair]:
    name = "train_pairs.txt" if split == "train" else f"test_pairs_{'paired' if paired else 'unpaired'}.txt"
    for category in CATEGORIES:
        folder = root / category
        if not (folder / "images").is_dir():
            continue
        for person, cloth in _lines(folder / name):
            mask = _existing(folder / "cloth_mask" / Path(cloth).with_suffix(".png"))
            worn = _number(person) == _number(cloth)
            yield TryOnPair(folder / "images" / person, folder / "images" / cloth, category, worn, mask)


def _lines(table: Path) -> Iterator[tuple[str, str]]:
    """The file names on each line; they must be bare names, whatever the file says."""
    if not table.is_file():
        raise DataLayoutError(f"{table} is missing")
    for number, line in enumerate(table.read_text().splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2 or any(Path(word).name != word for word in words):
            raise DataLayoutError(f"{table}, line {number}: expected two file names, found {line!r}")
        yield words[0], words[1]


def _number(name: str) -> str:
    return name.rpartition("_")[0]


def _existing(*paths: Path) -> Path | None:
    return next((path for path in paths if path.is_file()), None)
