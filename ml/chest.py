"""Bare chests: what the skin that is seen of a person makes likely for the skin that clothing covers.

Light and tint of neck, shoulders and chest of many people, seen in one frame and relative to their faces,
are taken for a Gaussian of few dimensions (factor analysis; Ghahramani and Hinton, "The EM algorithm for
mixtures of factor analyzers", 1996). Given what is seen, it tells the rest. Collarbones and the hollows
beside them are too small and too varied for it; their mean shape lies on top. All of it is light: a pattern
on the shopper's own tone, in the tints that their own skin has in light and shadow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from ml.anatomy import HIPS, SHOULDERS, chin, middle, shoulder_width
from ml.pose import Pose
from ml.skin import DARKEST, LUMINANCE, TintLine, lit_tone, tinted, typical
from ml.weights import FOLDER, DamagedWeightsError, WeightSource, load_weights

ACROSS, DOWN = -1.4 + 0.08 * np.arange(36), -1.16 + 0.08 * np.arange(35)
"""Columns and rows of the frame. Across, 1 is the left shoulder; down, -1 is the chin, 0 the height of the
shoulders, and from there on it goes by half their width."""
RELIEF_ACROSS, RELIEF_DOWN = -1.1 + 0.02 * np.arange(111), -0.5 + 0.02 * np.arange(61)
"""The same for collarbones."""
TURNED = 0.6
"""Distance between the shoulders, as a share of their width, below which a chest is seen from the side."""
SEEN = 0.5
"""Share of skin that is seen from which a place of the frame is known."""
FREEDOM = 4.0
"""Degrees of freedom of Student's t, by which hair and jewels count less than skin."""
ROUNDS = 3
LIGHTEST = 0.02
"""How much lighter than the lightest of face, neck and arms a chest may be (natural logarithm)."""
CHEST = (0.6, -0.1, 0.8)
"""Where that holds: furthest from the middle, highest and lowest place."""
SIDES, CHIN, BELLY = (1.05, 1.35), (-1.0, -0.75), (0.9, 1.4)
"""Between these places what is known of chests begins or ends."""
RELIEF_SIDES, RELIEF_END = (0.55, 0.85), (0.1, 0.4)
RELIEF = 1.8
"""How much stronger than the mean of many collarbones, which differ, those of one person are."""
PALER = np.array([-0.011, 0.0025, 0.0175], np.float32)
"""Tint (as of `TintLine`) by which a chest differs from face, neck and arms that are as light: it is less
tanned. Half of the mean over 242 street photos, since the eye compares a chest with the neck above it."""
DARKENED = (-0.75, -0.1)
"""Between these places down what is too light begins to be darker."""
FEW, ENOUGH = 40, 200
"""Pixels below which a tone is none, and from which skin tells its tints without the face."""


