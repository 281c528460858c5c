"""What is painted on skin and eyes: complexion, lips, brows, stubble, irises. Colours are linear light."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from shop.artwork.panels import linear
from shop.artwork.people.body import data_folder
from shop.artwork.relief import noise, ramp


@dataclass(frozen=True)
class Complexion:
    """Colours of a person and how dense brows and beard are, 0..1."""

    skin: str
    lips: str
    hair: str
    iris: str
    brows: float = 0.8
    beard: float = 0.0


@cache
def _mask(name: str) -> np.ndarray:
    """One of the body's painted masks, float32 0..1."""
    picture = cv2.imread(str(data_folder() / "textures" / f"mpfb_{name}.jpg"), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise FileNotFoundError(f"the body model has no mask {name}")
    return picture.astype(np.float32) / 255


def _sample(name: str, texture: np.ndarray) -> np.ndarray:
    mask = _mask(name)
    height, width = mask.shape
    u, v = texture[..., 0] * (width - 1), (1 - texture[..., 1]) * (height - 1)
    return map_coordinates(mask, (v, u), order=1, mode="nearest")


def _mix(colour: np.ndarray, cover: np.ndarray, other: np.ndarray) -> np.ndarray:
    return colour + np.clip(cover, 0, 1)[..., None] * (other - colour)


def paint_skin(looks: Complexion, rest: np.ndarray, texture: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """(..., 3) colour of skin at rest positions; `eyes` (2, 3) are the centres of the left and right eye."""
    base = linear(looks.skin)
    local = rest - eyes.mean(0)
    size = np.linalg.norm(eyes[0] - eyes[1]) / 0.062
    x, y, z = np.abs(local[..., 0]) / size, local[..., 1] / size, local[..., 2] / size
    spots = 0.035 * noise(rest[..., 0] * 90, rest[..., 2] * 90, 3) + 0.02 * noise(
        rest[..., 0] * 400, rest[..., 2] * 400, 4
    )
    colour = base * (1 + spots)[..., None]
    red = base * np.array([1.12, 0.78, 0.74], np.float32)
    blush = np.exp(-(((x - 0.042) / 0.018) ** 2 + ((z + 0.042) / 0.016) ** 2)) + np.exp(
        -((x / 0.011) ** 2 + ((z + 0.038) / 0.012) ** 2)
    )
    face = ramp(y, 0.02, -0.02)
    colour = _mix(colour, 0.42 * blush * face, red)
    colour = _mix(colour, 0.5 * _sample("ears", texture), red)
    colour = _mix(colour, 0.45 * _sample("eyelids", texture), base * np.array([0.72, 0.58, 0.56], np.float32))
    colour = _mix(colour, 0.85 * _sample("lips", texture), linear(looks.lips))
    near = face * (np.abs(z) < 0.2)
    shade = linear(looks.hair)
    colour = _mix(colour, looks.brows * _brows(x, z, local) * near, shade)
    if looks.beard:
        colour = _mix(colour, looks.beard * _stubble(x, y, z), shade * 1.2)
    return colour


def _brows(x: np.ndarray, z: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Cover of the eyebrows: an arch that thins outwards, made of slanted hairs."""
    t = (x - 0.0125) / 0.043
    arch = 0.0165 + 0.0065 * np.sin(np.pi * np.clip(t, 0, 1) ** 0.85 * 0.92)
    thick = 0.0042 * (1.05 - 0.6 * np.clip(t, 0, 1))
    hairs = 0.72 + 0.45 * noise((x + 0.5 * z) * 1500, (z - 0.7 * x) * 260, 7)
    return (
        ramp(np.abs(z - arch), 1.35 * thick, 0.55 * thick) * ramp(t, -0.04, 0.06) * ramp(t, 1.05, 0.8) * hairs
    )


def _stubble(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Cover of a short beard: jaw, chin and upper lip."""
    edge = np.interp(
        x, [0.0, 0.02, 0.035, 0.05, 0.07, 0.09], [-0.052, -0.053, -0.074, -0.062, -0.02, 0.0]
    ).astype(np.float32)
    cover = ramp(z, edge + 0.004, edge - 0.008) * ramp(z, -0.155, -0.125) * ramp(y, 0.07, 0.045)
    bare = ramp(np.hypot(x / 0.030, (z + 0.075) / 0.010), 1.0, 1.25)
    return cover * np.where(z > -0.066, 1, np.maximum(bare, 0)) * (0.75 + 0.5 * noise(x * 900, z * 700, 8))


def paint_eye(looks: Complexion, rest: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """(..., 3) colour of the eyeballs: white, iris with fibres and a dark rim, pupil, and the light in it."""
    side = np.where(rest[..., :1] > 0, eyes[0], eyes[1])
    way = rest - side
    way = way / (np.linalg.norm(way, axis=-1, keepdims=True) + 1e-9)
    angle = np.arccos(np.clip(-way[..., 1], -1, 1))
    turn = np.arctan2(way[..., 2], way[..., 0])
    white = np.array([0.62, 0.58, 0.55], np.float32) * (1 - 0.35 * ramp(way[..., 2], 0.05, 0.45))[..., None]
    fibres = 0.85 + 0.35 * noise(turn * 9, angle * 5, 9)
    iris = linear(looks.iris) * fibres[..., None] * (1 - 0.75 * ramp(angle, 0.40, 0.50))[..., None]
    colour = _mix(white, ramp(angle, 0.53, 0.49), iris)
    colour = _mix(colour, ramp(angle, 0.23, 0.19), np.array([0.004, 0.004, 0.004], np.float32))
    glint = np.hypot(way[..., 0] + 0.16, way[..., 2] - 0.20)
    return _mix(colour, ramp(glint, 0.11, 0.06), np.array([0.95, 0.95, 0.95], np.float32))
