"""Ends of wide sleeves that are spread out in their picture."""

import numpy as np
import pytest

from ml.anatomy import along_arm
from ml.garmentparts import Trunk
from ml.layout import GARMENT, LAYOUT
from ml.scene import arm_pixels
from ml.sleeves import Sleeves
from ml.wideends import with_closed_ends


@pytest.fixture
def trunk(scene):
    sides = (np.full(512, column, np.float32) for column in (130, 254))
    return Trunk(*sides, 290, np.zeros(scene.labels.shape, bool))


@pytest.fixture
def sleeves(scene):
    layout = np.zeros((*scene.labels.shape, len(LAYOUT)), np.float32)
    layout[..., GARMENT] = 1
    return Sleeves(scene.pose, arm_pixels(scene, "upper_body"), layout)


def flow_of(scene):
    return np.stack(np.indices(scene.labels.shape, dtype=np.float32)[::-1], axis=2)


def at_the_end(scene, flow, side):
    """The lowest rows of the picture that the end of a sleeve shows beside the trunk, and its first ones."""
    points = np.argwhere(arm_pixels(scene, "upper_body")[side])[:, ::-1]
    along = along_arm(scene.pose, side, points)
    shown = flow[points[:, 1], points[:, 0], 1]
    outside = (points[:, 0] < 125) | (points[:, 0] > 259)
    return shown[outside & (along > 1.9)].max(), shown[outside & (along < 1.4)]


def test_nothing_below_the_front_of_a_sleeve_is_shown(scene, trunk, sleeves):
    flow = flow_of(scene)
    for side in range(2):
        last, begin = at_the_end(scene, flow, side)
        front = last - 12
        closed = with_closed_ends(sleeves, flow, (front, front), trunk)
        assert at_the_end(scene, closed, side)[0] == pytest.approx(front, abs=3)
        np.testing.assert_array_equal(at_the_end(scene, closed, side)[1], begin)
        np.testing.assert_array_equal(closed[trunk.holds(flow)], flow[trunk.holds(flow)])


@pytest.mark.parametrize("rows", [None, (np.inf, np.inf), (400.0, 400.0), (150.0, 150.0)])
def test_other_sleeves_stay_as_they_are(scene, trunk, sleeves, rows):
    flow = flow_of(scene)
    np.testing.assert_array_equal(with_closed_ends(sleeves, flow, rows, trunk), flow)
