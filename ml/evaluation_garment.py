"""`python -m ml evaluate-garment`: kinds on held-out photos, corners on held-out twins."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ml.cloth import ClothSegmenter
from ml.errors import Refusal
from ml.garmentnet import GarmentReader
from ml.images import read_image
from ml.landmarks import LANDMARKS
from ml.reading import KIND_NAMES, KINDS
from ml.training.garment import FIRST_TWIN
from ml.training.garment_samples import garment_photos
from ml.twins.scene import make_geometry
from ml.twins.textures import TextureSource, flat_picture
from ml.weights import FOLDER

NEAR = 0.05
"""Share of the garment's height within which a corner counts as found."""


def kinds_report(
    reader: GarmentReader, segmenter: ClothSegmenter, photos: Sequence[Path]
) -> dict[str, object]:
    """Shares of `photos`, whose folders name their kinds, in which kind and category are right; those
    without a mask count as wrong.
    """
    counts = np.zeros((len(KINDS), len(KINDS)), int)
    categories_right = without = 0
    for photo in photos:
        image, kind = read_image(photo), photo.parent.name
        try:
            mask, _ = segmenter.masks(image)
        except Refusal:
            without += 1
            continue
        reading = reader.read(image, mask)
        counts[KIND_NAMES.index(kind), KIND_NAMES.index(reading.kind)] += 1
        categories_right += max(reading.categories, key=reading.categories.__getitem__) == KINDS[kind]
    return {
        "photos": len(photos),
        "without_mask": without,
        "category_accuracy": round(categories_right / max(len(photos), 1), 4),
        "kind_accuracy": round(float(np.trace(counts)) / max(len(photos), 1), 4),
        "confusion": dict(zip(KIND_NAMES, counts.tolist(), strict=True)),
    }


def corners_report(reader: GarmentReader, twins: range) -> dict[str, object]:
    """How far corners are from where they are, as a share of the garment's height, on studio pictures of the
    twins of these seeds; and how often it is rightly said whether a corner is seen.
    """
    errors: dict[str, list[float]] = {name: [] for name in LANDMARKS}
    right = categories_right = 0
    for seed in twins:
        geometry = make_geometry(seed)
        rng = np.random.default_rng((seed, 1))
        picture = flat_picture(TextureSource()(rng), geometry.cloth, geometry.cloth_light, rng)
        reading = reader.read(picture, geometry.cloth > 0)
        height = np.ptp(np.flatnonzero(geometry.cloth.any(1))) + 1
        distance = np.linalg.norm(reading.landmarks - geometry.landmarks, axis=1) / height
        seen = geometry.landmarks_seen == 2
        right += int(((reading.visibility > 0.5) == seen).sum())
        categories_right += max(reading.categories, key=reading.categories.__getitem__) == geometry.category
        for index in np.flatnonzero(seen):
            errors[LANDMARKS[index]].append(float(distance[index]))
    every = np.concatenate([np.array(values) for values in errors.values()])
    return {
        "twins": len(twins),
        "category_accuracy": round(categories_right / len(twins), 4),
        "mean_error": round(float(every.mean()), 4),
        "median_error": round(float(np.median(every)), 4),
        f"within_{NEAR}": round(float((every < NEAR).mean()), 4),
        "visibility_accuracy": round(right / (len(twins) * len(LANDMARKS)), 4),
        "mean_error_by_corner": {k: round(float(np.mean(v)), 4) for k, v in errors.items() if v},
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `python -m ml evaluate-garment`."""
    parser.add_argument("--data", type=Path, required=True, help="folder with garments/KIND")
    parser.add_argument("--count", type=int, default=200, help="how many twins")
    parser.add_argument("--weights", type=Path, default=FOLDER, help="folder with garment.safetensors")


def run(args: argparse.Namespace) -> int:
    """Print the figures as JSON; exit status 0."""
    if not 0 < args.count <= FIRST_TWIN:
        raise ValueError(f"twins from {FIRST_TWIN} on are for training")
    reader, segmenter = GarmentReader.load(weights=args.weights), ClothSegmenter.load()
    photos = garment_photos(args.data / "garments", held_out=True)
    report = {
        "kinds": kinds_report(reader, segmenter, photos),
        "corners": corners_report(reader, range(args.count)),
    }
    print(json.dumps(report, indent=1))
    return 0
