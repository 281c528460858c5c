"""Studio light on a drawn person: key, fill and rim light, shadows found in the depth picture."""

import cv2
import numpy as np

from ml.twins.raster import FAR
from shop.artwork.people.camera import Camera, Frame
from shop.artwork.relief import ramp

# Where light comes from (x right, y down, z to the viewer), its tint and its power: key, fill, rim.
LIGHTS = (
    (np.array([-0.52, -0.50, 0.70]), np.array([1.02, 0.99, 0.95], np.float32), 0.80),
    (np.array([0.75, -0.05, 0.66]), np.array([0.95, 0.98, 1.04], np.float32), 0.26),
    (np.array([0.55, -0.72, -0.42]), np.array([1.0, 1.0, 1.0], np.float32), 0.35),
)
KEY = 0
AMBIENT = 0.24


def light(frame: Frame, colour: np.ndarray, normal: np.ndarray, camera: Camera) -> np.ndarray:
    """(H, W, 3) linear picture; red light bleeds round the edges of skin; skin, eyes and hair shine."""
    sky = _openness(frame.depth, camera)
    picture = colour * (AMBIENT * sky)[..., None]
    skin, hair, eye = (frame.shows(name)[..., None] for name in ("skin", "hair", "eye"))
    red = np.array([0.30, 0.16, 0.11], np.float32)
    wrap = np.where(skin, red, np.where(hair, 0.25, 0.06)).astype(np.float32)
    for number, (way, tint, power) in enumerate(LIGHTS):
        way = (way / np.linalg.norm(way)).astype(np.float32)
        seen = 1 - 0.62 * _shadow(frame.depth, way, camera) if number == KEY else np.ones_like(sky)
        lit = np.clip(((normal @ way)[..., None] + wrap) / (1 + wrap), 0, None)
        picture += colour * lit * (power * seen * np.sqrt(sky))[..., None] * tint
        half = way + np.array([0, 0, 1], np.float32)
        shine = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1)[..., None]
        gloss = 0.035 * skin * shine**18 + 0.18 * eye * shine**60 + 0.035 * hair * shine**10
        picture += gloss * (power * seen)[..., None]
    return picture.astype(np.float32)


def _shadow(depth: np.ndarray, light: np.ndarray, camera: Camera) -> np.ndarray:
    """Share of a light that is hidden by what stands before it, marched through the depth picture."""
    step_way = light[:2] / np.linalg.norm(light[:2])
    rise = light[2] / np.linalg.norm(light[:2])
    small = cv2.resize(depth, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_NEAREST)
    hidden = np.zeros_like(small)
    for distance in np.geomspace(3, 150, 22):
        shift = np.array([[1, 0, -step_way[0] * distance], [0, 1, -step_way[1] * distance]], np.float32)
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
