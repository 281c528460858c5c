"""Clothes of a sample shopper close up: fabric, hems, folds where cloth pulls on a body."""

from dataclasses import dataclass

import cv2
import numpy as np

from shop.artwork.fabrics import Fabric
from shop.artwork.panels import linear
from shop.artwork.people.body import Figure
from shop.artwork.people.camera import Camera, Frame
from shop.artwork.relief import Fold, Wrinkles, fan, noise, ramp

SCALE = 2
"""Samples per pixel of the finished picture."""

HEM = 0.022
"""Metres from an edge to its stitching."""

# garment, bone, metres outwards and upwards from it, aim and spread in degrees, how many, their length, width
# and height in metres, seed
PULLS = (
    ("top", "upperarm01", (-0.01, -0.10), -52, 70, 4, 0.20, 0.010, 0.0052, 3),
    ("top", "upperleg01", (0.07, 0.10), -100, 90, 5, 0.16, 0.009, 0.0048, 7),
    ("top", "upperarm01", (0.03, -0.12), 120, 60, 2, 0.09, 0.008, 0.0040, 27),
    ("lower", "root", (0.01, -0.07), 108, 90, 5, 0.15, 0.008, 0.0046, 11),
    ("lower", "lowerleg01", (-0.05, 0.03), 90, 110, 4, 0.10, 0.010, 0.0044, 15),
    ("lower", "foot", (-0.05, 0.08), 95, 70, 4, 0.11, 0.008, 0.0052, 19),
)


@dataclass(frozen=True)
class Cloth:
    """Fabric and colour of one garment of a shopper; `wrinkle` scales its folds."""

    fabric: Fabric
    colour: str
    wrinkle: float = 1.0


def folds(garment: str, person: Figure, camera: Camera) -> list[Fold]:
    """Where a garment pulls: armpits, waist; crotch, knees and ankles. In samples of the picture."""
    out: list[Fold] = []
    size = camera.scale
    for name, bone, (dx, dz), aim, spread, count, length, width, height, seed in PULLS:
        for side, sign in (("L", 1), ("R", -1)):
            if name != garment:
                continue
            joint = person.bones[bone if bone == "root" else f"{bone}.{side}"]
            point = camera.project((joint + np.array([sign * dx, -0.08, dz]))[None])[0]
            out += fan(
                tuple(point),
                sign * aim,
                spread,
                count,
                length * size,
                width * size,
                height * size,
                seed + sign,
            )
    return out


def dye(cloth: Cloth, name: str, frame: Frame) -> np.ndarray:
    """(N, 3) linear colour of the pixels that show a garment: fabric, stitched hems, the soles of shoes."""
    mask = frame.shows(name)
    rows, columns = np.nonzero(mask)
    u, v = columns.astype(np.float32) / SCALE, rows.astype(np.float32) / SCALE
    colour = linear(cloth.colour) * cloth.fabric.tint(u, v)[:, None]
    edge = frame.cuts[mask].min(1)
    stitching = ramp(np.abs(edge - HEM), 0.0022, 0.0008) * (name != "shoe")
    colour *= (1 - 0.28 * stitching - 0.35 * ramp(edge, 0.004, 0.0))[:, None]
    if name == "shoe":
        height = frame.rest[mask][:, 2]
        sole = ramp(height - height.min(), 0.024, 0.020)
        colour += sole[:, None] * (np.array([0.80, 0.79, 0.76], np.float32) - colour)
    return colour


def relief(
    cloth: Cloth, name: str, person: Figure, frame: Frame, camera: Camera, corner: np.ndarray
) -> np.ndarray:
    """(H, W) height of a garment above the body in samples: folds, wrinkles, weave, hems."""
    height, width = frame.depth.shape
    mask = frame.shows(name)
    rows, columns = (axis.astype(np.float32) for axis in np.nonzero(mask))
    field = np.zeros((height, width), np.float32)
    for fold in folds(name, person, camera):
        fold.add_to(field, (0, 0, width, height), lambda points: points - corner, 1.0)
    for size, across, along, crisp in ((5.5, 34, 90, 0.35), (1.8, 15, 34, 0.4)):
        wrinkles = Wrinkles(size * SCALE, across * SCALE, along * SCALE, crisp)
        field[mask] += wrinkles.field(columns, rows, 5 + len(name))
    field = cv2.GaussianBlur(cloth.wrinkle * field, (0, 0), 2)
    field[mask] += 0.5 * cloth.fabric.relief(columns / SCALE, rows / SCALE)
    edge = frame.cuts.min(2)
    thickness = 0.003 * ramp(edge, 0.0, 0.004) - 0.0012 * np.exp(-(((edge - HEM) / 0.0012) ** 2))
    return field + thickness * camera.scale


def bump(
    frame: Frame, person: Figure, camera: Camera, clothes: dict[str, Cloth], corner: np.ndarray, curl: float
) -> np.ndarray:
    """(H, W, 3) unit normals with the relief of clothes and curls; `corner` is where the frame begins."""
    height = np.zeros_like(frame.depth)
    for name, cloth in clothes.items():
        if name != "shoe":
            height = np.where(frame.shows(name), relief(cloth, name, person, frame, camera, corner), height)
    hair = frame.shows("hair")
    x, y, z = frame.rest[hair].T
    curls = noise(x * 240, z * 240 + y * 170, 31) * (frame.texture[hair][:, 0] < 1.5)
    height[hair] = 2.2 * SCALE * curl * curls
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    edge = cv2.morphologyEx(frame.material, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    slopes = np.where(edge[..., None], 0, np.stack([slope_x, slope_y, np.zeros_like(slope_x)], 2))
    normal = frame.normal - slopes * np.clip(frame.normal[..., 2:], 0.2, 1)
    return normal / (np.linalg.norm(normal, axis=2, keepdims=True) + 1e-9)
