"""Take a garment off a labelled person and lay it flat: its picture, and where each of its pixels went."""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.inpaint import push_pull
from ml.labels import LABELS
from ml.morphology import dilate
from ml.regions import body_regions
from ml.training.people import Person
from ml.unworn.flat import Cut, Flat, Grid, Places, lay
from ml.unworn.skeleton import Skeleton
from ml.unworn.usable import LEAST_AREA, NotUsable, full_pose, has_legs, require_garment, require_pose

WORN = {"upper_body": ("upper", "outer"), "lower_body": ("lower",), "dresses": ("dress",)}
"""Labels that are one garment. A jacket stays with what is seen under it: apart each is half hidden."""
MOST_HIDDEN = 0.35
"""Share of a garment's place on the trunk and legs that arms, hair or a bag may hide."""
RIM = 2.0
"""Photo pixels along a garment's edge whose colour is mixed with what is behind it."""
REGION_MARGIN = 0.015
"""How far round a garment its pair is compared, as a share of the photo's height."""


@dataclass(frozen=True)
class UnwornGarment:
    """A real garment flat and worn.

    cloth: RGB uint8 (1024, 768, 3) on white; mask: bool (1024, 768); flow: float32 (H, W, 2), pixel of
    `cloth` for each pixel of the photo that shows the garment, smooth beyond; worn: bool (H, W), those
    pixels; photo: RGB uint8 (H, W, 3); labels: uint8 (H, W), as of the person; category; hidden: share of the
    garment that was filled.
    """

    cloth: np.ndarray
    mask: np.ndarray
    flow: np.ndarray
    worn: np.ndarray
    photo: np.ndarray
    labels: np.ndarray
    category: str
    hidden: float


def unwear(person: Person, category: str) -> UnwornGarment:
    """Take what the person wears in `category` off and lay it flat. Deterministic.

    Raises NotUsable when there is no such garment, or it is too small, too hidden, worn with another on the
    same part of the body, or the pose is not sure.
    """
    worn = np.isin(person.labels, [LABELS.index(name) for name in WORN[category]])
    pose = full_pose(person)
    require_garment(person, category, worn, pose)
    require_pose(person, category, pose)
    legs = category == "lower_body" and has_legs(worn, pose)
    skeleton = Skeleton.with_legs(pose) if legs else Skeleton.with_arms(pose)
    cut = Cut.of(person, pose, worn, legs, hanging=category == "lower_body" and not legs)
    flat = lay(cut, Places.of(skeleton, Grid.over(skeleton.extent())))
    if flat.mask.sum() < LEAST_AREA / 2 * worn.size:
        raise NotUsable("lost")
    if flat.hidden > MOST_HIDDEN:
        raise NotUsable("too hidden")
    flat = lay(cut, Places.of(skeleton, flat.places.grid.framing(flat.mask)))
    return UnwornGarment(
        _picture(person.image, worn, flat),
        flat.mask,
        _inverse(flat, worn.shape),
        worn,
        person.image,
        person.labels,
        category,
        flat.hidden,
    )


def region(garment: UnwornGarment, person: Person) -> np.ndarray:
    """Where a try-on of the garment on its own wearer is compared with the photo: bool (H, W), a little more
    than the garment, without face, hair and hands.
    """
    skin = body_regions(person.labels, full_pose(person))
    kept = skin["face"] | skin["left_hand"] | skin["right_hand"] | (person.labels == LABELS.index("hair"))
    return dilate(garment.worn, REGION_MARGIN * len(kept)) & ~kept


def _picture(photo: np.ndarray, worn: np.ndarray, flat: Flat) -> np.ndarray:
    """The garment on white; its rim and what was hidden are filled from the rest."""
    colours = flat.places.look_up(photo, cv2.INTER_CUBIC).astype(np.float32)
    known = flat.visible & (flat.places.look_up(np.uint8(dilate(worn, -RIM))) > 0)
    known = known if known.any() else flat.visible
    filled = push_pull(colours, known.astype(np.float32))
    alpha = cv2.GaussianBlur(flat.mask.astype(np.float32), (0, 0), 1.0)[..., None]
    return (alpha * filled + (1 - alpha) * 255).round().clip(0, 255).astype(np.uint8)


def _inverse(flat: Flat, size: tuple[int, int]) -> np.ndarray:
    """Flow (H, W, 2) float32 from photo to picture: the mean of the pixels that came from each photo pixel,
    those on the limbs, which are in front, before those on the trunk.
    """
    total, weight = np.zeros((size[0] * size[1], 2)), np.zeros(size[0] * size[1])
    for chosen in (flat.visible & (flat.places.part > 0), flat.visible & (flat.places.part == 0)):
        rows, columns = np.nonzero(chosen)
        x, y = flat.places.photo[rows, columns].round().astype(int).T
        inside = (x >= 0) & (y >= 0) & (x < size[1]) & (y < size[0])
        index, came = (y * size[1] + x)[inside], np.stack([columns, rows], axis=1)[inside]
        free = weight[index] == 0
        weight += np.bincount(index[free], minlength=weight.size)
        for axis in range(2):
            total[:, axis] += np.bincount(index[free], came[free, axis], minlength=weight.size)
    known = (weight > 0).reshape(size).astype(np.float32)
    mean = (total / np.maximum(weight, 1)[:, None]).reshape(*size, 2)
    return push_pull(mean.astype(np.float32), known)
