"""What is seen between an arm in a sleeve and the trunk.

A layout has one pixel where the photo has five, and between an arm and a waist it knows little: a garment
comes out fused down to the wrist, or with shreds in a gap. The photo knows better. Where it shows the wall
between both, the wall stays, but for what stands off the arm and the trunk; where arm and trunk touch, there
is the garment.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ml.analysis import ClothAnalysis
from ml.compose import Scene, arm_pixels, bare_limb
from ml.cuffs import Sleeve
from ml.layer import STEPS, GarmentLayer, soft_edged
from ml.layout import BACKGROUND, LAYOUT
from ml.pose import Pose
from ml.regions import along_arm, bounding_box, dilate, shoulder_width
from ml.sides import CORNER, SOFT, evened, first_columns, pockets, trunk_axis
from ml.sleeves import ARMPIT, LONG, bare_arms, sleeve_end

SEEN = 0.3
"""Share of a covered arm on which the sleeve must be seen, or the garment has none apart from its trunk."""
SLEEVE, TRUNK = 0.25, 0.4
"""How much of a gap a sleeve fills at most, and how much the trunk of a garment that would fill all of it."""
LOOSE, WIDE = 0.03, 0.12
"""How far those stand off arm and body at most, as shares of the shoulders' width."""
SLIT = 0.025
"""Width of a gap, likewise, that is none: cloth is soft and closes it."""
NARROWER = 0.1
"""How much narrower than the body a garment may be and is not, likewise."""
REACH = 0.25
"""How far a garment may be from an arm that it touches, likewise: what is further away is not beside it."""
FADING = 0.05
"""How far below a short sleeve the side of the trunk comes to be the garment's own, and how far below the
armpit it is looked at in full, as a share of the photo's height."""
SLOPE = 0.5
"""By how many pixels a row the seam between trunk and sleeve moves at most."""
RIM = 0.06
"""How much narrower than the arm a sleeve may be and is not, as a share of the shoulders' width."""
STRETCHED = 2.0
"""How much of the trunk beside it is stretched where cloth is missing, in widths of that."""
BESIDE = 0.02
"""How far around a gap the outline is known, as a share of the shoulders' width."""


def with_gaps(
    scene: Scene, cloth: ClothAnalysis, layer: GarmentLayer, flow: np.ndarray, layout: np.ndarray
) -> tuple[GarmentLayer, np.ndarray, np.ndarray]:
    """A garment, its `flow` and its `layout` with the gaps between sleeves and trunk where the photo shows
    them.

    flow: float32 (H, W, 2) px of the garment's picture; layout: float32 (H, W, 4).
    """
    arms, unit = arm_pixels(scene, cloth.category), shoulder_width(scene.pose)
    end = sleeve_end(scene.pose, arms, layout)
    bare, wall = bare_arms(scene.pose, arms, layout, end), scene.of("background")
    picture = cv2.remap(cloth.flat.outline, flow[..., 0], flow[..., 1], cv2.INTER_LINEAR) > 0.5
    trunk = cloth.trunk.holds(flow)
    alpha, settled = layer.alpha.copy(), np.zeros(wall.shape, bool)
    shift, blend = np.zeros((2, *wall.shape), np.float32)
    for side, arm in enumerate(arms):
        covered = arm & ~bare
        apart = np.zeros_like(covered)
        columns, rows = _apart(scene.pose, side, covered).T
        if not _has_sleeve(flow[rows, columns], cloth, end):
            continue
        apart[rows, columns] = True
        limb, axis, sleeved = arm | bare_limb(scene, side), trunk_axis(scene), apart.any(axis=1)
        maps = (alpha, shift, blend, settled, alpha <= 0.5, picture & trunk, picture & ~trunk, limb, wall)
        way = 1 if _right_of(covered, axis) else -1
        if way < 0:
            maps, axis = tuple(part[:, ::-1] for part in maps), wall.shape[1] - 1 - axis
        found = _Side(*maps[4:], axis, sleeved, _beside(sleeved, end), unit, end >= LONG)
        if found.there.sum() > 1:
            _part(found, *maps[:4], way)
    if not settled.any():
        return layer, flow, layout
    settled = dilate(settled, BESIDE * unit)
    alpha = np.where(settled, soft_edged(alpha, STEPS * len(alpha)), layer.alpha)
    wall &= settled
    layout = np.where(wall[..., None], np.eye(len(LAYOUT), dtype=np.float32)[BACKGROUND], layout)
    person = np.where(wall, 0, layer.person).astype(np.float32)
    known = settled if layer.settled is None else settled | layer.settled
    colour, opacity = (
        part if part is None else _taken(part, shift, blend) for part in (layer.colour, layer.opacity)
    )
    flow = _taken(flow, shift, np.float32(blend > 0.5))
    return GarmentLayer(colour, alpha, person, opacity, known), flow, layout


