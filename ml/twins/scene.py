"""Two pictures of one garment: worn in front of a camera, and flat; with the exact way between them."""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.clothframe import MARGIN as CLOTH_MARGIN
from ml.clothframe import ClothFrame
from ml.crops import NETWORK_SIZE, PersonFrame, garment_box
from ml.features import CATEGORIES
from ml.layout import BACKGROUND, BODY, FRONT, GARMENT
from ml.twins.body import PARTS, Body, normals, pose_body, random_shape, template
from ml.twins.cuts import arm_shares, levels
from ml.twins.flatlay import Layout
from ml.twins.garment import Garment, random_garment
from ml.twins.landmarks import corners, located
from ml.twins.pose import PoseSample
from ml.twins.raster import FAR, rasterise
from ml.twins.surface import Surface
from ml.twins.tailor import sew

GENERATOR = 4
"""Counts the changes that make other twins of the same seeds."""

OUTSIDE, OUTER, INNER = range(3)
"""What a pixel of the flat picture shows: nothing, the garment's front, or the inside of its back."""

_LIGHT = np.array([0.35, -0.75, 0.45], np.float32)
_HAIR = PARTS.index("hair")
_ARM_LIFT = 0.015
FRAME_ERROR = 0.02
"""Standard deviation in metres of the joints by which a twin is framed."""
_ARMS = [PARTS.index(name) for name in ("arm.L", "arm.R", "hand.L", "hand.R")]


@dataclass(frozen=True)
class Geometry:
    """A twin without colours, in 256x192 frames of person and garment.

    flow: (H, W, 2) float32 garment-frame pixel of each garment pixel, NaN elsewhere
    layout: (H, W) uint8 index of LAYOUT; parts: (H, W) uint8 index of PARTS, as if the person wore nothing
    level: (H, W) float32, on arms the share of their length, elsewhere 1 = shoulder, 0 = hip, -1 = knee
    inside: (H, W) bool, pixels that the photo covers; joints: (13, 2) float32 px; visibility: (13,) float32
    cloth: (H, W) uint8 of OUTSIDE, OUTER, INNER; light, cloth_light: (H, W) float32 shading about 1
    landmarks: (L, 2) float32 garment-frame px of LANDMARKS; landmarks_seen: (L,) uint8, 0 the garment has no
    such corner, 1 it is hidden, 2 it is seen
    """

    category: str
    flow: np.ndarray
    layout: np.ndarray
    parts: np.ndarray
    level: np.ndarray
    inside: np.ndarray
    joints: np.ndarray
    visibility: np.ndarray
    cloth: np.ndarray
    light: np.ndarray
    cloth_light: np.ndarray
    landmarks: np.ndarray
    landmarks_seen: np.ndarray


@dataclass(frozen=True)
class Camera:
    """A photo of `size` (height, width) px, `scale` px/m, aimed at (x, z) metres from `distance` metres."""

    size: tuple[float, float]
    target: tuple[float, float]
    scale: float
    distance: float

    @classmethod
    def random(cls, rng: np.random.Generator, body: Body, category: str) -> "Camera":
        top, foot = float(body.posed[:, 2].max()), float(body.posed[:, 2].min())
        hip, knee = body.heads["upperleg01.L"][2], body.heads["lowerleg01.L"][2]
        u = rng.random() * (1 if category == "upper_body" else 0.75)
        if u < 0.36:
            low = foot - rng.uniform(0.02, 0.2)
        elif u < 0.72:
            low = hip - rng.uniform(0.15, 1.0) * (hip - knee)
        else:
            low = hip - rng.uniform(-0.12, 0.15)
        high = top + (rng.uniform(0.0, 0.2) if rng.random() < 0.85 else rng.uniform(-0.18, 0))
        height, width = 1024.0, 1024 * rng.uniform(0.58, 0.85)
        middle = float(body.heads["spine02"][0]) + rng.normal(0, 0.05)
        return cls((height, width), (middle, (low + high) / 2), height / (high - low), rng.uniform(2.2, 6))

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) metres -> (N, 2) photo px."""
        scale = self.scale * self.distance / (self.distance + points[:, 1])
        x = self.size[1] / 2 + (points[:, 0] - self.target[0]) * scale
        y = self.size[0] / 2 - (points[:, 2] - self.target[1]) * scale
        return np.stack([x, y], axis=1)

    def frame(
        self, points: np.ndarray, joints: np.ndarray, category: str, rng: np.random.Generator
    ) -> PersonFrame:
        """The frame a pose estimator would find, a little larger for hair and clothing, and not exact."""
        right, bottom = self.size[1] - 1, self.size[0] - 1
        seen = points[((points >= 0) & (points <= (right, bottom))).all(1)]
        low, high = seen.min(0), seen.max(0)
        grow = rng.uniform(0, 0.035, (2, 2)) * (high - low) * ((1, 1), (1, 0.3))
        low, high = np.maximum(low - grow[0], 0), np.minimum(high + grow[1], (right, bottom))
        return PersonFrame.around(garment_box((*low, *high), joints, category))


def _shade(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    return 0.55 + 0.5 * np.clip(normals(points, faces) @ _LIGHT, 0, 1)


def _draw(
    points: np.ndarray,
    depth: np.ndarray,
    faces: np.ndarray,
    columns: list[np.ndarray],
    keeps: int,
    zbuffer: np.ndarray,
) -> np.ndarray:
    """(H, W, K) of the interpolated columns where this mesh is nearest, NaN elsewhere."""
    values = np.column_stack(columns).astype(np.float32)
    out = np.full((*NETWORK_SIZE, values.shape[1]), np.nan, np.float32)
    rasterise(points.astype(np.float32), depth.astype(np.float32), faces, values, keeps, out, zbuffer)
    return out


def _distort(flat: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Flat metres (N, 2) (x, z) -> picture plane (N, 2), y down: turned, stretched, tilted, gently bent."""
    low, high = flat.min(0), flat.max(0)
    p = (flat - (low + high) / 2) / (high - low).max() * (1, -1)
    p = p * rng.uniform(0.99, 1.01, 2) * (1, rng.uniform(1.0, 1.04))
    angle = rng.normal(0, 0.05)
    c, s = np.cos(angle), np.sin(angle)
    p = p @ np.array([[c, s], [-s, c]])
    p = p / (1 + p @ rng.normal(0, 0.05, 2))[:, None]
    for _ in range(3):
        wave = np.sin(p @ rng.normal(0, 3.5, 2) + rng.uniform(0, 2 * np.pi))
        p = p + wave[:, None] * rng.normal(0, 0.008, 2)
    return p * 1000


