"""Put the new garment on the shopper: erase the old one, lay the new one, leave every other pixel alone.

Outside the returned mask the result is the photo bit for bit. Face, hair, hands and bag are never in it,
low shoes only where a hem hangs over them.
"""

from dataclasses import replace

import cv2
import numpy as np

from ml.anatomy import HIPS, SHOULDERS, middle, outer_side, shoulder_width
from ml.feet import under_hem
from ml.garmentparts import Trunk
from ml.generator import Painted
from ml.inpaint import carried_on
from ml.layer import GarmentLayer
from ml.layout import BACKGROUND, BODY, FRONT, GARMENT
from ml.limbs import CUFF, RIM, hand_rim, held_in_front, limbs_before, share_before, slimmed, unmix
from ml.morphology import bounding_box, dilate
from ml.outside import wall_beside
from ml.pose import Pose
from ml.scene import (
    OLD_RIM,
    TOPS,
    Scene,
    arm_pixels,
    bare_hands,
    bare_limb,
    bare_limbs,
    in_front,
    old_garment,
)
from ml.shading import SHADOW_REACH, in_shade, lit
from ml.sleeves import Sleeves, below_hem, beyond_cuffs, rags

ERASE_MARGIN = 0.012
"""How far around the old garment it is erased, as a share of the photo's height: parser edges are that
uncertain.
"""
SEAM = 0.75
"""How far around the old garment skin goes over into what is painted in its place, as a share of that."""
SUM = np.ones((1, 3), np.float32)
SHADOW_MARGIN = 0.016
BODY_DISCOUNT, BACKGROUND_DISCOUNT = (0.6, 0.9, 0.97), (0.5, 0.8, 0.85)
"""How little a layout's "body" and "background" count against "garment": above the shoulders, below them, and
below the hips, where a garment ends in a hem that the layout knows only roughly."""
SURE = 0.9
"""Probability in a layout from which a garment is taken to be seen without doubt."""
NEARBY = 0.2
"""Probability in a layout of seeing the garment from which it is not far away."""
ARM_MARGIN = 0.03
"""How far a layout's idea of where an arm ends may be off, likewise."""
FAINT = 0.01
"""Probability that makes no difference."""
SHOULDER_REACH = 0.15
"""How far above and below the shoulders what holds above them turns into what holds below, as a share of
their width.
"""


def sleeves_on(scene: Scene, category: str, layout: np.ndarray) -> Sleeves:
    """The sleeves of a garment of `category` by its `layout`, float32 (H, W, 4)."""
    return Sleeves(scene.pose, arm_pixels(scene, category), layout)


def garment_share(scene: Scene, sleeves: Sleeves) -> tuple[np.ndarray, np.ndarray]:
    """Probability (H, W) float32 of seeing the garment, and where that is beyond doubt, bool (H, W).

    sleeves: by a layout of `with_arms_as_seen`. Bare arms are where the photo shows them, and the
    garment goes on right up to them. Arms in a sleeve are covered as wide as the photo shows them.
    """
    layout, arms = sleeves.layout, sleeves.arms
    garment = layout[..., GARMENT]
    # Hems, cuffs and neckline are the garment's own, so that its outline should decide, not a doubt.
    body, background = discounts(scene.pose)
    doubt = body * layout[..., BODY] + background * layout[..., BACKGROUND]
    share = garment / np.maximum(1 - doubt, 1e-6)
    sleeved = (arms[0] | arms[1]) & ~sleeves.bare
    bare = sleeves.bare | bare_hands(scene)
    rim = bare & scene.rims & (garment > NEARBY)
    share = np.where(rim, share + layout[..., FRONT], share)
    share = np.where(sleeved, 1, np.where(bare & ~rim, 0, share.clip(0, 1)))
    share[beyond_cuffs(scene.pose, arms, scene.of("background"), sleeves.end)] = 0
    return share.astype(np.float32), sleeved | ((garment > SURE) & ~bare)


def without_rags(sleeves: Sleeves, layer: GarmentLayer, flow: np.ndarray, trunk: Trunk) -> GarmentLayer:
    """`layer` without pieces of sleeves below the cuffs, and on the hips.

    flow: as of `Laid`; trunk: of the garment in its picture.
    """
    pose, arms, end = sleeves.pose, sleeves.arms, sleeves.end
    loose = rags(pose, arms, flow, end, trunk) | below_hem(pose, arms, flow, end, trunk)
    return replace(layer, alpha=np.where(loose, 0, layer.alpha)) if loose.any() else layer


