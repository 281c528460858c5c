"""A posed parametric body: anny's shape space, posed by linear blend skinning with a small arm solver.

Axes, in metres: x to the body's left, y to its back, z up. The camera looks along +y.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.twins.pose import Girth, PoseSample

if TYPE_CHECKING:
    import torch

SEGMENTS = (
    "trunk",
    "head",
    *(f"{part}.{side}" for side in "LR" for part in ("upperarm", "forearm", "thigh", "shin")),
)
"""What a vertex belongs to, softly; hands go with the forearms, feet with the shins."""

PARTS = (
    "background",
    "head",
    "trunk",
    "arm.L",
    "arm.R",
    "hand.L",
    "hand.R",
    "leg.L",
    "leg.R",
    "foot",
    "hair",
)
"""What a body pixel shows; index = value in part maps."""

_SEGMENT_BONES = {
    "head": ("neck02", "neck03", "head", "eye"),
    "upperarm": ("upperarm",),
    "forearm": ("lowerarm", "wrist", "finger", "metacarpal"),
    "thigh": ("upperleg",),
    "shin": ("lowerleg", "foot", "toe"),
}
_COCO_JOINTS = (
    "nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip


@dataclass(frozen=True)
class Template:
    """What all bodies share: topology, skinning and the order of bones."""

    faces: np.ndarray  # (F, 3) int64
    bones: tuple[str, ...]
    skin: np.ndarray  # (V, B) float32, rows sum to 1
    segments: np.ndarray  # (V, len(SEGMENTS)) float32, rows sum to 1
    parts: np.ndarray  # (V,) uint8 index of PARTS
    part_weights: np.ndarray  # (V, len(PARTS)) float32, rows sum to 1
    joints: np.ndarray  # (13, V) float32 regressor


@dataclass(frozen=True)
class Body:
    """One body twice: at rest and posed. Vertices are (V, 3) float32 metres."""

    rest: np.ndarray
    posed: np.ndarray
    moves: np.ndarray  # (V, 3, 4) float32, rest -> posed
    heads_rest: dict[str, np.ndarray]
    heads: dict[str, np.ndarray]
    joints: np.ndarray  # (13, 3) float32
    yaw: tuple[float, float]  # of pelvis and chest, radians


@cache
def _model() -> Any:
    import anny
    import torch

    return anny.Anny().to(dtype=torch.float32)


def _segment_of(bone: str) -> str:
    for segment, begins in _SEGMENT_BONES.items():
        if bone.startswith(begins):
            return segment if segment == "head" else f"{segment}.{bone[-1]}"
    return "trunk"


def _part_of(bone: str) -> str:
    side = bone[-1]
    if bone.startswith(("foot", "toe")):
        return "foot"
    if bone.startswith(("wrist", "finger", "metacarpal")):
        return f"hand.{side}"
    segment = _segment_of(bone)
    if segment in ("head", "trunk"):
        return segment
    return f"{'arm' if 'arm' in segment else 'leg'}.{side}"


@cache
def template() -> Template:
    """The shared part of all bodies; loads anny once."""
    import anny

    model = _model()
    bones = tuple(model.bone_labels)
    indices, weights = model.vertex_bone_indices.numpy().astype(int), model.vertex_bone_weights.numpy()
    skin = np.zeros((len(weights), len(bones)), np.float32)
    np.add.at(skin, (np.arange(len(weights))[:, None], indices), weights)
    skin /= skin.sum(1, keepdims=True)
    segments = np.zeros((len(skin), len(SEGMENTS)), np.float32)
    for column, bone in enumerate(bones):
        segments[:, SEGMENTS.index(_segment_of(bone))] += skin[:, column]
    part_of_bone = np.array([PARTS.index(_part_of(bone)) for bone in bones], np.uint8)
    part_weights = np.stack([skin[:, part_of_bone == k].sum(1) for k in range(len(PARTS))], axis=1)
    regressor = anny.KeypointsRegressor.coco(model, labels=list(_COCO_JOINTS))
    joints = np.zeros((len(_COCO_JOINTS), len(skin)), np.float32)
    np.add.at(
        joints,
        (np.arange(len(joints))[:, None], regressor.regression_indices.numpy()),
        regressor.regression_weights.numpy(),
    )
    faces = np.array([[int(i) for i in face] for face in model.faces], np.int64)
    parts = part_of_bone[skin.argmax(1)]
    return Template(faces, bones, skin, segments, parts, part_weights, joints)


def _rows(mean: "torch.Tensor", directions: "torch.Tensor") -> np.ndarray:
    return np.concatenate([mean.numpy()[None], directions.numpy()]).reshape(len(directions) + 1, -1)


@cache
def _linear_shapes() -> tuple[np.ndarray, np.ndarray]:
    """The mean body followed by its shape directions, (1 + K, 3 * V), and the same of the bone heads."""
    model = _model()
    vertices = _rows(model.template_vertices, model.blendshapes)
    return vertices, _rows(model.template_bone_heads, model.bone_heads_blendshapes)


def rest_body(shape: dict[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(V, 3) rest vertices and the heads of all bones for anny's phenotype values, each 0..1."""
    coefficients = _model().get_phenotype_blendshape_coefficients(**shape)[0].numpy()
    weights = np.concatenate([np.ones(1, np.float32), coefficients])
    vertices, heads = ((weights @ rows).reshape(-1, 3) for rows in _linear_shapes())
    return vertices, dict(zip(template().bones, heads, strict=True))


