"""Hair: shells of strands over the scalp, and a curtain that falls from it."""

from dataclasses import dataclass

import numpy as np

from ml.twins.raster import FAR
from shop.artwork.people.body import Figure, surface
from shop.artwork.people.camera import Camera, Frame
from shop.artwork.people.layers import Layer, vertex_normals
from shop.artwork.relief import noise, ramp

CURTAIN = 2.0
"""Texture of hair that falls from the scalp; shells have how far out they are, 0..1."""


@dataclass(frozen=True)
class Hair:
    """In metres: `length` of the shells, `hairline` above the eyes, `fall` of long hair below them (or 0).

    `curl` is 0 for straight to 1 for tight, `top` how much longer the hair is on top.
    """

    length: float = 0.022
    curl: float = 0.0
    hairline: float = 0.068
    fall: float = 0.0
    top: float = 0.0
    shells: int = 14


def eye_centres(person: Figure) -> np.ndarray:
    """(2, 3) rest positions of the centres of the left and right eye."""
    return np.stack([person.rest[np.unique(surface(f"helper-{side}-eye").vertex)].mean(0) for side in "lr"])


def scalp(style: Hair, local: np.ndarray) -> np.ndarray:
    """Metres inside the hairline (negative outside) at places relative to the point between the eyes."""
    x, y, z = np.abs(local[:, 0]), local[:, 1], local[:, 2]
    line = np.interp(
        y,
        [-0.03, 0.015, 0.040, 0.058, 0.075, 0.10, 0.15, 0.19],
        [style.hairline, style.hairline - 0.008, 0.030, -0.018, -0.02, 0.0, -0.055, -0.075],
    )
    temple = 0.016 * np.exp(-(((x - 0.045) / 0.014) ** 2)) * (y < 0.04)
    return (z - line - temple).astype(np.float32)


def shells(style: Hair, person: Figure) -> list[Layer]:
    """The scalp, again and again, further and further out; strands are cut out of each later."""
    body = surface("body")
    local = person.rest - eye_centres(person).mean(0)
    inside = scalp(style, local)
    x, y, z = np.abs(local[:, 0]), local[:, 1], local[:, 2]
    ears = (x > 0.071) & (y > 0.045) & (y < 0.115) & (z < 0.035)
    head = (person.weight("head", "neck03") > 0.5) & (inside > -0.02) & ~ears
    used, faces = np.unique(body.faces[head[body.vertex][body.faces].all(1)], return_inverse=True)
    faces, at = faces.reshape(-1, 3).astype(np.int64), body.vertex[used]
    normal = vertex_normals(person.posed, body.vertex[body.faces])[at]
    outward = person.posed[at] - person.posed[head & (inside > 0.01)].mean(0)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    droop = np.array([0, 0, -0.5]) * np.clip(1 - normal[:, 2:] * 1.6, 0, 1)
    way = (normal + droop) * (1 - style.curl) + outward * style.curl
    longer = 1 + style.top * np.clip(z[at] / 0.12, 0, 1.2)
    thick = style.length * ramp(inside[at], -0.004, 0.03) * longer
    layers = []
    for reach in (np.arange(style.shells) + 0.5) / style.shells:
        points = person.posed[at] + way * (thick * reach)[:, None] + np.array([0, -0.001, 0.001])
        cuts = np.ones((len(at), 3))
        cuts[:, 0] = inside[at] + 0.006 * (1 - reach)
        arrays = (points, normal, local[at], np.full((len(at), 2), reach), cuts)
        layers.append(_layer(arrays, faces))
    return layers


