"""The light on the old garment, its folds included: what falls on it falls on the new one as well.

On cloth of one colour all differences are light; cloth with a pattern tells nothing.
"""

import cv2
import numpy as np

from ml.compose import Scene, old_garment
from ml.regions import dilate

WORKING_HEIGHT = 256
"""Height in pixels at which light is found: it is smooth."""
RIM = 0.006
"""How much of the rim of the old garment is left out, as a share of the photo's height: it has seams, and
pixels that are half skin."""
SOFTNESS = 0.006
"""Blur of the light (standard deviation), likewise: wider than a weave, narrower than a fold."""
FADING = 0.05
"""How far from its rim the old garment lends all of its light, likewise: its hem is not to be seen again."""
FINEST, BROADEST = 0.015, 0.06
"""Blurs (standard deviations), likewise, between which light on cloth is that of the body's form: what is
finer is a fold, and what is broader is known better of the skin."""
MOST_FORM = 0.12
"""Most that form takes from the natural logarithm of brightness, or gives to it."""
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
    bright, inner, belief = _seen(small, category)
    soft = _averaged(bright, inner, SOFTNESS).clip(-DEEPEST, BRIGHTEST)
    light = np.exp(np.float32(STRENGTH) * soft * belief)
    return cv2.resize(light, (width, height)), cv2.resize(belief, (width, height))


def form_beneath(scene: Scene, category: str) -> np.ndarray:
    """Factors (H, W) float32 about 1 for the colours of the body under the old garment: cloth that lies on it
    is lighter and darker where the body is.
    """
    bright, inner, belief = _seen(scene, category)
    form = _averaged(bright, inner, FINEST) - _averaged(bright, inner, BROADEST)
    return np.exp(form.clip(-MOST_FORM, MOST_FORM) * belief)


def _seen(scene: Scene, category: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logarithm of the brightness of the old garment, float32 (H, W), about 0 and 0 elsewhere; where it is
    seen, bool (H, W); and how far that is believed to be light, float32 (H, W) in 0..1.
    """
    lab = cv2.cvtColor(np.float32(scene.photo) / 255, cv2.COLOR_RGB2LAB)
    tall, nothing = len(lab), np.zeros(scene.labels.shape, np.float32)
    # Trousers have pockets, a fly and washed places, which would be seen again.
    inner = dilate(old_garment(scene, category) & ~scene.of("lower"), -RIM * tall)
    plain = _plainness(lab[inner]) if inner.sum() >= LEAST_PIXELS else 0.0
    if not plain:
        return nothing, inner, nothing
    bright = np.log(lab[..., 0] + np.float32(GLARE))
    bright = np.where(inner, bright - np.median(bright[inner]), 0)
    away = cv2.distanceTransform(np.uint8(inner), cv2.DIST_L2, 5) / (FADING * tall)
    belief = cv2.GaussianBlur(np.float32(away.clip(0, 1)), (0, 0), SOFTNESS * tall) * np.float32(plain)
    return bright, inner, belief


def _averaged(bright: np.ndarray, inner: np.ndarray, softness: float) -> np.ndarray:
    """`bright` (H, W), 0 outside the bool `inner` (H, W), blurred within it over a share of the height."""
    parts = [cv2.GaussianBlur(np.float32(part), (0, 0), softness * len(inner)) for part in (bright, inner)]
    return parts[0] / np.maximum(parts[1], 1e-3)


def _plainness(lab: np.ndarray) -> float:
    """1 for cloth of one colour, 0 for cloth with a pattern, of its CIELAB colours (N, 3)."""
    low, high = np.percentile(np.column_stack([np.log(lab[:, 0] + GLARE), lab[:, 1:]]), (10, 90), axis=0)
    limits = np.array([LIGHTNESS, COLOUR, COLOUR])
    shares = (limits[:, 1] - (high - low)) / (limits[:, 1] - limits[:, 0])
    return float(shares.min().clip(0, 1))
