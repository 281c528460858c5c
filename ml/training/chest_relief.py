"""The mean shape of collarbones, and of the hollows beside them, as light.

Joints of a pose are some centimetres off, more than a collarbone is wide, so that the mean of many chests is
flat. Each is therefore moved and stretched to agree with the mean of the others, and the mean taken again
(congealing; Learned-Miller, "Data driven image models through continuous joint alignment", 2006).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.chest import RELIEF_ACROSS, RELIEF_DOWN, between
from ml.training.chest_samples import Chest, luminance

FINE, COARSE = 1.0, 8.0
"""Blurs (standard deviations, in places of the frame) between which collarbones are seen."""
LARGEST = 0.12
"""Change of luminance (natural logarithm) beyond which it is hair or a jewel."""
ZONE = (0.85, -0.32, 0.3)
"""Where collarbones may be: furthest from the middle, highest and lowest place."""
LEAST, ENOUGH = 400, 1500
"""Places that two reliefs must have in common, and from which more do not make their likeness surer."""
MOVES, STRETCHES = 9.0, (0.8, 1.25)
"""How far a chest may be moved, in places of the frame, and stretched."""
STEPS = np.array((4.0, 4.0, 0.08, 0.1))
HALVINGS, ROUNDS = 4, 6
KEPT = 0.55
"""Share of chests, those most like the mean, that the next mean is made of: of many, hair or shade hide the
collarbones."""
LEAST_SEEN = 6
"""Chests in which a place is seen from which its mean is believed."""
CLEAR = 0.9
"""Quantile, over people, of how strongly the mean is seen in them that its strength is set to."""
SOFT = 0.8
STILL = np.array((0.0, 0.0, 1.0, 1.0))
"""No move to the right and down, no stretch across and down."""


@dataclass(frozen=True)
class Relief:
    """Fine light of a chest: values (h, w, 3) float32, luminance (h, w) of them, bare (h, w) bool."""

    values: np.ndarray
    light: np.ndarray
    bare: np.ndarray


def relief_of(chest: Chest) -> Relief:
    """What is left of `fine` between two blurs over its own skin."""
    bare = cv2.erode(np.uint8(chest.bare), np.ones((3, 3), np.uint8)) > 0
    known = np.where(bare[..., None], chest.fine, 0)
    parts = [
        cv2.GaussianBlur(known, (0, 0), sigma)
        / np.maximum(cv2.GaussianBlur(np.float32(bare), (0, 0), sigma), 1e-3)[..., None]
        for sigma in (FINE, COARSE)
    ]
    values = np.where(bare[..., None], parts[0] - parts[1], 0)
    light = luminance(values)
    return Relief(values, light, bare & (np.abs(light) < LARGEST))


def mean_relief(chests: list[Chest]) -> np.ndarray:
    """The relief of `ml.chest.Chests`, (h, w, 3) float32, the same on both sides. Zero if none is seen."""
    zone, reliefs = _zone(), []
    for chest in chests:
        for side in (chest, chest.mirrored()):
            relief = relief_of(side)
            if (relief.bare & zone).sum() > LEAST:
                reliefs.append(relief)
    shape = (len(RELIEF_DOWN), len(RELIEF_ACROSS), 3)
    if not reliefs:
        return np.zeros(shape, np.float32)
    first = max(reliefs, key=lambda relief: _clearness(relief, zone))
    mean, known = _mean([first], [STILL], 1)
    moves = [STILL] * len(reliefs)
    for _ in range(ROUNDS):
        fits = [
            _fitted(relief, mean, known & zone, move) for relief, move in zip(reliefs, moves, strict=True)
        ]
        moves, likeness = [move for move, _ in fits], np.array([alike for _, alike in fits])
        kept = np.flatnonzero(likeness >= np.quantile(likeness, 1 - KEPT))
        mean, known = _mean([reliefs[i] for i in kept], [moves[i] for i in kept], LEAST_SEEN)
    strengths = [
        _strength(relief, mean, known & zone, move) for relief, move in zip(reliefs, moves, strict=True)
    ]
    return np.float32(cv2.GaussianBlur(mean, (0, 0), SOFT) * np.quantile(strengths, CLEAR))


def _zone() -> np.ndarray:
    width, top, bottom = ZONE
    return np.outer(between(RELIEF_DOWN, top, bottom), np.abs(RELIEF_ACROSS) < width)


def _clearness(relief: Relief, zone: np.ndarray) -> float:
    """How well collarbones may be seen: a relief that is the same on both sides, of a bare chest."""
    both = relief.bare & relief.bare[:, ::-1] & zone
    if both.sum() < ENOUGH:
        return -1.0
    return float(np.corrcoef(relief.light[both], relief.light[:, ::-1][both])[0, 1])


def _moved(values: np.ndarray, move: np.ndarray) -> np.ndarray:
    """`values` (h, w[, 3]) of a chest, moved and stretched to the frame."""
    (right, down, wide, high), (height, width) = move, values.shape[:2]
    x, y = (width - 1) / 2, -RELIEF_DOWN[0] / (RELIEF_DOWN[1] - RELIEF_DOWN[0])
    matrix = np.array([[wide, 0, x - wide * x + right], [0, high, y - high * y + down]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(np.float32(values), matrix, (width, height), flags=flags, borderValue=0)


def _mean(reliefs: list[Relief], moves: list[np.ndarray], least: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean of moved reliefs and of their mirror images (h, w, 3), and where `least` are seen, bool (h, w)."""
    total, count = np.float32(0), np.float32(0)
    for relief, move in zip(reliefs, moves, strict=True):
        bare = np.float32(_moved(relief.bare, move) > 1 - 1e-2)
        total, count = total + _moved(relief.values, move) * bare[..., None], count + bare
    known = (count >= least) & (count[:, ::-1] >= least)
    mean = total / np.maximum(count, 1)[..., None]
    return np.where(known[..., None], (mean + mean[:, ::-1]) / 2, 0).astype(np.float32), known


