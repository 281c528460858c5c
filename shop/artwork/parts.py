"""Trimmings: buttons, pockets, cords, belt loops."""

from typing import Any

import numpy as np

from shop.artwork.fabrics import CREPE, METAL, PLASTIC, Fabric
from shop.artwork.geometry import Point, band, curve, offset, outline
from shop.artwork.panels import Panel, Seam


def disc(centre: Point, radius: float) -> np.ndarray:
    """Outline of a circle."""
    angle = np.linspace(0, 2 * np.pi, max(16, int(4 * radius)), endpoint=False)
    return np.c_[centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)]


def button(centre: Point, radius: float = 8.5, colour: str = "#efece4") -> list[Panel]:
    """A four-hole button, sewn on."""
    x, y = centre
    rim = Panel(disc(centre, radius), PLASTIC, colour, dome=0, lift=0.12)
    well = Panel(disc(centre, 0.66 * radius), PLASTIC, colour, dome=0, lift=0, shade=0.9)
    dark = "#3b3630"
    holes = [
        Panel(disc((x + dx * radius, y + dy * radius), 0.13 * radius), CREPE, dark, dome=0, lift=0)
        for dx in (-0.24, 0.24)
        for dy in (-0.24, 0.24)
    ]
    return [rim, well, *holes]


def stud(centre: Point, radius: float = 10, colour: str = "#b3875a") -> list[Panel]:
    """A metal button as on denim."""
    return [
        Panel(disc(centre, radius), METAL, colour, dome=0, lift=0.2),
        Panel(disc(centre, 0.72 * radius), METAL, colour, dome=0, lift=0.0, shade=0.72),
        Panel(disc(centre, 0.6 * radius), METAL, colour, dome=0, lift=0.05),
    ]


def rivet(centre: Point, colour: str = "#a9764a") -> list[Panel]:
    """A small copper rivet."""
    return [
        Panel(disc(centre, 4.2), METAL, colour, dome=0, lift=0.08),
        Panel(disc(centre, 1.8), METAL, colour, dome=0, lift=0, shade=0.7),
    ]


def corners(*points: Point) -> np.ndarray:
    """A polygon with straight sides."""
    return outline(*[[a, b] for a, b in zip(points, (*points[1:], points[0]), strict=True)])


def patch(
    points: list[Point],
    fabric: Fabric,
    colour: str,
    thread: str | None = None,
    rows: tuple[float, ...] = (0,),
    **more: Any,
) -> Panel:
    """A patch sewn on along its outline (clockwise as seen), stitched a little inside it."""
    shape = corners(*points)
    path = np.concatenate([curve([a, b]) for a, b in zip(points[1:], (*points[2:], points[0]), strict=True)])
    seam = Seam(offset(path, -4.5), 0.2, 1.2, 0.3, rows, thread)
    return Panel(shape, fabric, colour, seams=(seam,), lift=0.14, **more)


def cord(points: list[Point], width: float, colour: str, fabric: Fabric = CREPE, lift: float = 0.35) -> Panel:
    """A round cord, strap or piping along a curve."""
    spine = curve(points)
    return Panel(band(spine, width / 2), fabric, colour, spine, dome=0, lift=lift)
