"""What the generator learns from: street photos with a hole where the clothing was, and that clothing again.

The garment is given back without its light and with a worse outline, as the warp would bring it; what
must come out is the photo. Plain garments get a drawn cloth under the light that the photo shows on them,
in both.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.crops import PersonFrame
from ml.generator import GENERATOR_SIZE, generator_input
from ml.labels import LABELS
from ml.morphology import dilate, ellipse
from ml.pose import MIRRORED_JOINTS
from ml.training.augmentation import background
from ml.training.people import IGNORED, Person
from ml.twins.textures import TextureSource

_H, _W = GENERATOR_SIZE
WEARABLE = {"upper": "upper_body", "outer": "upper_body", "dress": "dresses", "lower": "lower_body"}
LEAST_SHARE = 0.04
"""Share of the frame that a garment must fill to teach anything."""
PLAIN_CHROMA = 9.0
"""Spread of chroma (CIELAB units) up to which a garment's luminance is its light and not its print."""
SKIN, HAIR, SHOES, BAG, LOWER = (LABELS.index(name) for name in ("skin", "hair", "shoes", "bag", "lower"))
_ARMS, _LEGS = ((1, 3, 5), (2, 4, 6)), ((7, 9, 11), (8, 10, 12))


@dataclass(frozen=True)
class PaintSample:
    """features: (C, h, w) as of `generator_input`; photo: (3, h, w) float32 in -1..1, what must come out;
    worn: (h, w) float32, where the garment is seen; light: (h, w) float32, logarithm of the light on it; lit:
    (h, w) float32, 1 where that is known; counted: (h, w) float32, 1 inside the photo.
    """

    features: np.ndarray
    photo: np.ndarray
    worn: np.ndarray
    light: np.ndarray
    lit: np.ndarray
    counted: np.ndarray


@dataclass(frozen=True)
class View:
    """A labelled person in the frame of one garment. image: RGB float32; labels: uint8; joints: (13, 2)
    px.
    """

    image: np.ndarray
    labels: np.ndarray
    joints: np.ndarray
    visibility: np.ndarray

    def of(self, *labels: int) -> np.ndarray:
        """Pixels with one of these labels: bool (h, w)."""
        return np.isin(self.labels, labels)

    @property
    def torso(self) -> float:
        """Length of the torso in pixels."""
        return max(float(np.linalg.norm(self.joints[1:3].mean(0) - self.joints[7:9].mean(0))), 20.0)


def view_of(person: Person, category: str, rng: np.random.Generator, other: np.ndarray) -> View:
    """`person` framed for a garment of `category`, a little moved, at times in a mirror or before another
    wall, which may be made of the photo `other`.
    """
    silhouette = person.silhouette / np.float32(255)
    frame = PersonFrame.for_garment(person.joints, person.visibility, silhouette, category)
    turn = cv2.getRotationMatrix2D((_W / 2, _H / 2), rng.normal(0, 4), np.exp(rng.uniform(-0.1, 0.25)))
    turn[:, 2] += rng.normal(0, 0.02, 2) * (_W, _H)
    matrix = turn @ np.vstack([frame.matrix_for(GENERATOR_SIZE), (0, 0, 1)])
    image = cv2.warpAffine(person.image, matrix, (_W, _H), flags=cv2.INTER_AREA, borderValue=(127,) * 3)
    labels = cv2.warpAffine(person.labels, matrix, (_W, _H), flags=cv2.INTER_NEAREST, borderValue=IGNORED)
    joints = person.joints @ matrix[:, :2].T + matrix[:, 2]
    visibility = person.visibility
    if rng.random() < 0.5:
        image, labels = (np.ascontiguousarray(part[:, ::-1]) for part in (image, labels))
        joints = joints[list(MIRRORED_JOINTS)] * (-1, 1) + (_W - 1, 0)
        visibility = visibility[list(MIRRORED_JOINTS)]
    if rng.random() < 0.4:
        someone = np.float32((labels != 0) & (labels != IGNORED))
        alpha = cv2.GaussianBlur(someone, (0, 0), rng.uniform(0.6, 1.2))[..., None]
        wall = np.float32(background((_H, _W), rng, other))
        image = np.where((labels == IGNORED)[..., None], image, wall + alpha * (image - wall))
    gain = rng.uniform(0.8, 1.15) * rng.uniform(0.95, 1.05, 3)
    return View(np.clip(image * gain, 0, 255).astype(np.float32), labels, np.float32(joints), visibility)


def smooth_noise(rng: np.random.Generator, cell: float) -> np.ndarray:
    """(h, w) float32 about 0, spread about 1, with features of `cell` px."""
    small = rng.standard_normal((int(_H / cell) + 2, int(_W / cell) + 2), np.float32)
    return cv2.resize(small, (_W, _H), interpolation=cv2.INTER_CUBIC)


