"""Bare necks and chests of street photos, each seen in the frame of `ml.chest` and relative to its face."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ml.chest import ACROSS, DOWN, FEW, RELIEF_ACROSS, RELIEF_DOWN, ChestFrame, between, observed
from ml.morphology import dilate
from ml.pose import Pose, PoseEstimator, PoseSource
from ml.regions import body_regions
from ml.skin import DARKEST, LUMINANCE, lit_tone, tinted
from ml.training.people import label_rest, labelled_numbers, read_labels, read_rgb

SKIN = "skin"
"""The name of bare skin among those of the data set, without jewellery and glasses."""
LEAST_SEEN = 0.2
"""Share of the neck and of the middle of the chest that is bare in a photo from which something is learnt."""
MIDDLE = (0.6, -0.25, 0.8)
"""These: furthest from the middle, highest and lowest place."""
RIM = 1.0
"""Pixels at the edge of skin that are not believed."""
LARGEST = 60.0
"""Half the width of the shoulders in pixels, to which larger photos are reduced, so that all are alike."""
SMALLEST = 18.0


@dataclass(frozen=True)
class Chest:
    """One chest. number: of the photo. logs: (h, w, 3) float32 at the places of ACROSS and DOWN, natural
    logarithms relative to the face's lit tone; seen: (h, w) bool, where they are known. fine: (h', w', 3) at
    RELIEF_ACROSS and RELIEF_DOWN, bare: (h', w') bool.
    """

    number: str
    logs: np.ndarray
    seen: np.ndarray
    fine: np.ndarray
    bare: np.ndarray

    def mirrored(self) -> "Chest":
        """The same with left and right exchanged."""
        parts = (part[:, ::-1].copy() for part in (self.logs, self.seen, self.fine, self.bare))
        return replace(self, **dict(zip(("logs", "seen", "fine", "bare"), parts, strict=True)))


def bare_skin(people: Path, cache: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Number and visible skin, bool (H, W), of each photo: by its labels, or else by the shipped parser's."""
    names = json.loads((people / "labels.json").read_text())
    for number in labelled_numbers(people):
        yield number, read_labels(people / "labels" / f"{number}.png") == names.index(SKIN)
    for number in label_rest(people, cache):
        yield number, read_labels(cache / f"{number}.png") == 1


def chest_of(number: str, photo: np.ndarray, skin: np.ndarray, pose: Pose) -> Chest | None:
    """The chest of the person in a `photo`, RGB uint8 (H, W, 3), with bare `skin`, bool (H, W); None if it is
    not seen, from the front, with the face.
    """
    frame = ChestFrame.of(pose)
    if frame is None or np.linalg.norm(frame.across) < SMALLEST or photo.shape[:2] != skin.shape:
        return None
    width, top, bottom = MIDDLE
    places = frame.points(ACROSS[np.abs(ACROSS) < width], DOWN[between(DOWN, top, bottom)])
    if _at(np.float32(skin), places).mean() < LEAST_SEEN:
        return None
    shrink = min(1.0, LARGEST / float(np.linalg.norm(frame.down)))
    photo, skin, pose = _reduced(photo, skin, pose, shrink)
    face = body_regions(np.uint8(skin), pose)["face"]
    inner = tinted(photo, dilate(skin, -RIM))
    frame = ChestFrame.of(pose)
    if frame is None or (face & inner).sum() < FEW:
        return None
    tone = np.log(lit_tone(photo[face & inner]).clip(DARKEST))
    fine = frame.points(RELIEF_ACROSS, RELIEF_DOWN)
    logs = np.log(np.maximum(photo, DARKEST)) - np.float32(tone)
    return Chest(
        number, *observed(photo, inner, tone, frame), _at(logs, fine), _at(np.float32(inner), fine) > 1 - 1e-3
    )


def load_chests(people: Path, cache: Path, poses: PoseSource | None = None) -> list[Chest]:
    """All of the folder `people`. cache: labels and poses of photos without labels."""
    poses, found = poses or PoseEstimator(), []
    for number, skin in bare_skin(people, cache):
        if not skin.any():
            continue
        photo = read_rgb(people / "photos" / f"{number}.jpg")
        persons = poses.estimate(photo)
        if persons:
            largest = max(persons, key=lambda pose: pose.segmentation.sum())
            found.append(chest_of(number, photo, skin, largest))
    return [chest for chest in found if chest is not None]


def luminance(fine: np.ndarray) -> np.ndarray:
    """Logarithm of luminance (..., h, w) of logarithms of colours (..., h, w, 3)."""
    return fine @ LUMINANCE


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    return cv2.remap(values, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderValue=0)


def _reduced(
    photo: np.ndarray, skin: np.ndarray, pose: Pose, share: float
) -> tuple[np.ndarray, np.ndarray, Pose]:
    size = round(photo.shape[1] * share), round(photo.shape[0] * share)
    scale = np.float32(size) / np.float32(photo.shape[1::-1])
    small = cv2.resize(np.float32(photo), size, interpolation=cv2.INTER_AREA)
    bare = cv2.resize(np.float32(skin), size, interpolation=cv2.INTER_AREA) > 0.5
    points = (pose.keypoints + np.float32(0.5)) * scale - np.float32(0.5)
    return small, bare, replace(pose, keypoints=points, segmentation=cv2.resize(pose.segmentation, size))
