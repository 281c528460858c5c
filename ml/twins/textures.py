"""Random cloth: plain, striped, checked, dotted, printed and colour-blocked, or cut from garment photos."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ml.crops import NETWORK_SIZE
from ml.twins.necklines import finished
from ml.twins.scene import INNER, OUTSIDE

_H, _W = NETWORK_SIZE


def _colour(rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.3:
        return np.full(3, rng.choice([25, 245, rng.uniform(30, 230)])) + rng.normal(0, 6, 3)
    hsv = np.uint8([[[rng.integers(180), rng.integers(40, 255), rng.integers(50, 255)]]])
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].astype(float)


def _waves(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    """(H, W) -1..1 parallel waves of `low`..`high` px length, level or upright as a rule."""
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)], p=[0.45, 0.3, 0.25])
    y, x = np.mgrid[:_H, :_W]
    return np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / rng.uniform(low, high))


def _blobs(rng: np.random.Generator, cell: float) -> np.ndarray:
    """(H, W) smooth noise about 0 with features of `cell` px."""
    small = rng.normal(0, 1, (max(2, round(_H / cell)), max(2, round(_W / cell)))).astype(np.float32)
    return cv2.resize(small, (_W, _H), interpolation=cv2.INTER_CUBIC)


def _pattern(rng: np.random.Generator) -> np.ndarray:
    """(H, W) 0..1, how much of a second colour shows."""
    kind = rng.choice(
        ["plain", "stripes", "checks", "dots", "flowers", "blocks"], p=[0.4, 0.17, 0.1, 0.09, 0.14, 0.1]
    )
    if kind == "stripes":
        return (_waves(rng, 6, 40) > rng.uniform(-0.5, 0.7)).astype(float)
    if kind == "checks":
        return ((_waves(rng, 8, 40) > 0.2) * 0.5 + (_waves(rng, 8, 40) > 0.2) * 0.5).astype(float)
    if kind == "dots":
        y, x = np.mgrid[:_H, :_W] * 2 * np.pi / rng.uniform(8, 26)
        return (np.sin(x) * np.sin(y) > rng.uniform(0.3, 0.8)).astype(float)
    if kind == "flowers":
        return (_blobs(rng, rng.uniform(5, 20)) > rng.uniform(0, 0.8)).astype(float)
    if kind == "blocks":
        return np.broadcast_to(
            (np.arange(_H) > rng.uniform(0.25, 0.75) * _H).astype(float)[:, None], (_H, _W)
        )
    return np.zeros((_H, _W))


def _print(image: np.ndarray, rng: np.random.Generator) -> None:
    """A motif or letters on the chest, in place."""
    x, y = int(rng.uniform(0.38, 0.62) * _W), int(rng.uniform(0.25, 0.6) * _H)
    size, colour = rng.uniform(8, 36), _colour(rng).tolist()
    if rng.random() < 0.5:
        letters = "".join(rng.choice(list("ABCDEFGHKLMNOPRSTUVXYZ0123456789"), rng.integers(2, 7)))
        scale = size / 28
        cv2.putText(image, letters, (x - int(len(letters) * 9 * scale), y), 0, scale, colour, 2, cv2.LINE_AA)
    else:
        corners = rng.normal(0, size, (rng.integers(3, 9), 2)) + np.array([x, y])
        cv2.fillPoly(image, [cv2.convexHull(corners.astype(np.int32))], colour, cv2.LINE_AA)
        cv2.ellipse(image, ((x, y + size), (size, 1.4 * size), 0), _colour(rng).tolist(), -1)


def random_texture(rng: np.random.Generator) -> np.ndarray:
    """(256, 192, 3) uint8 fabric that fills the whole garment frame."""
    share = _pattern(rng)[..., None]
    image = _colour(rng) * (1 - share) + _colour(rng) * share
    image = np.ascontiguousarray(np.clip(image, 0, 255).astype(np.uint8))
    if rng.random() < 0.4:
        for _ in range(rng.integers(1, 4)):
            _print(image, rng)
    light = 1 + 0.06 * _blobs(rng, 40) + 0.03 * _blobs(rng, 10)
    return np.clip(image * light[..., None], 0, 255).astype(np.uint8)


class TextureSource:
    """Fabrics drawn by code and, when there are any, half of the time cut from the pictures of a folder or
    taken from `fabrics`, (256, 192, 3) uint8 each.
    """

    def __init__(self, folder: Path | None = None, fabrics: Sequence[np.ndarray] = ()) -> None:
        self._fabrics = fabrics
        self._photos = (
            sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".jpg", ".png"}) if folder else []
        )

    def __call__(self, rng: np.random.Generator) -> np.ndarray:
        """(256, 192, 3) uint8."""
        if self._fabrics and rng.random() < 0.5:
            return self._fabrics[rng.integers(len(self._fabrics))]
        if not self._photos or rng.random() < 0.5:
            return random_texture(rng)
        image = cv2.imread(str(self._photos[rng.integers(len(self._photos))]))
        if image is None:
            return random_texture(rng)
        h, w = image.shape[:2]
        image = image[h // 8 : h - h // 8, w // 8 : w - w // 8]
        return cv2.cvtColor(cv2.resize(image, (_W, _H), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)


def _lining(texture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(256, 192, 3) the inside of a cloth: paler or darker, and as a rule with less of the print."""
    mean = texture.mean((0, 1)) if rng.random() < 0.85 else _colour(rng)
    share = rng.uniform(0, 0.8) if rng.random() < 0.35 else 0.0
    return (mean + share * (texture - mean)) * rng.uniform(0.55, 1.4)


def flat_picture(
    texture: np.ndarray, cloth: np.ndarray, light: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(256, 192, 3) uint8 picture of a flat garment on a plain background.

    cloth: (256, 192) OUTSIDE, OUTER or INNER; light: (256, 192) float32 about 1.
    """
    image = texture * light[..., None]
    inside = cloth == INNER
    image[inside] = _lining(texture, rng)[inside] * light[inside, None]
    finished(image, cloth, (_colour(rng), _colour(rng)), rng)
    image[cloth == OUTSIDE] = rng.uniform(225, 255) if rng.random() < 0.8 else _colour(rng)
    return np.clip(image, 0, 255).astype(np.uint8)