def _apart(pose: Pose, side: int, covered: np.ndarray) -> np.ndarray:
    """Points (N, 2) of an arm as far as it is `covered`, bool (H, W), and apart from the trunk."""
    points = np.argwhere(covered)[:, ::-1]
    return points[along_arm(pose, side, points) > ARMPIT]


def _has_sleeve(found: np.ndarray, cloth: ClothAnalysis, end: float) -> bool:
    """Whether of the places (N, 2) `found` in a garment's picture enough are in a sleeve, and it lies around
    the arm: a long one that is wide at its `end` swings freely.
    """
    sleeve = cloth.trunk.in_sleeve(found)
    if not sleeve.size or sleeve.mean() < SEEN:
        return False
    return end < LONG or Sleeve.of(cloth.mask, cloth.trunk, found[sleeve]) is not None


def _beside(sleeved: np.ndarray, end: float) -> np.ndarray:
    """How far each row is beside a sleeve, (H,) in 0..1, that reaches to `end` along an arm, in the rows
    `sleeved`, bool (H,): below a short one less and less.
    """
    rows, there = np.arange(len(sleeved)), np.flatnonzero(sleeved)
    below = (rows - there[-1]) / (FADING * len(sleeved))
    return np.where(rows < there[0], 0, 1 if end >= LONG else (1 - below).clip(0, 1))


def _right_of(part: np.ndarray, axis: np.ndarray) -> bool:
    """Whether most of a bool (H, W) `part` lies right of the columns `axis` (H,)."""
    rows, columns = np.nonzero(part)
    return bool(np.median(columns - axis[rows]) > 0)


