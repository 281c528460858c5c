"""A garment is as wide as the body that it covers."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import HIPS, SHOULDERS, middle, shoulder_width
from ml.covering import REACH, covering_body
from ml.layer import GarmentLayer
from ml.waist import Waist
from tests.ml.scenes import box, label


@pytest.fixture
def levels(scene):
    """Rows of the trunk that are neither shoulders nor hem."""
    shoulders, hips = (round(float(middle(scene.pose, pair)[1])) for pair in (SHOULDERS, HIPS))
    return slice((shoulders + hips) // 2, hips - 10)


def narrow(scene, left, right):
    """A top over the whole height that leaves `left` and `right` pixels of the trunk bare."""
    height, width = scene.labels.shape
    alpha = np.zeros((height, width), np.float32)
    alpha[:, round(0.36 * width) + left : round(0.64 * width) - right] = 1
    return GarmentLayer(np.zeros((height, width, 3), np.float32), alpha, alpha)


def bare(scene, layer, rows):
    """Pixels of the trunk, between its straight sides, that are not covered."""
    width = scene.labels.shape[1]
    sides = slice(round(0.36 * width) + 3, round(0.64 * width) - 3)
    return int((layer.alpha[rows, sides] < 0.5).sum())


@pytest.mark.parametrize(("left", "right"), [(6, 0), (0, 6), (7, 7)])
def test_a_strip_of_the_trunk_is_covered(scene, levels, left, right):
    layer = narrow(scene, left, right)
    assert bare(scene, layer, levels) > 0
    assert bare(scene, covering_body(scene, "upper_body", layer), levels) == 0


def test_a_trunk_that_seems_much_wider_is_in_loose_clothes(scene, levels):
    far = round(2.1 * REACH * shoulder_width(scene.pose))
    layer = narrow(scene, far, far)
    wider = covering_body(scene, "upper_body", layer)
    np.testing.assert_array_equal(wider.alpha[levels] > 0.5, layer.alpha[levels] > 0.5)


def test_a_strap_is_no_garment_that_covers_the_trunk(scene):
    width = scene.labels.shape[1]
    layer = narrow(scene, 0, round(0.2 * width))
    assert covering_body(scene, "upper_body", layer) is layer


def test_a_strip_of_a_leg_beside_trousers_is_covered(scene):
    labels = scene.labels.copy()
    labels[labels == label("lower")] = label("skin")
    scene, knees = replace(scene, labels=labels), slice(350, 380)
    legs = scene.regions["left_leg"] | scene.regions["right_leg"]
    assert legs[knees].any(axis=1).all()
    layer = narrow(scene, 6, 6)
    layer.alpha[:, scene.labels.shape[1] // 2 - 4 : scene.labels.shape[1] // 2 + 4] = 0
    assert (legs & (layer.alpha < 0.5))[knees].any(axis=1).all()
    outer = legs & ~box(legs.shape, 0.45, 0, 0.55, 1)
    assert not (outer & (covering_body(scene, "lower_body", layer).alpha < 0.5))[knees].any()


def test_trousers_grow_wider_over_a_leg_without_a_step(scene):
    labels = scene.labels.copy()
    labels[labels == label("lower")] = label("skin")
    labels[:340] = np.where(labels[:340] == label("skin"), 0, labels[:340])
    scene, layer = replace(scene, labels=labels), narrow(scene, 8, 8)
    layer.alpha[:, scene.labels.shape[1] // 2 - 4 : scene.labels.shape[1] // 2 + 4] = 0
    covered = covering_body(scene, "lower_body", layer).alpha > 0.5
    hips = round(float(middle(scene.pose, HIPS)[1])) + 4
    left = covered.argmax(axis=1)[hips:380]
    assert left[0] - left[-1] >= 6
    assert np.abs(np.diff(left)).max() <= 1


def test_a_longer_leg_is_not_joined_to_the_other(scene):
    labels = scene.labels.copy()
    labels[labels == label("lower")] = label("skin")
    scene, layer, width = replace(scene, labels=labels), narrow(scene, 6, 6), scene.labels.shape[1]
    layer.alpha[:, width // 2 - 4 : width // 2 + 4] = 0
    layer.alpha[380:, : width // 2] = 0
    assert not covering_body(scene, "lower_body", layer).alpha[386:, : width // 2 - 10].any()


def test_trousers_do_not_climb(scene):
    layer = narrow(scene, 6, 6)
    assert covering_body(scene, "lower_body", layer) is layer


def test_below_the_hem_nothing_is_added(scene, levels):
    layer = narrow(scene, 6, 6)
    middle_row = (levels.start + levels.stop) // 2
    layer.alpha[middle_row:] = 0
    assert not covering_body(scene, "upper_body", layer).alpha[middle_row + 6 :].any()


def test_a_top_is_as_wide_as_the_body_below_the_hips_too(scene):
    hips = round(float(middle(scene.pose, HIPS)[1]))
    below, hem = slice(hips + 5, hips + 30), hips + 40
    labels = np.where(box(scene.labels.shape, 0.36, 0.5, 0.64, 0.8), label("lower"), scene.labels)
    layer = narrow(scene, 6, 6)
    layer.alpha[hem:] = 0
    layer.alpha[:hips, :40] = 1  # a sleeve, far from the trunk
    wide = covering_body(replace(scene, labels=labels), "upper_body", layer).alpha
    assert bare(scene, layer, below) > 0
    assert bare(scene, replace(layer, alpha=wide), below) == 0
    assert not wide[hem + 6 :].any()
    np.testing.assert_array_equal(wide[: hips - 10, :60] > 0.5, layer.alpha[: hips - 10, :60] > 0.5)


@pytest.mark.parametrize("hidden", [False, True])
def test_trousers_are_as_wide_as_those_before_from_a_waist_that_is_seen(scene, hidden):
    (height, width), hips = scene.labels.shape, round(float(middle(scene.pose, HIPS)[1]))
    labels, rows = scene.labels.copy(), slice(hips - 30, hips - 4)
    sides = round(0.36 * width), round(0.64 * width)
    labels[rows.start : hips, slice(*sides)] = label("lower")
    worn, alpha = replace(scene, labels=labels), np.zeros((height, width), np.float32)
    alpha[rows.start : 400, sides[0] + 6 : sides[1] - 6] = 1
    layer = GarmentLayer(np.zeros((height, width, 3), np.float32), alpha, alpha)
    covered = np.full(width, float(hidden), np.float32)
    waist = Waist(np.float32([0, 0, rows.start]), sides, (True, True), covered, np.zeros(width, np.float32))
    wider = covering_body(worn, "lower_body", layer, waist)
    assert bare(worn, layer, rows) > 0
    assert (bare(worn, wider, rows) == 0) is not hidden
