"""A top of which one arm hides more than the other is moved until both hide as much, and little."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import HIPS, SHOULDERS, WRISTS, middle, shoulder_width
from ml.centred import DRAWN_IN, FULL, FURTHEST, GUESSED, LITTLE, SOFT, between_arms
from ml.garmentparts import Trunk
from ml.scene import Scene, arm_pixels
from ml.yoke import Neckline
from tests.ml.scenes import label

MIDDLE = 192
"""Column of the middle of the person, and of the trunk in a picture as large as the photo."""


@pytest.fixture
def trunk():
    """A little narrower than the place between the arms."""
    return trunk_of(50)


def trunk_of(half):
    sides = (np.full(512, column, np.float32) for column in (MIDDLE - half, MIDDLE + half))
    return Trunk(*sides, 290, np.zeros((512, 384), bool))


@pytest.fixture
def everywhere():
    return np.ones((512, 384), np.float32)


@pytest.fixture
def closed():
    return Neckline((MIDDLE, MIDDLE), np.zeros(384, int), 512, told=True)


def shifted(columns):
    """A flow that shows each place of the picture so many `columns` too far left."""
    y, x = np.indices((512, 384), dtype=np.float32)
    return np.stack([x + columns, y], axis=2)


def row_at(scene, height):
    shoulders, hips = (middle(scene.pose, pair)[1] for pair in (SHOULDERS, HIPS))
    return round(float(shoulders + height * (hips - shoulders)))


@pytest.mark.parametrize("way", [1, -1])
def test_what_arms_hide_is_shared_but_for_a_little(scene, trunk, everywhere, closed, way):
    moved = between_arms(scene, "upper_body", shifted(way * 6), trunk, everywhere, closed)
    chest = moved[row_at(scene, 0.5), MIDDLE - 40 : MIDDLE + 40]
    off = chest[:, 0] - np.arange(MIDDLE - 40, MIDDLE + 40)
    np.testing.assert_allclose(off, way * LITTLE * shoulder_width(scene.pose) / 2, atol=0.6)
    np.testing.assert_array_equal(moved[..., 1], shifted(0)[..., 1])


def test_a_print_far_off_is_moved_only_so_far(scene, trunk, everywhere, closed):
    moved = between_arms(scene, "upper_body", shifted(40), trunk, everywhere, closed)
    furthest = FURTHEST * shoulder_width(scene.pose)
    assert 40 + MIDDLE - moved[row_at(scene, 0.6), MIDDLE, 0] == pytest.approx(furthest, abs=0.01)


def test_where_the_picture_is_larger_its_pixels_are_moved(scene, trunk, everywhere, closed):
    flow = shifted(40) * np.float32(2)
    sides = {"left": 2 * trunk.left, "right": 2 * trunk.right}
    moved = between_arms(
        scene, "upper_body", flow, replace(trunk, **sides), np.ones((1024, 768), np.float32), closed
    )
    row, furthest = row_at(scene, 0.6), FURTHEST * shoulder_width(scene.pose)
    assert flow[row, MIDDLE, 0] - moved[row, MIDDLE, 0] == pytest.approx(2 * furthest, abs=0.01)


def bared(scene):
    """The same person with bare arms."""
    labels = scene.labels.copy()
    labels[np.logical_or(*arm_pixels(scene, "upper_body"))] = label("skin")
    return Scene(scene.photo, labels, scene.pose)


def drawn_in_at(scene, flow, half, everywhere, closed):
    """Places of a row, -1 beside one arm and 1 beside the other, by how many columns each is drawn in, and
    half the width between the arms.
    """
    row = row_at(scene, 0.6)
    moved = between_arms(scene, "upper_body", flow, trunk_of(half), everywhere, closed)
    left, right = (np.flatnonzero(arm[row]) for arm in arm_pixels(scene, "upper_body"))
    begin, end = sorted((left, right), key=np.mean)
    between = np.arange(begin[-1] + 1, end[0])
    aside = (between - between.mean()) / ((len(between) - 1) / 2)
    return aside, (moved - flow)[row, between, 0], (len(between) - 1) / 2


def test_of_what_both_arms_hide_some_is_drawn_in(scene, everywhere, closed):
    """More and more towards both sides."""
    for person, most in ((scene, GUESSED), (bared(scene), DRAWN_IN)):
        aside, moved, half = drawn_in_at(person, shifted(0), 120, everywhere, closed)
        np.testing.assert_allclose(moved, most * half * aside * np.abs(aside), atol=0.7)


def test_of_a_print_that_one_arm_hides_that_half_is_drawn_in(scene, trunk, everywhere, closed):
    """It is there between the arms but for a little, and the other half stays where it was moved."""
    scene = bared(scene)
    furthest, little = (share * shoulder_width(scene.pose) for share in (FURTHEST, LITTLE))
    half = drawn_in_at(scene, shifted(0), 50, everywhere, closed)[2]
    hides = furthest + little + 0.2 * half
    columns = round(hides + half - 50)
    aside, moved, _ = drawn_in_at(scene, shifted(columns), 50, everywhere, closed)
    drawn = np.where(aside < 0, 0.2 * half * aside * np.abs(aside), 0)
    np.testing.assert_allclose(moved, drawn - furthest, atol=0.7)


def test_what_an_arm_hides_all_the_same_is_moved_along(scene, everywhere, closed):
    """Lest the last columns of a trunk be drawn out on the arm."""
    scene, flow, row = bared(scene), shifted(0), row_at(scene, 0.6)
    half = drawn_in_at(scene, flow, 120, everywhere, closed)[2]
    moved = between_arms(scene, "upper_body", flow, trunk_of(120), everywhere, closed)
    arm, hidden = MIDDLE + round(half) + 2, round(120 - (1 + DRAWN_IN) * half)
    np.testing.assert_allclose(np.diff(moved[row, arm : arm + hidden - 4, 0]), 1, atol=1e-3)
    assert (np.diff(moved[row, arm + hidden + 4 : arm + hidden + 12, 0]) < 0.8).all()


def test_neckline_and_skirt_of_a_top_stay(scene, trunk, everywhere, closed):
    flow = shifted(20)
    moved = between_arms(scene, "upper_body", flow, trunk, everywhere, closed)
    above, below = row_at(scene, 0), row_at(scene, 1 + FULL)
    np.testing.assert_array_equal(moved[:above], flow[:above])
    np.testing.assert_array_equal(moved[below + 1 :], flow[below + 1 :])
    off = flow[above:below, MIDDLE, 0] - moved[above:below, MIDDLE, 0]
    # It bends no line of buttons sharply.
    assert np.abs(np.diff(off)).max() < 0.5


def test_the_edge_of_the_garment_stays_where_it_is_seen(scene, trunk, everywhere, closed):
    flow, side = shifted(20), MIDDLE + 50
    everywhere[:, side + 20 :] = 0
    moved = between_arms(scene, "upper_body", flow, trunk, everywhere, closed)
    np.testing.assert_array_equal(moved[:, side:], flow[:, side:])
    inside = side - round(2 * SOFT * shoulder_width(scene.pose))
    assert moved[row_at(scene, 0.6), inside, 0] < flow[row_at(scene, 0.6), inside, 0] - 5


def test_an_open_neckline_moves_with_the_garment(scene, trunk, everywhere, closed):
    """What is open is no edge that stays: else it would be cut askew."""
    flow, tip = shifted(20), row_at(scene, 0.3)
    whole = between_arms(scene, "upper_body", flow, trunk, everywhere, closed)
    opened = Neckline((MIDDLE + 4, MIDDLE + 36), np.full(384, tip), 512, told=True)
    everywhere[:tip, MIDDLE + 5 : MIDDLE + 35] = 0
    np.testing.assert_array_equal(between_arms(scene, "upper_body", flow, trunk, everywhere, opened), whole)


def test_a_little_more_behind_one_arm_is_left(scene, trunk, everywhere, closed):
    flow = shifted(1)
    np.testing.assert_array_equal(between_arms(scene, "upper_body", flow, trunk, everywhere, closed), flow)


def test_where_an_arm_is_raised_or_not_seen_nothing_is_moved(scene, trunk, everywhere, closed):
    flow, pose = shifted(20), scene.pose
    joints = pose.keypoints.copy()
    joints[WRISTS[0]] = joints[SHOULDERS[0]]
    raised = Scene(scene.photo, scene.labels, replace(pose, keypoints=joints))
    nobody = Scene(scene.photo, np.zeros_like(scene.labels), pose)
    for other in (raised, nobody):
        np.testing.assert_array_equal(
            between_arms(other, "upper_body", flow, trunk, everywhere, closed), flow
        )
