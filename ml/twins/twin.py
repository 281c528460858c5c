"""A synthetic twin: a garment lying flat and the same garment worn, with the exact way between them."""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.layout import GARMENT
from ml.twins.body import PARTS
from ml.twins.scene import Geometry, make_geometry
from ml.twins.textures import TextureSource, flat_picture

_SKIN = np.array([(236, 196, 170), (208, 160, 126), (160, 112, 80), (105, 70, 50)], np.float32)


@dataclass(frozen=True)
class Twin:
    """One pair in 256x192 frames of garment and person.

    cloth, person: (256, 192, 3) RGB uint8; cloth_mask: (256, 192) bool; flow: (256, 192, 2) float32
    garment-frame pixel of each garment pixel of the person, NaN elsewhere; layout: (256, 192) uint8 index of
    LAYOUT; joints: (13, 2) float32 px; visibility: (13,) float32; silhouette: (256, 192) bool, unclothed.
    """

    cloth: np.ndarray
    cloth_mask: np.ndarray
    person: np.ndarray
    flow: np.ndarray
    layout: np.ndarray
    joints: np.ndarray
    visibility: np.ndarray
    silhouette: np.ndarray
    category: str


def _person_picture(geometry: Geometry, texture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(256, 192, 3) uint8: the texture moved by the flow onto a plain body."""
    background = rng.uniform(170, 240) + rng.normal(0, 6, 3)
    image = np.empty((*geometry.layout.shape, 3), np.float32)
    image[:] = background
    shade = geometry.light[..., None]
    body = geometry.parts > 0
    image[body] = (_SKIN[rng.integers(len(_SKIN))] * shade)[body]
    image[geometry.parts == PARTS.index("hair")] = rng.uniform(15, 90, 3)
    worn = geometry.layout == GARMENT
    flow = np.nan_to_num(geometry.flow)
    moved = cv2.remap(texture, flow[..., 0], flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    image[worn] = (moved * shade)[worn]
    image[~geometry.inside] = 127
    return np.clip(image, 0, 255).astype(np.uint8)


def make_twin(seed: int, category: str | None = None, textures: TextureSource | None = None) -> Twin:
    """The twin of `seed`, deterministic; of a random category unless one is given (ValueError if unknown)."""
    geometry = make_geometry(seed, category)
    rng = np.random.default_rng((seed, 1))
    texture = (textures or TextureSource())(rng)
    return Twin(
        cloth=flat_picture(texture, geometry.cloth, geometry.cloth_light, rng),
        cloth_mask=geometry.cloth > 0,
        person=_person_picture(geometry, texture, rng),
        flow=geometry.flow,
        layout=geometry.layout,
        joints=geometry.joints,
        visibility=geometry.visibility,
        silhouette=geometry.parts > 0,
        category=geometry.category,
    )
