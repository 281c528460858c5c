"""Trousers on somebody in a dress."""

from dataclasses import replace

import numpy as np
import pytest

from ml.hips import within_dress
from ml.layer import GarmentLayer
from ml.waist import old_waist
from tests.ml.scenes import label


@pytest.fixture
def dressed(scene):
    """The person in a straight dress down to the knees, before the wall alone."""
    labels = np.zeros_like(scene.labels)
    labels[130:400, 140:245] = label("dress")
    return replace(scene, labels=labels)


def layer_of(left, right, shape):
    alpha = np.zeros(shape, np.float32)
    alpha[220:480, left:right] = 1
    return GarmentLayer(np.zeros((*shape, 3), np.float32), alpha, alpha)


def test_trousers_are_no_wider_at_the_hips_than_the_dress(dressed):
    layer = layer_of(128, 257, dressed.labels.shape)
    alpha = within_dress(dressed, old_waist(dressed), layer).alpha
    for row in (245, 260, 270):
        np.testing.assert_allclose(np.flatnonzero(alpha[row] > 0.5)[[0, -1]], [140, 244], atol=1)
    # Further down legs may be as wide as they like.
    np.testing.assert_array_equal(alpha[400:], layer.alpha[400:])


def test_hips_are_round(dressed):
    alpha = np.zeros(dressed.labels.shape, np.float32)
    widths = np.interp(np.arange(480), (235, 266), (20, 48))
    for row in range(235, 480):
        alpha[row, 192 - round(widths[row]) : 193 + round(widths[row])] = 1
    layer = GarmentLayer(np.zeros((*alpha.shape, 3), np.float32), alpha, alpha)
    rounded = within_dress(dressed, old_waist(dressed), layer).alpha
    cut = (alpha > 0.5).sum(axis=1) - (rounded > 0.5).sum(axis=1)
    assert (cut >= 0).all()
    assert cut[266] >= 4
    assert cut[266] > cut[250]
    assert not cut[400:].any()


def test_a_side_that_an_arm_hides_is_not_known(dressed):
    labels = dressed.labels.copy()
    labels[200:330, 245:262] = label("skin")
    hidden = replace(dressed, labels=labels)
    alpha = within_dress(hidden, old_waist(hidden), layer_of(128, 257, labels.shape)).alpha
    np.testing.assert_allclose(np.flatnonzero(alpha[266] > 0.5)[[0, -1]], [140, 256], atol=1)


def test_what_is_inside_a_dress_and_who_is_in_none_stays(dressed):
    layer = layer_of(150, 235, dressed.labels.shape)
    np.testing.assert_array_equal(within_dress(dressed, old_waist(dressed), layer).alpha, layer.alpha)
    jeans = replace(dressed, labels=np.where(dressed.labels > 0, label("lower"), 0).astype(np.uint8))
    wide = layer_of(128, 257, dressed.labels.shape)
    assert within_dress(jeans, old_waist(jeans), wide) is wide
    assert within_dress(dressed, None, wide) is wide
