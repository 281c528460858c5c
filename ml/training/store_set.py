"""What a store has to learn from: fabrics of its garments, and garments that are seen worn. Memory alone."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np

from ml.analysis import ClothAnalysis, PersonAnalysis
from ml.anatomy import SIDES
from ml.clothframe import ClothFrame
from ml.crops import NETWORK_SIZE, PersonFrame
from ml.errors import Refusal
from ml.features import ClothView
from ml.inpaint import push_pull
from ml.labels import LABELS
from ml.laying import person_view
from ml.layout import BACKGROUND, BODY, FRONT, GARMENT
from ml.regions import body_regions
from ml.training.people import Person
from ml.training.warp_samples import WarpSample
from ml.unworn.garments import WORN, UnwornGarment, unwear
from ml.unworn.usable import NotUsable

LEAST_GARMENTS = 12
"""A third is held out: of fewer, neither what is learnt nor what is compared would say anything."""
LEAST_CATEGORIES = 2
"""A network that is shown one kind alone forgets what sets it apart from the others."""
HELD_OUT = 3
"""One of so many is held out, chosen by the hash of its name: the same ones in every run."""
TURN, STRETCH, SHIFT = 0.025, 0.05, 1.5
"""How far a flat garment is moved in its frame: radians and pixels (normal), share (either way)."""

T = TypeVar("T")


@dataclass(frozen=True)
class Fabric:
    """A garment's own colours, spread over the whole garment frame. texture: (256, 192, 3) RGB uint8."""

    identifier: str
    category: str
    texture: np.ndarray


@dataclass(frozen=True)
class WornPair:
    """A worn garment, cut out and laid flat, as the warp sees it, and the photo it must give back.

    photo: (256, 192, 3) RGB uint8, the person frame.
    """

    identifier: str
    category: str
    sample: WarpSample
    photo: np.ndarray


@dataclass(frozen=True)
class StoreSet:
    """All that one run learns from or is measured by."""

    fabrics: Sequence[Fabric]
    worn: Sequence[WornPair] = ()

    def split(self) -> tuple["StoreSet", "StoreSet"]:
        """What is trained on, and the third that is held out. Pairs of one photo stay together."""
        parts = (
            StoreSet(
                [fabric for fabric in self.fabrics if held_out(fabric.identifier) is side],
                [pair for pair in self.worn if held_out(pair.identifier) is side],
            )
            for side in (False, True)
        )
        learnt, kept = parts
        return learnt, kept

    def require_enough(self) -> None:
        """Raises Refusal for a set from which nothing can be learnt, with what is least and why. Without
        fabrics, worn garments are counted; those of one name and category are one."""
        worn = {(pair.identifier, pair.category) for pair in self.worn}
        of_worn = Counter(category for _, category in worn)
        require_enough(Counter(fabric.category for fabric in self.fabrics) or of_worn)


def require_enough(counts: Counter[str]) -> None:
    """Raises Refusal training_set_too_small or training_set_one_class for garments by category."""
    if sum(counts.values()) < LEAST_GARMENTS:
        raise Refusal("training_set_too_small")
    if len(+counts) < LEAST_CATEGORIES:
        raise Refusal("training_set_one_class")


def held_out(identifier: str) -> bool:
    """Whether a garment or photo is never trained on. Depends on its name alone."""
    return int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8]) % HELD_OUT == 0


def fabric_of(identifier: str, cloth: ClothAnalysis) -> Fabric:
    """The garment's colours, carried on beyond its edge."""
    image = cloth.frame.to_network(cloth.image, fill=255)
    mask = cloth.frame.to_network(cloth.mask.astype(np.float32), fill=0) > 0.5
    inner = cv2.erode(np.uint8(mask), np.ones((3, 3), np.uint8)).astype(np.float32)
    known = inner if inner.any() else mask.astype(np.float32)
    texture = push_pull(image.astype(np.float32), known).round().clip(0, 255).astype(np.uint8)
    return Fabric(identifier, cloth.category, texture)


def worn_pairs(identifier: str, person: PersonAnalysis, labelled: Person | None = None) -> list[WornPair]:
    """What the person wears, as far as it can be taken off the photo; often nothing. It is cut out by the
    labels of `labelled`, the same photo, or by the parser's."""
    joints, visibility = person.check.pose.joints()
    silhouette = np.uint8((person.check.pose.segmentation.clip(0, 1) * 255).round())
    dressed = labelled or Person(person.photo, person.parse.labels, joints, visibility, silhouette)
    found = []
    for category in WORN:
        try:
            garment = unwear(dressed, category)
        except NotUsable:
            continue
        found.append(_pair(identifier, person, garment))
    return found


