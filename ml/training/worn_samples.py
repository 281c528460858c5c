"""Real garments for the warp beside the twins: taken off labelled photos, laid flat, to be put back."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ml.analysis import PersonAnalysis
from ml.errors import Refusal
from ml.features import ClothView, PersonView
from ml.training.people import Person, holdout_numbers, labelled_numbers
from ml.training.store_set import mirrored, moved, worn_pairs
from ml.training.warp_samples import WarpSample, probable
from ml.unworn.command import dressed_people

_PERSON = ("joints", "visibility", "silhouette", "skin", "hair")
_ANSWER = ("flow", "layout", "counted")


def worn_samples(
    people: Path,
    cache: Path,
    poses: Path,
    analyse: Callable[[np.ndarray], PersonAnalysis],
    held_out: bool = False,
) -> list[WarpSample]:
    """What is worn in the labelled photos of the folder `people`: in the held-out ones, or in all others.

    Garments are cut out by the photos' own labels; what the warp sees of their wearers is what `analyse`
    finds, faults included. Kept in `cache`, NUMBER.npz for each photo, so that interrupted work goes on;
    `poses`: as of `ml.training.people.cache_poses`.
    """
    cache.mkdir(parents=True, exist_ok=True)
    kept_back = holdout_numbers()
    numbers = [number for number in labelled_numbers(people) if (number in kept_back) is held_out]
    missing = [number for number in numbers if not (cache / f"{number}.npz").exists()]
    for number, person in dressed_people(people, missing, poses):
        save_samples(cache / f"{number}.npz", _worn_by(person, analyse))
    files = (cache / f"{number}.npz" for number in numbers)
    return [sample for file in files if file.exists() for sample in load_samples(file)]


def _worn_by(person: Person, analyse: Callable[[np.ndarray], PersonAnalysis]) -> list[WarpSample]:
    try:
        return [pair.sample for pair in worn_pairs("", analyse(person.image), person)]
    except Refusal:
        return []


def save_samples(path: Path, samples: Iterable[WarpSample]) -> None:
    """Write samples of different categories to `path`, replaced whole."""
    arrays = {
        f"{sample.cloth.category}/{name}": getattr(part, name)
        for sample in samples
        for part, names in ((sample.person, _PERSON), (sample.cloth, ("image", "mask")), (sample, _ANSWER))
        for name in names
    }
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(partial, **arrays)
    partial.replace(path)


def load_samples(path: Path) -> list[WarpSample]:
    """What `save_samples` wrote."""
    with np.load(path) as file:
        categories = {name.split("/")[0] for name in file}
        return [
            WarpSample(
                PersonView(*(file[f"{category}/{name}"] for name in _PERSON)),
                ClothView(file[f"{category}/image"], file[f"{category}/mask"], category),
                *(file[f"{category}/{name}"] for name in _ANSWER),
            )
            for category in sorted(categories)
        ]


def varied(sample: WarpSample, rng: np.random.Generator) -> WarpSample:
    """The sample as one more example: mirrored or not, the garment moved in its frame, its wearer in clothes
    of another width, so that how wide the silhouette is does not tell how wide the garment is.
    """
    changed = moved(mirrored(sample) if rng.random() < 0.5 else sample, rng)
    person = changed.person
    other = probable(person.silhouette > 0.5, rng, rng.normal(0, 2.5), rng.uniform(0.2, 1.5))
    bare = np.where((person.skin > 0.5) | (person.hair > 0.5), person.silhouette, 0)
    silhouette = (np.maximum(other, bare) * changed.counted).astype(np.float32)
    return replace(changed, person=replace(person, silhouette=silhouette))
