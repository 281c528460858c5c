"""A parametric person at rest and posed, with the helper surfaces on which clothes and eyes are modelled.

Axes in metres: x to the body's left, y to its back, z up. Vertices are (V, 3) float32.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Surface:
    """Triangles of one group and their corners, each a vertex with a place in the texture."""

    vertex: np.ndarray  # (C,) int64 into the vertices
    texture: np.ndarray  # (C, 2) float32, 0..1, v upwards
    faces: np.ndarray  # (F, 3) int64 into the corners


@dataclass(frozen=True)
class Stance:
    """A standing pose in degrees: arms from straight down, elbows bent forward, legs from straight down."""

    arm: tuple[float, float] = (15, 17)
    elbow: tuple[float, float] = (10, 14)
    legs: float = 7
    head_turn: float = 0
    head_tilt: float = 0


@dataclass(frozen=True)
class Figure:
    """One person: vertices at rest and posed, and where the bones begin, by name, in both."""

    rest: np.ndarray
    posed: np.ndarray
    bones_rest: dict[str, np.ndarray]
    bones: dict[str, np.ndarray]
    weights: np.ndarray = field(repr=False)  # (V, B) float32, rows sum to 1

    def weight(self, *prefixes: str) -> np.ndarray:
        """(V,) share of the bones whose names begin so."""
        names = _names()
        return self.weights[:, [k for k, name in enumerate(names) if name.startswith(prefixes)]].sum(1)


@cache
def _model() -> Any:
    import anny
    import torch

    return anny.Anny(topology="makehuman", phenotypes="all").to(dtype=torch.float32)


def _names() -> tuple[str, ...]:
    return tuple(_model().bone_labels)


def data_folder() -> Path:
    """The folder of the body's mesh, shapes and masks (CC0)."""
    import anny

    return Path(anny.__file__).parent / "data" / "mpfb2"


@cache
def _groups() -> tuple[np.ndarray, dict]:
    from anny.utils.obj_utils import load_obj_file

    _, texture, groups = load_obj_file(str(data_folder() / "3dobjs" / "base.obj"))
    return np.asarray(texture, np.float32), groups


@cache
def surface(name: str) -> Surface:
    """The triangles of a group of the base mesh: "body", "helper-tights", "helper-l-eye", ..."""
    texture, groups = _groups()
    quads = np.asarray(groups[name]["face_vertex_indices"], np.int64)
    marks = np.asarray(groups[name]["face_texture_coordinate_indices"], np.int64)
    pairs, corner = np.unique(np.stack([quads.ravel(), marks.ravel()], 1), axis=0, return_inverse=True)
    quads = corner.reshape(quads.shape)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return Surface(pairs[:, 0], texture[pairs[:, 1]], faces)


def _turn(axis: str, degrees: float, pivot: np.ndarray) -> np.ndarray:
    """(4, 4) rotation about an axis through a point."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    out = np.eye(4)
    out[i, i] = out[j, j] = c
    out[i, j], out[j, i] = -s, s
    out[:3, 3] = pivot - out[:3, :3] @ pivot
    return out


def _hang(start: np.ndarray, end: np.ndarray) -> float:
    """Angle in degrees between the segment and straight down, in the frontal plane."""
    return float(np.degrees(np.arctan2(abs(end[0] - start[0]), start[2] - end[2])))


def _bone_moves(heads: dict[str, np.ndarray], stance: Stance) -> dict[str, np.ndarray]:
    """The (4, 4) transform of each moved chain, by the prefix of its bones; longest prefix wins."""
    moves: dict[str, np.ndarray] = {}
    for k, (side, sign) in enumerate((("L", 1), ("R", -1))):
        shoulder, elbow, wrist = (heads[f"{bone}.{side}"] for bone in ("upperarm01", "lowerarm01", "wrist"))
        drop = _hang(shoulder, elbow) - stance.arm[k]
        girdle = _turn("y", sign * 0.16 * drop, heads[f"clavicle.{side}"])
        upper = girdle @ _turn("y", sign * 0.84 * drop, shoulder)
        straighten = _hang(elbow, wrist) - _hang(shoulder, elbow)
        lower = upper @ _turn("y", sign * straighten * 0.7, elbow) @ _turn("x", stance.elbow[k], elbow)
        hip, ankle = (heads[f"{bone}.{side}"] for bone in ("upperleg01", "foot"))
        close = _hang(hip, ankle) - stance.legs
        leg = _turn("y", sign * close, hip)
        moves |= {f"clavicle.{side}": girdle, f"shoulder01.{side}": girdle, f"upperarm01.{side}": upper}
        moves |= {f"upperarm02.{side}": upper, f"upperleg01.{side}": leg, f"upperleg02.{side}": leg}
        moves |= {f"{bone}.{side}": lower for bone in ("lowerarm01", "lowerarm02", "wrist")}
        moves |= {f"hand.{side}": lower, f"lowerleg01.{side}": leg, f"lowerleg02.{side}": leg}
        moves[f"foot.{side}"] = leg @ _turn("y", -sign * close, ankle)
    neck = heads["neck02"]
    half = _turn("z", stance.head_turn / 2, neck) @ _turn("y", stance.head_tilt / 2, neck)
    moves |= {"neck02": half, "neck03": half}
    moves["head"] = _turn("z", stance.head_turn, neck) @ _turn("y", stance.head_tilt, neck)
    return moves


def _chain(bone: str) -> str:
    """The key of `_bone_moves` that moves a bone."""
    side = bone[-2:]
    if bone.startswith(("finger", "metacarpal")):
        return f"hand{side}"
    if bone.startswith("toe"):
        return f"foot{side}"
    return "head" if bone.startswith("eye") else bone


def figure(phenotype: dict[str, float], stance: Stance) -> Figure:
    """The person of these phenotype values (each 0..1) in a stance, soles on z = 0."""
    import torch

    model = _model()
    with torch.no_grad():
        out = model(phenotype_kwargs={key: torch.tensor([value]) for key, value in phenotype.items()})
    rest = out["rest_vertices"][0].numpy()
    names = _names()
    heads = dict(zip(names, out["rest_bone_heads"][0].numpy(), strict=True))
    indices, shares = model.vertex_bone_indices.numpy().astype(int), model.vertex_bone_weights.numpy()
    weights = np.zeros((len(rest), len(names)), np.float32)
    np.add.at(weights, (np.arange(len(rest))[:, None], indices), shares)
    weights /= np.maximum(weights.sum(1, keepdims=True), 1e-6)
    moves = _bone_moves(heads, stance)
    per_bone = np.stack([moves.get(_chain(name), np.eye(4)) for name in names]).astype(np.float32)
    blend = (weights @ per_bone.reshape(len(names), 16)).reshape(-1, 4, 4)
    posed = np.einsum("vij,vj->vi", blend[:, :3, :3], rest) + blend[:, :3, 3]
    bones = {name: (move @ np.r_[heads[name], 1])[:3] for name, move in zip(names, per_bone, strict=True)}
    floor = posed[surface("body").vertex, 2].min()
    lift = np.array([0, 0, -floor], np.float32)
    return Figure(
        rest, (posed + lift).astype(np.float32), heads, {k: v + lift for k, v in bones.items()}, weights
    )
