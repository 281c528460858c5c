"""Clothing between the fingers of a hand before it."""

import numpy as np
import pytest

from ml.fingers import without_hollows
from ml.limbs import hand_bones
from tests.ml.scenes import SKIN_COLOUR, label

HEIGHT, WIDTH = 1000, 800
SHADE = (40, 34, 33)


@pytest.fixture
def before(make_pose):
    """A left hand before trousers, and the row and column of its middle."""
    pose = make_pose(HEIGHT, WIDTH)
    wrist, tips = hand_bones(pose, 0)
    middle = (wrist + 0.6 * (tips - wrist)).round().astype(int)[::-1]
    labels = np.full((HEIGHT, WIDTH), label("lower"), np.uint8)
    photo = np.full((HEIGHT, WIDTH, 3), (60, 90, 130), np.uint8)
    hand = around(middle, 40, 26)
    labels[hand], photo[hand] = label("skin"), SKIN_COLOUR
    return photo, labels, pose, middle


def around(middle, high, wide):
    row, column = middle
    return np.s_[row - high : row + high, column - wide : column + wide]


def hollow_of(middle, wide):
    """Between fingers, open to the trousers below."""
    row, column = middle
    return np.s_[row : row + 40, column - wide : column + wide]


def test_a_dark_hollow_that_is_open_to_the_trousers_shows_them(before):
    photo, labels, pose, middle = before
    hollow = hollow_of(middle, 4)
    photo[hollow] = SHADE
    found = without_hollows(photo, labels, pose)
    changed = np.zeros(labels.shape, bool)
    changed[hollow] = True
    assert (found[hollow] == label("lower")).mean() > 0.9
    np.testing.assert_array_equal(found[~changed], labels[~changed])


@pytest.mark.parametrize("colour", [(150, 100, 90), (70, 10, 10)], ids=["shaded skin", "something red"])
def test_what_is_no_deep_shade_stays(before, colour):
    photo, labels, pose, middle = before
    photo[hollow_of(middle, 4)] = colour
    np.testing.assert_array_equal(without_hollows(photo, labels, pose), labels)


def test_a_crease_between_fingers_stays(before):
    photo, labels, pose, middle = before
    photo[hollow_of(middle, 1)] = SHADE
    np.testing.assert_array_equal(without_hollows(photo, labels, pose), labels)


def test_a_dark_ring_that_touches_no_clothing_stays(before):
    photo, labels, pose, middle = before
    photo[around(middle, 4, 8)] = SHADE
    np.testing.assert_array_equal(without_hollows(photo, labels, pose), labels)


def test_a_dark_nail_at_the_end_of_a_finger_stays(before):
    photo, labels, pose, (row, column) = before
    photo[row + 34 : row + 40, column - 26 : column + 26] = SHADE
    np.testing.assert_array_equal(without_hollows(photo, labels, pose), labels)


def test_a_hand_before_the_wall_stays(before):
    photo, labels, pose, middle = before
    photo[hollow_of(middle, 4)] = SHADE
    labels[labels == label("lower")] = label("background")
    np.testing.assert_array_equal(without_hollows(photo, labels, pose), labels)