def _common(
    relief: Relief, mean: np.ndarray, where: np.ndarray, move: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Luminance of the mean and of the moved relief, less their means, where both are seen: (N,) each."""
    both = (_moved(relief.bare, move) > 1 - 1e-2) & where
    pair = luminance(mean)[both], _moved(relief.light, move)[both]
    return tuple(part - part.mean() if part.size else part for part in pair)


def _likeness(relief: Relief, mean: np.ndarray, where: np.ndarray, move: np.ndarray) -> float:
    """Correlation, less if they have little in common, and less the further it is moved."""
    expected, seen = _common(relief, mean, where, move)
    if expected.size < LEAST:
        return -1.0
    scale = np.sqrt((expected @ expected) * (seen @ seen)) + 1e-9
    far = (np.abs(move - STILL) * (1, 1, 20, 20)).sum()
    return float(expected @ seen / scale) * min(1.0, np.sqrt(expected.size / ENOUGH)) - 1e-3 * far


def _fitted(
    relief: Relief, mean: np.ndarray, where: np.ndarray, move: np.ndarray
) -> tuple[np.ndarray, float]:
    """The move at which it is most like the mean, by a search from `move` with ever smaller steps, and how
    much.
    """
    best, steps = _likeness(relief, mean, where, move), STEPS
    for _ in range(HALVINGS):
        better = True
        while better:
            better = False
            for step in np.vstack([np.diag(steps), -np.diag(steps)]):
                tried = move + step
                low, high = STRETCHES
                if np.abs(tried[:2]).max() > MOVES or tried[2:].min() < low or tried[2:].max() > high:
                    continue
                alike = _likeness(relief, mean, where, tried)
                if alike > best + 1e-4:
                    best, move, better = alike, tried, True
        steps = steps / 2
    return move, best


def _strength(relief: Relief, mean: np.ndarray, where: np.ndarray, move: np.ndarray) -> float:
    """How strongly the mean is seen in a relief, 1 as in the mean: slope of a regression."""
    expected, seen = _common(relief, mean, where, move)
    return float(expected @ seen / max(float(expected @ expected), 1e-9)) if expected.size >= LEAST else 0.0
