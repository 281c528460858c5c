"""Seams between parts of a garment that pass before one another."""

import numpy as np

from ml.layer import GarmentLayer
from ml.seams import with_soft_seams

HEIGHT = 400
"""Of the garment's picture."""


def layer_of(colour):
    alpha = np.zeros(colour.shape[:2], np.float32)
    alpha[10:70, 10:50] = 1
    return GarmentLayer(colour, alpha, alpha)


def test_colours_go_over_into_one_another_where_a_flow_leaps():
    y, x = np.indices((80, 60), dtype=np.float32)
    sleeve = x < 30 + y % 2
    flow = np.stack([x + 100 * sleeve, y], axis=2)
    colour = np.repeat(np.where(sleeve, 200, 0)[..., None], 3, axis=2).astype(np.float32)
    layer = layer_of(colour)
    soft = with_soft_seams(layer, flow, HEIGHT)
    assert soft.alpha is layer.alpha
    seam = soft.colour[20:60, 28:33, 0]
    assert np.abs(np.diff(seam, axis=1)).max() < 100
    assert np.abs(np.diff(seam, axis=0)).max() < 60
    away = np.abs(x - 30) > 4
    np.testing.assert_array_equal(soft.colour[away], colour[away])


def test_a_seam_from_row_to_row_is_one_too():
    y, x = np.indices((80, 60), dtype=np.float32)
    flow = np.stack([x, y + 50 * (y > 40)], axis=2)
    colour = np.repeat(np.where(y > 40, 200, 0)[..., None], 3, axis=2).astype(np.float32)
    soft = with_soft_seams(layer_of(colour), flow, HEIGHT)
    assert np.abs(np.diff(soft.colour[35:45, 30, 0])).max() < 100


def test_without_a_leap_every_colour_stays():
    y, x = np.indices((80, 60), dtype=np.float32)
    colour = np.random.default_rng(0).uniform(0, 255, (80, 60, 3)).astype(np.float32)
    layer = layer_of(colour)
    assert with_soft_seams(layer, np.stack([3 * x, y], axis=2), HEIGHT) is layer
