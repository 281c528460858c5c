"""Where the sleeves of the new garment end, and which pixels of the arms they leave bare."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ml.anatomy import ELBOWS, HIPS, SHOULDERS, WRISTS, along_arm, arm_shape, middle, outer_side, waist_line
from ml.garmentparts import Trunk
from ml.layout import FRONT, GARMENT
from ml.lines import OUTLIER, gentle_line
from ml.morphology import dilate
from ml.pose import Pose

SLEEVE_STEPS = 40
"""Places along the upper arm, and along the forearm, at which a sleeve may end."""
SHOULDER_END = 0.2
"""Share of the upper arm that is shoulder."""
LONG = 1.5
"""From which place along the arm on, likewise, the end of a sleeve is a cuff."""
WRIST = 2.0
"""The end of an arm, likewise: what hangs beside it further down is no sleeve."""
ARMPIT = 0.5
"""From which place along the upper arm it is apart from the trunk, likewise."""
CUFF_REACH = 0.06
"""How far loose sleeves may stand off an arm, as a share of the photo's height."""

FLARE = 0.12
"""The same for wide sleeves, which swing out at their ends, on arms that hang down."""
HANG = 0.02
"""How far such a sleeve hangs from its arm over a hip, as a share of the photo's height."""
COLUMNS = 4
"""In one of so many columns the hem beside it is looked for."""
HANGING = 0.8
"""Cosine of the angle between trunk and forearm up to which it hangs down, as in a garment's picture."""
UPPER_ARM, FOREARM = (SHOULDERS, ELBOWS), (ELBOWS, WRISTS)
"""Joints at the ends of the bones of an arm."""


def hangs(pose: Pose, side: int, bone: tuple[tuple[int, int], tuple[int, int]] = FOREARM) -> bool:
    """Whether a forearm, or another `bone`, hangs down beside the trunk. side: 0 is the left arm."""
    start, end = (pose.keypoints[joint[side]] for joint in bone)
    return bool((start - end) @ waist_line(pose)[1] > HANGING * np.linalg.norm(end - start))


