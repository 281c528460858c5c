"""The texture of a garment reaches as far as the garment."""

import numpy as np
import pytest

from ml.anatomy import shoulder_width
from ml.broadened import WIDEST, broadened
from ml.garmentparts import Trunk
from ml.layer import GarmentLayer
from ml.scene import Scene
from ml.sides import trunk_axis
from tests.ml.scenes import label

HEIGHT, WIDTH = 400, 300
MIDDLE = slice(150, 300)
"""Rows that are neither near the waist nor near the hem."""


@pytest.fixture
def nobody(make_pose):
    """A pose without anything to be seen of a person."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    return Scene(np.zeros((HEIGHT, WIDTH, 3), np.uint8), labels, make_pose(HEIGHT, WIDTH))


def laid(seen, known):
    """A garment as seen up to `seen` columns from the middle, its picture up to `known`; its columns are its
    colours, and beyond its edge it is black.
    """
    outline = np.zeros((HEIGHT, WIDTH), np.float32)
    outline[100:350, WIDTH // 2 - known : WIDTH // 2 + known] = 1
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[100:350, WIDTH // 2 - seen : WIDTH // 2 + seen] = 1
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    colour = np.repeat((outline * x)[..., None], 3, axis=2)
    trunk = Trunk.of(outline > 0)
    return GarmentLayer(colour, alpha, alpha), np.stack([x, y], axis=-1), outline, trunk


@pytest.mark.parametrize("category", ["lower_body", "dresses"])
def test_what_is_missing_is_drawn_out_from_what_is_beside_it(nobody, category):
    layer, flow, *picture = laid(66, 60)
    wider, moved = broadened(nobody, category, layer, flow, *picture)
    left, right = WIDTH // 2 - 66, WIDTH // 2 + 66
    inner = slice(left + 3, right - 3)
    np.testing.assert_allclose(moved[200, [left, right - 1], 0], [left + 6, right - 7], atol=0.6)
    np.testing.assert_allclose(wider.colour[200, inner, 0], moved[200, inner, 0], atol=0.5)
    assert (np.diff(moved[200, left:right, 0]) > 0).all()
    np.testing.assert_array_equal(moved[..., 1], flow[..., 1])
    assert wider.alpha is layer.alpha


def test_the_middle_and_what_is_not_missing_stay(nobody):
    layer, flow, *picture = laid(66, 60)
    wider, _ = broadened(nobody, "dresses", layer, flow, *picture)
    inner = slice(WIDTH // 2 - 28, WIDTH // 2 + 28)
    np.testing.assert_allclose(wider.colour[MIDDLE, inner], layer.colour[MIDDLE, inner], atol=0.2)
    whole, flow, *picture = laid(60, 60)
    assert broadened(nobody, "dresses", whole, flow, *picture) == (whole, flow)


def test_above_the_shoulders_nothing_is_drawn_out(nobody):
    layer, flow, outline, trunk = laid(66, 60)
    alpha, outline = layer.alpha.copy(), outline.copy()
    alpha[40:100], outline[40:100] = alpha[100], outline[100]
    layer = GarmentLayer(np.repeat((outline * flow[..., 0])[..., None], 3, axis=2), alpha, alpha)
    wider, moved = broadened(nobody, "dresses", layer, flow, outline, trunk)
    np.testing.assert_array_equal(moved[:72], flow[:72])
    assert wider.colour[60, WIDTH // 2 + 65, 0] == 0
    np.testing.assert_allclose(moved[200, WIDTH // 2 + 65, 0], WIDTH // 2 + 59, atol=0.6)


def test_what_is_much_wider_is_another_part_of_the_garment(nobody):
    far = round(WIDEST * shoulder_width(nobody.pose)) + 2
    layer, flow, *picture = laid(60 + far, 60)
    assert broadened(nobody, "lower_body", layer, flow, *picture)[0] is layer


def test_under_the_rim_of_a_bare_arm_goes_the_trunk(nobody):
    """The arm lies beside it, a little under its rim the garment goes on, with the texture of a sleeve."""
    layer, flow, *picture = laid(63, 80)
    skin, right = nobody.labels.copy(), WIDTH // 2 + 60
    skin[100:350, right : right + 20] = label("skin")
    arm = Scene(nobody.photo, skin, nobody.pose)
    arm.arms["upper_body"] = skin == 99, skin == label("skin")
    layer.colour[:, right:] = 250
    drawn = broadened(arm, "upper_body", layer, flow, *picture)[0].colour
    assert (drawn[MIDDLE, right : right + 3] < 230).all()
    np.testing.assert_allclose(drawn[MIDDLE, : WIDTH // 2], layer.colour[MIDDLE, : WIDTH // 2], atol=0.2)


def test_the_axis_is_the_middle_of_this_trunk(nobody):
    np.testing.assert_array_equal(trunk_axis(nobody), WIDTH // 2)


def test_a_garment_may_reach_to_the_edge_of_the_photo_or_be_tiny(nobody):
    layer, flow, *picture = laid(66, 60)
    layer.alpha[300:] = layer.alpha[200:300]
    wider, moved = broadened(nobody, "dresses", layer, flow, *picture)
    assert (wider.colour.shape, moved.shape) == (layer.colour.shape, flow.shape)
    layer.alpha[:] = 0
    layer.alpha[200, 140:160] = 1
    assert broadened(nobody, "dresses", layer, flow, *picture) == (layer, flow)


def test_colours_go_along_with_what_is_spread_evenly(nobody):
    """The flow of the last 30 columns goes on at a tenth of its pace."""
    layer, flow, *picture = laid(60, 60)
    right = WIDTH // 2 + 60
    slow = np.minimum(flow[..., 0], right - 30 + (flow[..., 0] - right + 30) / 10)
    flow[..., 0] = layer.colour[..., 0] = slow
    even, moved = broadened(nobody, "dresses", layer, flow, *picture)
    across = even.colour[MIDDLE, WIDTH // 2 - 58 : right - 2, 0]
    np.testing.assert_allclose(across, moved[MIDDLE, WIDTH // 2 - 58 : right - 2, 0], atol=0.2)
    assert np.percentile(np.diff(across, axis=1), 5) > 0.55
    assert np.abs(layer.colour - even.colour).max() > 8
    assert broadened(nobody, "lower_body", layer, flow, *picture) == (layer, flow)
