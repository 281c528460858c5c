"""A label in the back of a garment: a small box amid what is taken for the inside."""

import numpy as np
import pytest

from ml.necklabel import label_in

CORNERS = np.array([40, 200])
CLOTH, OTHER = (40, 10, -20), (80, 0, 0)


@pytest.fixture
def neck():
    lab = np.full((160, 240, 3), CLOTH, np.float32)
    inside = np.zeros((160, 240), np.float32)
    inside[10:60, 60:180] = 1
    return lab, np.ones((160, 240), bool), inside


def test_a_label_is_found_with_its_rim(neck):
    lab, cloth, inside = neck
    lab[40:60, 100:140] = OTHER
    found = label_in(lab, cloth, inside, CORNERS)
    assert found[40:60, 100:140].all()
    rows, columns = np.nonzero(found)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (37, 62, 97, 142)


def test_a_label_between_two_seams_is_found_without_them(neck):
    lab, cloth, inside = neck
    lab[40:60, 100:140] = OTHER
    lab[46:49, 60:180] = OTHER
    found = label_in(lab, cloth, inside, CORNERS)
    assert found[40:60, 100:140].all()
    assert not found[:, :90].any()
    assert not found[:, 150:].any()


def test_nothing_is_a_label_where_figures_that_touch_are_printed_all_over(neck):
    lab, cloth, inside = neck
    lab[40:60, 100:140] = OTHER
    lab[46:49] = OTHER
    lab[100:140] = OTHER
    assert not label_in(lab, cloth, inside, CORNERS).any()


def test_a_flower_beside_a_corner_is_none(neck):
    lab, cloth, inside = neck
    lab[12:26, 62:80] = OTHER
    assert not label_in(lab, cloth, inside, CORNERS).any()


def test_a_print_on_the_front_and_a_stripe_are_none(neck):
    lab, cloth, inside = neck
    lab[110:130, 100:140] = OTHER
    assert not label_in(lab, cloth, inside, CORNERS).any()
    lab[40:48, 90:150] = OTHER
    assert not label_in(lab, cloth, inside, CORNERS).any()


def test_what_is_no_box_is_none(neck):
    lab, cloth, inside = neck
    for step in range(40):
        lab[20 + step // 2 : 23 + step // 2, 100 + step] = OTHER
    assert not label_in(lab, cloth, inside, CORNERS).any()
    assert not label_in(lab, cloth & False, inside, CORNERS).any()
