"""A guess, from the photo's own colours, of what comes to light when old clothing is taken away."""

import cv2
import numpy as np

from ml.anatomy import (
    HIPS,
    KNEES,
    SHOULDERS,
    below_waist,
    limb_axes,
    middle,
    shoulder_shape,
    shoulder_width,
    waist_line,
)
from ml.chest import Chests
from ml.compose import ERASE_MARGIN, narrowed
from ml.inpaint import grain_like, push_pull
from ml.layer import STEPS, soft_edged
from ml.layout import BODY, FRONT, GARMENT
from ml.morphology import dilate, ellipse
from ml.pose import Pose
from ml.regions import SKIN, body_regions
from ml.scene import Scene, old_garment
from ml.shading import rounded
from ml.skin import fill_skin

WORKING_HEIGHT = 256
"""Pixels to which a photo is about reduced: skin and wall that nobody has seen have no details."""
HALO = 0.012
"""How close to the person background pixels are not trusted to be background, as a share of the photo's
height."""
RIM = 0.004
"""How close at least, likewise."""
SHADE, LIGHTER = 40.0, 8.0
"""How much darker and lighter a wall that is near may be than further away, in steps of a channel."""
GAP = 0.012
"""Half the width of gaps in the person's outline that are none, likewise."""
SKIN_RIM = 0.006
SLOPES = 0.003
"""Softness of the slopes from neck to shoulders (standard deviation of a blur), likewise."""
REACH = 0.14
"""How far visible skin lends its light and shade to uncovered skin, as a share of the shoulders' width."""
GIRTH = 0.75
"""Radius of the trunk, likewise, as far as light falls on it."""
BESIDE = 0.1
"""How far from old clothing the skin lies that tells most of what is under it, likewise."""
LEG_ROUND, LEG_SOFT = 0.13, 0.004
"""How far from their outline legs begin to turn away from the viewer, likewise, and the blur of their light
(standard deviation) as a share of the photo's height."""
NARROWER = 0.25
"""How much narrower a waist is than hips."""
HEM_BENT = 0.03
"""How far lower than in its middle a top's hem may hide trousers at their sides, as a share of the photo's
height."""
LIMBS = (("left_arm", "left_hand"), ("right_arm", "right_hand"), ("left_leg",), ("right_leg",))
LIT = ("face", "neck", "left_arm", "right_arm")
"""Parts of the body that tell how light a chest may be, the face first."""


def uncovered(scene: Scene, category: str, layout: np.ndarray, chests: Chests | None = None) -> np.ndarray:
    """The photo, float32 (H, W, 3), as if the old garment of `category` were not worn.

    Skin goes on from skin, wall from wall, trousers upwards from trousers. layout: float32 (H, W, 4), what is
    expected in the place of old clothing; chests: what is known of bare ones.
    """
    person = np.maximum(person_beside(scene, category, layout), _shoulders(scene, category))
    height, width = person.shape
    small = scene.reduced(round(height / WORKING_HEIGHT))
    clothed, body, wall = (
        cv2.resize(part, (width, height))
        for part in (_clothed(small), _body(small, category, chests), _wall(small))
    )
    person *= ((clothed - 0.5) * 4 + 0.5).clip(0, 1)
    # A body ends along a line, however coarse what is known of it.
    seen = _bare_trunk(scene)
    if category == "upper_body":
        seen |= _to_waist(scene)
    person = soft_edged(np.float32((person > 0.5) | seen), STEPS * height)
    body = body * leg_light(scene.pose, person > 0.5)[..., None]
    grain = grain_like(scene.photo, ((scene.of("background"), 1 - person), (_limbs(scene), person)))
    return cv2.blendLinear(body, wall, person, 1 - person) + cv2.merge([grain] * 3)


