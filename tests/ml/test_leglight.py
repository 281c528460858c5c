"""Light on the legs of trousers."""

import numpy as np
import pytest

from ml.anatomy import KNEES, middle, shoulder_width
from ml.inseam import Legs
from ml.leglight import ABOVE, FALL, INNER, leg_light

HEIGHT, WIDTH, CROTCH, HEM = 800, 600, 480, 760


@pytest.fixture
def light_on(make_pose):
    """Light of a pose on cloth of a grey value, between the columns 200 and 400, legs parted at 300."""

    def light(grey):
        alpha = np.zeros((HEIGHT, WIDTH), np.float32)
        alpha[380:HEM, 200:400] = 1
        sides = (np.full(HEM - CROTCH, value, np.float32) for value in (200, 298, 302, 400))
        colour = np.full((HEIGHT, WIDTH, 3), grey, np.float32)
        return leg_light(make_pose(HEIGHT, WIDTH), Legs(slice(CROTCH, HEM), *sides), colour, alpha)

    return light


def test_inner_sides_are_darker_and_less_so_at_the_knees(light_on, make_pose):
    light, pose = np.log(light_on(0)), make_pose(HEIGHT, WIDTH)
    knees = round(float(middle(pose, KNEES)[1]))
    for row, much in ((CROTCH + 2, INNER[0]), (knees, INNER[1])):
        np.testing.assert_allclose(light[row, [299, 301]], much * (0.5**FALL - 1), atol=0.02)
        np.testing.assert_allclose(light[row, [249, 350]], 0, atol=0.01)
        np.testing.assert_allclose(light[row, [203, 396]], much * 0.5**FALL, atol=0.01)
    np.testing.assert_allclose(light[:, 200:300], light[:, 399:299:-1], atol=0.01)


def test_white_cloth_has_none(light_on):
    np.testing.assert_allclose(light_on(255), 1)
    np.testing.assert_allclose(np.log(light_on(127.5)), np.log(light_on(0)) / 2, atol=1e-3)


def test_above_the_crotch_and_below_the_hem_there_is_none(light_on, make_pose):
    light = light_on(0)
    end = CROTCH - round(ABOVE * shoulder_width(make_pose(HEIGHT, WIDTH))) - 4
    np.testing.assert_array_equal(light[:end], 1)
    np.testing.assert_array_equal(light[HEM + 4 :], 1)