@dataclass(frozen=True)
class ChestFrame:
    """Where a chest lies in a photo. centre, across, up, down: (2,) px, the middle of the shoulders and from
    there to the left one, away from the chin, and down the trunk.
    """

    centre: np.ndarray
    across: np.ndarray
    up: np.ndarray
    down: np.ndarray

    @classmethod
    def of(cls, pose: Pose) -> Self | None:
        """None for somebody who is seen from the side or from behind."""
        left, right = pose.keypoints[list(SHOULDERS)]
        centre = (left + right) / 2
        trunk = middle(pose, HIPS) - centre
        down = trunk / max(float(np.linalg.norm(trunk)), 1e-6) * shoulder_width(pose) / 2
        across = (left - right) / 2
        faces_us = across[0] > 0 and np.linalg.norm(across) > TURNED * np.linalg.norm(down)
        frame = cls(centre, across, centre - chin(pose), down)
        return frame if faces_us and min(map(abs, frame._areas())) > 1 else None

    def _areas(self) -> tuple[float, float]:
        return tuple(
            float(self.across[0] * other[1] - self.across[1] * other[0]) for other in (self.up, self.down)
        )

    def points(self, across: np.ndarray, down: np.ndarray) -> np.ndarray:
        """Photo pixels (h, w, 2) float32 of the places in columns `across` (w,) and rows `down` (h,)."""
        x, y = (part[..., None] for part in np.meshgrid(across, down))
        return np.float32(self.centre + x * self.across + np.where(y < 0, y * self.up, y * self.down))

    def places(self, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Place across and down of each pixel of a photo of `shape` (H, W): float32 (H, W) each."""
        height, width = shape
        x = np.arange(width, dtype=np.float32)[None] - np.float32(self.centre[0])
        y = np.arange(height, dtype=np.float32)[:, None] - np.float32(self.centre[1])
        sides = []
        for axis, area in zip((self.up, self.down), self._areas(), strict=True):
            sides.append(
                ((x * axis[1] - y * axis[0]) / area, (y * self.across[0] - x * self.across[1]) / area)
            )
        (high, above), (low, below) = sides
        return np.float32(np.where(below > 0, low, high)), np.float32(np.where(below > 0, below, above))


@dataclass(frozen=True)
class Chests:
    """What was learnt of chests, at the h x w places of ACROSS and DOWN.

    mean, noise: float32 (h, w, 3), logarithm of red, green and blue relative to the face's lit tone, and the
    variance of what the factors do not explain; basis: (h, w, 3, K), the factors; relief: (h', w', 3), added
    at RELIEF_ACROSS and RELIEF_DOWN.
    """

    mean: np.ndarray
    basis: np.ndarray
    noise: np.ndarray
    relief: np.ndarray
    version: str

    @classmethod
    def load(cls, weights: WeightSource = FOLDER) -> Self:
        """Raises MissingWeightsError and DamagedWeightsError of `ml.weights`."""
        state, metadata = load_weights("chest", weights)
        parts = {name: value.numpy() for name, value in state.items()}
        frame, relief = (len(DOWN), len(ACROSS), 3), (len(RELIEF_DOWN), len(RELIEF_ACROSS), 3)
        shapes = {name: part.shape[:3] for name, part in parts.items()}
        expected = {"mean": frame, "basis": frame, "noise": frame, "relief": relief}
        if shapes != expected or parts["basis"].ndim != 4 or "version" not in metadata:
            raise DamagedWeightsError("chest: the weights of something else")
        return cls(**parts, version=metadata["version"])

    def factors(self, logs: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """The likeliest factors (K,) of a chest of which `logs` (h, w, 3) are known where `seen` (h, w)."""
        basis = self.basis.reshape(-1, self.basis.shape[-1])
        away = np.where(seen[..., None], logs - self.mean, 0)
        trust, found = np.float32(seen)[..., None], np.zeros(basis.shape[1], np.float32)
        for _ in range(ROUNDS):
            weight = (trust / self.noise).reshape(-1, 1)
            precision = np.eye(len(found)) + basis.T @ (weight * basis)
            found = np.linalg.solve(precision, basis.T @ (weight[:, 0] * away.ravel()))
            missed = ((away - self.basis @ found) ** 2 / self.noise).sum(axis=2)
            trust = (seen * (FREEDOM + 3) / (FREEDOM + missed))[..., None]
        return np.float32(found)

    def expected(
        self, photo: np.ndarray, skin: np.ndarray, face: np.ndarray, others: Sequence[np.ndarray], pose: Pose
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """The skin of neck, shoulders and chest as if they were bare: float32 (H, W, 3), and what that is
        worth at each pixel, (H, W) in 0..1. None if too little is seen.

        photo: float32 (H, W, 3); skin, face, others: bool (H, W), all skin that is seen, the face, and other
        parts of the body, in which a chest's light may fall.
        """
        frame, skin = ChestFrame.of(pose), tinted(photo, skin)
        if frame is None or (face & skin).sum() < FEW:
            return None
        tone = np.log(lit_tone(photo[face & skin]).clip(DARKEST))
        logs, seen = observed(photo, skin, tone, frame)
        change = self.basis @ self.factors(logs, seen)
        lit = [lit_tone(photo[part & skin]) for part in (face, *others) if (part & skin).sum() >= FEW]
        lightest = max(np.log(own.clip(DARKEST)) @ LUMINANCE for own in lit) - tone @ LUMINANCE + LIGHTEST
        pattern = self.mean + _bounded(self.mean @ LUMINANCE, change @ LUMINANCE, lightest) * change
        lighter = _excess(pattern @ LUMINANCE, lightest)
        pattern -= lighter * (1 - _falling(DOWN, DARKENED))[:, None, None]
        own = TintLine.of(photo[_telling_tints(photo, skin, face, others)])
        pattern += own.away(pattern + tone) + PALER
        across, down = frame.places(skin.shape)
        chest = _spread(pattern, across, down, ACROSS, DOWN, cv2.BORDER_REPLICATE)
        relief = _spread(self.relief, across, down, RELIEF_ACROSS, RELIEF_DOWN, cv2.BORDER_CONSTANT)
        strength = RELIEF * _falling(np.abs(across), RELIEF_SIDES) * _falling(down, RELIEF_END)
        chest += relief * strength[..., None]
        worth = _falling(np.abs(across), SIDES) * _falling(down, BELLY) * (1 - _falling(down, CHIN))
        return np.exp(chest + np.float32(tone)).clip(0, 255), worth


def observed(
    photo: np.ndarray, skin: np.ndarray, tone: np.ndarray, frame: ChestFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms (h, w, 3) float32 of the photo's colours relative to `tone` (3,), itself one, at the places
    of ACROSS and DOWN, and where those are known, bool (h, w). photo: float32 (H, W, 3); skin: bool (H, W).
    """
    side = max(1, round(float(np.linalg.norm(frame.down)) * float(DOWN[1] - DOWN[0])))
    share = cv2.blur(np.float32(skin), (side, side))
    logs = np.where(skin[..., None], np.log(np.maximum(photo, DARKEST)) - tone, 0)
    logs = cv2.blur(np.float32(logs), (side, side)) / np.maximum(share, 1e-3)[..., None]
    x, y = np.moveaxis(frame.points(ACROSS, DOWN), -1, 0)
    seen = cv2.remap(share, x, y, cv2.INTER_LINEAR, borderValue=0) > SEEN
    return np.where(seen[..., None], cv2.remap(logs, x, y, cv2.INTER_LINEAR), 0), seen


def between(places: np.ndarray, low: float, high: float) -> np.ndarray:
    """Which `places` (N,) lie between two others: bool (N,)."""
    return (places > low) & (places < high)


def _telling_tints(
    photo: np.ndarray, skin: np.ndarray, face: np.ndarray, others: Sequence[np.ndarray]
) -> np.ndarray:
    """Skin, bool (H, W), that tells the tints of a chest: typical of face and of other parts, each by itself.

    Arguments are of `Chests.expected`.
    """
    body = typical(photo, np.any(others, axis=0) & skin)
    return body | typical(photo, face & skin) if body.sum() >= ENOUGH else typical(photo, skin)


def _bounded(mean: np.ndarray, change: np.ndarray, lightest: float) -> float:
    """How much of the `change` of luminance (h, w) from the `mean` can be, in 0..1, so that hardly any of the
    chest is lighter than `lightest`. What is learnt of the sun is not to be carried too far.
    """
    mean, change = _on_chest(mean), _on_chest(change)
    room = np.where(change > 0, (lightest - mean) / np.maximum(change, 1e-6), 1)
    return float(np.quantile(room.clip(0, 1), 0.05))


def _excess(light: np.ndarray, lightest: float) -> float:
    """How much darker a chest of luminance `light` (h, w) must be so that hardly any is lighter than
    `lightest`: even the mean may be lighter than anything that is seen of somebody.
    """
    return max(float(np.quantile(_on_chest(light), 0.95)) - lightest, 0.0)


def _on_chest(values: np.ndarray) -> np.ndarray:
    """Those of the `values` (h, w) that lie in CHEST."""
    width, top, bottom = CHEST
    return values[np.ix_(between(DOWN, top, bottom), np.abs(ACROSS) < width)]


def _spread(
    values: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    columns: np.ndarray,
    rows: np.ndarray,
    border: int,
) -> np.ndarray:
    """`values` (h, w, 3) at `columns` (w,) and `rows` (h,), between them and around, at places (H, W)."""
    x, y = ((place - at[0]) / (at[1] - at[0]) for place, at in ((across, columns), (down, rows)))
    return cv2.remap(np.float32(values), np.float32(x), np.float32(y), cv2.INTER_CUBIC, borderMode=border)


def _falling(values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """1 up to the first of `ends`, 0 from the second on."""
    return ((ends[1] - values) / (ends[1] - ends[0])).clip(0, 1)
