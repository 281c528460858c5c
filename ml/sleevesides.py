"""Where the trunk of a garment ends beside an arm in its sleeve, and where that begins."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ml.sides import CORNER, SOFT, evened, first_columns, pockets

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
SLOPE = 0.25
"""By how many pixels a row the seam between trunk and sleeve moves at most."""
RIM = 0.06
"""How much narrower than the arm a sleeve may be and is not, as a share of the shoulders' width."""


@dataclass(frozen=True)
class Side:
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
    def above_hem(self) -> np.ndarray:
        """How far each row is above the hem, in heights of its corner: (H,)."""
        return (np.flatnonzero(self.beside)[-1] - np.arange(len(self.off))) / (CORNER * len(self.off))

    @cached_property
    def kept(self) -> np.ndarray:
        """0 at a hem, where the outline is the garment's own, 1 above it: (H,)."""
        return (self.above_hem - 1).clip(0, 1)

    @cached_property
    def begun(self) -> np.ndarray:
        """0 at the armpit, where trunk and sleeve are one, 1 below it: (H,)."""
        below = np.arange(len(self.off)) - self.sleeved.argmax()
        return (below / (FADING * len(self.off))).clip(0, 1)

    def even(self, line: np.ndarray, there: np.ndarray | None = None) -> np.ndarray:
        """`line` (H,) evened, and carried on over rows that are not `there`."""
        rows, there = np.arange(len(line)), self.there if there is None else there
        return evened(np.interp(rows, rows[there], line[there]))

    def _even_above_hem(self, side: np.ndarray) -> np.ndarray:
        """The line `side` (H,) evened, as above, but for the corner of a hem: what a hem that slants leaves
        out there is no bite in it.
        """
        above = side[self.there & (self.kept > 0)]
        if not above.size:
            return self.even(side)
        even = self.even(np.where(self.kept > 0, side, np.maximum(side, above[-1])))
        corner, evened_there = np.minimum(even, side), (2 * self.above_hem - 1).clip(0, 1)
        return np.where(self.there, corner + evened_there * (even - corner), even)

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the trunk is to end, and where the sleeve is to begin: (H,) columns each."""
        arm, gap, unit = self.arm, self.gap, self.unit
        wider = (arm - gap - self.end).clip(0, None)
        wider *= self.kept * (2 - wider / (NARROWER * unit)).clip(0, 1)
        # Beside a short sleeve the side goes on beside a bare arm, as far out as before.
        most = arm - gap + np.minimum(TRUNK * gap, WIDE * unit) if self.long else arm
        level = self.end + self.share * (np.minimum(self.end + wider, most) - self.end)
        level = self._tapering(np.minimum(self._even_above_hem(level), arm))
        begin = np.where(self.off & self.between, self.places + 1, 0).max(axis=1)
        slack = arm - np.where(begin > 0, begin, self.end)
        slack = self.even(np.minimum(slack, np.minimum(SLEEVE * gap, LOOSE * unit)))
        begin = arm - np.where(self.sleeved, np.minimum(slack, SLEEVE * gap), 0)
        open_ = np.where(self.there, begin - level, 0).clip(0, None)
        return np.where(self.sleeved & (pockets(open_) < SLIT * unit), arm, level), begin

    def _tapering(self, level: np.ndarray) -> np.ndarray:
        """`level` (H,), that beside a short sleeve goes straight from the armpit to where it is away from the
        arm, and does not stand out between them.
        """
        apart = np.flatnonzero(self.there & (self.share > 0) & (self.arm - level > SLIT * self.unit))
        if self.long or not apart.size:
            return level
        armpit = np.flatnonzero(self.there)[0]
        slopes = (level[apart] - level[armpit]) / np.maximum(apart - armpit, 1)
        line = level[armpit] + slopes.min() * (np.arange(len(level)) - armpit)
        within = (np.arange(len(level)) > armpit) & (np.arange(len(level)) < apart[slopes.argmin()])
        return np.where(within, np.minimum(level, line), level)

    def lacking(self, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the trunk ends by the flow, and how much of it is missing up to the sleeve, or to its end at
        `level`: (H,) columns and widths. What the picture has between trunk and sleeve is no cloth.
        """
        own = np.minimum(first_columns(~self.trunk & (self.places >= self.axis[:, None])), self.end)
        alien = ~self.sleeve & self.between & (self.places >= own[:, None])
        seam = np.maximum(np.where(alien, self.places, 0).max(axis=1), own)
        parted = self.sleeved & ((np.minimum(self.end, self.body) if self.long else self.end) < self.arm)
        seam = np.where(parted, self.arm, np.where(self.share < 1, self.end, seam))
        seam = np.minimum(_sloping(np.where(self.there, seam, 0)), level + SOFT)
        # In the last rows of a hem the flow may be beyond all of it.
        near = np.flatnonzero(self.there & (self.end - own < REACH * self.unit))
        if not near.size:
            return own, np.zeros(len(own))
        there = self.there & (np.arange(len(own)) <= near[-1])
        own = self.even(own, there)
        return own, np.where(there, self.begun * (seam - own), 0).clip(0, None)

    def bare_rim(self, begin: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the sleeve begins by the flow, how much of it is missing from `begin` on, and how wide it is:
        (H,) each.
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


def _sloping(seam: np.ndarray) -> np.ndarray:
    """At least `seam` (H,), with no step steeper than SLOPE."""
    slope = SLOPE * np.arange(len(seam))
    down = np.maximum.accumulate(seam + slope) - slope
    return np.maximum(down, (np.maximum.accumulate((seam - slope)[::-1])[::-1]) + slope)
