"""Fourth look at the parser's labels: arms and hands beside clothing, cut out by colour and contrast.

The parser closes a narrow gap between arm and hip, one half of it as arm and one as skirt, and labels a hand
that hangs before trousers with a rim of them. Each arm is cut out of a band around its outline by GrabCut
(Rother et al., 2004): by the colours of both sides, along the edges of the photo. In what is left between it
and the clothing the same finds the wall.
"""

import cv2
import numpy as np

from ml.anatomy import ELBOWS, KNUCKLES, SHOULDERS, SIDES, WRISTS, shoulder_width
from ml.edges import CLOTHES, nearest_of
from ml.labels import LABELS
from ml.layer import soft_edged
from ml.morphology import bounding_box, dilate
from ml.plainwall import flat_wall
from ml.pose import Pose
from ml.regions import FINGERTIPS

WALL, SKIN = LABELS.index("background"), LABELS.index("skin")
ARM, HAND = 0.2, 0.3
"""How far from the bones of arm and hand their outline lies at most, as a share of the shoulders' width."""
BAND = 0.04
"""How far an arm's outline may be from its place, likewise: a third of most arms' radius."""
GAP = 0.1
"""Widest gap between arm and clothing that the parser may have closed, likewise."""
SLIVER = 0.014
"""Half the width of a piece of clothing in it that is none, likewise."""
WORKING_HEIGHT = 512
"""Pixels to which a photo is about reduced for the cut: between those the outline is smooth."""
LEAST = 100
"""Pixels of either side, in the photo so reduced, from which their colours are known."""
MOST = 600
"""Pixels of either side that are looked at for them."""
RIM = 0.002
"""Width of the rim of a hand that shows something of what is beside it, as a share of the photo's height."""
CUFF = 0.024
"""How far from a cuff an arm may still be under something of it, likewise."""
CORE = 0.5
"""How deep in an arm a garment covers the arm and not its rim, as a share of its greatest depth nearby: no
further away than a cuff reaches."""
SLOPE = 0.15
"""How fast a limb may grow narrower along its bones."""
FINGERS, ALONG = 1.0, 2.0
"""Size of the steps in a cut that are none in hands and along arms, in pixels of the photo so reduced."""
ALIKE = 0.15
"""Share of them in colours that both sides have, from which their colours tell nothing."""


def cut_out(photo: np.ndarray, labels: np.ndarray, pose: Pose) -> np.ndarray:
    """`labels`, uint8 (H, W), of an RGB uint8 (H, W, 3) photo, with arms and hands beside clothing as wide as
    the photo shows them, and with the wall between them and clothing.
    """
    result, unit = labels.copy(), shoulder_width(pose)
    factor = max(1, round(len(labels) / WORKING_HEIGHT))
    for side in range(2):
        zone, fine = arm_zone(pose, side), around_bones(hand_bones(pose, side), HAND, pose)
        box = bounding_box(zone & ((result == SKIN) | np.isin(result, CLOTHES)), round(GAP * unit))
        part = zone[box]
        if (part & (result[box] == SKIN)).any() and (part & np.isin(result[box], CLOTHES)).any():
            result[box] = _parted(photo[box], result[box], part, fine[box], unit / factor, factor)
    return result