def all_worn_pairs(
    photos: Iterable[tuple[str, np.ndarray]], analyse: Callable[[np.ndarray], PersonAnalysis]
) -> Iterable[tuple[str, list[WornPair]]]:
    """Of each (name, RGB uint8 photo) what is worn in it; nothing where the photo is refused."""
    for identifier, image in photos:
        try:
            yield identifier, worn_pairs(identifier, analyse(image))
        except Refusal:
            yield identifier, []


def mirrored(sample: WarpSample) -> WarpSample:
    """The sample seen in a mirror, person and garment both."""
    worn = sample.layout == GARMENT
    flow = np.where(worn[..., None], sample.flow * (-1, 1) + (1, 0), 0).astype(np.float32)
    flow, layout, counted = (
        np.ascontiguousarray(part[:, ::-1]) for part in (flow, sample.layout, sample.counted)
    )
    return replace(
        sample,
        person=sample.person.mirrored(),
        cloth=sample.cloth.mirrored(),
        flow=flow,
        layout=layout,
        counted=counted,
    )


def moved(sample: WarpSample, rng: np.random.Generator) -> WarpSample:
    """The flat garment a little stretched, turned and shifted in its frame, the flow with it."""
    height, width = NETWORK_SIZE
    angle, scale = rng.normal(0, TURN), rng.uniform(1 - STRETCH, 1 + STRETCH, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    middle = np.array([width - 1, height - 1]) / 2
    matrix = np.column_stack([turn, middle - turn @ middle + rng.normal(0, SHIFT, 2)])
    cloth = replace(
        sample.cloth,
        image=cv2.warpAffine(
            np.ascontiguousarray(sample.cloth.image), matrix, (width, height), borderValue=(255,) * 3
        ),
        mask=cv2.warpAffine(np.uint8(sample.cloth.mask), matrix, (width, height), flags=cv2.INTER_NEAREST)
        > 0,
    )
    unit = np.array([width, height])
    flow = ((sample.flow * unit - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5) / unit
    worn = (sample.layout == GARMENT)[..., None]
    return replace(sample, cloth=cloth, flow=np.where(worn, flow, 0).astype(np.float32))


def _pair(identifier: str, person: PersonAnalysis, garment: UnwornGarment) -> WornPair:
    frame, flat = person.frame_for(garment.category), ClothFrame.of_cloth(garment.mask)
    worn = frame.to_network(garment.worn.astype(np.float32), fill=0) > 0.5
    place = flat.points_to_network(frame.to_network(garment.flow, fill=0))
    flow = (place + 0.5) / np.array(NETWORK_SIZE[::-1], np.float32)
    cloth = ClothView(
        flat.to_network(garment.cloth, fill=255),
        flat.to_network(garment.mask.astype(np.float32), fill=0) > 0.5,
        garment.category,
    )
    sample = WarpSample(
        person_view(person, garment.category),
        cloth,
        np.where(worn[..., None], flow, 0).astype(np.float32),
        _layout(person, frame, worn),
        frame.to_network(np.ones(garment.worn.shape, np.uint8), fill=0, interpolation=cv2.INTER_NEAREST) > 0,
    )
    return WornPair(identifier, garment.category, sample, frame.to_network(person.photo))


def _layout(person: PersonAnalysis, frame: PersonFrame, worn: np.ndarray) -> np.ndarray:
    """What the photo shows, (256, 192) uint8 of LAYOUT: `worn` is the garment; bare arms and hair are before
    it.
    """
    labels = person.parse.labels
    layout = np.where(labels == LABELS.index("background"), BACKGROUND, BODY).astype(np.uint8)
    skin = body_regions(labels, person.check.pose)
    in_front = [skin[f"{side}_{part}"] for side in SIDES for part in ("arm", "hand")]
    layout[np.any([*in_front, labels == LABELS.index("hair")], axis=0)] = FRONT
    framed = frame.to_network(layout, fill=BACKGROUND, interpolation=cv2.INTER_NEAREST)
    framed[worn] = GARMENT
    return framed