@dataclass(frozen=True)
class _Side:
    """An arm in a sleeve, and the trunk left of it.

    All bool (H, W): off, where the garment is not; trunk, sleeve: what either is by the flow; limb: the arm,
    bare or not, with its hand; wall: what is behind the person in the photo. axis: (H,) columns of the middle
    of the trunk; sleeved: bool (H,), where the arm is in the sleeve; share: (H,) in 0..1, how far each row is
    beside it; unit: width of the shoulders in pixels; long: whether it is a long sleeve.
    """

    off: np.ndarray
    trunk: np.ndarray
    sleeve: np.ndarray
    limb: np.ndarray
    wall: np.ndarray
    axis: np.ndarray
    sleeved: np.ndarray
    share: np.ndarray
    unit: float
    long: bool

    @cached_property
    def places(self) -> np.ndarray:
        """Columns: (W,)."""
        return np.arange(self.off.shape[1])

    @cached_property
    def arm(self) -> np.ndarray:
        """First column of the arm: (H,), W where there is none."""
        return self._first(self.limb, self.off.shape[1])

    @cached_property
    def between(self) -> np.ndarray:
        """Bool (H, W), from the axis to the arm."""
        return (self.places >= self.axis[:, None]) & (self.places < self.arm[:, None])

    @cached_property
    def end(self) -> np.ndarray:
        """Where the garment's trunk ends: (H,), the arm at the latest."""
        return self._first(self.off, self.arm)

    @cached_property
    def body(self) -> np.ndarray:
        """Where the person's trunk and its clothing end in the photo, likewise."""
        return self._first(self.wall, self.arm)

    @cached_property
    def beside(self) -> np.ndarray:
        """Bool (H,), rows with trunk and arm, from the top of the sleeve on."""
        rows = np.arange(len(self.off))
        return (rows >= self.sleeved.argmax()) & (self.arm < self.off.shape[1]) & (self.end > self.axis)

    @cached_property
    def there(self) -> np.ndarray:
        """Bool (H,), where they are near to one another."""
        return self.beside & (self.arm - self.end < REACH * self.unit)

    @cached_property
    def gap(self) -> np.ndarray:
        """Width of the wall between body and arm in the photo: (H,)."""
        return evened(np.where(self.there, self.arm - self.body, 0))

    @cached_property
    def kept(self) -> np.ndarray:
        """0 at a hem, where the outline is the garment's own, 1 above it: (H,)."""
        below = np.flatnonzero(self.beside)[-1] - np.arange(len(self.off))
        return (below / (CORNER * len(self.off)) - 1).clip(0, 1)

    @cached_property
    def begun(self) -> np.ndarray:
        """0 at the armpit, where trunk and sleeve are one, 1 below it: (H,)."""
        below = np.arange(len(self.off)) - self.sleeved.argmax()
        return (below / (FADING * len(self.off))).clip(0, 1)

    def even(self, line: np.ndarray) -> np.ndarray:
        """`line` (H,) evened, and carried on over rows that are not `there`."""
        rows = np.arange(len(line))
        return evened(np.interp(rows, rows[self.there], line[self.there]))

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the trunk is to end, and where the sleeve is to begin: (H,) columns each."""
        arm, gap, unit = self.arm, self.gap, self.unit
        wider = (arm - gap - self.end).clip(0, None)
        wider *= self.kept * (2 - wider / (NARROWER * unit)).clip(0, 1)
        # Beside a short sleeve the side goes on beside a bare arm, as far out as before.
        most = arm - gap + np.minimum(TRUNK * gap, WIDE * unit) if self.long else arm
        level = self.end + self.share * (np.minimum(self.end + wider, most) - self.end)
        level = np.minimum(self.even(level), arm)
        begin = np.where(self.off & self.between, self.places + 1, 0).max(axis=1)
        slack = arm - np.where(begin > 0, begin, self.end)
        slack = self.even(np.minimum(slack, np.minimum(SLEEVE * gap, LOOSE * unit)))
        begin = arm - np.where(self.sleeved, np.minimum(slack, SLEEVE * gap), 0)
        open_ = np.where(self.there, begin - level, 0).clip(0, None)
        return np.where(self.sleeved & (pockets(open_) < SLIT * unit), arm, level), begin

    def lacking(self, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the trunk ends by the flow, and how much of it is missing up to the sleeve, or to its end at
        `level`: (H,) columns and widths. What the picture has between trunk and sleeve is no cloth.
        """
        own = np.minimum(first_columns(~self.trunk & (self.places >= self.axis[:, None])), self.end)
        alien = ~self.sleeve & self.between & (self.places >= own[:, None])
        seam = np.maximum(np.where(alien, self.places, 0).max(axis=1), own)
        parted = self.sleeved & (np.minimum(self.end, self.body) < self.arm)
        seam = np.where(parted, self.arm, np.where(self.share < 1, self.end, seam))
        seam = np.minimum(_sloping(np.where(self.there, seam, 0)), level + SOFT)
        own = self.even(own)
        return own, np.where(self.there, self.begun * (seam - own), 0).clip(0, None)

    def bare_rim(self, begin: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the sleeve begins by the flow, how much of it is missing from where it is to `begin` on, (H,),
        and how wide it is: (H,) each.
        """
        width, unit = self.off.shape[1], self.unit
        near = (self.places >= begin[:, None]) & (self.places < (self.arm + REACH * unit)[:, None])
        found = self.sleeve & near
        first, wide = first_columns(found), found.sum(axis=1)
        seen = self.there & self.sleeved & (first < width)
        if seen.sum() < 2:
            return first, np.zeros(len(first)), wide
        rows = np.arange(len(first))
        missing, wide = (evened(np.interp(rows, rows[seen], part[seen])) for part in (first - begin, wide))
        trusted = (2 - missing / (RIM * unit)).clip(0, 1) * self.begun * seen
        return begin + missing, missing * trusted, wide

    def _first(self, part: np.ndarray, last: np.ndarray | int) -> np.ndarray:
        return np.minimum(first_columns(part & (self.places >= self.axis[:, None])), last)


def _part(
    side: _Side, alpha: np.ndarray, shift: np.ndarray, blend: np.ndarray, settled: np.ndarray, way: int
) -> None:
    """Part trunk and sleeve in `alpha` (H, W), in place, and mark where in `settled`, bool (H, W); `shift`,
    float32 (H, W): from how many pixels further right cloth comes there; `blend`, likewise: how much of it.

    way: -1 if all that is seen in a mirror.
    """
    places, between = side.places, side.between
    level, begin = side.edges()
    own, missing = side.lacking(level)
    # Both are stretched until they meet, or end.
    fringe = np.minimum(missing, 2 * SOFT)
    used = np.minimum(STRETCHED * missing, own - fringe - side.axis).clip(0, None)
    _stretch(shift, blend, way, between, (own - fringe - used, used, own + missing), 1)
    first, missing, most = side.bare_rim(begin)
    fringe = np.minimum(missing, SOFT)
    used = np.minimum(STRETCHED * missing, most - fringe).clip(0, None)
    beyond = side.sleeved[:, None] & ~between
    _stretch(shift, blend, way, beyond, (first + fringe + used, used, first - missing), -1)
    rows, low = side.there & (side.share > 0), np.minimum(level, side.end)[:, None] - SOFT
    near = rows[:, None] & between & (places >= low)
    cloth = np.maximum((level[:, None] - places).clip(0, 1), (places + 1 - begin[:, None]).clip(0, 1))
    alpha[near] = cloth[near]
    settled |= near


def _sloping(seam: np.ndarray) -> np.ndarray:
    """At least `seam` (H,), with no step steeper than SLOPE."""
    slope = SLOPE * np.arange(len(seam))
    down = np.maximum.accumulate(seam + slope) - slope
    return np.maximum(down, (np.maximum.accumulate((seam - slope)[::-1])[::-1]) + slope)


def _stretch(
    shift: np.ndarray,
    blend: np.ndarray,
    way: int,
    where: np.ndarray,
    reach: tuple[np.ndarray, np.ndarray, np.ndarray],
    side: int,
) -> None:
    """Write into `shift` and `blend` (H, W) how cloth is stretched in the bool `where` (H, W).

    reach: (H,) each, the column that stays, how many beside it are stretched, and up to which column; side: 1
    to the right of the first, -1 to the left of it.
    """
    places = np.arange(shift.shape[1])
    start, used, end = (part[:, None] for part in reach)
    along, whole = side * (places - start), np.maximum(side * (end - start), 1)
    new = where & (side * (end - start) > used) & (along > 0) & (along < whole)
    shift[new] = (way * side * along * (used / whole - 1))[new]
    blend[new] = ((whole - along) / SOFT).clip(0, 1)[new] if side > 0 else 1


def _taken(values: np.ndarray, shift: np.ndarray, blend: np.ndarray) -> np.ndarray:
    """`values` (H, W[, C]) from `shift` (H, W) pixels further right, as much as `blend`, likewise, says."""
    if not blend.any():
        return values
    box, result = bounding_box(blend > 0), values.copy()
    rows, columns = (index[box].astype(np.float32) for index in np.indices(shift.shape))
    taken = cv2.remap(values, columns + shift[box], rows, cv2.INTER_LINEAR)
    share = blend[box] if values.ndim == 2 else blend[box][..., None]
    result[box] += share * (taken - result[box])
    return result
