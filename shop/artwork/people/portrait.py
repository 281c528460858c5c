"""The picture of a sample shopper: layers, fabrics, three lights, a grey studio."""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.twins.raster import FAR
from shop.artwork.fabrics import Fabric
from shop.artwork.panels import linear
from shop.artwork.people import face, layers
from shop.artwork.people.body import Figure
from shop.artwork.people.camera import MATERIALS, Camera, Frame
from shop.artwork.people.hair import Hair, comb, curtain, eye_centres
from shop.artwork.relief import Fold, Wrinkles, fan, noise, ramp

WIDTH, HEIGHT, SCALE = 900, 1350, 2
LIGHTS = (
    (np.array([-0.52, -0.50, 0.70]), np.array([1.02, 0.99, 0.95]), 0.56),
    (np.array([0.75, -0.05, 0.66]), np.array([0.95, 0.98, 1.04]), 0.18),
    (np.array([0.55, -0.72, -0.42]), np.array([1.0, 1.0, 1.0]), 0.35),
)
AMBIENT = 0.24


@dataclass(frozen=True)
class Cloth:
    """Fabric and colour of one garment of a shopper."""

    fabric: Fabric
    colour: str
    wrinkle: float = 1.0


def _is(frame: Frame, name: str) -> np.ndarray:
    return frame.material == MATERIALS.index(name)


