"""Lay a worn garment on the flat body: what of it is seen, and what arms, hair or a bag hide."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np

from ml.anatomy import SIDES
from ml.labels import LABELS
from ml.morphology import ellipse
from ml.pose import Pose
from ml.regions import body_regions
from ml.training.people import Person
from ml.unworn.limbs import on_limbs
from ml.unworn.skeleton import Skeleton

PICTURE = (1024, 768)
"""Height and width of a garment's picture."""
MARGIN = 0.06
"""Room round the garment as a share of its picture."""
COARSE = 4
"""Pixels between places at which the flat body is followed into the photo; the way hardly bends."""
NECK, NECK_HALF = 0.12, 0.25
"""Hair hides no garment above this level (lengths of the torso) within these widths of the shoulders."""
SPECK = 0.03
"""Parts and holes smaller than this share of the garment are faults of its labels."""
SLIVER, CRACK = 0.012, 0.03
"""Half the width of slivers that are cut off and of cracks that are closed, in lengths of the torso."""


@dataclass(frozen=True)
class Grid:
    """Pixels of a picture of the flat body: (x, y) is at `origin` + `scale` * (x, y); size: (h, w)."""

    origin: np.ndarray
    scale: float
    size: tuple[int, int]

    @classmethod
    def over(cls, extent: tuple[float, float, float, float]) -> Self:
        """All of left, top, right, bottom, one pixel to a photo pixel."""
        left, top, right, bottom = extent
        return cls(np.array([left, top]), 1.0, (int(bottom - top) + 1, int(right - left) + 1))

    def framing(self, mask: np.ndarray) -> Self:
        """A picture of size PICTURE in whose middle `mask`, bool on this grid, lies."""
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]])
        width_height = np.array(PICTURE[::-1])
        scale = self.scale * float(((high - low + 1) / (width_height * (1 - 2 * MARGIN))).max())
        middle = self.origin + self.scale * (low + high) / 2
        return type(self)(middle - scale * (width_height - 1) / 2, scale, PICTURE)

    def places(self, step: int = 1) -> np.ndarray:
        """Of every `step`-th pixel, and one beyond the last: (h / step + 1, w / step + 1, 2)."""
        rows, columns = (np.arange(0, side + step, step) for side in self.size)
        return self.origin + self.scale * np.stack(np.meshgrid(columns, rows), axis=-1)


@dataclass(frozen=True)
class Places:
    """A grid of the flat body followed into the photo.

    photo: float32 (h, w, 2), photo pixel of each pixel; part: uint8 (h, w), 0 on the trunk, 1 and 2 on the
    left and right limb; x, y: float32 (w,) and (h, 1), places on the flat body.
    """

    grid: Grid
    skeleton: Skeleton
    photo: np.ndarray
    part: np.ndarray

    @classmethod
    def of(cls, skeleton: Skeleton, grid: Grid) -> Self:
        coarse, part = skeleton.to_photo(grid.places(COARSE))
        rows, columns = (np.arange(side, dtype=np.float32) / COARSE for side in grid.size)
        x, y = np.meshgrid(columns, rows)
        photo = cv2.remap(coarse.astype(np.float32), x, y, cv2.INTER_LINEAR)
        return cls(grid, skeleton, photo, cv2.remap(part, x, y, cv2.INTER_NEAREST))

    @property
    def x(self) -> np.ndarray:
        return self.grid.origin[0] + self.grid.scale * np.arange(self.grid.size[1])

    @property
    def y(self) -> np.ndarray:
        return (self.grid.origin[1] + self.grid.scale * np.arange(self.grid.size[0]))[:, None]

    def look_up(self, values: np.ndarray, interpolation: int = cv2.INTER_NEAREST) -> np.ndarray:
        """Photo values (H, W[, C]) at the grid; 0 beyond the photo."""
        return cv2.remap(values, self.photo[..., 0], self.photo[..., 1], interpolation)

    def soft(self, mask: np.ndarray) -> np.ndarray:
        """A photo's mask at the grid, its steps smoothed: bool."""
        smooth = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)
        return self.look_up(smooth, cv2.INTER_LINEAR) > 0.5

    def mirrored(self, mask: np.ndarray) -> np.ndarray:
        """`mask` of the grid seen in a mirror that stands on the flat body's middle."""
        columns = ((-self.x - self.grid.origin[0]) / self.grid.scale).round().astype(int)
        inside = (columns >= 0) & (columns < mask.shape[1])
        return mask[:, columns.clip(0, mask.shape[1] - 1)] & inside

    @cached_property
    def torso(self) -> np.ndarray:
        """Where a trunk must be: bool (h, w)."""
        trunk, across = self.skeleton.trunk, np.abs(self.x)
        half = 0.5 * trunk.width
        shoulders = (across / half - 2 * NECK_HALF).clip(0) * 0.1 * trunk.length
        return (across < half) & (self.y > shoulders - 0.1 * trunk.length) & (self.y < trunk.length)


