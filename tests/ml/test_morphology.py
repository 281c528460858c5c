import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.morphology import bounding_box, dilate, ellipse


@given(st.integers(0, 12))
def test_dilate_grows_by_its_radius(radius):
    mask = np.zeros((41, 41), bool)
    mask[20, 20] = True
    grown = dilate(mask, radius)
    assert np.flatnonzero(grown[20]).tolist() == list(range(20 - radius, 21 + radius))
    np.testing.assert_array_equal(grown, grown[::-1, ::-1])


def test_a_bounding_box_holds_the_mask_and_its_margin_and_ends_at_the_photo():
    mask = np.zeros((20, 30), bool)
    mask[4, 7] = mask[6, 2] = True
    assert bounding_box(mask) == (slice(4, 7), slice(2, 8))
    assert mask[bounding_box(mask, 3)].shape == (9, 11)
    assert bounding_box(np.zeros_like(mask)) == (slice(0, 0), slice(0, 0))


def test_negative_radius_shrinks():
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    assert dilate(mask, -2).sum() == 36


@pytest.mark.parametrize("radius", [-30, -9, 9, 30])
def test_wide_growing_is_what_a_round_element_does(radius):
    mask = np.zeros((200, 180), bool)
    mask[60:150, 50:140], mask[80:90, 80:90] = True, False
    operation = cv2.dilate if radius > 0 else cv2.erode
    expected = operation(np.uint8(mask), ellipse(abs(radius))) > 0
    grown = dilate(mask, radius)
    assert (grown != expected).sum() < 0.02 * mask.sum()
    assert dilate(np.zeros_like(mask), radius).sum() == 0
    assert dilate(np.ones_like(mask), radius).all()