def _strands(style: Hair, frame: Frame, reach: float) -> np.ndarray:
    """Which pixels of a shell are hair: strands thin out towards the tips."""
    x, y, z = (frame.rest[..., k] for k in range(3))
    around, down = np.arctan2(x, -(y - 0.09)), np.arccos(np.clip((z - 0.04) / 0.13, -1, 1))
    straight = noise(around * 110 + 3 * down, down * 5, 3) + 0.5 * noise(around * 260, down * 9, 4)
    curly = noise(x * 210, z * 210 + y * 150, 5) + 0.8 * noise(x * 480, z * 480 + y * 330, 6)
    density = (1 - style.curl) * straight + style.curl * curly
    limit = -1.2 + 1.6 * reach ** (1.3 + 1.7 * style.curl)
    edge = ramp(frame.cuts[..., 0], 0, 0.012)
    root = 0.4 * ((edge > 0.99) & (reach < 0.4))
    return (density > limit + 1.1 * (1 - edge) - root) & (frame.depth < FAR)


def comb(style: Hair, person: Figure, camera: Camera, frame: Frame, box: tuple[slice, slice]) -> None:
    """Draw the hair into a frame that shows `box` of the picture, shell by shell."""
    layers = shells(style, person)
    head = camera.box(layers)
    rows, columns = (slice(h.start - b.start, h.stop - b.start) for h, b in zip(head, box, strict=True))
    for number, shell in enumerate(layers):
        own = camera.draw([shell], head)
        nearer = own.depth < frame.depth[rows, columns]
        nearer &= _strands(style, own, (number + 0.5) / style.shells)
        for name in ("material", "normal", "rest", "texture", "cuts", "depth"):
            getattr(frame, name)[rows, columns][nearer] = getattr(own, name)[nearer]


def curtain(style: Hair, person: Figure) -> list[Layer]:
    """Long hair that falls from the scalp beside and behind the face, if there is any."""
    if not style.fall:
        return []
    eyes = [person.posed[np.unique(surface(f"helper-{side}-eye").vertex)].mean(0) for side in "lr"]
    centre = np.mean(eyes, axis=0) + np.array([0, 0.085, 0])
    turn, down = np.meshgrid(np.linspace(52, 308, 200), np.linspace(0, 1, 60))
    around = np.radians(turn)
    sway = 0.005 * np.sin(45 * down * style.fall + 3 * np.sin(3 * around)) * down
    ripple = 0.0035 * noise(around * 14, down * 2.2, 11)
    wide = np.interp(down, [0, 0.25, 0.5, 0.8, 1], [0.058, 0.084, 0.094, 0.102, 0.092]) + 0.4 * style.length
    deep = np.interp(down, [0, 0.3, 1], [0.085, 0.108, 0.105]) + ripple
    height = 0.085 - (0.085 + style.fall) * down
    points = np.stack([np.sin(around) * (wide + sway + ripple), -np.cos(around) * deep, height], -1)
    tips = 0.3 * (0.93 + 0.07 * noise(around * 60, down * 0, 12) - down)
    rim = np.minimum(turn - 52, 308 - turn) / 60 + 0.02 + 0.04 * noise(down * 9, around * 40, 13)
    cuts = np.stack([tips, rim, np.ones_like(tips)], -1)
    rest = np.stack([around, np.zeros_like(down), down], -1)
    return [_sheet(points, centre, rest, cuts)]


def _sheet(points: np.ndarray, centre: np.ndarray, rest: np.ndarray, cuts: np.ndarray) -> Layer:
    """A layer of hair over a grid of points (R, C, 3) about a centre, its normals pointing away."""
    grid = np.arange(points[..., 0].size).reshape(points.shape[:2])
    a, b, c, d = (g.ravel() for g in (grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]))
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([a, d, c], 1)]).astype(np.int64)
    flat = points.reshape(-1, 3)
    normal = vertex_normals(flat, faces)
    normal *= np.where((normal * flat).sum(1, keepdims=True) < 0, -1, 1)
    arrays = (
        flat + centre,
        normal,
        rest.reshape(-1, 3),
        np.full((grid.size, 2), CURTAIN),
        cuts.reshape(-1, 3),
    )
    return _layer(arrays, faces)


def _layer(arrays: tuple[np.ndarray, ...], faces: np.ndarray) -> Layer:
    points, normals, rest, texture, cuts = (array.astype(np.float32) for array in arrays)
    return Layer("hair", points, normals, rest, texture, cuts, faces)
