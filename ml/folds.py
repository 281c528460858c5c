"""The light on the old garment, its folds included: what falls on it falls on the new one as well.

On cloth of one colour all differences are light; cloth with a pattern tells nothing.
"""

import cv2
import numpy as np

from ml.morphology import dilate
from ml.scene import Scene, old_garment

WORKING_HEIGHT = 256
"""Height in pixels at which light is found: it is smooth."""
RIM = 0.006
"""How much of the rim of the old garment is left out, as a share of the photo's height: it has seams, and
pixels that are half skin."""
SOFTNESS = 0.006
"""Blur of the light (standard deviation), likewise: wider than a weave, narrower than a fold."""
FADING = 0.05
"""How far from its rim the old garment lends all of its light, likewise: its hem is not to be seen again."""
STRENGTH = 0.8
DEEPEST, BRIGHTEST = 0.35, 0.12
"""Most that is taken from the natural logarithm of brightness, and most that is given to it."""
LIGHTNESS, COLOUR = (0.45, 0.8), (8.0, 16.0)
"""Range from the 10th to the 90th percentile, of log brightness and of CIELAB's a and b, up to which cloth is
plain, and from which it is not at all."""
GLARE = 10.0
"""Lightness, of 100, that a camera sees on the blackest cloth: what is next to black has no folds in it."""
LEAST_PIXELS = 200


def fold_light(scene: Scene, category: str) -> tuple[np.ndarray, np.ndarray]:
    """Factors about 1 for the colours of a garment of `category`, and how far they are believed, 0..1: (H, W)
    float32 each.
    """
    height, width = scene.labels.shape
    small = scene.reduced(round(height / WORKING_HEIGHT))
    lab = cv2.cvtColor(np.float32(small.photo) / 255, cv2.COLOR_RGB2LAB)
    tall = len(lab)
    # Trousers have pockets, a fly and washed places, which would be seen again.
    inner = dilate(old_garment(small, category) & ~small.of("lower"), -RIM * tall)
    plain = _plainness(lab[inner]) if inner.sum() >= LEAST_PIXELS else 0.0
    if not plain:
        return np.ones((height, width), np.float32), np.zeros((height, width), np.float32)
    bright = np.log(lab[..., 0] + np.float32(GLARE))
    bright = np.where(inner, bright - np.median(bright[inner]), 0)
    around = [cv2.GaussianBlur(np.float32(part), (0, 0), SOFTNESS * tall) for part in (bright, inner)]
    soft = (around[0] / np.maximum(around[1], 1e-3)).clip(-DEEPEST, BRIGHTEST)
    away = cv2.distanceTransform(np.uint8(inner), cv2.DIST_L2, 5) / (FADING * tall)
    belief = cv2.GaussianBlur(np.float32(away.clip(0, 1)), (0, 0), SOFTNESS * tall) * np.float32(plain)
    light = np.exp(np.float32(STRENGTH) * soft * belief)
    return cv2.resize(light, (width, height)), cv2.resize(belief, (width, height))


def _plainness(lab: np.ndarray) -> float:
    """1 for cloth of one colour, 0 for cloth with a pattern, of its CIELAB colours (N, 3)."""
    low, high = np.percentile(np.column_stack([np.log(lab[:, 0] + GLARE), lab[:, 1:]]), (10, 90), axis=0)
    limits = np.array([LIGHTNESS, COLOUR, COLOUR])
    shares = (limits[:, 1] - (high - low)) / (limits[:, 1] - limits[:, 0])
    return float(shares.min().clip(0, 1))
