"""From a stored twin to what the warp network would see of a real photo, and what it should answer."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ml.crops import NETWORK_SIZE
from ml.features import ClothView, PersonView, warp_features
from ml.layout import GARMENT
from ml.pose import MIRRORED_JOINTS
from ml.twins.body import PARTS
from ml.twins.scene import Geometry
from ml.twins.textures import TextureSource, flat_picture

_H, _W = NETWORK_SIZE
_SHOULDERS, _ELBOWS, _HIPS = (1, 2), (3, 4), (7, 8)
_OUTWARDS = {_SHOULDERS: 0.016, _ELBOWS: 0.013, _HIPS: 0.008}
_HIPS_UP = 0.06
"""Where MediaPipe's joints lie from the body model's, in lengths of the torso: measured on rendered twins."""

_HEAD, _HAIR = PARTS.index("head"), PARTS.index("hair")
_ARMS = [PARTS.index(name) for name in ("arm.L", "arm.R")]
_HANDS = [PARTS.index(name) for name in ("hand.L", "hand.R")]
_LEGS = [PARTS.index(name) for name in ("leg.L", "leg.R", "foot")]
_WIDE_LEGS = 0.1
"""How far wide trousers stand off the legs, in lengths of the torso."""
_NECK_LEVEL = 1.02
"""Above it (1 = shoulder joint) the skin of the trunk is the neck's."""

_MIRRORED_PARTS = np.array(
    [PARTS.index(n[:-1] + {"L": "R", "R": "L"}[n[-1]] if n.endswith((".L", ".R")) else n) for n in PARTS],
    np.uint8,
)


@dataclass(frozen=True)
class WarpSample:
    """person, cloth: what the network sees; flow: (256, 192, 2) float32 normalised, 0 off the garment;
    layout: (256, 192) uint8; counted: (256, 192) bool, pixels inside the photo."""

    person: PersonView
    cloth: ClothView
    flow: np.ndarray
    layout: np.ndarray
    counted: np.ndarray

    @property
    def features(self) -> np.ndarray:
        """(C, 64, 48) float32, the network's input."""
        return warp_features(self.person, self.cloth)


def mirrored(geometry: Geometry) -> Geometry:
    """The twin seen in a mirror, garment and person both."""
    flow = geometry.flow[:, ::-1].copy()
    flow[..., 0] = _W - 1 - flow[..., 0]
    flip = {
        name: np.ascontiguousarray(getattr(geometry, name)[:, ::-1])
        for name in ("layout", "level", "inside", "cloth", "cloth_light", "light")
    }
    joints = geometry.joints[list(MIRRORED_JOINTS)].copy()
    joints[:, 0] = _W - 1 - joints[:, 0]
    return replace(
        geometry,
        flow=flow,
        parts=np.ascontiguousarray(_MIRRORED_PARTS[geometry.parts][:, ::-1]),
        joints=joints,
        visibility=geometry.visibility[list(MIRRORED_JOINTS)],
        **flip,
    )