def render(
    person: Figure, parts: list[layers.Layer], looks: face.Complexion, hair: Hair, clothes: dict[str, Cloth]
) -> np.ndarray:
    """RGB uint8 (HEIGHT, WIDTH, 3) of a dressed person."""
    camera = Camera((WIDTH * SCALE, HEIGHT * SCALE), _height(person))
    skin = [layers.layer(person, "body", "skin")]
    eyes = [layers.layer(person, f"helper-{side}-eye", "eye") for side in "lr"]
    lashes = [layers.layer(person, f"helper-{side}-eyelashes-2", "lash") for side in "lr"]
    long_hair = curtain(hair, person)
    all_parts = [*skin, *eyes, *lashes, *parts, *([long_hair] if long_hair else [])]
    box = camera.box(all_parts, 90 * SCALE)
    frame = camera.draw(all_parts, box)
    comb(hair, person, camera, frame, box)
    colour = _colours(frame, person, looks, clothes)
    normal = _bump(frame, person, camera, clothes, box, hair.curl)
    picture = _light(frame, colour, normal, camera)
    cover = (frame.depth < FAR).astype(np.float32)
    studio = _studio(camera, person)
    studio[box] += cover[..., None] * (picture - studio[box])
    small = cv2.resize(studio, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    srgb = np.where(
        small <= 0.0031308, 12.92 * small, 1.055 * np.power(np.maximum(small, 1e-6), 1 / 2.4) - 0.055
    )
    return (np.clip(srgb, 0, 1) * 255 + 0.5).astype(np.uint8)


def _height(person: Figure) -> float:
    from shop.artwork.people.body import surface

    return float(person.posed[surface("body").vertex, 2].max())


def _colours(frame: Frame, person: Figure, looks: face.Complexion, clothes: dict[str, Cloth]) -> np.ndarray:
    colour = np.zeros((*frame.depth.shape, 3), np.float32)
    eyes = eye_centres(person)
    skin, eye, hair = _is(frame, "skin"), _is(frame, "eye"), _is(frame, "hair")
    # Painted as one-row pictures: the painters take any shape.
    colour[skin] = face.paint_skin(looks, frame.rest[skin][None], frame.texture[skin][None], eyes)[0]
    colour[eye] = face.paint_eye(looks, frame.rest[eye][None], eyes)[0]
    colour[_is(frame, "lash")] = 0.012
    base = linear(looks.hair)
    x, y, z = frame.rest[hair].T
    reach = frame.texture[hair][:, 0]
    around, down = np.arctan2(x, -(y - 0.09)), np.arccos(np.clip((z - 0.04) / 0.13, -1, 1))
    around, down = np.where(reach > 1.5, x * 1.0, around), np.where(reach > 1.5, z * 3, down)
    strand = 1 + 0.40 * noise(around * 95, down * 4, 21) + 0.25 * noise(around * 230, down * 7, 22)
    colour[hair] = base * (strand * np.where(reach > 1.5, 1, 0.55 + 0.6 * reach))[:, None]
    rows, columns = np.indices(frame.depth.shape, dtype=np.float32)
    for name, cloth in clothes.items():
        mask = _is(frame, name)
        if not mask.any():
            continue
        u, v = (columns[mask] - frame.depth.shape[1] / 2) / SCALE, rows[mask] / SCALE
        colour[mask] = linear(cloth.colour) * cloth.fabric.tint(u, v)[:, None]
        edge = frame.cuts[mask].min(1)
        hem = ramp(np.abs(edge - 0.022), 0.0022, 0.0008) * (name != "shoe")
        colour[mask] *= (1 - 0.28 * hem - 0.35 * ramp(edge, 0.004, 0.0))[:, None]
        if name == "shoe":
            sole = ramp(frame_height(frame)[mask], 0.024, 0.020)
            colour[mask] += sole[:, None] * (np.float32([0.80, 0.79, 0.76]) - colour[mask])
    return colour


def frame_height(frame: Frame) -> np.ndarray:
    """Height above the lowest rest position shown, in metres."""
    low = frame.rest[_is(frame, "shoe")][:, 2].min() if _is(frame, "shoe").any() else 0.0
    return frame.rest[..., 2] - low


def _folds(person: Figure, camera: Camera) -> dict[str, tuple[Fold, ...]]:
    """Where cloth pulls on a body: armpits, waist, elbows; crotch and knees. In samples of the picture."""
    size = camera.scale

    def at(bone: str, dx: float = 0.0, dz: float = 0.0) -> tuple[float, float]:
        point = person.bones[bone] + np.array([dx, -0.08, dz])
        return tuple(camera.project(point[None])[0])

    upper: tuple[Fold, ...] = ()
    lower: tuple[Fold, ...] = ()
    for side, sign in (("L", 1), ("R", -1)):
        upper += fan(
            at(f"upperarm01.{side}", -0.01 * sign, -0.10),
            -sign * 52,
            70,
            4,
            0.20 * size,
            0.010 * size,
            0.0052 * size,
            3 + sign,
        )
        upper += fan(
            at(f"upperleg01.{side}", 0.07 * sign, 0.10),
            -sign * 100,
            90,
            5,
            0.16 * size,
            0.009 * size,
            0.0048 * size,
            7 + sign,
        )
        upper += fan(
            at(f"upperarm01.{side}", 0.03 * sign, -0.12),
            sign * 120,
            60,
            2,
            0.09 * size,
            0.008 * size,
            0.004 * size,
            27 + sign,
        )
        lower += fan(
            at("root", 0.01 * sign, -0.07),
            sign * 108,
            90,
            5,
            0.15 * size,
            0.008 * size,
            0.0046 * size,
            11 + sign,
        )
        lower += fan(
            at(f"lowerleg01.{side}", -0.05 * sign, 0.03),
            sign * 90,
            110,
            4,
            0.10 * size,
            0.010 * size,
            0.0044 * size,
            15 + sign,
        )
        lower += fan(
            at(f"foot.{side}", -0.05 * sign, 0.08),
            sign * 95,
            70,
            4,
            0.11 * size,
            0.008 * size,
            0.0052 * size,
            19 + sign,
        )
    return {"top": upper, "lower": lower}


def _bump(
    frame: Frame,
    person: Figure,
    camera: Camera,
    clothes: dict[str, Cloth],
    box: tuple[slice, slice],
    curl: float,
) -> np.ndarray:
    """Normals with folds, wrinkles and weave in cloth, pores in skin, strands in hair."""
    height, width = frame.depth.shape
    corner = np.array([box[1].start, box[0].start])
    rows, columns = np.indices((height, width), dtype=np.float32)
    relief = np.zeros((height, width), np.float32)
    folds = _folds(person, camera)
    for name, cloth in clothes.items():
        mask = _is(frame, name)
        if not mask.any() or name == "shoe":
            continue
        field = np.zeros_like(relief)
        for fold in folds.get(name, ()):
            fold.add_to(field, (0, 0, width, height), lambda points: points - corner, 1.0)
        for wrinkle in (
            Wrinkles(5.5 * SCALE, 34 * SCALE, 90 * SCALE, 0.35),
            Wrinkles(1.8 * SCALE, 15 * SCALE, 34 * SCALE, 0.4),
        ):
            field[mask] += wrinkle.field(columns[mask], rows[mask], 5 + len(name))
        field *= cloth.wrinkle
        field = cv2.GaussianBlur(field, (0, 0), 2)
        field[mask] += 0.5 * cloth.fabric.relief(columns[mask] / SCALE, rows[mask] / SCALE)
        edge = frame.cuts.min(2)
        field += 0.006 * camera.scale * 0.5 * ramp(edge, 0.0, 0.004) - 0.0012 * camera.scale * np.exp(
            -(((edge - 0.022) / 0.0012) ** 2)
        )
        relief = np.where(mask, field, relief)
    hair = _is(frame, "hair")
    x, y, z = frame.rest[hair].T
    curls = noise(x * 240, z * 240 + y * 170, 31) * (frame.texture[hair][:, 0] < 1.5)
    relief[hair] = 2.2 * SCALE * curl * curls
    slope_x, slope_y = (
        cv2.Sobel(relief, cv2.CV_32F, 1, 0, scale=1 / 8),
        cv2.Sobel(relief, cv2.CV_32F, 0, 1, scale=1 / 8),
    )
    edge = cv2.morphologyEx(frame.material, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    slope_x, slope_y = np.where(edge, 0, slope_x), np.where(edge, 0, slope_y)
    normal = frame.normal - np.stack([slope_x, slope_y, np.zeros_like(slope_x)], 2) * np.clip(
        frame.normal[..., 2:], 0.2, 1
    )
    return normal / (np.linalg.norm(normal, axis=2, keepdims=True) + 1e-9)


def _shadow(depth: np.ndarray, light: np.ndarray, camera: Camera) -> np.ndarray:
    """Share of a light that is hidden by what stands before it, marched through the depth picture."""
    step_way = light[:2] / np.linalg.norm(light[:2])
    rise = light[2] / np.linalg.norm(light[:2])
    small = cv2.resize(depth, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_NEAREST)
    hidden = np.zeros_like(small)
    for distance in np.geomspace(3, 150, 22):
        shift = np.float32([[1, 0, -step_way[0] * distance], [0, 1, -step_way[1] * distance]])
        there = cv2.warpAffine(
            small, shift, small.shape[::-1], flags=cv2.INTER_NEAREST, borderValue=float(FAR)
        )
        travelled = distance / (camera.scale / 2)
        blocker = (small - travelled * rise) - there
        hidden = np.maximum(
            hidden, ramp(blocker, 0.004 + 0.06 * travelled, 0.02 + 0.12 * travelled) * (blocker < 0.30)
        )
    soft = cv2.GaussianBlur(hidden.astype(np.float32), (0, 0), 5)
    return cv2.resize(soft, depth.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _openness(depth: np.ndarray, camera: Camera) -> np.ndarray:
    """How much of the surroundings a point sees, from the depth picture."""
    near = np.where(depth < FAR, depth, np.nan)
    filled = np.where(np.isnan(near), np.nanmax(near) + 0.1, near).astype(np.float32)
    out = np.ones_like(filled)
    for radius, strength in ((0.006, 14.0), (0.02, 5.0), (0.06, 1.6)):
        hollow = filled - cv2.GaussianBlur(filled, (0, 0), radius * camera.scale)
        out -= np.clip(strength * hollow, -0.05, 0.28)
    return np.clip(out, 0.35, 1.05)


def _light(frame: Frame, colour: np.ndarray, normal: np.ndarray, camera: Camera) -> np.ndarray:
    """Key, fill and rim light; skin lets red light bleed round its edges; eyes, lips and hair shine."""
    sky = _openness(frame.depth, camera)
    picture = colour * (AMBIENT * sky)[..., None]
    skin, hair, eye = _is(frame, "skin"), _is(frame, "hair"), _is(frame, "eye")
    wrap = np.where(
        skin[..., None], np.float32([0.30, 0.16, 0.11]), np.where(hair[..., None], 0.25, 0.06)
    ).astype(np.float32)
    for number, (way, tint, power) in enumerate(LIGHTS):
        way = (way / np.linalg.norm(way)).astype(np.float32)
        facing = normal @ way
        lit = np.clip((facing[..., None] + wrap) / (1 + wrap), 0, None)
        seen = 1 - 0.82 * _shadow(frame.depth, way, camera) if number == 0 else np.ones_like(sky)
        light = (
            power
            * lit
            * (seen * np.sqrt(sky))[..., None]
            * tint.astype(np.float32)
            / (0.70 if number < 2 else 1)
        )
        picture += colour * light
        half = way + np.float32([0, 0, 1])
        half /= np.linalg.norm(half)
        shine = np.clip(normal @ half, 0, 1)
        picture += (
            (skin * 0.05 * shine**18 + eye * 0.25 * shine**60 + hair * 0.05 * shine**10)[..., None]
            * power
            * seen[..., None]
        )
    return picture.astype(np.float32)


def _studio(camera: Camera, person: Figure) -> np.ndarray:
    """A grey wall that runs into the floor, with the shadow of the feet and the body."""
    height, width = camera.height, camera.width
    rows, columns = np.indices((height, width), dtype=np.float32)
    x, y = (columns - width / 2) / width, rows / height
    wall = 0.66 - 0.14 * np.hypot(x * 1.0, y - 0.38) ** 1.3
    floor = ramp(y, 0.80, 0.93)
    tone = wall * (1 - 0.07 * floor) + 0.012 * floor
    feet = [person.bones[f"foot.{side}"] for side in "LR"]
    for foot in feet:
        spot = camera.project(np.array([[foot[0], foot[1] - 0.06, 0.0]]))[0]
        for spread, strength in (((0.075, 0.022), 0.62), ((0.17, 0.045), 0.30)):
            near = ((columns - spot[0]) / (spread[0] * camera.scale)) ** 2 + (
                (rows - spot[1]) / (spread[1] * camera.scale)
            ) ** 2
            tone = tone * (1 - strength * np.exp(-near))
    middle = camera.project(np.array([[0.12, 0.1, 0.0]]))[0]
    near = ((columns - middle[0]) / (0.42 * camera.scale)) ** 2 + (
        (rows - middle[1]) / (0.075 * camera.scale)
    ) ** 2
    tone = tone * (1 - 0.22 * np.exp(-near))
    return tone[..., None] * np.float32([1.0, 0.992, 0.978])
