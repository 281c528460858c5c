"""Parts of the drawn scene that tests of composition share."""

import numpy as np

from ml.labels import LABELS

SKIN_COLOUR, WALL, OLD, JEANS, NEW, PAINT = (
    (205, 160, 140),
    (120, 130, 125),
    (250, 20, 20),
    (40, 60, 120),
    (20, 200, 60),
    (90, 90, 200),
)


def label(name):
    return LABELS.index(name)


def box(shape, left, top, right, bottom):
    """Bool mask of a rectangle given in shares of width and height."""
    mask = np.zeros(shape, bool)
    height, width = shape
    mask[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = True
    return mask


def median_at(image, mask):
    return np.median(image[mask], axis=0)
