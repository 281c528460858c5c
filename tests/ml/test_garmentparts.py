"""Trunk and sleeves of drawn garments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ml.garmentparts import Trunk


def shirt(sleeve_bottom=190):
    """A shirt whose sleeves hang beside its trunk: columns 10 to 39, 60 to 139 and 160 to 189."""
    mask = np.zeros((200, 200), bool)
    mask[20:50, 10:190] = mask[20:180, 60:140] = True
    mask[20:sleeve_bottom, 10:40] = mask[20:sleeve_bottom, 160:190] = True
    return mask


def test_only_what_is_thin_below_a_sleeve_and_beside_the_trunk_is_a_web():
    mask = shirt(100)
    for row in range(50, 58):
        mask[row, 3 * row - 114 : 60] = True
    mask[70:90, 37:42] = True
    webs = Trunk.of(mask).webs(mask)
    assert webs[57, 58:60].all()
    assert not webs[58:].any()
    assert not webs[70:90, 37:42].any()


def test_places_in_the_trunk_are_mirrored_at_the_side_where_most_are():
    trunk = Trunk.of(shirt())
    places = np.array([[30.0, 100], [50, 100], [66, 100]])
    np.testing.assert_array_equal(trunk.beside(places), [[30, 100], [50, 100], [54, 100]])
    places = np.array([[170.0, 100], [150, 100], [130, 100]])
    np.testing.assert_array_equal(trunk.beside(places), [[170, 100], [150, 100], [148, 100]])


def test_places_beside_the_trunk_are_mirrored_into_it():
    places = np.array([[50.0, 100], [66, 100], [149, 100]])
    trunk = Trunk.of(shirt())
    np.testing.assert_array_equal(trunk.inside(places), [[70, 100], [66, 100], [129, 100]])


@pytest.mark.parametrize("sleeve_bottom", [100, 190])
def test_the_trunk_hangs_between_the_sleeves(sleeve_bottom):
    trunk = Trunk.of(shirt(sleeve_bottom))
    assert trunk.hem == 179
    np.testing.assert_array_equal(trunk.left, 60)
    np.testing.assert_array_equal(trunk.right, 139)


def test_wide_sleeves_that_touch_the_trunk_and_hang_lower_are_no_trunk():
    mask = np.zeros((200, 200), bool)
    for row in range(20, 190):
        swing = (row - 20) // 4
        mask[row, 50 - swing : 150 + swing] = True
    mask[160:, 60:140] = False
    trunk = Trunk.of(mask)
    assert trunk.hem == 159
    assert (np.abs(trunk.left - 60) <= 1).all()
    assert (np.abs(trunk.right - 139) <= 1).all()


def test_a_skirt_may_be_wider_than_the_sleeves_above_it():
    mask = np.zeros((200, 200), bool)
    for row in range(20, 200):
        mask[row, 100 - (20 + row // 3) : 100 + 20 + row // 3] = True
    mask[20:40, 40:160] = True
    trunk = Trunk.of(mask)
    assert trunk.left[190] == pytest.approx(100 - (20 + 190 // 3), abs=1)
    assert trunk.left[60] == pytest.approx(60, abs=2)
    assert trunk.left[30] > 60
    assert trunk.right[30] < 140


def test_without_sleeves_all_is_trunk():
    mask = np.zeros((200, 200), bool)
    mask[20:180, 50:150] = True
    trunk = Trunk.of(mask)
    np.testing.assert_array_equal(trunk.left, 50)
    np.testing.assert_array_equal(trunk.right, 149)


def test_a_notch_in_the_middle_of_a_hem_is_no_end_of_it():
    mask = np.zeros((200, 200), bool)
    mask[20:180, 50:150] = True
    mask[160:180, 97:103] = False
    assert Trunk.of(mask).left[100] == 50
    assert Trunk.of(mask).right[100] == 149


def test_a_slanted_hem_of_a_rumpled_shirt_does_not_narrow_its_trunk():
    mask = np.zeros((200, 200), bool)
    for column in range(50, 150):
        mask[20 : 165 + column // 10 + 2 * (column % 2), column] = True
    trunk = Trunk.of(mask)
    assert (np.abs(trunk.left[30:150] - 50) <= 1).all()
    assert (np.abs(trunk.right[30:150] - 149) <= 1).all()


def test_a_flow_means_the_trunk_between_its_sides_alone():
    flow = np.float32([[[59, 100], [60, 100], [139, 100], [140, 100], [100, -5], [100, 500], [20, 100]]])
    trunk = Trunk.of(shirt())
    np.testing.assert_array_equal(trunk.holds(flow), [[False, True, True, False, True, True, False]])
    assert trunk.holds(flow, margin=2)[0, 0]


@pytest.mark.parametrize(("sleeve_bottom", "short"), [(100, True), (190, False)])
def test_sleeves_are_short_by_their_length(sleeve_bottom, short):
    trunk = Trunk.of(shirt(sleeve_bottom))
    assert trunk.short_sleeved == short
    np.testing.assert_array_equal(trunk.sleeves.any(axis=0).nonzero()[0][[0, -1]], (10, 189))
    assert not trunk.sleeves[:, 60:140].any()


def test_of_a_sleeve_that_is_seen_alone_nothing_is_said():
    mask = shirt(100)
    mask[:, 140:] = False
    assert Trunk.of(mask).sleeves.any()
    assert not Trunk.of(mask).short_sleeved


def test_where_no_sleeves_are_seen_none_are_short():
    mask = np.zeros((200, 200), bool)
    mask[20:180, 50:150] = True
    mask[60:180, 48:50] = True  # a side that is not quite straight
    trunk = Trunk.of(mask)
    assert not trunk.sleeves.any()
    assert not trunk.short_sleeved


def test_a_flow_means_a_sleeve_on_it_and_close_beside_it():
    trunk = Trunk.of(shirt(100))
    flow = np.float32([[[20, 80], [42, 80], [50, 80], [20, 150], [100, 80], [-30, 80], [20, 104]]])
    np.testing.assert_array_equal(trunk.in_sleeve(flow), [[True, True, False, False, False, False, True]])


def test_a_garment_in_two_parts_is_as_if_they_hung_together():
    parted = shirt()
    parted[:, 95:106] = False
    whole, trunk = Trunk.of(shirt()), Trunk.of(parted)
    assert trunk.hem == whole.hem
    np.testing.assert_array_equal(trunk.left, whole.left)
    np.testing.assert_array_equal(trunk.right, whole.right)


@given(arrays(bool, st.tuples(st.integers(4, 30), st.integers(4, 30))).filter(np.any))
def test_any_mask_has_a_trunk(mask):
    trunk = Trunk.of(mask)
    assert np.isfinite([trunk.left, trunk.right]).all()
    assert mask[trunk.hem].any()
    assert not (trunk.sleeves & ~mask).any()


def test_the_tip_of_a_sleeve_below_a_corner_of_the_hem_is_no_part_of_it():
    mask = shirt()
    mask[20:190, 40:60] = mask[20:190, 140:160] = True
    mask[185:190, 60:75] = True
    trunk = Trunk.of(mask)
    assert trunk.left[trunk.hem] == 60
    assert trunk.right[trunk.hem] == 139
