"""What a garment is made of: cloth panels, lying on one another in order, and the seams that cross them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from shop.artwork.fabrics import Fabric
from shop.artwork.geometry import CENTRE
from shop.artwork.relief import Fold, Wrinkles

Print = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""(u, v, base) -> linear RGB (H, W, 3): dye at cloth coordinates over the base colour (3,) of the cloth."""

Drape = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(u, v) -> height in pixels at cloth coordinates."""

PLUMB = np.array([[CENTRE, 0.0], [CENTRE, 1365.0]])
"""Spine of panels whose grain runs straight down the middle of the picture."""


def linear(colour: str) -> np.ndarray:
    """A "#rrggbb" colour as linear light, (3,) float32 in 0..1."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


@dataclass(frozen=True)
class Seam:
    """A line sewn into a panel: a groove, puckers beside it, and rows of stitches some way from it."""

    path: np.ndarray
    depth: float = 1.0
    width: float = 1.5
    pucker: float = 0.35
    stitches: tuple[float, ...] = ()
    thread: str | None = None
    pitch: float = 8.0
    ink: float = 0.0


@dataclass(frozen=True)
class Panel:
    """One piece of cloth (or a button, or a label).

    `spine` is the curve along which the grain runs; `dome` how far the body below rounds it (0..1);
    `within` an outline that cuts it off; `lift` how strongly it shades what it lies on; `shade` the light
    that reaches it (inner sides get less).
    """

    shape: np.ndarray
    fabric: Fabric
    colour: str
    spine: np.ndarray = field(default_factory=lambda: PLUMB)
    folds: tuple[Fold, ...] = ()
    wrinkles: tuple[Wrinkles, ...] = ()
    seams: tuple[Seam, ...] = ()
    drape: Drape | None = None
    print: Print | None = None
    within: np.ndarray | None = None
    dome: float = 1.0
    lift: float = 0.4
    shade: float = 1.0

    def with_(self, **changes: Any) -> "Panel":
        """A copy with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Garment:
    """Panels from back to front.

    `seed` decides the wrinkles and how crookedly it was laid, `sway` how much, in pixels.
    """

    panels: Sequence[Panel]
    seed: int
    sway: float = 6.0
    roundness: float = 90.0
