"""The texture of a garment reaches up to the shoulders."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import SHOULDERS, shoulder_width
from ml.layer import GarmentLayer
from ml.scene import Scene
from ml.shouldercloth import DRAWN, HIGHEST, up_to_shoulders

HEIGHT, WIDTH = 400, 300


@pytest.fixture
def nobody(make_pose):
    """A pose without anything to be seen of a person."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    return Scene(np.zeros((HEIGHT, WIDTH, 3), np.uint8), labels, make_pose(HEIGHT, WIDTH))


@pytest.fixture
def top(nobody):
    """Row in which the shoulders begin."""
    return round(float(nobody.pose.keypoints[list(SHOULDERS), 1].min()))


def drawn_up(scene, layer, flow, outline):
    layer = replace(
        layer, colour=layer.colour.copy(), opacity=None if layer.opacity is None else layer.opacity.copy()
    )
    flow = flow.copy()
    up_to_shoulders(scene, layer, flow, outline)
    return layer, flow


def laid(top, missing, bite=slice(0)):
    """A garment that is seen from the row `top` on, and in its picture begins `missing` rows further down in
    the columns of the `bite`; its rows are its colours, and beyond its edge it is black.
    """
    outline, alpha = np.zeros((2, HEIGHT, WIDTH), np.float32)
    outline[top:350, 60:240] = alpha[top:350, 60:240] = 1
    outline[top : top + missing, bite] = 0
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    colour = np.repeat((outline * y)[..., None], 3, axis=2).clip(0, 255)
    return GarmentLayer(colour, alpha, alpha), np.stack([x, y], axis=-1), outline


def test_what_is_missing_is_drawn_up_from_what_is_below_it(nobody, top):
    layer, flow, outline = laid(top, 5, slice(60, 240))
    higher, moved = drawn_up(nobody, layer, flow, outline)
    np.testing.assert_allclose(moved[top, 115:185, 1], top + 5, atol=0.1)
    np.testing.assert_allclose(higher.colour[top + 2 : 200, 150, 0], moved[top + 2 : 200, 150, 1], atol=0.5)
    assert (np.diff(moved[top:350, 150, 1]) > 0).all()
    np.testing.assert_array_equal(moved[..., 0], flow[..., 0])
    np.testing.assert_array_equal(higher.alpha, layer.alpha)


def test_a_bite_is_filled_and_what_is_below_it_stays(nobody, top):
    layer, flow, outline = laid(top, 6, slice(140, 160))
    higher, _ = drawn_up(nobody, layer, flow, outline)
    assert higher.colour[top + 1, 140:160].min() > top
    below = top + 6 + round(DRAWN * 6)
    np.testing.assert_array_equal(higher.colour[below:], layer.colour[below:])


def test_the_opacity_of_sheer_cloth_comes_along(nobody, top):
    layer, flow, outline = laid(top, 5, slice(60, 240))
    layer = replace(layer, opacity=layer.colour[..., 0] / 255)
    higher, _ = drawn_up(nobody, layer, flow, outline)
    np.testing.assert_allclose(
        higher.opacity[top : top + 9, 150] * 255, higher.colour[top : top + 9, 150, 0], atol=9
    )


def test_whole_shoulders_stay_as_they_are(nobody, top):
    layer, flow, outline = laid(top, 0)
    same, unmoved = drawn_up(nobody, layer, flow, outline)
    np.testing.assert_array_equal(same.colour, layer.colour)
    np.testing.assert_array_equal(unmoved, flow)


def test_what_is_far_above_its_picture_is_another_part_of_it(nobody, top):
    layer, flow, outline = laid(top, round(HIGHEST * shoulder_width(nobody.pose)) + 2, slice(60, 240))
    same, unmoved = drawn_up(nobody, layer, flow, outline)
    np.testing.assert_array_equal(same.colour, layer.colour)
    np.testing.assert_array_equal(unmoved, flow)


def test_steep_sides_of_sleeves_stay(nobody, top):
    layer, flow, _ = laid(top, 0)
    slope = np.arange(HEIGHT)[:, None] >= top + 3 * np.abs(np.arange(WIDTH) - 150)
    layer = replace(layer, alpha=np.float32(slope))
    lower = np.float32(np.roll(slope, 8, axis=0))
    _, moved = drawn_up(nobody, layer, flow, lower)
    np.testing.assert_array_equal(moved[:, :125], flow[:, :125])
    np.testing.assert_array_equal(moved[:, 175:], flow[:, 175:])
