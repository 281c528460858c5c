"""The camera: draws layers into one buffer of what each pixel shows."""

from dataclasses import dataclass

import numpy as np

from ml.twins.raster import FAR, rasterise
from shop.artwork.people.layers import Layer

DISTANCE, EYE_LEVEL = 4.6, 1.05
MATERIALS = ("background", "skin", "eye", "lash", "top", "lower", "shoe", "hair")


@dataclass
class Frame:
    """What (H, W) pixels show.

    Index of the material, unit normal in picture axes (x right, y down, z to the viewer), rest position,
    texture and cuts, and depth in metres (FAR where there is nothing).
    """

    material: np.ndarray
    normal: np.ndarray
    rest: np.ndarray
    texture: np.ndarray
    cuts: np.ndarray
    depth: np.ndarray

    def shows(self, material: str) -> np.ndarray:
        """(H, W) where the picture shows a material."""
        return self.material == MATERIALS.index(material)


class Camera:
    """Looks along +y at a person of `height` metres who fills most of a picture of `size` (width, height)."""

    def __init__(self, size: tuple[int, int], height: float, middle: float = 0.0) -> None:
        self.width, self.height = size
        self.focal = 0.872 * self.height / height * DISTANCE
        self.floor = 0.938 * self.height
        self.middle = middle

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) pixels of (N, 3) points in metres."""
        scale = self.focal / (DISTANCE + points[:, 1])
        level = self.floor - EYE_LEVEL * self.focal / DISTANCE
        return np.c_[
            self.width / 2 + (points[:, 0] - self.middle) * scale, level + (EYE_LEVEL - points[:, 2]) * scale
        ].astype(np.float32)

    @property
    def scale(self) -> float:
        """Pixels per metre at the person."""
        return self.focal / DISTANCE

    def box(self, layers: list[Layer], margin: int = 4) -> tuple[slice, slice]:
        """Rows and columns of the picture that hold all layers."""
        points = np.concatenate([self.project(part.points) for part in layers])
        left, top = np.maximum(points.min(0).astype(int) - margin, 0)
        right, bottom = points.max(0).astype(int) + margin
        return slice(top, min(bottom, self.height)), slice(left, min(right, self.width))

    def draw(self, layers: list[Layer], box: tuple[slice, slice]) -> Frame:
        """Draw layers into a box of the picture; the nearest surface wins."""
        rows, columns = box
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        corner = np.array([columns.start, rows.start], np.float32)
        out, depth = np.zeros((*shape, 12), np.float32), np.full(shape, FAR, np.float32)
        for part in layers:
            turned = np.stack([part.normals[:, 0], -part.normals[:, 2], -part.normals[:, 1]], 1)
            tag = np.full((len(part.points), 1), MATERIALS.index(part.material), np.float32)
            values = np.concatenate([part.cuts, turned, part.rest, part.texture, tag], 1).astype(np.float32)
            rasterise(
                self.project(part.points) - corner,
                np.ascontiguousarray(part.points[:, 1]),
                part.faces,
                values,
                3,
                out,
                depth,
            )
        normal = out[..., 3:6]
        normal = normal / (np.linalg.norm(normal, axis=2, keepdims=True) + 1e-9)
        return Frame(
            np.rint(out[..., 11]).astype(np.uint8), normal, out[..., 6:9], out[..., 9:11], out[..., :3], depth
        )