def _parted(
    photo: np.ndarray, labels: np.ndarray, zone: np.ndarray, fine: np.ndarray, unit: float, factor: int
) -> np.ndarray:
    """`labels` (h, w) in a box of the photo with the arm in the bool `zone` (h, w) cut out, and the hand in
    `fine`, likewise. unit: width of the shoulders in pixels of the photo reduced to 1 / `factor` of its size.
    """
    size = tuple(max(1, side // factor) for side in labels.shape[::-1])
    colours = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    small, near, detailed = (
        cv2.resize(np.uint8(part), size, interpolation=cv2.INTER_NEAREST) for part in (labels, zone, fine)
    )
    skin, free = small == SKIN, (near > 0) & np.isin(small, (WALL, SKIN, *CLOTHES))
    band = free & dilate(skin, BAND * unit) & dilate(~skin, BAND * unit)
    arm = _cut(colours, skin, ~skin, band, between=True)
    # Where colours tell nothing every outline stays as it is.
    band &= (arm != skin).any()
    soft = np.where(detailed > 0, *(cv2.GaussianBlur(arm, (0, 0), steps) for steps in (FINGERS, ALONG)))
    around = nearest_of(small, ~skin)
    gap = free & (arm < 0.5) & dilate((arm > 0.5) & (near > 0), GAP * unit)
    gap &= skin | np.isin(small, CLOTHES)
    wall, cloth = small == WALL, np.isin(small, CLOTHES)
    flat = flat_wall(colours, wall, cloth, (arm > 0.5) & (near > 0), unit)
    wall = cv2.GaussianBlur(_cut(colours, wall, cloth, gap), (0, 0), FINGERS)
    wall, gap = np.maximum(wall, cv2.GaussianBlur(np.float32(flat), (0, 0), ALONG)), gap | flat
    return _without_slivers(_enlarged(labels, band, soft, around, gap, wall), zone, SLIVER * unit * factor)


def _enlarged(labels: np.ndarray, *found: np.ndarray) -> np.ndarray:
    """What was `found` in the reduced photo at the size of `labels`, uint8 (h, w).

    found: where it is new what is arm, how much of it is, what is around it; where the wall may come to
    light, and how much of it does.
    """
    size, nearest, cubic = labels.shape[::-1], cv2.INTER_NEAREST, cv2.INTER_CUBIC
    band, arm, around, gap, wall = (
        cv2.resize(part.astype(np.float32 if way == cubic else np.uint8), size, interpolation=way)
        for part, way in zip(found, (nearest, cubic, nearest, nearest, cubic), strict=True)
    )
    skin = np.where(band > 0, arm > 0.5, labels == SKIN)
    result = np.where(skin, SKIN, np.where(labels == SKIN, around, labels))
    return np.where((gap > 0) & ~skin & (wall > 0.5), WALL, result).astype(np.uint8)


def _without_slivers(labels: np.ndarray, zone: np.ndarray, radius: float) -> np.ndarray:
    """`labels` (h, w) without clothing narrower than 2 `radius` pixels in the bool `zone` (h, w)."""
    slivers = np.zeros_like(zone)
    for garment in np.intersect1d(labels[zone], CLOTHES):
        cloth = labels == garment
        # A corner is none.
        slivers |= zone & cloth & ~dilate(dilate(cloth, -radius), 2 * radius)
    return np.where(slivers, nearest_of(labels, ~slivers & (labels != SKIN)), labels)


def _cut(
    colours: np.ndarray, ours: np.ndarray, theirs: np.ndarray, unsure: np.ndarray, *, between: bool = False
) -> np.ndarray:
    """`ours`, bool (h, w), with a new outline where it is `unsure`, likewise: float32 (h, w), 0 or 1.

    colours: RGB uint8 (h, w, 3). What is `ours` or `theirs` elsewhere shows the colours of either. between:
    whether what light shows in a narrow gap between both is theirs, too.
    """
    examples = [colours[part & ~unsure] for part in (theirs, ours)]
    if min(len(part) for part in examples) < LEAST or not unsure.any():
        return np.float32(ours)
    examples = [part[:: -(-len(part) // MOST)] for part in examples]
    if _overlap(*examples) > ALIKE:
        return np.float32(ours)
    if between:
        # Light that goes to and fro in it takes the colour of the cloth twice.
        examples[0] = np.concatenate([examples[0], np.uint8(np.float32(examples[0]) ** 2 / 255)])
    models = np.zeros((1, 65)), np.zeros((1, 65))
    marks = np.repeat(np.uint8((cv2.GC_BGD, cv2.GC_FGD)), [len(part) for part in examples])
    cv2.setRNGSeed(0)
    cv2.grabCut(np.concatenate(examples)[None], marks[None], None, *models, 0, cv2.GC_INIT_WITH_MASK)
    marks, box = np.uint8(np.where(unsure, cv2.GC_PR_BGD, cv2.GC_BGD) + ours), bounding_box(unsure, 1)
    near = np.ascontiguousarray(marks[box])
    cv2.grabCut(np.ascontiguousarray(colours[box]), near, None, *models, 1, cv2.GC_EVAL_FREEZE_MODEL)
    marks[box] = near
    return np.float32(marks % 2)


def _overlap(some: np.ndarray, others: np.ndarray) -> float:
    """Share of RGB uint8 colours (N, 3) and (M, 3) that both have, in cubes of side 16: 0 to 1."""
    counts = [np.bincount((part // 16) @ (256, 16, 1), minlength=4096) / len(part) for part in (some, others)]
    return float(np.minimum(*counts).sum())


def arm_zone(pose: Pose, side: int) -> np.ndarray:
    """Around an arm and its hand, bool (H, W), where it may hang beside trunk and legs. side: 0 is the left
    arm, 1 the right.
    """
    shoulder, elbow = (pose.keypoints[part[side]] for part in (SHOULDERS, ELBOWS))
    wrist, tips = hand_bones(pose, side)
    return around_bones([(shoulder + elbow) / 2, elbow, wrist], ARM, pose) | around_bones(
        [wrist, tips], HAND, pose
    )


def hand_bones(pose: Pose, side: int) -> list[np.ndarray]:
    """Where wrist and fingertips are, (2,) pixels each. side: 0 is the left hand, 1 the right."""
    wrist = pose.keypoints[WRISTS[side]]
    return [wrist, wrist + FINGERTIPS * (pose.keypoints[list(KNUCKLES[side])].mean(axis=0) - wrist)]


def around_bones(line: list[np.ndarray], reach: float, pose: Pose) -> np.ndarray:
    """What is near to a line (N, 2) along bones: bool (H, W). reach: as a share of the shoulders' width."""
    near, points = np.zeros(pose.segmentation.shape, np.uint8), np.round(line).astype(np.int32)
    cv2.polylines(near, [points], False, 1, max(1, round(2 * reach * shoulder_width(pose))))
    return near > 0


def limbs_before(regions: dict[str, np.ndarray], pose: Pose, covered: np.ndarray) -> np.ndarray:
    """Hands, and as much of bare arms as hangs before a garment, bool (H, W).

    regions: of `body_regions`; covered: bool (H, W), where the garment is, a little under the rims of arms,
    too.
    """
    before, reach = regions["left_hand"] | regions["right_hand"], CUFF * len(covered)
    for side, name in enumerate(SIDES):
        arm = regions[f"{name}_arm"] & arm_zone(pose, side)
        if not arm.any():
            continue
        box = bounding_box(arm, round(reach))
        part, under, whole = arm[box], covered[box], regions[f"{name}_arm"][box]
        limb = whole | regions[f"{name}_hand"][box]
        within = cv2.distanceTransform(np.uint8(limb), cv2.DIST_L2, 5)
        # A wrist is not half as deep as an upper arm, and all the same a part of the limb.
        core = limb & (within > CORE * cv2.dilate(within, np.ones((2 * round(reach) + 1,) * 2)))
        if (core & part).any():
            bare, sleeved = core & ~under, core & whole & under
            wide = sleeved & (within > CORE * within.max())
            # Of a wrist between a cuff and the hand little is seen, and that hangs before the garment. The
            # cuff has a soft edge.
            to_cuff, to_bare = (
                cv2.distanceTransform(np.uint8(~some), cv2.DIST_L2, 5) for some in (sleeved, bare)
            )
            nearer = to_cuff < to_bare + 2 * RIM * len(covered)
            before[box] |= part & dilate(bare, reach) & ~dilate(wide, reach) & ~nearer
    return before


def share_before(limb: np.ndarray, bare: np.ndarray, reach: float) -> np.ndarray:
    """How much each pixel of `bare` limbs belongs to the part of them, `limb`, that hangs before a garment:
    float32 (h, w) in 0..1.

    limb, bare: bool (h, w). Where an arm comes out of a sleeve it turns from 0 to 1 over 2 `reach` pixels.
    """
    size = (2 * round(reach) + 1,) * 2
    near, around = (cv2.blur(np.float32(part), size) for part in (limb, bare))
    return np.where(bare, near / np.maximum(around, np.float32(1e-6)), 0)


def hand_rim(skin: np.ndarray, hands: np.ndarray) -> np.ndarray:
    """Where the skin of `hands` goes over into what is beside it, bool (H, W): its pixels show some of both.

    skin, hands: bool (H, W).
    """
    return hands & ~dilate(skin, -RIM * len(skin))


def slimmed(bare: np.ndarray, hands: np.ndarray, rim: float) -> np.ndarray:
    """Bare limbs, bool (h, w), without a rim in which old clothing leaves its shadow: none at the `hands`,
    likewise, and `rim` pixels away from them.
    """
    within, away = (cv2.distanceTransform(np.uint8(part), cv2.DIST_L2, 5) for part in (bare, ~hands))
    return bare & (within > np.minimum(away * np.float32(SLOPE), rim))


def unmix(photo: np.ndarray, bare: np.ndarray, beside: np.ndarray, rim: float) -> None:
    """Give the rim of `bare` limbs in `photo`, RGB float32 (h, w, 3), in place, the colours further in.

    Only as far as they are `beside` something new, and not in it; bool (h, w) each.
    In its outermost `rim` pixels a limb shows something of what was beside it. What comes out of a sleeve by
    no more than that would be a dark line around pale cloth.
    """
    shown = bare & ~beside
    shown &= dilate(dilate(shown, -2 * rim), 2 * rim)
    inner = dilate(shown, -rim)
    mixed = shown & ~inner & dilate(beside, 2 * rim)
    (rows, columns), reach = np.nonzero(mixed), round(rim)
    near, total = np.zeros((len(rows), 1), np.float32), np.zeros((len(rows), 3), np.float32)
    for down, right in np.ndindex(2 * reach + 1, 2 * reach + 1):
        place = (
            (rows + down - reach).clip(0, len(bare) - 1),
            (columns + right - reach).clip(0, bare.shape[1] - 1),
        )
        known = inner[place][:, None]
        near, total = near + known, total + known * photo[place]
    photo[rows, columns] = np.where(near > 0, total / np.maximum(near, 1), photo[rows, columns])


def held_in_front(
    photo: np.ndarray, skin: np.ndarray, limbs: np.ndarray, rim: float
) -> tuple[np.ndarray, np.ndarray]:
    """Colours, float32 (h, w, 3), of `limbs` as if nothing had been beside them, and how much of each pixel
    is theirs, float32 (h, w) in 0..1.

    photo: RGB float32 (h, w, 3), a part of one; skin, limbs: bool (h, w); rim: width of `hand_rim` in pixels.
    """
    colours, share = np.zeros(photo.shape, np.float32), np.zeros(skin.shape, np.float32)
    boxes = cv2.connectedComponentsWithStats(np.uint8(limbs))[2]
    for left, top, width, height, _ in boxes[1:]:
        reach = round(4 * rim)
        box = np.s_[max(top - reach, 0) : top + height + reach, max(left - reach, 0) : left + width + reach]
        core = dilate(skin[box], -rim)
        soft = soft_edged(np.float32(skin[box]), rim)
        # Of an arm that goes on in a sleeve nothing is held.
        near = dilate(limbs[box], rim) & ~(skin & ~limbs)[box] & (soft > share[box]) & core.any()
        carried = cv2.GaussianBlur(nearest_of(photo[box], core), (0, 0), rim)
        colours[box][near] = np.where(core[..., None], photo[box], carried)[near]
        share[box][near] = soft[near]
    return colours, share
