"""Layers of a dressed person: skin, eyes and clothes, as surfaces with cut edges.

A layer is drawn only where its three `cuts` are positive: distances in metres to the edge of the cloth, by
which hems are found later.
"""

from dataclasses import dataclass

import numpy as np

from shop.artwork.people.body import Figure, Surface, surface

ARM = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
LEG = ("upperleg", "lowerleg", "foot", "toe")


@dataclass(frozen=True)
class Layer:
    """Corners (C, 3) in metres, unit normals, texture (C, 2), cuts (C, 3), float32; faces (F, 3) int64."""

    material: str
    points: np.ndarray
    normals: np.ndarray
    rest: np.ndarray
    texture: np.ndarray
    cuts: np.ndarray
    faces: np.ndarray


def vertex_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V, 3) unit normals, weighted by face area."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    total = np.stack([np.bincount(faces.ravel(), np.repeat(face[:, k], 3), len(points)) for k in range(3)], 1)
    return (total / (np.linalg.norm(total, axis=1, keepdims=True) + 1e-12)).astype(np.float32)


def layer(
    person: Figure,
    group: str,
    material: str,
    *,
    move: np.ndarray | None = None,
    cuts: list[np.ndarray] | None = None,
) -> Layer:
    """A layer on a group of the mesh; `move` (V, 3) displaces posed vertices, `cuts` are (V,) fields."""
    part: Surface = surface(group)
    posed = person.posed if move is None else person.posed + move
    normals = vertex_normals(posed, part.vertex[part.faces])
    fields = np.ones((len(posed), 3), np.float32)
    for column, cut in enumerate(cuts or []):
        fields[:, column] = cut
    at = part.vertex
    return Layer(
        material,
        posed[at].astype(np.float32),
        normals[at],
        person.rest[at],
        part.texture,
        fields[at],
        part.faces,
    )


def _normals(person: Figure, group: str) -> np.ndarray:
    part = surface(group)
    return vertex_normals(person.posed, part.vertex[part.faces])


def _along_arm(person: Figure) -> np.ndarray:
    """(V,) how far along its arm a vertex lies: 0 shoulder, 1 elbow, 2 wrist; below 0 on the trunk."""
    out = np.full(len(person.rest), -1.0, np.float32)
    for side in "LR":
        a, b, c = (person.bones_rest[f"{bone}.{side}"] for bone in ("upperarm01", "lowerarm01", "wrist"))
        upper = (person.rest - a) @ (b - a) / ((b - a) @ (b - a))
        lower = 1 + (person.rest - b) @ (c - b) / ((c - b) @ (c - b))
        weight = person.weight(*ARM)
        mine = (person.rest[:, 0] > 0) == (side == "L")
        along = np.where(upper > 1, np.maximum(lower, 1), upper)
        out = np.where(mine & (weight > 0.25), along, out)
    return out


def _hanging(person: Figure, group: str, top: float, bottom: float, swell: float) -> np.ndarray:
    """(V, 3) displacement that lets cloth fall straight from its widest level, past the waist."""
    at = np.unique(surface(group).vertex)
    trunk = at[person.weight(*ARM)[at] < 0.3]
    x, z = np.abs(person.posed[trunk, 0]), person.posed[trunk, 2]
    levels = np.linspace(bottom - 0.05, top + 0.05, 40)
    half = np.array([x[np.abs(z - level) < 0.025].max(initial=0.1) for level in levels])
    wide = np.interp(
        levels,
        [bottom, top],
        [half[(levels > bottom - 0.03) & (levels < bottom + 0.05)].max(), half[levels > top - 0.08].max()],
    )
    wanted = half + swell * np.maximum(0, wide - half)
    scale = np.interp(person.posed[:, 2], levels, wanted / half)
    fade = np.clip((top - person.posed[:, 2]) / 0.08, 0, 1) * (1 - np.clip(person.weight(*ARM) * 2, 0, 1))
    move = np.zeros_like(person.posed)
    move[:, 0] = person.posed[:, 0] * (scale - 1) * fade
    return move


def top(
    person: Figure,
    *,
    sleeve: float,
    hem: float,
    neck: float,
    ease: float = 0.012,
    swell: float = 0.75,
) -> Layer:
    """A T-shirt: sleeve length (1 elbow, 2 wrist), hem below the hips, half-width of the neck."""
    hip, collar = person.bones["upperleg01.L"][2], person.bones["neck01"]
    arm = person.weight(*ARM)
    normal = _normals(person, "helper-tights")
    armpit = person.bones["upperarm01.L"][2] - 0.10
    along = _along_arm(person)
    loose = ease * (0.55 + 0.7 * np.clip((armpit + 0.1 - person.posed[:, 2]) / 0.3, 0, 1)) * (
        1 - arm
    ) + arm * ease * (0.7 + 0.6 * np.clip(along, 0, 1))
    move = normal * loose[:, None] + _hanging(person, "helper-tights", armpit, hip, swell)
    x, y, z = (person.posed - collar).T
    front = np.clip(-y / 0.06 + 0.2, 0, 1)
    round_ = np.sqrt(np.clip(1 - (x / neck) ** 2, 0, 1))
    edge = 0.032 - z - round_ * (0.022 + 0.055 * front)
    cuts = [person.posed[:, 2] - (hip - hem), 0.28 * (sleeve - along), edge]
    return layer(person, "helper-tights", "top", move=move, cuts=cuts)


def trousers(person: Figure, *, hem: float, ease: float = 0.009, flare: float = 0.014) -> Layer:
    """Trousers from the waist to `hem` metres above the floor, wider by `flare` towards the hem."""
    hip = person.bones["upperleg01.L"][2]
    normal = _normals(person, "helper-tights")
    down = np.clip((hip - person.posed[:, 2]) / hip, 0, 1)
    move = normal * (ease + flare * down)[:, None]
    arms = 0.5 - person.weight(*ARM)
    return layer(
        person,
        "helper-tights",
        "lower",
        move=move,
        cuts=[person.posed[:, 2] - hem, hip + 0.12 - person.posed[:, 2], arms],
    )


def shoes(person: Figure) -> Layer:
    """Closed shoes over the feet."""
    normal = _normals(person, "helper-tights")
    height = person.bones["foot.L"][2] + 0.015
    low = np.clip(1 - person.posed[:, 2] / 0.03, 0, 1)
    move = normal * (0.001 + 0.006 * low)[:, None]
    return layer(
        person,
        "helper-tights",
        "shoe",
        move=move,
        cuts=[height - person.posed[:, 2], person.weight(*LEG) - 0.5],
    )