@dataclass(frozen=True)
class Cut:
    """What is known of a garment in the photo, all bool (H, W): where it is worn; what of it lies on the left
    and right limb; arms, hands and bag; hair. legs: whether the limbs are legs; hanging: whether it is a
    skirt.
    """

    worn: np.ndarray
    limbs: tuple[np.ndarray, np.ndarray]
    things: np.ndarray
    hair: np.ndarray
    legs: bool
    hanging: bool

    @classmethod
    def of(cls, person: Person, pose: Pose, worn: np.ndarray, legs: bool, hanging: bool) -> Self:
        skin = body_regions(person.labels, pose)
        things = [skin[f"{side}_{part}"] for side in SIDES for part in ("arm", "hand")]
        things.append(person.labels == LABELS.index("bag"))
        limbs = (np.zeros_like(worn),) * 2 if hanging else on_limbs(worn, pose, legs)
        hair = person.labels == LABELS.index("hair")
        return cls(worn, limbs, np.any(things, axis=0), hair, legs, hanging)


@dataclass(frozen=True)
class Flat:
    """A garment on a grid of the flat body, bool (h, w): what is seen in the photo and all of it; hidden:
    what share of its trunk, or of all of a pair of trousers, is not seen.
    """

    places: Places
    visible: np.ndarray
    mask: np.ndarray
    hidden: float


def lay(cut: Cut, places: Places) -> Flat:
    """The garment on the flat body, its edges cleaned."""
    trunk = places.part == 0
    visible = trunk & places.soft(cut.worn)
    if not cut.legs:
        visible &= places.torso | ~places.soft(cut.limbs[0] | cut.limbs[1])
    for side in range(2):
        visible |= (places.part == side + 1) & places.soft(cut.limbs[side])
    unit = places.skeleton.trunk.length / places.grid.scale
    visible = main_parts(cv2.morphologyEx(np.uint8(visible), cv2.MORPH_OPEN, ellipse(SLIVER * unit)) > 0)
    counted = visible if cut.legs else visible & trunk
    hidden = occluded(cut, places, counted) & ~visible
    mask = cv2.morphologyEx(np.uint8(visible | hidden), cv2.MORPH_CLOSE, ellipse(CRACK * unit))
    mask = main_parts(cv2.morphologyEx(mask, cv2.MORPH_OPEN, ellipse(SLIVER * unit)) > 0)
    share = float(hidden.sum() / max(1, (hidden | counted).sum()))
    return Flat(places, visible & mask, mask, share)


def occluded(cut: Cut, places: Places, solid: np.ndarray) -> np.ndarray:
    """Where arms, hands, hair or a bag hide a garment of which `solid`, bool (h, w), is seen: between its
    outermost pixels of a row, where its other half is seen in a mirror, and, of a top, on the torso.
    """
    trunk = places.skeleton.trunk
    things, hair = (places.look_up(np.uint8(mask)) > 0 for mask in (cut.things, cut.hair))
    neck = (places.y < NECK * trunk.length) & (np.abs(places.x) < NECK_HALF * trunk.width)
    if cut.legs:
        halves = (solid & (places.x > 0), solid & (places.x <= 0))
        where = between(halves[0]) | between(halves[1]) | places.mirrored(solid)
        return (things | hair) & where
    where = between(solid) | places.mirrored(solid)
    if not cut.hanging:
        where |= places.torso & between(solid.any(axis=1)[None])[0][:, None]
    return (things | (hair & ~neck)) & where & (places.part == 0)


def between(mask: np.ndarray) -> np.ndarray:
    """Pixels of each row between the first and the last of `mask`, bool (h, w)."""
    after = np.logical_or.accumulate(mask, axis=1)
    return after & np.logical_or.accumulate(mask[:, ::-1], axis=1)[:, ::-1]


def main_parts(mask: np.ndarray) -> np.ndarray:
    """`mask`, bool (h, w), without specks and small holes: parts and gaps of less than SPECK of its area."""
    least = SPECK * int(mask.sum())
    return ~_larger(~_larger(mask, least), least)


def _larger(mask: np.ndarray, least: float) -> np.ndarray:
    """The connected parts of `mask` that have `least` pixels."""
    _, parts, stats, _ = cv2.connectedComponentsWithStats(np.uint8(mask), connectivity=4)
    return mask & (stats[:, cv2.CC_STAT_AREA] >= least)[parts]
