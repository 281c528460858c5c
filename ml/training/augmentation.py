"""Street photos made to look like what shoppers send: half figures, studios, other colours, bad light."""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.crops import FILL, PersonFrame, rescaled
from ml.labels import LABELS
from ml.parsing import parser_input
from ml.pose import MIRRORED_JOINTS
from ml.training.people import Person

GARMENTS = tuple(LABELS.index(name) for name in ("upper", "outer", "dress", "lower", "shoes", "bag"))
SKIN, HAIR = LABELS.index("skin"), LABELS.index("hair")
SHOULDERS, HIPS, KNEES, ANKLES = slice(1, 3), slice(7, 9), slice(9, 11), slice(11, 13)


def half_figure(person: Person, rng: np.random.Generator) -> Person:
    """Cut the photo as portraits are: below hips, thighs or knees, at times close at the sides or the top."""
    height, width = person.silhouette.shape
    hip, knee, ankle = (person.joints[part, 1].mean() for part in (HIPS, KNEES, ANKLES))
    bottom = np.interp(
        rng.uniform(0, 3), [0, 1, 2, 3], [hip - 0.1 * (knee - hip), (hip + knee) / 2, knee, ankle]
    )
    shoulders = person.joints[SHOULDERS, 1].mean()
    bottom = int(np.clip(bottom, min(shoulders + 0.15 * height, height), height))
    top, left, right = 0, 0, width
    columns = np.flatnonzero((person.silhouette > 127).any(axis=0))
    if rng.random() < 0.5:
        left = int(max(0, columns[0] - rng.uniform(-0.02, 0.3) * width))
        right = int(min(width, columns[-1] + rng.uniform(-0.02, 0.3) * width))
    if rng.random() < 0.15:
        top = int(np.clip(person.joints[0, 1] - rng.uniform(-0.03, 0.06) * height, 0, bottom - 32))
    window = (slice(top, bottom), slice(left, max(right, left + 32)))
    joints = person.joints - (left, top)
    inside = ((joints >= 0) & (joints <= (right - left - 1, bottom - top - 1))).all(axis=1)
    silhouette = person.silhouette[window]
    if not (silhouette > 127).any():
        return person
    image, labels = person.image[window], person.labels[window]
    return Person(image, labels, np.float32(joints), person.visibility * inside, silhouette)