def before(view: View) -> np.ndarray:
    """What no garment covers, bool (h, w): hair, shoes, bags, face and hands."""
    front = view.of(HAIR, SHOES, BAG)
    skin, y = view.of(SKIN), np.arange(_H)[:, None]
    chin = 0.45 * view.joints[0, 1] + 0.55 * view.joints[1:3, 1].mean()
    front |= skin & (y < chin)
    for side in range(2):
        elbow, wrist = view.joints[3 + side], view.joints[5 + side]
        if view.visibility[5 + side] > 0.3:
            middle = wrist + 0.3 * (wrist - elbow)
            hand = np.zeros((_H, _W), np.uint8)
            cv2.circle(hand, tuple(int(v) for v in middle), int(0.16 * view.torso), 1, -1)
            front |= skin & (hand > 0)
    return front


def roughened(worn: np.ndarray, room: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The outline of `worn`, bool (h, w), as bad as the warp's: float32 (h, w) in 0..1.

    Moved by a slowly changing offset, grown or shrunk, frayed, bitten, with scraps beside it; never
    outside the bool `room`.
    """
    x, y = np.meshgrid(np.arange(_W, dtype=np.float32), np.arange(_H, dtype=np.float32))
    reach = rng.gamma(2.0, 1.6)
    cells = (rng.uniform(14, 60), rng.uniform(3, 9))
    shift = [
        reach * smooth_noise(rng, cells[0]) + rng.uniform(0, 1.6) * smooth_noise(rng, cells[1]) for _ in "xy"
    ]
    moved = cv2.remap(np.float32(worn), x + shift[0], y + shift[1], cv2.INTER_LINEAR)
    grown = dilate(moved > 0.5, float(np.clip(rng.normal(0.3, 1.6), -4, 5)))
    if rng.random() < 0.5:
        spots = smooth_noise(rng, rng.uniform(6, 16)) > rng.uniform(1.6, 2.4)
        grown ^= spots & dilate(worn, 8) & ~dilate(worn, -6)
    return cv2.GaussianBlur(np.float32(grown & room), (0, 0), rng.uniform(0.4, 1.2)) * room


def foreseen(view: View, rng: np.random.Generator) -> np.ndarray:
    """Where the person is, float32 (h, w) in 0..1, as inexact and soft as the warp's layout."""
    person = np.float32(~view.of(0, IGNORED))
    x, y = np.meshgrid(np.arange(_W, dtype=np.float32), np.arange(_H, dtype=np.float32))
    reach, cell = rng.gamma(2.0, 1.2), rng.uniform(14, 50)
    moved = cv2.remap(person, *(at + reach * smooth_noise(rng, cell) for at in (x, y)), cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(moved, (0, 0), rng.uniform(1, 5)) + rng.normal(0, 0.08)
    return soft.clip(0, 1)


def old_clothing(view: View, category: str, worn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """More that other old clothing might have hidden, bool (h, w): limbs, chest, the next garment's edge,
    wall.
    """
    hidden = np.zeros((_H, _W), np.uint8)
    skin = view.of(SKIN)
    limbs = {"upper_body": _ARMS, "lower_body": _LEGS, "dresses": _ARMS + _LEGS}[category]
    reach = rng.choice([0.0, rng.uniform(0.2, 2), 2.2], p=[0.35, 0.4, 0.25])
    for chain in limbs if reach else ():
        a, b, c = (view.joints[joint] for joint in chain)
        end = b + (c - b) * max(reach - 1, 0) if reach > 1 else a + (b - a) * reach
        path = np.int32([a, b, end] if reach > 1 else [a, end])
        cv2.polylines(hidden, [path.reshape(-1, 1, 2)], False, 1, int(0.28 * view.torso))
    more = (hidden > 0) & (skin | view.of(0))
    if rng.random() < 0.65:
        chest = cv2.convexHull(np.int32(view.joints[[1, 2, 7, 8]]))
        trunk = cv2.fillConvexPoly(np.zeros((_H, _W), np.uint8), chest, 1)
        neck = view.joints[1:3].mean(0) - (0, rng.uniform(0, 0.12) * view.torso)
        cv2.circle(trunk, tuple(int(v) for v in neck), int(rng.uniform(0.08, 0.2) * view.torso), 1, -1)
        more |= (trunk > 0) & skin
    if rng.random() < 0.6:
        near = dilate(worn, rng.uniform(2, 0.3 * view.torso))
        more |= near & (
            view.of(LABELS.index("upper"), LOWER, 0) if category != "lower_body" else view.of(0, SKIN)
        )
    blob = smooth_noise(rng, rng.uniform(25, 70)) > rng.uniform(0.3, 1.5)
    return more | (blob & dilate(worn, 0.12 * view.torso) & ~worn)


def light_on(image: np.ndarray, worn: np.ndarray) -> np.ndarray | None:
    """Logarithm of the light on a plain garment, float32 (h, w), 0 in its median; None for a printed one."""
    lab = cv2.cvtColor(image / np.float32(255), cv2.COLOR_RGB2LAB)[worn]
    if lab[:, 1:].std(0).max() > PLAIN_CHROMA or np.median(lab[:, 0]) < 18:
        return None
    luma = image @ np.array([0.299, 0.587, 0.114], np.float32)
    relative = np.log((luma + 4) / (np.median(luma[worn]) + 4))
    return relative.clip(-0.65, 0.5).astype(np.float32)


def cloth_of(texture: np.ndarray, view: View, rng: np.random.Generator) -> np.ndarray:
    """A drawn cloth laid over the frame, float32 (h, w, 3), turned, scaled and gently bent."""
    height, width = texture.shape[:2]
    scale = view.torso * rng.uniform(1.2, 2.2) / height
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.normal(0, 8), scale)
    middle = view.joints[[1, 2, 7, 8]].mean(0)
    turn[:, 2] += middle - (width / 2, height / 2)
    x, y = np.meshgrid(np.arange(_W, dtype=np.float32), np.arange(_H, dtype=np.float32))
    back = cv2.invertAffineTransform(turn).astype(np.float32)
    x, y = (part + rng.uniform(0, 5) * smooth_noise(rng, 50) for part in (x, y))
    at = [back[row, 0] * x + back[row, 1] * y + back[row, 2] for row in range(2)]
    return cv2.remap(texture, at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT).astype(
        np.float32
    )


def carried_out(image: np.ndarray, worn: np.ndarray) -> np.ndarray:
    """`image` with the colours of the bool `worn` carried over its edge, blurred there: float32 (h, w, 3)."""
    inner = dilate(worn, -2)
    inner = inner if inner.any() else worn
    _, nearest = cv2.distanceTransformWithLabels(
        np.uint8(~inner), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    colour_of = np.zeros((nearest.max() + 1, 3), np.float32)
    colour_of[nearest[inner]] = image[inner]
    carried = cv2.GaussianBlur(colour_of[nearest], (0, 0), 1.5)
    return np.where(inner[..., None], image, carried)


def paint_sample(
    person: Person, textures: TextureSource, rng: np.random.Generator, other: np.ndarray
) -> PaintSample | None:
    """A random example from `person`; None when no garment of theirs is large enough. `other`: any photo."""
    areas = {name: float((person.labels == LABELS.index(name)).mean()) for name in WEARABLE}
    names = [name for name, area in areas.items() if area > 0.01]
    if not names:
        return None
    name = str(rng.choice(names))
    view = view_of(person, WEARABLE[name], rng, other)
    front = before(view)
    worn = view.of(LABELS.index(name)) & ~front
    if worn.mean() < LEAST_SHARE:
        return None
    image, cloth, log_light = view.image.copy(), None, light_on(view.image, worn)
    if log_light is not None and rng.random() < 0.7:
        cloth = cloth_of(textures(rng), view, rng)
        soft = cv2.GaussianBlur(np.float32(worn), (0, 0), 0.7)[..., None]
        image += soft * (np.clip(cloth * np.exp(log_light)[..., None], 0, 255) - image)
    lit = worn & (cloth is not None)
    if cloth is None:
        cloth = carried_out(image, worn)
    studio = np.exp(0.04 * smooth_noise(rng, 60))[..., None] * rng.uniform(0.93, 1.07)
    rough = roughened(worn, ~front, rng)
    margin = rng.uniform(0.008, 0.02) * _H
    hidden = dilate(worn, rng.choice([margin, rng.uniform(1, 0.06 * _H)]))
    hole = hidden | dilate(rough > 0.1, margin) | (old_clothing(view, WEARABLE[name], worn, rng) & ~front)
    hole = cv2.morphologyEx(np.uint8(hole), cv2.MORPH_CLOSE, ellipse(2)) > 0
    hole &= ~front
    rough = rough * hole
    joints = view.joints + rng.normal(0, 0.008 * _H, view.joints.shape)
    features = generator_input(
        image,
        np.float32(hole),
        np.clip(cloth * studio, 0, 255),
        rough,
        foreseen(view, rng),
        joints,
        view.visibility,
    )
    return PaintSample(
        features,
        np.moveaxis(image, -1, 0) / np.float32(127.5) - 1,
        cv2.GaussianBlur(np.float32(worn), (0, 0), 0.6),
        np.zeros((_H, _W), np.float32)
        if log_light is None
        else log_light - np.log(np.float32(studio[..., 0])),
        np.float32(lit),
        np.float32(~view.of(IGNORED)),
    )