def hidden_arm(pose: Pose, side: int, seen: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Where an arm must be under old clothing, bool (H, W).

    side: 0 is the left arm, 1 the right; seen: its bare skin, bool (H, W); old: what is taken off, likewise.
    At each place along it an arm is either in a sleeve or bare: beside more skin than cloth, the cloth is
    that of the trunk, and the joints are not quite in the middle of the arm.
    """
    covered = old & arm_shape(pose, side)
    points = np.argwhere(covered | seen)[:, ::-1]
    columns, rows = points.T
    along = along_arm(pose, side, points)
    step, cloth = np.floor(along * SLEEVE_STEPS).astype(int), covered[rows, columns]
    # What is beyond the shoulder is bare as well when the arm is not.
    votes = np.where(cloth, 1, np.where(along > 0, -1, 0))
    more_cloth = np.bincount(step, votes, 2 * SLEEVE_STEPS + 1) > 0
    hidden = cloth & more_cloth[step]
    covered[rows[~hidden], columns[~hidden]] = False
    return covered


def without_trunk(
    pose: Pose, arms: tuple[np.ndarray, np.ndarray], layout: np.ndarray, trunk: np.ndarray
) -> np.ndarray:
    """`layout`, float32 (H, W, 4), undecided where an arm would be covered by the trunk of a garment.

    arms: left and right, bool (H, W); trunk: likewise, where the warp means the trunk. The photo shows an arm
    there, so that it lies before the trunk, in a sleeve or bare.
    """
    result = layout.copy()
    for side, arm in enumerate(arms):
        points = np.argwhere(arm & trunk)[:, ::-1]
        columns, rows = points[along_arm(pose, side, points) > ARMPIT].T
        either = result[rows, columns, GARMENT] + result[rows, columns, FRONT]
        result[rows, columns, GARMENT] = result[rows, columns, FRONT] = either / 2
    return result


@dataclass(frozen=True)
class Sleeves:
    """The sleeves that a layout, float32 (H, W, 4), puts on the left and the right arm, bool (H, W) each.

    off: bool (H, W), where they are not all the same.
    """

    pose: Pose
    arms: tuple[np.ndarray, np.ndarray]
    layout: np.ndarray
    off: np.ndarray | None = None

    @cached_property
    def end(self) -> float:
        """How far along the arm they reach: 0 is the shoulder, 1 the elbow, 2 the wrist; 0 without sleeves.

        A layout wavers from pixel to pixel and from arm to arm, but sleeves end once and alike: where its
        votes for garment before the end and for a bare arm after it are the most, over both arms. On the
        inner side of an arm it may mean the trunk of the garment, so that the outer side alone votes.
        """
        gained = np.zeros(2 * SLEEVE_STEPS + 2)
        for side, arm in enumerate(self.arms):
            points = np.argwhere(arm)[:, ::-1]
            points = points[outer_side(self.pose, side, points)]
            columns, rows = points.T
            step = np.floor(along_arm(self.pose, side, points) * SLEEVE_STEPS).astype(int)
            votes = self.layout[rows, columns, GARMENT] - self.layout[rows, columns, FRONT]
            gained += np.bincount(step + 1, votes, len(gained))
        total = np.cumsum(gained)
        end = int((2 * total - total[-1]).argmax()) / SLEEVE_STEPS
        return end if end > SHOULDER_END else 0.0

    @cached_property
    def bare(self) -> np.ndarray:
        """Pixels of the arms, bool (H, W), that they leave bare: all beyond their end, and where they are
        `off`.
        """
        bare = np.zeros(self.layout.shape[:2], bool)
        for side, arm in enumerate(self.arms):
            points = np.argwhere(arm)[:, ::-1]
            columns, rows = points.T
            along = along_arm(self.pose, side, points)
            garment, front = (self.layout[rows, columns, part] for part in (GARMENT, FRONT))
            # Without a sleeve, the shape of the armhole is the layout's to tell.
            armhole = (along < SHOULDER_END) & (garment > np.maximum(front, 0.5))
            bare[rows, columns] = along >= self.end if self.end else ~armhole
        return bare if self.off is None else bare | (self.off & np.logical_or(*self.arms))


def rags(
    pose: Pose, arms: tuple[np.ndarray, np.ndarray], flow: np.ndarray, end: float, trunk: Trunk
) -> np.ndarray:
    """Where sleeves would be seen beyond their `end`, bool (H, W).

    In the picture they hang lower than on this person, and a piece of a cuff comes out between arm and trunk.
    flow: float32 (H, W, 2), pixels of the picture in which the trunk of the garment is `trunk`.
    """
    found = np.zeros(flow.shape[:2], bool)
    if not end:
        return found
    for side, arm in enumerate(arms):
        reach = FLARE if end > LONG and hangs(pose, side) else CUFF_REACH
        points = np.argwhere(dilate(arm, reach * len(arm)) & ~found)[:, ::-1]
        columns, rows = points[along_arm(pose, side, points) >= min(end, WRIST)].T
        means = flow[rows, columns]
        sleeve = trunk.in_sleeve(means)
        if end < LONG:
            # A puff sleeve may well be all that covers the side of a waist.
            sleeve &= (means[:, 0] < trunk.left.min()) | (means[:, 0] > trunk.right.max())
        found[rows[sleeve], columns[sleeve]] = True
    return found


def below_hem(
    pose: Pose, arms: tuple[np.ndarray, np.ndarray], flow: np.ndarray, end: float, trunk: Trunk
) -> np.ndarray:
    """Where a wide sleeve would hang over a hip below the hem, further than HANG from its arm, bool (H, W).

    In the picture it lies beside the trunk, on the person a corner of it would come out there. flow, trunk:
    as of `rags`.
    """
    found = np.zeros(flow.shape[:2], bool)
    if end < LONG:
        return found
    hem = _hem_line(pose, arms, flow, trunk)
    if hem is None:
        return found
    last = np.ceil(hem(np.arange(flow.shape[1]))).clip(0, len(flow))
    top = int(last.min())
    below = trunk.in_sleeve(flow[top:]) & (np.arange(top, len(flow))[:, None] > last)
    hips = pose.keypoints[list(HIPS), 0]
    for side, arm in enumerate(arms):
        if not hangs(pose, side):
            continue
        points = np.argwhere(below & ~dilate(arm, HANG * len(arm))[top:])[:, ::-1] + (0, top)
        away = np.abs(points[:, :1] - hips)
        own = (away[:, side] <= away[:, 1 - side]) & ~outer_side(pose, side, points)
        columns, rows = points[own].T
        found[rows, columns] = True
    return found


def _hem_line(
    pose: Pose, arms: tuple[np.ndarray, np.ndarray], flow: np.ndarray, trunk: Trunk
) -> np.polynomial.Polynomial | None:
    """Row of the hem of a garment with `trunk` in `flow`, as a line over the columns; None if it is not seen
    between the `arms`.
    """
    chest = max(round(float(middle(pose, (*SHOULDERS, *HIPS))[1])), 0)
    columns = np.arange(0, flow.shape[1], COLUMNS)
    below = trunk.rows_to_hem(flow[chest:, ::COLUMNS]) > trunk.hem
    first = below.argmax(axis=0)
    rows = chest + first
    own = trunk.holds(flow[rows, columns]) & ~arms[0][rows, columns] & ~arms[1][rows, columns]
    there = own & below.any(axis=0) & (first > 0)
    return gentle_line(columns[there], rows[there], OUTLIER * len(flow))


def beyond_cuffs(
    pose: Pose, arms: tuple[np.ndarray, np.ndarray], background: np.ndarray, end: float
) -> np.ndarray:
    """`background`, bool (H, W), on the outer side of the arms beyond the `end` of the sleeves, likewise:
    loose sleeves end there, too.
    """
    beyond = np.zeros(background.shape, bool)
    for side, arm in enumerate(arms):
        points = np.argwhere(dilate(arm, CUFF_REACH * len(arm)) & background)[:, ::-1]
        outside = outer_side(pose, side, points) & (along_arm(pose, side, points) >= end)
        columns, rows = points[outside].T
        beyond[rows, columns] = end > 0
    return beyond
