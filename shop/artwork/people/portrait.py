"""The picture of a sample shopper: layers, fabrics, three lights, a grey studio."""

import cv2
import numpy as np

from ml.twins.raster import FAR
from shop.artwork.panels import linear
from shop.artwork.people import face, layers
from shop.artwork.people.body import Figure, surface
from shop.artwork.people.camera import Camera, Frame
from shop.artwork.people.cloth import SCALE, Cloth, bump, dye
from shop.artwork.people.hair import CURTAIN, Hair, comb, curtain, eye_centres
from shop.artwork.people.light import light
from shop.artwork.relief import noise, ramp
from shop.artwork.studio import to_srgb

WIDTH, HEIGHT = 900, 1350


def render(
    person: Figure,
    clothing: list[layers.Layer],
    looks: face.Complexion,
    hair: Hair,
    clothes: dict[str, Cloth],
) -> np.ndarray:
    """RGB uint8 (HEIGHT, WIDTH, 3) of a dressed person."""
    tallest = float(person.posed[surface("body").vertex, 2].max())
    camera = Camera((WIDTH * SCALE, HEIGHT * SCALE), tallest)
    parts = [layers.layer(person, "body", "skin"), *clothing, *curtain(hair, person)]
    for side in "lr":
        parts.append(layers.layer(person, f"helper-{side}-eye", "eye"))
        parts.append(layers.layer(person, f"helper-{side}-eyelashes-2", "lash"))
    box = camera.box(parts, 90 * SCALE)
    frame = camera.draw(parts, box)
    comb(hair, person, camera, frame, box)
    colour = _colours(frame, person, looks, clothes)
    normal = bump(frame, person, camera, clothes, np.array([box[1].start, box[0].start]), hair.curl)
    studio = _studio(camera, person)
    cover = (frame.depth < FAR)[..., None]
    studio[box] = np.where(cover, light(frame, colour, normal, camera), studio[box])
    small = cv2.resize(studio, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return (to_srgb(np.clip(small, 0, 1)) * 255 + 0.5).astype(np.uint8)


def _colours(frame: Frame, person: Figure, looks: face.Complexion, clothes: dict[str, Cloth]) -> np.ndarray:
    """(H, W, 3) linear colour of every pixel before light falls on it."""
    colour = np.zeros((*frame.depth.shape, 3), np.float32)
    eyes = eye_centres(person)
    skin, eye, hair = frame.shows("skin"), frame.shows("eye"), frame.shows("hair")
    colour[skin] = face.paint_skin(looks, frame.rest[skin], frame.texture[skin], eyes)
    colour[eye] = face.paint_eye(looks, frame.rest[eye], eyes)
    colour[frame.shows("lash")] = 0.012
    colour[hair] = linear(looks.hair) * _strands(frame.rest[hair], frame.texture[hair][:, 0])[:, None]
    for name, cloth in clothes.items():
        colour[frame.shows(name)] = dye(cloth, name, frame)
    return colour


def _strands(rest: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """(N,) brightness of hair: strands, darker towards the scalp."""
    x, y, z = rest.T
    long = reach == CURTAIN
    around = np.where(long, x, np.arctan2(x, -(y - 0.09)))
    down = np.where(long, 3 * z, np.arccos(np.clip((z - 0.04) / 0.13, -1, 1)))
    strand = 1 + 0.40 * noise(around * 95, down * 4, 21) + 0.25 * noise(around * 230, down * 7, 22)
    return strand * np.where(long, 1, 0.55 + 0.6 * reach)


def _studio(camera: Camera, person: Figure) -> np.ndarray:
    """A grey wall that runs into the floor, with the shadows of feet and body; linear RGB."""
    rows, columns = np.indices((camera.height, camera.width), dtype=np.float32)
    x, y = (columns - camera.width / 2) / camera.width, rows / camera.height
    floor = ramp(y, 0.80, 0.93)
    tone = (0.66 - 0.14 * np.hypot(x, y - 0.38) ** 1.3) * (1 - 0.07 * floor) + 0.012 * floor
    blots = [((0.12, 0.1), (0.42, 0.075), 0.22)]
    for side in "LR":
        foot = person.bones[f"foot.{side}"]
        under = (foot[0], foot[1] - 0.06)
        blots += [(under, (0.075, 0.022), 0.62), (under, (0.17, 0.045), 0.30)]
    for spot, spread, strength in blots:
        at_x, at_y = camera.project(np.array([[*spot, 0.0]]))[0]
        wide, high = np.array(spread) * camera.scale
        tone = tone * (1 - strength * np.exp(-(((columns - at_x) / wide) ** 2) - ((rows - at_y) / high) ** 2))
    return tone[..., None] * np.array([1.0, 0.992, 0.978], np.float32)