def _flat_picture(
    surfaces: list[Surface], rng: np.random.Generator
) -> tuple[list[np.ndarray], dict[str, np.ndarray], np.ndarray]:
    """Frame pixels (N, 2) of each surface's vertices; what the picture shows and its light, as in Geometry;
    and the depth (H, W) of what it shows.
    """
    sizes = np.cumsum([len(s.flat) for s in surfaces])[:-1]
    plane = _distort(np.concatenate([s.flat for s in surfaces]), rng)
    cut = np.concatenate([(s.keep > 0).all(1) for s in surfaces])
    slack = rng.normal(0, 4, 4) * (rng.random() < 0.5)
    box = np.concatenate([plane[cut].min(0), plane[cut].max(0)]) + slack
    frame = ClothFrame.around(tuple(box), CLOTH_MARGIN)
    pixels = np.split(frame.points_to_network(plane), sizes)
    zbuffer, shown, light = (
        np.full(NETWORK_SIZE, FAR),
        np.zeros(NETWORK_SIZE, np.uint8),
        np.ones(NETWORK_SIZE),
    )
    for surface, at in zip(surfaces, pixels, strict=True):
        columns = [surface.keep, surface.front]
        out = _draw(at, surface.depth, surface.faces, columns, 2, zbuffer)
        drawn = ~np.isnan(out[..., 0])
        shown[drawn] = np.where(out[drawn, 2] >= -0.1, OUTER, INNER)
        light[drawn] = 0.82 + 0.2 * np.clip(out[drawn, 2], 0, 1) - 0.2 * (out[drawn, 2] < -0.1)
    return pixels, {"cloth": shown, "cloth_light": light.astype(np.float32)}, zbuffer