def jitter(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(3, 3) random rotation up to 15 degrees, scale and shift about the middle of a frame of `size`."""
    height, width = size
    angle = np.clip(rng.normal(0, 6), -15, 15)
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, np.exp(rng.uniform(-0.2, 0.2)))
    turn[:, 2] += rng.uniform(-0.05, 0.05, 2) * (width, height)
    return np.vstack([turn, (0, 0, 1)])


@dataclass
class View:
    """A person seen in a frame of h x w pixels: a training sample before it becomes features."""

    image: np.ndarray
    labels: np.ndarray
    joints: np.ndarray
    visibility: np.ndarray
    silhouette: np.ndarray
    targets: np.ndarray


def view_of(person: Person, size: tuple[int, int], change: np.ndarray) -> View:
    """Frame `person` at `size` with the (3, 3) `change` of the frame; targets are labels at half the size."""
    frame = PersonFrame.of_person(person.joints, person.visibility, person.silhouette / np.float32(255))
    matrix = (change @ np.vstack([frame.matrix_for(size), (0, 0, 1)]))[:2]
    height, width = size

    def cut(values: np.ndarray, flags: int, fill: int) -> np.ndarray:
        return cv2.warpAffine(values, matrix, (width, height), flags=flags, borderValue=(fill,) * 3)

    return View(
        image=cut(person.image, cv2.INTER_LINEAR, FILL),
        labels=cut(person.labels, cv2.INTER_NEAREST, 0),
        joints=person.joints @ matrix[:, :2].T + matrix[:, 2],
        visibility=person.visibility,
        silhouette=cut(person.silhouette, cv2.INTER_LINEAR, 0),
        targets=cv2.warpAffine(
            person.labels, rescaled(matrix, 0.5), (width // 2, height // 2), flags=cv2.INTER_NEAREST
        ),
    )


def mirror(view: View) -> View:
    """The view seen in a mirror; left and right joints change places."""
    width = view.image.shape[1]
    swapped = list(MIRRORED_JOINTS)
    joints = view.joints[swapped] * (-1, 1) + (width - 1, 0)
    flipped = (np.ascontiguousarray(layer[:, ::-1]) for layer in (view.image, view.labels, view.silhouette))
    image, labels, silhouette = flipped
    targets = np.ascontiguousarray(view.targets[:, ::-1])
    return View(image, labels, joints, view.visibility[swapped], silhouette, targets)


def recolour(image: np.ndarray, region: np.ndarray, rng: np.random.Generator) -> None:
    """Give the cloth in the bool `region` another colour in place, keeping its light and print."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    middle = max(float(grey[region].mean()), 24.0)
    saturation = rng.choice([0.05, 0.4, 1.0])
    value = rng.uniform(20, 250)
    colour = value * (1 - saturation * rng.uniform(0, 1, 3))
    light = np.arange(256)[:, None] / middle
    table = np.uint8(np.clip(colour * light ** rng.uniform(0.5, 1.1), 0, 255))
    cv2.copyTo(cv2.LUT(cv2.merge([grey] * 3), table[:, None, :]), np.uint8(region), image)


def background(size: tuple[int, int], rng: np.random.Generator, other: np.ndarray) -> np.ndarray:
    """A studio wall (plain or with falling light) or a much blurred `other` photo: (h, w, 3) uint8."""
    height, width = size
    if rng.random() < 0.25:
        small = cv2.resize(other, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
        return cv2.resize(cv2.GaussianBlur(small, (0, 0), rng.uniform(1, 5)), (width, height))
    wall = rng.uniform(150, 255) if rng.random() < 0.75 else rng.uniform(20, 150)
    corners = wall * rng.uniform(0.93, 1, 3) * rng.uniform(0.85, 1.05, (2, 2, 1))
    return np.uint8(np.clip(cv2.resize(np.float32(corners), (width, height)), 0, 255))


def replace_background(view: View, rng: np.random.Generator, other: np.ndarray) -> None:
    """Put the person in front of another background, in place; the edge is softened by about a pixel."""
    person = np.float32(view.labels != 0)
    alpha = cv2.GaussianBlur(person, (0, 0), rng.uniform(0.6, 1.2))[..., None]
    wall = np.float32(background(view.labels.shape, rng, other))
    view.image[:] = wall + alpha * (view.image - wall)


def spoil(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another exposure, contrast, white balance; sometimes blur, noise or strong JPEG compression."""
    tones = np.arange(256)[:, None] / 255.0
    tones = tones ** np.exp(rng.normal(0, 0.25)) * rng.uniform(0.75, 1.2) * rng.uniform(0.92, 1.08, 3)
    tones = (tones - 0.5) * rng.uniform(0.75, 1.2) + 0.5
    image = cv2.LUT(image, np.uint8(np.clip(tones * 255, 0, 255))[:, None, :])
    if rng.random() < 0.25:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.8))
    if rng.random() < 0.2:
        noise = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(2, 12))
        image = np.uint8(np.clip(image + noise, 0, 255))
    if rng.random() < 0.2:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))]
        image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)
    return image


def colour_classes(view: View, rng: np.random.Generator) -> None:
    """Recolour some garments, and now and then skin (lighter or darker) and hair, in place."""
    for label in GARMENTS:
        region = view.labels == label
        if rng.random() < 0.4 and region.any():
            recolour(view.image, region, rng)
    hair = view.labels == HAIR
    if rng.random() < 0.2 and hair.any():
        recolour(view.image, hair, rng)
    if rng.random() < 0.35:
        skin = view.labels == SKIN
        view.image[skin] = np.clip(view.image[skin] * rng.uniform(0.35, 1.15), 0, 255)


def sample(
    person: Person, size: tuple[int, int], rng: np.random.Generator, other: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A random training sample: features (17, h, w) float32 and targets (h/2, w/2) uint8, labels or IGNORED.

    `other` is any photo, for the background.
    """
    if rng.random() < 0.6:
        person = half_figure(person, rng)
    view = view_of(person, size, jitter(size, rng))
    if rng.random() < 0.5:
        view = mirror(view)
    colour_classes(view, rng)
    if rng.random() < 0.5:
        replace_background(view, rng, other)
    image = spoil(view.image, rng)
    joints = view.joints + rng.normal(0, size[0] / 128, view.joints.shape)
    visibility = view.visibility * (rng.random() > 0.1) * (rng.random(len(joints)) > 0.05)
    silhouette = view.silhouette * np.float32((rng.random() > 0.1) / 255)
    return parser_input(image, joints, visibility, silhouette), view.targets


def plain_sample(person: Person, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The sample of `person` as it is, for scoring."""
    view = view_of(person, size, np.eye(3))
    silhouette = view.silhouette / np.float32(255)
    return parser_input(view.image, view.joints, view.visibility, silhouette), view.targets