def moved(moves: np.ndarray, points: np.ndarray) -> np.ndarray:
    """`points` (N, 3) each under its own transform (N, 3, 4)."""
    return np.einsum("vij,vj->vi", moves[:, :, :3], points) + moves[:, :, 3]


def normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V, 3) unit vertex normals, weighted by face area."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    out = np.stack(
        [np.bincount(faces.ravel(), np.repeat(face[:, k], 3), len(vertices)) for k in range(3)], axis=1
    )
    return (out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-9)).astype(np.float32)


def _driver(bone: str) -> str:
    """The transform of a pose that moves `bone`."""
    segment = _segment_of(bone)
    if segment != "trunk":
        return segment
    if bone.startswith("spine"):
        return bone
    return "pelvis" if bone.startswith(("root", "pelvis")) else "spine01"


def _girth(rest: np.ndarray, heads: dict[str, np.ndarray]) -> Girth:
    level = heads["upperleg01.L"][2]
    parts = template().parts
    torso = rest[(parts == PARTS.index("trunk")) & (rest[:, 2] < heads["spine01"][2])]
    hips = rest[(parts != PARTS.index("hand.L")) & (parts != PARTS.index("hand.R"))]
    hips = hips[np.abs(hips[:, 2] - level) < 0.06]
    return Girth(float(hips[:, 0].max()), float(torso[:, 1].min()), float(torso[:, 1].max()))


def pose_body(shape: dict[str, float], sample: PoseSample) -> Body:
    """The body of `shape` in the pose of `sample`."""
    rest, heads_rest = rest_body(shape)
    shared = template()
    moves = sample.transforms(heads_rest, _girth(rest, heads_rest))
    per_bone = np.stack([moves[_driver(bone)] for bone in shared.bones]).astype(np.float32)
    per_vertex = (shared.skin @ per_bone.reshape(-1, 12)).reshape(-1, 3, 4)
    posed = moved(per_vertex, rest)
    heads = {
        bone: move[:, :3] @ heads_rest[bone] + move[:, 3]
        for bone, move in zip(shared.bones, per_bone, strict=True)
    }
    joints = shared.joints @ posed
    return Body(rest, posed, per_vertex, heads_rest, heads, joints, (sample.yaw, sample.chest_yaw))


def random_shape(rng: np.random.Generator) -> dict[str, float]:
    """Adult women and men of all ages, thin to heavy."""
    gender = rng.beta(0.45, 0.45)
    return {
        "gender": gender,
        "age": rng.uniform(0.6, 1.0),
        "muscle": rng.uniform(0.3, 0.75),
        "weight": float(np.clip(rng.normal(0.45, 0.2), 0.12, 1.0)),
        "height": rng.uniform(0.4, 0.65),
        "proportions": rng.uniform(0.4, 1.0),
    }
