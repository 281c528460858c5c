"""What GarmentNet learns from: photos of garments whose kind is known, and twins whose corners are known."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch

from ml.cloth import CLOTH_SIZE, ClothNet, fit_square, network_input
from ml.datasets import pictures_in
from ml.features import CATEGORIES
from ml.landmarks import LANDMARKS, MIRRORED
from ml.precision import autocast, best_device, memory_format
from ml.reading import CATEGORY_OF_KIND, KIND_NAMES, KINDS
from ml.training.augmentation import spoil
from ml.training.flatlays import SQUARE, Flatlays, Placement, as_portrait
from ml.training.people import read_rgb
from ml.weights import load_weights

HOLDOUT_EVERY = 10
UNKNOWN = -1


class GarmentSample(NamedTuple):
    """image: (256, 256, 3) uint8; mask: (256, 256) uint8 0..255; kind: index of KINDS or UNKNOWN; category:
    index of CATEGORIES; landmarks: (L, 2) float32 px; seen: (L,) int as in Geometry, or all UNKNOWN.
    """

    image: np.ndarray
    mask: np.ndarray
    kind: int
    category: int
    landmarks: np.ndarray
    seen: np.ndarray


def garment_photos(folder: Path, held_out: bool) -> list[Path]:
    """The photos in `folder`/KIND, in order: every tenth of a kind is held out, the others are learned from.

    Raises FileNotFoundError when a kind has none.
    """
    found = []
    for kind in KINDS:
        photos = pictures_in(folder / kind)
        if not photos:
            raise FileNotFoundError(f"{folder / kind} has no pictures")
        found += [path for k, path in enumerate(photos) if (k % HOLDOUT_EVERY == 0) == held_out]
    return found


def kind_of(photo: Path) -> int:
    """Index of KINDS, by the name of the photo's folder."""
    return KIND_NAMES.index(photo.parent.name)


@torch.inference_mode()
def network_masks(photos: list[Path], cache: Path) -> list[Path]:
    """Masks (256, 256) of `photos`, as the mask network sees them, kept as PNG files under `cache`."""
    kept = [cache / photo.parent.name / f"{photo.stem}.png" for photo in photos]
    missing = [(photo, mask) for photo, mask in zip(photos, kept, strict=True) if not mask.is_file()]
    network, device = ClothNet().eval(), best_device()
    network.load_state_dict(load_weights("cloth")[0])
    network.to(device, memory_format=memory_format(device))
    for photo, mask in missing:
        mask.parent.mkdir(parents=True, exist_ok=True)
        picture = network_input(fit_square(read_rgb(photo)))[None].to(device)
        with autocast(device):
            logits = network(picture.contiguous(memory_format=memory_format(device)))[0, 0].float().cpu()
        garment = cv2.resize(logits.numpy(), SQUARE) > 0
        cv2.imwrite(str(mask), np.uint8(garment) * 255)
    return kept


@dataclass(frozen=True)
class GarmentSamples:
    """Random views of `photos` with their `masks`, and of the twins of `scenes`."""

    photos: list[Path]
    masks: list[Path]
    scenes: Flatlays

    def photo(self, k: int, rng: np.random.Generator) -> GarmentSample:
        """Photo number `k` turned, moved and spoiled."""
        image = fit_square(read_rgb(self.photos[k]))
        mask = cv2.imread(str(self.masks[k]), cv2.IMREAD_GRAYSCALE)
        turn = cv2.getRotationMatrix2D((CLOTH_SIZE / 2,) * 2, rng.normal(0, 8), rng.uniform(0.8, 1.2))
        turn[:, 2] += CLOTH_SIZE * rng.normal(0, 0.04, 2)
        image, mask = (
            cv2.warpAffine(part, turn, SQUARE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for part in (image, mask)
        )
        if rng.random() < 0.5:
            image, mask = (np.ascontiguousarray(part[:, ::-1]) for part in (image, mask))
        kind = kind_of(self.photos[k])
        unknown = np.zeros((len(LANDMARKS), 2), np.float32), np.full(len(LANDMARKS), UNKNOWN)
        return GarmentSample(spoil(image, rng), mask, kind, CATEGORY_OF_KIND[kind], *unknown)

    def twin(self, rng: np.random.Generator) -> GarmentSample:
        """A twin somewhere on a floor or before a wall."""
        geometry = self.scenes.twins[int(rng.integers(len(self.scenes.twins)))]
        picture, solid = self.scenes.dyed(geometry, rng)
        placement = Placement.random(solid[..., 0], rng)
        garment, masks = placement.pictures(picture, solid)
        points, seen = placement.points(geometry.landmarks), geometry.landmarks_seen.astype(int)
        if rng.random() < 0.5:
            garment, masks = garment[:, ::-1], masks[:, ::-1]
            points, seen = points[list(MIRRORED)] * (-1, 1) + (CLOTH_SIZE - 1, 0), seen[list(MIRRORED)]
        mask = np.ascontiguousarray(masks[..., 0])
        image, side = self.scenes.before_a_wall(garment, mask, rng), 0
        if rng.random() < 0.7:
            image, mask, side = as_portrait(image), as_portrait(mask), CLOTH_SIZE // 8
        low, high = (side, 0), (CLOTH_SIZE - 1 - side, CLOTH_SIZE - 1)
        outside = ((points < low) | (points > high)).any(1)
        seen = np.where(outside, np.minimum(seen, 1), seen)
        category = CATEGORIES.index(geometry.category)
        return GarmentSample(image, mask, UNKNOWN, category, np.float32(points), seen)
