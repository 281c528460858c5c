"""The texture of trousers is spread evenly over each leg."""

import numpy as np
import pytest

from ml.anatomy import HIPS, KNEES, middle
from ml.evenlegs import spread_evenly
from ml.flatgarment import FlatGarment
from ml.scene import Scene

HEIGHT, WIDTH = 400, 300
INNER, SIDE = 160, 220
"""First and last column of the right leg."""


@pytest.fixture
def scene(make_pose):
    pose = make_pose(HEIGHT, WIDTH)
    return Scene(np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8), pose)


def trousers(gap):
    """Trousers that fill their picture but for what is between the legs, `gap` columns to either side."""
    outline, between = np.ones((HEIGHT, WIDTH), np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    middle = slice(WIDTH // 2 - gap, WIDTH // 2 + gap)
    outline[:, middle], between[:, middle] = 0, 1
    return FlatGarment(np.zeros((HEIGHT, WIDTH, 3), np.uint8), outline, outline, None, between)


def stretched():
    """A flow that stays where it is, but for the right leg: there what is near the side is stretched."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    share = ((x - INNER) / (SIDE - INNER)).clip(0, 1)
    across = np.where((x > INNER) & (x < SIDE), INNER + (SIDE - INNER) * (1 - (1 - share) ** 2), x)
    return np.stack([across, y], axis=-1)


def seen():
    share = np.zeros((HEIGHT, WIDTH), np.float32)
    share[:, INNER : SIDE + 1] = share[:, WIDTH - SIDE - 1 : WIDTH - INNER] = 1
    return share


def test_a_leg_is_linear_from_side_to_side_and_the_rest_stays(scene):
    flow = stretched()
    even = spread_evenly(scene, trousers(4), flow, seen())
    below = slice(round(float(middle(scene.pose, KNEES)[1])), None)
    leg = np.s_[below, INNER : SIDE + 1]
    np.testing.assert_allclose(
        even[leg][..., 0], np.broadcast_to(np.arange(INNER, SIDE + 1), even[leg].shape[:2]), atol=1e-3
    )
    around = np.ones((HEIGHT, WIDTH), bool)
    around[:, INNER : SIDE + 1] = False
    np.testing.assert_allclose(even[around], flow[around], atol=1e-3)
    np.testing.assert_array_equal(even[..., 1], flow[..., 1])


def test_pockets_and_fly_stay(scene):
    flow, hips = stretched(), round(float(middle(scene.pose, HIPS)[1]))
    even = spread_evenly(scene, trousers(4), flow, seen())
    np.testing.assert_array_equal(even[:hips], flow[:hips])


def test_what_is_between_two_legs_that_touch_does_not_come_to_light(scene):
    """The flow leaps over the gap, and a line from side to side would not."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    flow = np.stack([np.where(x < INNER + 10, x - 20, x), y], axis=-1)
    even = spread_evenly(scene, trousers(15), flow, seen())
    np.testing.assert_array_equal(even, flow)