def person_beside(scene: Scene, category: str, layout: np.ndarray) -> np.ndarray:
    """Probability (H, W) float32 of seeing the person where the new garment is not seen: beside its outline
    that is seldom so. layout: float32 (H, W, 4).
    """
    person = (layout[..., FRONT] + layout[..., BODY]) / np.maximum(1 - layout[..., GARMENT], 1e-3)
    return narrowed(scene, category, person)


def _bare_trunk(scene: Scene) -> np.ndarray:
    """Skin of neck and trunk that is seen, bool (H, W): whatever a layout doubts, it is no wall."""
    return scene.regions["neck"] | scene.regions["torso"]


def _to_waist(scene: Scene) -> np.ndarray:
    """Trousers or skirt that are seen, and what of them a top hides below the waist, bool (H, W): there, from
    side to side as the top begins to hide them, they narrow as bodies do.
    """
    old, result = old_garment(scene, "upper_body"), np.zeros(scene.labels.shape, bool)
    worn = scene.of("lower", "dress") & ~old
    columns = np.flatnonzero(worn.any(axis=0))
    if not columns.size:
        return result
    first = worn.argmax(axis=0)
    hem = first <= np.median(first[columns]) + HEM_BENT * len(worn)
    hem &= worn.any(axis=0)
    left, right = np.flatnonzero(hem)[[0, -1]]
    centre, waist = (left + right) / 2, float(waist_line(scene.pose)[0][1])
    rows, places = np.arange(len(worn))[:, None], np.arange(worn.shape[1])
    low = np.where(places < centre, first[left], first[right])
    share = ((low - rows) / np.maximum(low - waist, 1)).clip(0, 1)
    hidden = (rows > waist) & (rows <= np.where(hem, first, low)) & old
    result[hidden & (np.abs(places - centre) <= (right - left) / 2 * (1 - NARROWER * share))] = True
    return result | worn


def leg_light(pose: Pose, person: np.ndarray) -> np.ndarray:
    """Factors (H, W) float32, at most 1, for the colour of bare legs, which are round: darker at the sides.

    person: bool (H, W). They begin below the hips, and softly.
    """
    rows = np.arange(len(person), dtype=np.float32)[:, None]
    hips, knees = (middle(pose, pair)[1] for pair in (HIPS, KNEES))
    legs = np.interp(rows, (hips, max(knees, hips + 1)), (0, 1)).astype(np.float32)
    small = cv2.resize(np.float32(person), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA) > 0.5
    light = rounded(small, LEG_ROUND * shoulder_width(pose) / 4)
    light = cv2.GaussianBlur(light, (0, 0), LEG_SOFT * len(small))
    return 1 - legs * (1 - cv2.resize(light, person.shape[::-1]))


def _limbs(scene: Scene) -> np.ndarray:
    """Bare skin of neck, trunk, arms and legs, which has the grain of skin and no features: bool (H, W)."""
    names = ("neck", "torso", "left_arm", "right_arm", "left_leg", "right_leg")
    limbs = np.logical_or.reduce([scene.regions[name] for name in names])
    return dilate(limbs, -SKIN_RIM * len(limbs))


def _shoulders(scene: Scene, category: str) -> np.ndarray:
    """Slopes from neck to shoulders, float32 (H, W) in 0..1: where they are likely to be, and where the old
    garment lies on them.
    """
    ends, height = scene.pose.keypoints[list(SHOULDERS)], len(scene.labels)
    left, right = np.sort(ends[:, 0]).round().astype(int).clip(0, None)
    between = np.zeros(scene.labels.shape, bool)
    between[: max(0, round(float(ends[:, 1].max()))), left:right] = True
    covered = cv2.GaussianBlur(np.float32(between & old_garment(scene, category)), (0, 0), SLOPES * height)
    return np.maximum(covered, shoulder_shape(scene.pose))


