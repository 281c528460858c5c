"""What makers do to a neck: collars, yokes, gathers, seams, labels and keyholes, drawn on flat pictures."""

import cv2
import numpy as np

from ml.twins.scene import INNER, OUTER, OUTSIDE


def cut_back(cloth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`cloth`, uint8 (H, W), now and then with a back cut as deep as the front, half as deep, or with a
    keyhole in it: there the wall is seen.
    """
    inside = cloth == INNER
    if not inside.any():
        return cloth
    kind, away = rng.random(), np.zeros_like(inside)
    rows, columns = np.nonzero(inside)
    if kind < 0.1:
        away = inside
    elif kind < 0.2:
        away = inside & (np.arange(len(cloth)) < np.quantile(rows, rng.uniform(0.2, 0.9)))[:, None]
    elif kind < 0.3:
        high = max(2, round(np.ptp(rows) * rng.uniform(0.2, 0.6)))
        middle = int(np.median(columns)), int(rows.min() + rng.uniform(0.3, 1.2) * high)
        axes = max(1, round(high * rng.uniform(0.08, 0.4))), high
        drawn = cv2.ellipse(np.zeros_like(cloth), middle, axes, rng.normal(0, 4), 0, 360, 1, -1)
        away = inside & (drawn > 0)
    return np.where(away, OUTSIDE, cloth).astype(np.uint8)


def finished(
    image: np.ndarray, cloth: np.ndarray, colours: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> None:
    """Finish the neck of a flat picture, float (H, W, 3), in place.

    cloth: uint8 (H, W), what a pixel shows; colours: of the collar and of the label, (3,) each.
    """
    front, inside = cloth == OUTER, cloth == INNER
    if not inside.any() or not front.any():
        return
    to_inside, to_front = (cv2.distanceTransform(np.uint8(~part), cv2.DIST_L2, 5) for part in (inside, front))
    collar, label = colours
    if rng.random() < 0.15:
        _gathers(image, front & (to_inside < rng.uniform(8, 50)), rng)
    if rng.random() < 0.15:
        yoke = front & (to_inside < rng.uniform(8, 40))
        image[yoke] = 0.25 * image[yoke] + 0.75 * collar * rng.uniform(0.6, 1.3)
    if rng.random() < 0.6:
        shade = rng.uniform(0.05, 0.45) * np.exp(-to_front / rng.uniform(1.5, 10))
        image *= np.where(inside, 1 - shade, 1)[..., None]
    wide = rng.uniform(2, 12)
    if rng.random() < 0.45:
        above = cv2.distanceTransform(np.uint8(cloth != OUTSIDE), cv2.DIST_L2, 5)
        back = inside & (above < wide) & (to_front > 1) if rng.random() < 0.6 else np.zeros_like(inside)
        band = (front & (to_inside < wide)) | back
        image[band] = 0.15 * image[band] + 0.85 * collar
    if rng.random() < 0.4:
        image[front & (abs(to_inside - wide) < 0.7)] *= rng.uniform(0.6, 0.95)
    if rng.random() < 0.5:
        _label(image, inside, label, rng)


def _gathers(image: np.ndarray, where: np.ndarray, rng: np.random.Generator) -> None:
    """Fine upright folds, in place: smocking and frills."""
    columns = np.arange(image.shape[1]) + 2 * np.sin(np.arange(len(image)) / rng.uniform(2, 9))[:, None]
    folds = 1 + rng.uniform(0.05, 0.25) * np.sin(columns * 2 * np.pi / rng.uniform(2.5, 9))
    image *= np.where(where, folds, 1)[..., None]


def _label(image: np.ndarray, inside: np.ndarray, colour: np.ndarray, rng: np.random.Generator) -> None:
    """A maker's label sewn to the middle of the inside, in place."""
    rows, columns = np.nonzero(inside)
    x, y = int(np.median(columns) + rng.normal(0, 2)), int(np.quantile(rows, rng.uniform(0.1, 0.5)))
    size = max(np.ptp(columns), np.ptp(rows))
    wide, high = (2 + int(share * size) for share in rng.uniform(0.03, 0.2, 2))
    patch = np.zeros_like(inside)
    patch[max(y - high, 0) : y + high, max(x - wide, 0) : x + wide] = True
    image[patch & inside] = colour
