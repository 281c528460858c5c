"""Fabrics: what a surface looks like close up.

All functions take cloth coordinates u (across) and v (along) in pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from shop.artwork.relief import noise

Texture = Callable[[np.ndarray, np.ndarray], np.ndarray]
TAU = 2 * np.pi


def _flat(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.zeros_like(u)


def _even(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.ones_like(u)


@dataclass(frozen=True)
class Fabric:
    """Height of the weave in pixels, multiplier of the colour, and how it answers light.

    `gloss` is the strength of highlights, `sheen` the lightening of slopes (velvety fibres), `worn` how much
    ridges lose their dye, `edge` the thickness in pixels that shows at borders.
    """

    relief: Texture = _flat
    tint: Texture = _even
    gloss: float = 0.0
    sheen: float = 0.0
    worn: float = 0.0
    edge: float = 2.5


def _weave(pitch: float, height: float) -> Texture:
    def relief(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return height * np.sin(TAU * u / pitch) * np.sin(TAU * v / pitch)

    return relief


def _mottle(strength: float, across: float, along: float, seed: int) -> Texture:
    def tint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return 1 + strength * (
            noise(u / across, v / along, seed) + 0.5 * noise(u / across * 2.1, v / along * 2.1, seed + 1)
        )

    return tint


def _jersey(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    column = np.abs((u / 2.6) % 1 - 0.5)
    return 0.16 * column + 0.05 * np.sin(TAU * (v / 2.4 + column)) + 0.10 * noise(u / 3, v / 9, 5)


def _rib(pitch: float, height: float) -> Texture:
    def relief(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        wave = np.cos(TAU * (u / pitch + 0.02 * noise(u / 30, v / 60, 3)))
        return height * np.tanh(2.2 * wave) + 0.14 * height * np.sin(TAU * (v / (pitch * 0.42) + 0.25 * wave))

    return relief


def _stocking(u: np.ndarray, v: np.ndarray, pitch: float) -> np.ndarray:
    """One knitted stitch a cell: two slanted legs that form a V; 0..1."""
    u = u + 0.12 * pitch * noise(u / (4 * pitch), v / (4 * pitch), 8)
    x = np.abs((u / pitch) % 1 - 0.5)
    leg = np.clip(1 - ((x - 0.25) / 0.25) ** 2, 0, 1)
    return np.sqrt(leg) * (0.62 + 0.38 * np.cos(TAU * (v / (0.78 * pitch) - 1.5 * x)))


def _knit(pitch: float, height: float) -> Texture:
    def relief(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return height * _stocking(u, v, pitch) + 0.12 * height * noise(u / 1.4, v / 1.4, 2)

    return relief


def _cable(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Ropes of two strands that cross, on a ground of knit, with ladders of purl beside them."""
    span, turn, pitch = 104.0, 92.0, 9.0
    x = (u + span / 2) % span - span / 2
    swing = 13.0 * np.sin(TAU * v / turn)
    front = np.cos(TAU * v / turn)
    ground = 0.9 * _stocking(u, v, pitch)
    moat = -3.2 * np.exp(-(((np.abs(x) - 33) / 4.5) ** 2))
    height = np.where(np.abs(x) > 27, ground, 0) + moat
    for side in (1, -1):
        near = x - side * swing
        strand = np.sqrt(np.clip(1 - (near / 13.5) ** 2, 0, 1))
        twist = 0.75 * _stocking(near * 1.0, v * 0.92 - side * near * 0.35, pitch)
        height = np.maximum(height, strand * (6.4 + 1.9 * side * front + twist) * (strand > 0))
    small = (u + span) % span - span / 2
    rope = np.sqrt(np.clip(1 - (small / 7.0) ** 2, 0, 1))
    plait = rope * (2.6 + 1.1 * np.sin(TAU * (v / 22 + small / 15)))
    return np.maximum(height, plait)


def _twill(pitch: float, height: float) -> Texture:
    def relief(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return height * np.sin(TAU * (u + 0.8 * v) / pitch) + 0.4 * height * noise(u / 1.5, v / 1.5, 4)

    return relief


def _denim_tint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    warp = noise(u / 1.3, v / 34, 11) + 0.8 * noise(u / 3.1, v / 90, 12)
    weft = np.sin(TAU * (u + 0.8 * v) / 3.4) + 0.9 * noise(u / 1.1, v / 1.1, 13)
    return 1 + 0.20 * warp + 0.13 * weft + 0.10 * noise(u / 70, v / 90, 14)


def _melange(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    fibres = noise(u / 1.4, v / 5.0, 21) + 0.7 * noise(u / 4.0, v / 1.6, 22)
    return 1 + 0.13 * fibres + 0.05 * noise(u / 22, v / 22, 23)


def _corduroy(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    u = u + 0.5 * noise(u / 40, v / 120, 41)
    return 1.25 * np.sqrt(np.abs(np.cos(np.pi * u / 6.4))) + 0.16 * noise(u / 1.2, v / 1.6, 42)


def _pebble(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return 0.22 * noise(u / 2.2, v / 2.6, 51) + 0.12 * noise(u / 6, v / 5, 52)


JERSEY = Fabric(_jersey, _mottle(0.012, 5, 16, 61))
RIB = Fabric(_rib(6.4, 0.55), _mottle(0.012, 5, 16, 62), edge=3.0)
FINE_RIB = Fabric(_rib(4.4, 0.34), _mottle(0.012, 5, 16, 63))
CHUNKY_RIB = Fabric(_rib(11.5, 1.9), _melange, sheen=0.15, edge=5.0)
KNIT = Fabric(_knit(7.2, 1.1), _melange, sheen=0.15, edge=4.0)
CABLE = Fabric(_cable, _melange, sheen=0.15, edge=5.0)
FLEECE = Fabric(_jersey, _melange, sheen=0.1, edge=4.0)
POPLIN = Fabric(_weave(2.4, 0.07), _mottle(0.01, 4, 30, 64))
OXFORD = Fabric(_weave(3.6, 0.16), _mottle(0.035, 2, 2.4, 65))
TWILL = Fabric(_twill(3.4, 0.13), _mottle(0.02, 2.0, 20, 66))
DENIM = Fabric(_twill(3.4, 0.2), _denim_tint, worn=0.55, edge=3.5)
CORDUROY = Fabric(_corduroy, _mottle(0.03, 8, 40, 67), sheen=0.3, edge=3.5)
WOOL = Fabric(_twill(4.2, 0.16), _melange, sheen=0.1, edge=3.5)
CREPE = Fabric(_pebble, _mottle(0.01, 4, 4, 68))
SATIN = Fabric(_weave(1.8, 0.02), gloss=0.32)
PLASTIC = Fabric(gloss=0.7, edge=3.0)
METAL = Fabric(gloss=1.0, edge=2.0)


def turned(fabric: Fabric) -> Fabric:
    """The same fabric with its columns across the spine instead of along it, as in a neckband."""
    relief, tint = fabric.relief, fabric.tint
    return replace(fabric, relief=lambda u, v: relief(v, u), tint=lambda u, v: tint(v, u))