def _clothed(scene: Scene) -> np.ndarray:
    """Where the person is as the photo shows them, float32 (H, W) in 0..1: without old clothing nobody is
    wider.
    """
    someone, chest = np.uint8(~scene.of("background")), slice(max(round(_ribs(scene.pose)), 0))
    # Beside a white strap before a white wall there are gaps between neck and strap. Below hair is the wall.
    body, gap = np.uint8(~scene.of("background", "hair")), ellipse(GAP * len(someone))
    someone[chest] |= cv2.morphologyEx(body, cv2.MORPH_CLOSE, gap)[chest]
    return cv2.GaussianBlur(np.float32(someone), (0, 0), 1)


def _ribs(pose: Pose) -> float:
    """The row below which the trunk is belly."""
    return float(middle(pose, SHOULDERS)[1] + middle(pose, HIPS)[1]) / 2


def _body(scene: Scene, category: str, chests: Chests | None) -> np.ndarray:
    """Skin, or what else is seen below the waist of a top, everywhere: float32 (H, W, 3)."""
    photo, height = scene.photo.astype(np.float32), scene.photo.shape[0]
    old = old_garment(scene, category)
    hole = dilate(old, ERASE_MARGIN * height)
    skin = scene.of("skin") & ~old
    # The rim of an arm is dark or half background; colours are taken from further in.
    inner = dilate(skin, -SKIN_RIM * height)
    pose, breadth = scene.pose, shoulder_width(scene.pose)
    places = body_regions(np.full_like(scene.labels, SKIN), pose)
    parts = [np.any([places[name] for name in limb], axis=0) for limb in LIMBS]
    parts.append(places["torso"] & (np.arange(height)[:, None] > _ribs(pose)))
    beside = dilate(hole, BESIDE * breadth)
    limbs = [*limb_axes(pose), (middle(pose, SHOULDERS), middle(pose, HIPS), GIRTH * breadth)]
    chest = None
    if chests is not None and category != "lower_body":
        face, *others = (scene.regions[name] & inner for name in LIT)
        chest = chests.expected(photo, inner, face, others, pose)
    body = fill_skin(photo, inner if inner.any() else skin, beside, parts, limbs, REACH * breadth, chest)
    if category == "upper_body" and scene.of("lower", "dress").any():
        share, lower = _lower_garment(scene, photo, hole, old)
        body = body * (1 - share) + lower * share
    return body


def _wall(scene: Scene) -> np.ndarray:
    """What is behind the person, float32 (H, W, 3)."""
    photo = scene.photo.astype(np.float32)
    someone = ~scene.of("background") | (scene.pose.segmentation > 0.5)
    away = ~dilate(someone, HALO * len(photo))
    if not away.any():
        return photo
    far = push_pull(photo, np.float32(away))
    # Between an arm and the trunk nothing is far away; the wall is darker there, and yet a wall. Elsewhere
    # what is darker close to somebody is the edge of their old clothing.
    lighter, darker = (photo - far).max(axis=2), (far - photo).max(axis=2)
    near = ~dilate(~scene.of("background"), RIM * len(photo)) & ~dilate(away, 2 * HALO * len(photo))
    near &= (lighter < LIGHTER) & (darker < SHADE)
    return push_pull(photo, np.float32(away | near))


def _lower_garment(
    scene: Scene, photo: np.ndarray, hole: np.ndarray, old: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Trousers or skirt continued upwards under a taken-off top: share (H, W, 1) and colours (H, W, 3).

    It goes no higher than the waist, and not where the photo shows bare waist between top and trousers.
    """
    worn = scene.of("lower", "dress") & ~old
    source = worn & ~hole
    if not source.any():
        return np.zeros((*old.shape, 1), np.float32), photo
    midriff = scene.regions["torso"] & ~hole
    nearby = push_pull(worn.astype(np.float32)[..., None], (source | midriff).astype(np.float32))[..., 0]
    share = (nearby * below_waist(scene.pose) > 0.5).astype(np.float32)
    share = np.where(worn, 1, np.where(scene.of("skin"), 0, share)).astype(np.float32)
    return cv2.GaussianBlur(share, (0, 0), 1.5)[..., None], push_pull(photo, np.float32(source))