def _hair(frame_joints: np.ndarray, head: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """(H, W) bool hair around a head mask, and whether it falls in front of the garment."""
    hair = np.zeros(NETWORK_SIZE, np.uint8)
    if not head.any():
        return hair > 0, False
    rows, columns = np.flatnonzero(head.any(1)), np.flatnonzero(head.any(0))
    wide, tall = columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
    x, y = (columns[0] + columns[-1]) / 2, rows[0] + 0.4 * tall
    puff = rng.uniform(1.0, 1.3)
    cv2.ellipse(hair, ((x, y), (wide * puff, 0.95 * tall * puff), 0), 1, -1)
    if rng.random() < 0.5:
        length = rng.uniform(0.5, 2.3) * tall
        for side in (-1, 1):
            middle = (x + side * wide * rng.uniform(0.4, 0.6), y + length / 2)
            cv2.ellipse(
                hair, (middle, (wide * rng.uniform(0.25, 0.55), length), side * rng.normal(0, 6)), 1, -1
            )
    # The face stays free: hair frames the nose joint.
    face = np.zeros_like(hair)
    nose = frame_joints[0]
    cv2.ellipse(face, ((float(nose[0]), float(nose[1])), (0.8 * wide, 1.25 * tall), 0), 1, -1)
    return (hair > 0) & ~((face > 0) & head), bool(rng.random() < 0.5)


def _bare(body: Body, frame: PersonFrame, camera: Camera, zbuffer: np.ndarray) -> dict[str, np.ndarray]:
    """The undressed body: parts, level, layout and light."""
    shared = template()
    arm = shared.part_weights[:, _ARMS].sum(1)
    level = np.where(arm > 0.5, arm_shares(body), levels(body))
    columns = [shared.part_weights, level, _shade(body.posed, shared.faces)]
    at = frame.points_to_network(camera.project(body.posed))
    # Soft cloth gives way to an arm that lies against it: arms are drawn a little nearer.
    out = _draw(at, body.posed[:, 1] - _ARM_LIFT * arm, shared.faces, columns, 0, zbuffer)
    solid = ~np.isnan(out[..., 0])
    parts = np.where(solid, np.nan_to_num(out[..., : len(PARTS)]).argmax(-1), 0).astype(np.uint8)
    layout = np.where(solid, np.where(np.isin(parts, _ARMS), FRONT, BODY), BACKGROUND).astype(np.uint8)
    light = np.nan_to_num(out[..., -1], nan=1)
    return {"parts": parts, "level": np.nan_to_num(out[..., -2]), "layout": layout, "light": light}


def _inside(camera: Camera, points: np.ndarray) -> np.ndarray:
    """(...) bool, which photo pixels (..., 2) lie in the photo."""
    return ((points >= 0) & (points <= (camera.size[1] - 1, camera.size[0] - 1))).all(-1)


def _worn_picture(
    body: Body,
    surfaces: list[Surface],
    pixels: list[np.ndarray],
    camera: Camera,
    category: str,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """The fields of Geometry that belong to the person."""
    in_photo = camera.project(body.joints)
    found = in_photo + rng.normal(0, FRAME_ERROR, in_photo.shape) * camera.scale
    frame = camera.frame(camera.project(body.posed), found, category, rng)
    zbuffer = np.full(NETWORK_SIZE, FAR)
    shown = _bare(body, frame, camera, zbuffer)
    parts, layout = shown["parts"], shown["layout"]
    shown["flow"] = flow = np.full((*NETWORK_SIZE, 2), np.nan, np.float32)
    for surface, at in zip(surfaces, pixels, strict=True):
        columns = [surface.keep, at, _shade(surface.points, surface.faces)]
        depth = surface.points[:, 1] - _ARM_LIFT * np.clip(surface.arm, 0, 1)
        place = frame.points_to_network(camera.project(surface.points))
        out = _draw(place, depth, surface.faces, columns, 2, zbuffer)
        drawn = ~np.isnan(out[..., 0])
        flow[drawn], shown["light"][drawn], layout[drawn] = out[drawn, 2:4], out[drawn, 4], GARMENT
    joints = frame.points_to_network(in_photo)
    hair, falls_in_front = _hair(joints, parts == PARTS.index("head"), rng)
    hair &= (layout == BACKGROUND) | (parts == PARTS.index("head")) | falls_in_front
    hair &= ~np.isin(parts, _ARMS)
    layout[hair], parts[hair] = FRONT, _HAIR
    height, width = NETWORK_SIZE
    places = frame.points_to_photo(np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1))
    inside = _inside(camera, places)
    layout[~inside], parts[~inside] = BACKGROUND, 0
    flow[layout != GARMENT] = np.nan
    visibility = _inside(camera, in_photo).astype(np.float32)
    return shown | {"inside": inside, "joints": joints, "visibility": visibility}


def make_geometry(seed: int, category: str | None = None) -> Geometry:
    """The twin of `seed`, deterministic; of a random category unless one of CATEGORIES is given."""
    if category is not None and category not in CATEGORIES:
        raise ValueError(f"unknown category {category!r}")
    rng = np.random.default_rng(seed)
    while True:
        garment: Garment = random_garment(rng, category)
        body = pose_body(random_shape(rng), PoseSample.random(rng))
        surfaces = sew(body, garment, Layout.random(rng, garment.long_sleeves), rng)
        pixels, flat, zbuffer = _flat_picture(surfaces, rng)
        camera = Camera.random(rng, body, garment.category)
        worn = _worn_picture(body, surfaces, pixels, camera, garment.category, rng)
        # A picture cropped above the garment teaches nothing.
        if (worn["layout"] == GARMENT).mean() > 0.02:
            found = corners(body, garment, surfaces)
            landmarks, seen = located(found, surfaces, pixels, zbuffer)
            return Geometry(
                category=garment.category, landmarks=landmarks, landmarks_seen=seen, **flat, **worn
            )