def shifted_cloth(geometry: Geometry, rng: np.random.Generator) -> Geometry:
    """The flat garment a little stretched, turned and moved in its frame, the flow with it."""
    angle, scale = rng.normal(0, 0.025), rng.uniform(0.93, 1.04, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    middle = np.array([_W - 1, _H - 1]) / 2
    shift = middle - turn @ middle + rng.normal(0, 1.5, 2)
    matrix = np.column_stack([turn, shift])
    cloth = cv2.warpAffine(geometry.cloth, matrix, (_W, _H), flags=cv2.INTER_NEAREST)
    light = cv2.warpAffine(geometry.cloth_light, matrix, (_W, _H), borderMode=cv2.BORDER_REPLICATE)
    flow = (geometry.flow @ turn.T + shift).astype(np.float32)
    return replace(geometry, cloth=cloth, cloth_light=light, flow=flow)


def estimated_joints(geometry: Geometry, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(13, 2) px and (13,) visibility as a pose estimator would give them."""
    joints = geometry.joints.copy()
    shoulders, hips = joints[list(_SHOULDERS)].mean(0), joints[list(_HIPS)].mean(0)
    torso = float(np.linalg.norm(shoulders - hips))
    across = np.sign(joints[_SHOULDERS[0], 0] - joints[_SHOULDERS[1], 0])
    for (left, right), outwards in _OUTWARDS.items():
        joints[left, 0] += across * outwards * torso
        joints[right, 0] -= across * outwards * torso
    joints[list(_HIPS), 1] -= rng.normal(_HIPS_UP, 0.04) * torso
    joints += rng.normal(0, 0.02, joints.shape) * torso
    if rng.random() < 0.1:
        joints[rng.integers(1, 13)] += rng.normal(0, 0.1, 2) * torso
    seen = geometry.visibility * np.where(
        rng.random(13) < 0.75, rng.uniform(0.9, 1, 13), rng.uniform(0.3, 1, 13)
    )
    seen[3:7] *= rng.random(4) > 0.06
    seen[9:] *= rng.random(4) > 0.05
    return joints.astype(np.float32), seen.astype(np.float32)


def _noise(rng: np.random.Generator, cell: int) -> np.ndarray:
    small = rng.normal(0, 1, (_H // cell, _W // cell)).astype(np.float32)
    return cv2.resize(small, (_W, _H), interpolation=cv2.INTER_LINEAR)


def probable(mask: np.ndarray, rng: np.random.Generator, grow: float, rough: float) -> np.ndarray:
    """A soft float32 0..1 map like a network's: `mask` grown by `grow` px, its outline `rough` px uneven."""
    shape = mask.astype(np.uint8)
    if not shape.any():
        return np.zeros(NETWORK_SIZE, np.float32)
    signed = cv2.distanceTransform(shape, cv2.DIST_L2, 3) - cv2.distanceTransform(1 - shape, cv2.DIST_L2, 3)
    edge = (signed + grow + rough * _noise(rng, 16)) / rng.uniform(0.7, 2.5)
    return np.clip(edge + 0.5, 0, 1)


def _bridged(geometry: Geometry, hem: float) -> np.ndarray:
    """(256, 192) bool: old skirts down to the level `hem`. As in a photo, a garment that is worn on the legs
    itself is told no more of them than what may be wide legs."""
    legs = np.isin(geometry.parts, _LEGS) & (geometry.level > hem)
    skirt = np.zeros_like(legs)
    for row in np.flatnonzero(legs.any(1)):
        columns = np.flatnonzero(legs[row])
        skirt[row, columns[0] : columns[-1] + 1] = True
    if geometry.category == "upper_body" or not legs.any():
        return skirt
    shoulders, hips = geometry.joints[list(_SHOULDERS)].mean(0), geometry.joints[list(_HIPS)].mean(0)
    away = cv2.distanceTransform(np.uint8(~legs), cv2.DIST_L2, 3)
    return skirt & (away < _WIDE_LEGS * float(np.linalg.norm(shoulders - hips)))


def seen_silhouette(geometry: Geometry, rng: np.random.Generator) -> np.ndarray:
    """(256, 192) float32: the body in unknown old clothing, which may be loose or bridge the legs."""
    body = geometry.parts > 0
    if rng.random() < 0.3:
        body |= _bridged(geometry, hem=rng.uniform(-2, -0.2))
    bare = ~np.isin(geometry.parts, [_HEAD, _HAIR, *_HANDS])
    loose = probable(body & bare, rng, abs(rng.normal(0, 2.5)), rng.uniform(0.2, 1.5))
    tight = probable(body, rng, rng.normal(0, 0.6), rng.uniform(0.1, 0.7))
    return np.maximum(loose, tight) * geometry.inside


def may_be_covered(geometry: Geometry) -> np.ndarray:
    """(256, 192) bool: arms, torso and legs that a garment of this category may cover. Of them nothing is
    shown, bare or not, in a photo either: the old garment must say nothing about the new one."""
    parts = geometry.parts
    upper = np.isin(parts, _ARMS) | ((parts == PARTS.index("trunk")) & (geometry.level < _NECK_LEVEL))
    lower = np.isin(parts, _LEGS)
    return {"upper_body": upper, "lower_body": lower, "dresses": upper | lower}[geometry.category]


def seen_skin(geometry: Geometry, rng: np.random.Generator) -> np.ndarray:
    """(256, 192) float32: skin that random old clothing leaves bare, face included, as far as it is shown."""
    if rng.random() < 0.07:
        return np.zeros(NETWORK_SIZE, np.float32)
    parts, level = geometry.parts, geometry.level
    sleeve = rng.choice([-1.0, rng.uniform(0.1, 0.9), 0.97], p=[0.4, 0.3, 0.3])
    neckline = rng.uniform(0.75, 1.12)
    hem, top = rng.choice([-2.5, rng.uniform(-1.9, -0.2), 2.0], p=[0.5, 0.35, 0.15]), rng.uniform(0.2, 0.6)
    bare = np.isin(parts, [_HEAD, *_HANDS]) | (np.isin(parts, _ARMS) & (level > sleeve))
    bare |= (parts == PARTS.index("trunk")) & (level > neckline)
    bare |= np.isin(parts, _LEGS) & (level < hem)
    if rng.random() < 0.12:
        bare |= (parts == PARTS.index("trunk")) & (np.abs(level - top) < 0.08)
    bare &= ~may_be_covered(geometry)
    certain = rng.uniform(0.75, 1.0)
    skin = probable(bare, rng, rng.normal(-0.3, 0.6), rng.uniform(0.1, 1.0)) * certain
    if rng.random() < 0.25:
        skin *= np.clip(1.2 + 1.2 * _noise(rng, 32), 0, 1)
    return skin * geometry.inside


def make_sample(geometry: Geometry, textures: TextureSource, rng: np.random.Generator) -> WarpSample:
    """A training example with new colours, estimation errors and old clothing each time."""
    if rng.random() < 0.5:
        geometry = mirrored(geometry)
    geometry = shifted_cloth(geometry, rng)
    image = flat_picture(textures(rng), geometry.cloth, geometry.cloth_light, rng)
    return _answered(geometry, image, rng)


def plain_sample(geometry: Geometry, seed: int) -> WarpSample:
    """The same example every time, for scoring: errors and clothing of `seed`, no mirror, no shift."""
    rng = np.random.default_rng(seed)
    image = flat_picture(TextureSource()(rng), geometry.cloth, geometry.cloth_light, rng)
    return _answered(geometry, image, rng)


def _answered(geometry: Geometry, image: np.ndarray, rng: np.random.Generator) -> WarpSample:
    joints, visibility = estimated_joints(geometry, rng)
    hair = geometry.parts == _HAIR
    hair_seen = probable(hair, rng, rng.normal(0, 0.7), rng.uniform(0.1, 1.0)) * (rng.random() > 0.07)
    person = PersonView(
        joints,
        visibility,
        seen_silhouette(geometry, rng),
        seen_skin(geometry, rng),
        hair_seen.astype(np.float32),
    )
    mask = geometry.cloth > 0
    if rng.random() < 0.3:
        mask = probable(mask, rng, rng.normal(0, 0.5), 0.4) > 0.5
    cloth = ClothView(image, mask, geometry.category)
    worn = geometry.layout == GARMENT
    flow = (geometry.flow + 0.5) / np.array([_W, _H], np.float32)
    flow = np.where(worn[..., None], np.nan_to_num(flow), 0).astype(np.float32)
    return WarpSample(person, cloth, flow, geometry.layout, geometry.inside)
