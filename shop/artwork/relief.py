"""Height fields of cloth: noise, folds, wrinkles, rounded edges. Heights are float32 picture pixels, up."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numba
import numpy as np

from shop.artwork.geometry import Point, coordinates, curve

Box = tuple[int, int, int, int]
"""left, top, right, bottom in whole picture pixels."""


@numba.njit(cache=True)
def _gradient(ix: int, iy: int, seed: int) -> tuple[float, float]:
    mixed = (ix * 374761393 + iy * 668265263 + seed * 974634777) & 0x7FFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0x7FFFFFFF
    angle = (mixed ^ (mixed >> 16)) * (2 * np.pi / 4096)
    return np.cos(angle), np.sin(angle)


@numba.njit(cache=True)
def _noise(u: np.ndarray, v: np.ndarray, seed: int, out: np.ndarray) -> None:
    for i in range(u.size):
        x, y = u[i], v[i]
        ix, iy = int(np.floor(x)), int(np.floor(y))
        fx, fy = x - ix, y - iy
        wx = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
        wy = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
        total = 0.0
        for dy in range(2):
            for dx in range(2):
                gx, gy = _gradient(ix + dx, iy + dy, seed)
                weight = (wx if dx else 1 - wx) * (wy if dy else 1 - wy)
                total += weight * (gx * (fx - dx) + gy * (fy - dy))
        out[i] = total * 1.6


def noise(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Gradient noise, about -1..1 with features of size one, at coordinates of any (equal) shape; float32."""
    u, v = np.broadcast_arrays(np.asarray(u, np.float32), np.asarray(v, np.float32))
    out = np.empty(u.size, np.float32)
    _noise(np.ascontiguousarray(u).ravel(), np.ascontiguousarray(v).ravel(), seed, out)
    return out.reshape(u.shape)


def ramp(x: np.ndarray, low: float | np.ndarray, high: float | np.ndarray) -> np.ndarray:
    """Smooth step from 0 at `low` to 1 at `high` (which may be the smaller)."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


@dataclass(frozen=True)
class Fold:
    """A fold along a curve; it widens along its way, is steeper on one side and fades at both ends."""

    points: tuple[Point, ...]
    width: float
    height: float
    skew: float = 1.6
    fade: tuple[float, float] = (0.2, 0.5)

    def add_to(
        self, field: np.ndarray, box: Box, place: Callable[[np.ndarray], np.ndarray], scale: float
    ) -> None:
        """Add the fold to a field that samples `box` once per pixel; `place` maps points to the picture."""
        path, size = place(curve(self.points, step=12)), self.width * scale
        reach = 4 * size * max(self.skew, 1)
        low, high = path.min(0) - reach, path.max(0) + reach
        left, top = (max(int(low[0]), box[0]), max(int(low[1]), box[1]))
        right, bottom = (min(int(high[0]), box[2]), min(int(high[1]), box[3]))
        if right <= left or bottom <= top:
            return
        across, along = coordinates(path, (left, top, right, bottom), 1)
        length = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
        t = along / length
        width = size * (0.65 + 0.7 * np.clip(t, 0, 1)) * np.where(across > 0, self.skew, 1)
        profile = np.exp(-((across / width) ** 2)) - 0.45 * np.exp(
            -(((across - 2.1 * width) / (1.2 * width)) ** 2)
        )
        profile *= ramp(t, 0, self.fade[0]) * ramp(t, 1, 1 - self.fade[1]) * self.height * scale
        field[top - box[1] : bottom - box[1], left - box[0] : right - box[0]] += profile


def fan(
    origin: Point,
    aim: float,
    spread: float,
    count: int,
    length: float,
    width: float,
    height: float,
    seed: int,
    bend: float = 0.15,
) -> tuple[Fold, ...]:
    """Folds that radiate from a point of strain. `aim` and `spread` in degrees: 0 is down, 90 to larger x."""
    random = np.random.default_rng(seed)
    folds = []
    for k in range(count):
        angle = np.radians(aim + spread * ((k + 0.5) / count - 0.5) + random.normal(0, spread / count / 3))
        reach = length * random.uniform(0.55, 1.0)
        way, side = np.array([np.sin(angle), np.cos(angle)]), np.array([np.cos(angle), -np.sin(angle)])
        start = np.asarray(origin) + way * random.uniform(0.0, 0.12) * length
        middle = start + way * reach / 2 + side * reach * random.normal(0, bend)
        points = (tuple(start), tuple(middle), tuple(start + way * reach))
        folds.append(
            Fold(
                points,
                width * random.uniform(0.7, 1.3),
                height * random.uniform(0.5, 1.1),
                random.choice([0.6, 1.6]),
            )
        )
    return tuple(folds)


@dataclass(frozen=True)
class Wrinkles:
    """Irregular soft wrinkles; `across` and `along` are their sizes in pixels, `crisp` 0..1 turns
    even waves into narrow crests."""

    height: float
    across: float
    along: float
    crisp: float = 0.3

    def field(self, u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
        """Height at cloth coordinates."""
        sway = 0.3 * self.across * noise(u / (3 * self.across), v / (1.2 * self.along), seed + 1)
        a, b = (u + sway) / self.across, v / self.along
        wave = noise(a, b, seed)
        crest = (np.exp(2.6 * noise(0.7 * a + 0.35 * b, 0.6 * b, seed + 2)) - 1) / 4
        return self.height * ((1 - self.crisp) * wave + self.crisp * crest)


def rounded(mask: np.ndarray, radius: float) -> np.ndarray:
    """Height 0..radius of an edge that rolls over within `radius` samples of the border of a 0..1 mask."""
    distance = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    t = np.clip(distance / radius, 0, 1)
    return radius * np.sqrt(np.clip(1 - (1 - t) ** 2, 0, 1))
