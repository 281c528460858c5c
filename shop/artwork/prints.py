"""Prints: dye on cloth. All functions take cloth coordinates (pattern pixels, u = 0 on the spine)."""

from collections.abc import Callable

import numpy as np

from shop.artwork.panels import Print, linear
from shop.artwork.relief import noise, ramp


def _paint(picture: np.ndarray, cover: np.ndarray, colour: np.ndarray) -> np.ndarray:
    return picture + np.clip(cover, 0, 1)[..., None] * (colour - picture)


def _ground(u: np.ndarray, base: np.ndarray) -> np.ndarray:
    return np.broadcast_to(base, (*u.shape, 3)).astype(np.float32)


def stripes(
    colour: str, pitch: float, width: float, start: float = -1e9, end: float = 1e9, upright: bool = False
) -> Print:
    """Even stripes across the cloth (or along it), between two heights."""

    def dye(u: np.ndarray, v: np.ndarray, base: np.ndarray) -> np.ndarray:
        at = u if upright else v
        near = np.abs((at + pitch / 2) % pitch - pitch / 2)
        cover = ramp(near, width / 2 + 0.5, width / 2 - 0.5) * (v > start) * (v < end)
        return _paint(_ground(u, base), 0.96 * cover, linear(colour))

    return dye


def checks(colour: str, pitch: float, width: float, thin: str) -> Print:
    """A woven check: two crossing bands that darken where they meet, and a thin over-check."""

    def dye(u: np.ndarray, v: np.ndarray, base: np.ndarray) -> np.ndarray:
        picture = _ground(u, base)
        for at in (u, v):
            near = np.abs((at + pitch / 2) % pitch - pitch / 2)
            picture = _paint(picture, 0.5 * ramp(near, width / 2 + 0.6, width / 2 - 0.6), linear(colour))
        for at in (u, v):
            near = np.abs(at % pitch - pitch / 2)
            picture = _paint(picture, 0.55 * ramp(near, 2.2, 1.0), linear(thin))
        return picture

    return dye


def dots(colour: str, pitch: float, radius: float) -> Print:
    """Polka dots in offset rows."""

    def dye(u: np.ndarray, v: np.ndarray, base: np.ndarray) -> np.ndarray:
        row = np.floor(v / pitch)
        x = (u / pitch + 0.5 * (row % 2)) % 1 - 0.5
        distance = pitch * np.hypot(x, v / pitch - row - 0.5)
        return _paint(_ground(u, base), ramp(distance, radius + 0.5, radius - 0.5), linear(colour))

    return dye


def _chance(ix: np.ndarray, iy: np.ndarray, salt: int) -> np.ndarray:
    """A random number 0..1 for each cell of a grid."""
    mixed = (ix.astype(np.int64) * 73856093) ^ (iy.astype(np.int64) * 19349663) ^ (salt * 83492791)
    mixed = (mixed ^ (mixed >> 13)) * 1274126177 & 0x7FFFFFFF
    return ((mixed ^ (mixed >> 15)) % 10007 / 10007).astype(np.float32)


def _scatter(u: np.ndarray, v: np.ndarray, cell: float, seed: int, draw: Callable[..., None]) -> None:
    """Call `draw(dx, dy, chance)` for a motif in each of the nine cells about every pixel."""
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            ix, iy = np.floor(u / cell) + dx, np.floor(v / cell) + dy
            x = u - cell * (ix + 0.2 + 0.6 * _chance(ix, iy, seed))
            y = v - cell * (iy + 0.2 + 0.6 * _chance(ix, iy, seed + 1))
            draw(x, y, lambda salt, ix=ix, iy=iy: _chance(ix, iy, seed + salt))


