"""Where a collar that stands is laid, on a drawn person whose neck is narrower than the collar's picture."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import SHOULDERS, chin, middle, shoulder_width
from ml.standing import EASE, ROOM, YOKE, around_neck
from tests.ml.scenes import label

SHAPE, COLLAR, LOWER = (512, 384), 90, 15
NECK, SLOPE = (175, 209), 101
"""Columns of the neck, and the row in which the slopes beside it begin."""


@pytest.fixture
def person(scene):
    labels = np.full(SHAPE, label("background"), np.uint8)
    labels[40:SLOPE, slice(*NECK)] = label("skin")
    labels[SLOPE:200, 138:247] = label("skin")
    return replace(scene, labels=labels)


@pytest.fixture
def mask():
    """A garment whose collar is 80 columns wide and 30 rows high."""
    mask = np.zeros(SHAPE, bool)
    mask[60:92, 140:220] = True
    mask[92:330, 110:275] = True
    return mask


def straight():
    """A flow that lays the collar as it is, too low by so many pixels."""
    rows, columns = np.indices(SHAPE, dtype=np.float32)
    return np.stack([columns, rows - LOWER], axis=-1)


def seen(mask, flow):
    columns, rows = np.moveaxis(flow.round().astype(int), 2, 0)
    inside = (columns >= 0) & (rows >= 0) & (columns < SHAPE[1]) & (rows < SHAPE[0])
    return inside & mask[rows.clip(0, SHAPE[0] - 1), columns.clip(0, SHAPE[1] - 1)]


def test_a_collar_is_as_wide_as_the_neck_and_ends_below_the_chin(person, mask):
    there = seen(mask, around_neck(person, mask, COLLAR, straight()))
    half = (NECK[1] - NECK[0] - 1) / 2 * (1 + EASE)
    across = np.flatnonzero(there[SLOPE - 4])
    np.testing.assert_allclose(across[[0, -1]], (sum(NECK) - 1) / 2 + np.array((-half, half)), atol=1.5)
    down = np.flatnonzero(there[:, sum(NECK) // 2])
    assert down[0] == pytest.approx(chin(person.pose)[1], abs=1.5)
    assert (np.diff(down) == 1).all()


def test_what_is_further_down_and_further_out_stays(person, mask):
    flow = around_neck(person, mask, COLLAR, straight())
    low = round(middle(person.pose, SHOULDERS)[1] + YOKE * shoulder_width(person.pose)) + 1
    np.testing.assert_array_equal(flow[low:], straight()[low:])
    beyond = round((NECK[1] - NECK[0]) / 2 * (1 + EASE) * ROOM) + 2
    right = sum(NECK) // 2 + beyond
    np.testing.assert_array_equal(flow[COLLAR + LOWER :, right:], straight()[COLLAR + LOWER :, right:])


def test_the_slopes_beside_a_collar_are_covered(person, mask):
    there = seen(mask, around_neck(person, mask, COLLAR, straight()))
    for column in (NECK[0] - 8, NECK[1] + 8):
        assert np.flatnonzero(there[:, column])[0] == pytest.approx(SLOPE, abs=2)


def test_they_are_covered_below_hair_that_ends_there_too(person, mask):
    labels = person.labels.copy()
    labels[60:SLOPE, NECK[0] - 20 : NECK[0] - 4] = label("hair")
    there = seen(mask, around_neck(replace(person, labels=labels), mask, COLLAR, straight()))
    assert np.flatnonzero(there[:, NECK[0] - 8])[0] == pytest.approx(SLOPE, abs=2)


def test_without_a_neck_to_be_seen_nothing_is_moved(person, mask):
    flow, hidden = straight(), person.labels.copy()
    hidden[90:] = label("upper")
    assert around_neck(replace(person, labels=hidden), mask, COLLAR, flow) is flow
    assert around_neck(person, np.zeros_like(mask), COLLAR, flow) is flow