def discounts(pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    """BODY_DISCOUNT and BACKGROUND_DISCOUNT for each row of the photo: (H, 1) each.

    They go over into one another: a step would be seen as a step in the outline.
    """
    reach = SHOULDER_REACH * shoulder_width(pose)
    levels = [middle(pose, pair)[1] + side * reach for pair in (SHOULDERS, HIPS) for side in (-1, 1)]
    rows = np.arange(len(pose.segmentation), dtype=np.float32)[:, None]
    body, background = (
        np.interp(rows, levels, (above, below, below, hem)).astype(np.float32)
        for above, below, hem in (BODY_DISCOUNT, BACKGROUND_DISCOUNT)
    )
    return body, background


def with_arms_as_seen(scene: Scene, category: str, layout: np.ndarray) -> np.ndarray:
    """`layout`, float32 (H, W, 4), without arms where the photo shows that there are none.

    A layout is coarse and may expect an arm beside the place where the photo shows its skin. On the side of
    the trunk something else is there: old clothing, wall or waist. Arms in old sleeves may be wider than they
    are taken to be, so that around those nothing is certain.
    """
    reach, seen = ARM_MARGIN * len(layout), [bare_limb(scene, side) for side in range(2)]
    limbs = seen[0] | seen[1]
    hidden = np.any(arm_pixels(scene, category), axis=0) & ~limbs
    doubtful = (layout[..., FRONT] > FAINT) & ~limbs & ~dilate(hidden, reach) & ~in_front(scene, category)
    nobody = np.zeros(hidden.shape, bool)
    for side, limb in enumerate(seen):
        points = np.argwhere(dilate(limb, reach) & doubtful)[:, ::-1]
        columns, rows = points[~outer_side(scene.pose, side, points)].T
        nobody[rows, columns] = True
    other = layout[nobody]
    other[:, FRONT] = 0
    # Where it expects nothing but an arm, there is the wall.
    other[:, BACKGROUND] += 1e-3
    result = layout.copy()
    result[nobody] = other / other.sum(axis=1, keepdims=True)
    return result


def expected_person(scene: Scene, category: str, layout: np.ndarray) -> np.ndarray:
    """Probability (H, W) float32 of seeing the person, in the new clothing, and not what is behind them.

    layout: float32 (H, W, 4).
    """
    return narrowed(scene, category, 1 - layout[..., BACKGROUND])


def narrowed(scene: Scene, category: str, person: np.ndarray) -> np.ndarray:
    """A coarse map (H, W) of where the person is, with a narrower edge, and with arms where they must be."""
    narrow = ((person - 0.5) * 3 + 0.5).clip(0, 1)
    return np.maximum(narrow, np.any(arm_pixels(scene, category), axis=0)).astype(np.float32)


def edit_mask(old: np.ndarray, alpha: np.ndarray, front: np.ndarray) -> np.ndarray:
    """Pixels that may change, bool (H, W): around the old garment and around the new one, never what is in
    front.
    """
    height = old.shape[0]
    changed = dilate(old, ERASE_MARGIN * height) | dilate(alpha > 1 / 255, SHADOW_MARGIN * height)
    return changed & ~front


def hole_for(scene: Scene, category: str, layer: GarmentLayer) -> tuple[GarmentLayer, np.ndarray]:
    """The garment as far as nothing is before it, and the pixels that are made anew for it, bool (H, W)."""
    front = in_front(scene, category) & ~hand_rim(bare_limbs(scene), bare_hands(scene))
    front &= ~under_hem(scene.of("shoes"), scene.pose, layer.alpha)
    alpha = np.where(front, 0, layer.alpha).astype(np.float32)
    mask = edit_mask(old_garment(scene, category), alpha, front)
    return replace(layer, alpha=alpha), mask if scene.taken is None else mask | scene.taken


def compose(
    scene: Scene, category: str, layer: GarmentLayer, mask: np.ndarray, painted: Painted
) -> np.ndarray:
    """Dress the scene: RGB uint8 (H, W, 3), outside the bool `mask` (H, W) the photo bit for bit.

    layer, mask: of `hole_for`; painted: what the generator makes of them, at the photo's size.
    """
    old, body = old_garment(scene, category), scene.of("skin", "upper", "outer", "dress", "lower")
    result = scene.photo.copy()
    if not mask.any():
        return result
    # The shadow of what lies further away does not reach.
    box = bounding_box(mask, round(4 * SHADOW_REACH * len(mask)))
    part = replace(scene, photo=scene.photo[box], labels=scene.labels[box])
    alpha, painted_under = painted.alpha[box], painted.inpainted[box]
    beside = _beside_trunk(scene, category)[box]
    bare, hands = bare_limbs(scene)[box], bare_hands(scene)[box]
    limb = limbs_before(scene.regions, scene.pose, painted.alpha > 0.5)[box] & (beside | hands)
    if layer.opacity is not None:
        alpha = alpha * layer.opacity[box]
    gone = _remnants(part, old[box], beside, painted_under, ERASE_MARGIN * len(mask))
    if category == "lower_body":
        gone[part.of(*TOPS)] = 0
    gone[part.of("shoes")] = 0
    before = np.where(hands, 1, share_before(limb, bare, CUFF / 2 * len(mask)))
    gone = (gone * (1 - before * dilate(bare, -OLD_RIM * len(mask))))[..., None]
    # Where the wall comes to light there is nothing that shadows could fall on, and none falls forwards.
    onto = np.where(old, layer.person, body)[box] * (1 - before)
    under = part.photo * (1 - gone) + painted_under * gone
    unmix(under, bare, alpha > 0.5, RIM / 2 * len(mask))
    worn = part.of("skin", "upper", "outer", "dress")
    wall_beside(under, worn & mask[box], part.of("background"), painted.alpha[box], len(mask))
    wall = np.where(old, layer.person < 0.5, scene.of("background"))[box]
    wall = dilate(wall, RIM / 2 * len(mask)) & (painted.alpha[box] < 1) & (wall | (alpha > 0))
    reach, unit = SHADOW_REACH * len(mask), shoulder_width(scene.pose)
    in_shade(under, layer.colour[box], alpha, (onto, reach), (wall, unit))
    dressed = under + alpha[..., None] * (lit(layer.colour[box], painted.light[box]) - under)
    own = np.where(mask[box][..., None], under, part.photo)
    held_by = slimmed(bare, hands, OLD_RIM * len(mask))
    colours, held = held_in_front(own, held_by, limb, RIM * len(mask))
    dressed += held[..., None] * (colours - dressed)
    np.copyto(result[box], np.uint8(dressed.round().clip(0, 255)), where=mask[box][..., None])
    return result


def _beside_trunk(scene: Scene, category: str) -> np.ndarray:
    """Bare arms, bool (H, W), but for where they come out of an old sleeve."""
    bare = bare_limbs(scene)
    sleeved = np.logical_or(*arm_pixels(scene, category)) & ~bare
    return bare & ~dilate(sleeved, 2 * ERASE_MARGIN * len(bare))


def _remnants(
    scene: Scene, old: np.ndarray, arms: np.ndarray, replaced: np.ndarray, margin: float
) -> np.ndarray:
    """How much of each pixel (H, W) is to be replaced: all of `old`, and up to `margin` pixels away the wall
    and remnants.

    Beside the old garment the person's own skin is better than any painted one, so of the person a pixel goes
    only if its colour is not clearly nearer to what would take its place than to the garment. Bare `arms`,
    bool (H, W), only hang beside it: of them goes what has rather the colour of the garment.
    """
    photo, core = scene.photo.astype(np.float32), dilate(old, -0.25 * margin)
    garment = carried_on(photo, core if core.any() else old)
    to_garment, to_new = (cv2.sqrt(cv2.transform((photo - other) ** 2, SUM)) for other in (garment, replaced))
    alike = (to_new + 4) / (to_new + to_garment + 8) * 5
    alike = (alike - np.where(arms, 2, 0.75)).clip(0, 1)
    alike = np.where(scene.of("background"), 1, alike).astype(np.float32)
    away = cv2.distanceTransform(np.uint8(~old), cv2.DIST_L2, 5)
    edge = cv2.GaussianBlur(np.float32(away <= margin), (0, 0), 0.3 * margin)
    beside = cv2.GaussianBlur(alike, (0, 0), 1.0) * ((edge - 0.5) * 2).clip(0, 1)
    # Skin that ended at the old garment had a dark rim there; what is painted goes over into it gently.
    rim, end = np.float32(OLD_RIM / ERASE_MARGIN * margin), np.float32(SEAM * margin)
    seam = np.where(scene.of("skin") & ~arms, ((end - away) / (end - rim)).clip(0, 1), 0)
    return np.where(old, 1, np.maximum(beside, seam)).astype(np.float32)