def floral(blossoms: tuple[str, ...], leaf: str, heart: str, cell: float = 78, seed: int = 3) -> Print:
    """Scattered five-petalled flowers over leaves, as if painted with a soft brush."""

    def dye(u: np.ndarray, v: np.ndarray, base: np.ndarray) -> np.ndarray:
        u = u + 1.6 * noise(u / 7, v / 7, seed)
        v = v + 1.6 * noise(u / 7, v / 7, seed + 1)
        picture = [_ground(u, base)]

        def leaves(x: np.ndarray, y: np.ndarray, chance: Callable[[int], np.ndarray]) -> None:
            angle = 6.28 * chance(2)
            for turn in (0.0, 2.3):
                along = (x * np.cos(angle + turn) + y * np.sin(angle + turn)) / (0.30 * cell) - 1.0
                beside = (y * np.cos(angle + turn) - x * np.sin(angle + turn)) / (0.30 * cell)
                body = 0.34 * np.clip(1 - along**2, 0, None) - np.abs(beside)
                picture[0] = _paint(picture[0], ramp(body, -0.02, 0.05), linear(leaf))
                picture[0] = _paint(
                    picture[0], 0.5 * ramp(np.abs(beside), 0.05, 0.02) * (body > 0), linear(leaf) * 1.7
                )

        def flowers(x: np.ndarray, y: np.ndarray, chance: Callable[[int], np.ndarray]) -> None:
            radius = cell * (0.17 + 0.17 * chance(5))
            r, angle = np.hypot(x, y) / radius, np.arctan2(y, x) + 6.28 * chance(6)
            petal = np.abs(np.cos(2.5 * angle))
            inside = (0.62 + 0.38 * petal**0.6) - r
            which = (chance(7) * len(blossoms)).astype(int) % len(blossoms)
            hue = np.stack([linear(name) for name in blossoms])[which]
            depth = (0.72 + 0.32 * np.clip(r, 0, 1) + 0.10 * np.cos(15 * angle) * np.clip(r, 0, 1))[..., None]
            picture[0] = picture[0] + ramp(inside, -0.03, 0.05)[..., None] * (hue * depth - picture[0])
            picture[0] = _paint(picture[0], ramp(r, 0.24, 0.17), linear(heart))
            picture[0] = _paint(
                picture[0],
                0.6 * ramp(np.abs(r - 0.32 - 0.04 * np.cos(9 * angle)), 0.05, 0.02),
                linear(heart) * 0.6,
            )

        _scatter(u, v, cell, seed + 40, leaves)
        _scatter(u, v, cell, seed, flowers)
        return picture[0]

    return dye


def sunrise(centre: tuple[float, float], radius: float, warm: tuple[str, str, str], hill: str) -> Print:
    """A screen-printed disc in bands behind hills; `centre` is (u, v)."""

    def dye(u: np.ndarray, v: np.ndarray, base: np.ndarray) -> np.ndarray:
        x, y = (u - centre[0]) / radius, (v - centre[1]) / radius
        disc = ramp(np.hypot(x, y), 1.0, 0.99)
        picture = _ground(u, base)
        gap = np.clip((y + 0.35) * 0.16, 0.0, 0.11)
        for k, name in enumerate(warm):
            band = disc * ramp(y, -1.0 + 0.55 * k - 0.01, -1.0 + 0.55 * k)
            picture = _paint(picture, band, linear(name))
        slot = ramp(np.abs((y * 5.2) % 1 - 0.5), 0.5 - 1.7 * gap, 0.5 - 1.7 * gap + 0.03) * (y > -0.35)
        picture = _paint(picture, disc * slot, base)
        for k, (lift, tone) in enumerate(((0.38, 1.7), (0.62, 1.0))):
            ridge = lift + 0.22 * noise(x * 1.4 + 3.1 * k, x * 0, 90 + k) + 0.05 * noise(x * 6, x * 0, 95 + k)
            within = disc * ramp(y, ridge - 0.008, ridge + 0.008)
            picture = _paint(picture, within, np.clip(linear(hill) * tone, 0, 1))
        ink = 1 - 0.10 * np.clip(noise(u / 1.6, v / 1.6, 99), 0, 1)[..., None]
        return picture * ink + (1 - ink) * base

    return dye
