"""Garments laid or hung before all kinds of backgrounds, put together so that their masks are known."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ml.cloth import CLOTH_SIZE
from ml.labels import LABELS
from ml.training.augmentation import spoil
from ml.training.people import Person, read_rgb
from ml.twins.necklines import cut_back
from ml.twins.scene import INNER, OUTER, OUTSIDE, Geometry
from ml.twins.store import TwinStore
from ml.twins.textures import TextureSource, flat_picture

WORN = tuple(LABELS.index(name) for name in ("upper", "outer", "dress", "lower"))
SQUARE = (CLOTH_SIZE, CLOTH_SIZE)
CLOSE_UPS, WORN_SHARE = 0.45, 0.25
"""Share of close-ups of necks, and among the rest of clothes that somebody wears."""


def smooth_noise(rng: np.random.Generator, cells: int) -> np.ndarray:
    """(256, 256) float32, mean about 0 and spread about 1, whose waves are about 256 / `cells` px long."""
    coarse = rng.standard_normal((cells + 1, cells + 1), np.float32)
    return cv2.resize(coarse, SQUARE, interpolation=cv2.INTER_CUBIC)


@dataclass(frozen=True)
class Placement:
    """Where a garment lies in the square: turned, stretched and moved, then bent a little.

    turn: (2, 3) affine, px of the garment's picture -> px of the square; waves: (256, 256, 2) float32, px by
    which the square's places are moved (x, y) before they are looked up.
    """

    turn: np.ndarray
    waves: np.ndarray

    @classmethod
    def random(cls, mask: np.ndarray, rng: np.random.Generator) -> "Placement":
        """For the garment of the bool `mask` (H, W); now and then it reaches over the edge of the square."""
        x, y, width, height = cv2.boundingRect(np.uint8(mask))
        side = CLOTH_SIZE * rng.uniform(0.45, 1.05) / max(width, height)
        angle = rng.normal(0, 6) if rng.random() < 0.8 else rng.uniform(-180, 180)
        turn = cv2.getRotationMatrix2D((x + width / 2, y + height / 2), angle, side)
        turn[0] *= np.exp(rng.normal(0, 0.08))
        middle = turn @ (x + width / 2, y + height / 2, 1)
        turn[:, 2] += CLOTH_SIZE * (0.5 + rng.normal(0, 0.04, 2)) - middle
        bend = rng.uniform(0, 5)
        return cls(turn, bend * np.stack([smooth_noise(rng, 4), smooth_noise(rng, 4)], axis=2))

    @classmethod
    def covering(cls, picture: np.ndarray, rng: np.random.Generator) -> "Placement":
        """The middle of `picture` (H, W, ...) fills the square."""
        height, width = picture.shape[:2]
        scale = CLOTH_SIZE / min(height, width) * rng.uniform(1.1, 1.3)
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.normal(0, 6), scale)
        turn[:, 2] += CLOTH_SIZE / 2 - np.float64((width / 2, height / 2))
        bend = rng.uniform(0, 5)
        return cls(turn, bend * np.stack([smooth_noise(rng, 4), smooth_noise(rng, 4)], axis=2))

    def pictures(self, picture: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The garment of `picture` in the square, (256, 256, 3) uint8, and its masks there, (256, 256, 2)
        uint8 0..255.

        masks: bool (H, W, 2), the whole garment and what is seen of its inside.
        """
        back = cv2.invertAffineTransform(self.turn)
        rows, columns = np.mgrid[0:CLOTH_SIZE, 0:CLOTH_SIZE].astype(np.float32)
        columns, rows = columns + self.waves[..., 0], rows + self.waves[..., 1]
        at_x = np.float32(back[0, 0] * columns + back[0, 1] * rows + back[0, 2])
        at_y = np.float32(back[1, 0] * columns + back[1, 1] * rows + back[1, 2])
        garment = cv2.remap(picture, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        solid = np.uint8(masks) * np.uint8(255)
        return garment, cv2.remap(solid, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)

    def points(self, points: np.ndarray) -> np.ndarray:
        """Where px (L, 2) of the garment's picture lie in the square, float32."""
        straight = points @ self.turn[:, :2].T + self.turn[:, 2]
        moved = straight
        # The waves are small and long: a few steps find the place whose wave leads to the straight one.
        for _ in range(4):
            column, row = np.clip(np.round(moved), 0, CLOTH_SIZE - 1).astype(int).T
            moved = straight - self.waves[row, column]
        return np.float32(moved)


def close_up(cloth: np.ndarray, light: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The neck of a flat garment, `cloth` uint8 (H, W) and `light` float32 (H, W), enlarged to their size."""
    height, width = cloth.shape
    inside = np.uint8(cloth == INNER)
    x, y, wide, high = cv2.boundingRect(inside if inside.any() else np.uint8(cloth != OUTSIDE))
    if not inside.any():
        wide, high = wide // 2, high // 8
        x += wide // 2
    side = np.clip(rng.uniform(1.2, 3.5) * max(wide, high), width / 5, width)
    middle = np.float64((x + wide / 2, y + high / 2)) + side * rng.uniform(-0.15, 0.15, 2)
    scale = width / side
    enlarge = np.float64(
        [[scale, 0, width / 2 - scale * middle[0]], [0, scale, height / 2 - scale * middle[1]]]
    )
    kinds = np.float32(np.stack([cloth == kind for kind in (OUTSIDE, OUTER, INNER)], axis=2))
    # A little blur before the choice of the nearest: enlarged pixels would have stairs.
    kinds = cv2.GaussianBlur(cv2.warpAffine(kinds, enlarge, (width, height)), (0, 0), max(0.5, scale / 2))
    kinds[..., OUTSIDE] += 1 - kinds.sum(axis=2)
    enlarged = cv2.warpAffine(light, enlarge, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.uint8(kinds.argmax(axis=2)), enlarged


def plain_wall(rng: np.random.Generator, white: bool) -> np.ndarray:
    """(256, 256, 3) float32 wall of one colour with light falling off across it."""
    colour = rng.uniform(222, 255) + rng.normal(0, 2, 3) if white else rng.uniform(20, 250, 3)
    slope = cv2.resize(np.float32(rng.uniform(0.93, 1.02, (2, 2))), SQUARE)[..., None]
    return np.float32(colour) * (slope if rng.random() < 0.6 else np.float32(1))


def floor(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(256, 256, 3) float32 from a corner of a garment photo, where garments seldom are, mirrored on."""
    height, width = (int(side * rng.uniform(0.15, 0.3)) for side in photo.shape[:2])
    rows = slice(0, height) if rng.random() < 0.5 else slice(-height, None)
    columns = slice(0, width) if rng.random() < 0.5 else slice(-width, None)
    scale = rng.uniform(0.6, 1.6)
    corner = cv2.resize(photo[rows, columns], (max(8, int(width * scale)), max(8, int(height * scale))))
    both = np.concatenate([corner, corner[:, ::-1]], axis=1)
    tile = np.concatenate([both, both[::-1]], axis=0)
    repeats = (-(-2 * CLOTH_SIZE // tile.shape[0]), -(-2 * CLOTH_SIZE // tile.shape[1]), 1)
    y, x = rng.integers(0, CLOTH_SIZE, 2)
    return np.float32(np.tile(tile, repeats)[y : y + CLOTH_SIZE, x : x + CLOTH_SIZE])


def hanger(wall: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> None:
    """Draw a hook and two arms behind the top of the garment, in place."""
    x, y, width, _ = cv2.boundingRect(mask)
    middle, colour = (int(x + width / 2), y + 6), rng.uniform(10, 240, 3).tolist()
    thickness = int(rng.integers(1, 5))
    for sign in (-1, 1):
        end = (int(middle[0] + sign * width * 0.35), int(y + width * 0.15))
        cv2.line(wall, middle, end, colour, thickness, cv2.LINE_AA)
    top = (middle[0], y - int(rng.uniform(8, 30)))
    cv2.line(wall, middle, top, colour, max(1, thickness // 2), cv2.LINE_AA)


def cast_shadow(wall: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`wall` darkened around and beside the garment."""
    shift = np.float32([[1, 0, rng.normal(0, 4)], [0, 1, rng.uniform(-1, 7)]])
    shadow = cv2.GaussianBlur(cv2.warpAffine(mask, shift, SQUARE), (0, 0), rng.uniform(1, 9))
    return wall * (1 - rng.uniform(0, 0.5) * np.float32(shadow)[..., None] / 255)


def paler(garment: np.ndarray, wall: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The garment in nearly the colour of the wall: only light, folds and a faint outline are left of it."""
    detail = cv2.cvtColor(garment, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail -= detail[mask > 127].mean() if (mask > 127).any() else 0
    inner = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1.5, 4)).astype(np.float32) / 255
    colour = wall.mean((0, 1)) + rng.normal(0, 5) + rng.normal(0, 1.5, 3)
    faint = rng.uniform(0.04, 0.2) * detail - rng.uniform(5, 50) * (1 - inner)
    return np.clip(colour + faint[..., None], 0, 255)


@dataclass
class Flatlays:
    """Random composites of `twins` and what `people` wear; floors are from `photos`, cloth from `fabrics`."""

    twins: TwinStore
    people: list[Person]
    photos: list[Path]
    fabrics: TextureSource

    def garment(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """What someone wears: a picture (H, W, 3) uint8 and bool (H, W, 2), the garment and its inside."""
        person = self.people[rng.integers(len(self.people))]
        areas = [(person.labels == label).sum() for label in WORN]
        if max(areas) <= 0.02 * person.labels.size:
            return self.dyed(self.random_twin(rng), rng)
        worn = person.labels == WORN[int(np.argmax(areas))]
        return person.image, np.stack([worn, np.zeros_like(worn)], axis=2)

    def random_twin(self, rng: np.random.Generator) -> Geometry:
        """Any twin of the store."""
        return self.twins[int(rng.integers(len(self.twins)))]

    def dyed(
        self, geometry: Geometry, rng: np.random.Generator, *, close: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """The flat picture of a twin, or a close-up of its neck, in a random cloth, and its masks, as of
        `garment`.
        """
        cloth, light = cut_back(geometry.cloth, rng), geometry.cloth_light
        if close:
            cloth, light = close_up(cloth, light, rng)
        picture = flat_picture(self.fabrics(rng), cloth, light, rng)
        return picture, np.stack([cloth != OUTSIDE, cloth == INNER], axis=2)

    def sample(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A composite (256, 256, 3) uint8 RGB and its masks, garment and inside, at half the size: (2, 128,
        128) float32 in 0..1.
        """
        close = rng.random() < CLOSE_UPS
        if close:
            twins = [self.random_twin(rng) for _ in range(3)]
            most = max(twins, key=lambda twin: int((twin.cloth == INNER).sum()))
            picture, solid = self.dyed(most, rng, close=True)
            placement = Placement.covering(picture, rng)
        else:
            worn = rng.random() < WORN_SHARE
            picture, solid = self.garment(rng) if worn else self.dyed(self.random_twin(rng), rng)
            placement = Placement.random(solid[..., 0], rng)
        garment, masks = placement.pictures(picture, solid)
        if rng.random() < 0.5:
            garment, masks = garment[:, ::-1], np.ascontiguousarray(masks[:, ::-1])
        image = self.before_a_wall(garment, np.ascontiguousarray(masks[..., 0]), rng)
        if not close and rng.random() < 0.7:
            image, masks = as_portrait(image), as_portrait(masks)
        half = (CLOTH_SIZE // 2, CLOTH_SIZE // 2)
        small = cv2.resize(masks, half, interpolation=cv2.INTER_AREA) / np.float32(255)
        return image, np.moveaxis(small, 2, 0)

    def before_a_wall(self, garment: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The `garment` (256, 256, 3) uint8, as far as `mask` (256, 256) uint8 0..255 shows it, on a floor or
        before a wall, (256, 256, 3) uint8, as a poor camera would take it.
        """
        kind = rng.random()
        if kind < 0.5:
            wall = floor(read_rgb(self.photos[rng.integers(len(self.photos))]), rng)
        else:
            wall = plain_wall(rng, white=kind < 0.9)
        wall = cast_shadow(wall, mask, rng)
        if rng.random() < 0.2 and mask.any():
            hanger(wall, mask, rng)
        light = np.exp(0.06 * smooth_noise(rng, 6) + 0.06 * smooth_noise(rng, 16))[..., None]
        lit = np.float32(garment) * light
        if kind >= 0.5 and rng.random() < 0.3:
            lit = paler(garment, wall, mask, rng)
        alpha = cv2.GaussianBlur(mask, (0, 0), 0.7)[..., None] / np.float32(255)
        return spoil(np.uint8(np.clip(wall + alpha * (lit - wall), 0, 255)), rng)


def as_portrait(square: np.ndarray) -> np.ndarray:
    """The middle 3:4 of a square with its sides repeated outwards, as `fit_square` does to a portrait."""
    margin = CLOTH_SIZE // 8
    return cv2.copyMakeBorder(square[:, margin:-margin], 0, 0, margin, margin, cv2.BORDER_REPLICATE)
