"""Where a garment ends in its picture, and its corners."""

import cv2
import numpy as np
import pytest

from ml.flatgarment import FlatGarment
from ml.hemline import cut_along, hems_of
from ml.lowercut import between_legs

SHAPE = (400, 300)
TOP, HEM, LEFT, RIGHT = 50, 350, 80, 220
SKIRT = cv2.rectangle(np.zeros(SHAPE, np.uint8), (LEFT, TOP), (RIGHT, HEM), 1, -1) > 0
ROWS, COLUMNS = np.indices(SHAPE)


def trousers():
    return SKIRT & ~((np.abs(COLUMNS - 150) < 8) & (ROWS > 150))


def rounded(mask, radius=12):
    """`mask` with round corners at its lower ends."""
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    low = cv2.morphologyEx(np.uint8(mask), cv2.MORPH_OPEN, ball) > 0
    return np.where(HEM - 2 * radius < ROWS, low, mask)


def test_a_hem_comes_to_its_corners():
    mask = rounded(SKIRT)
    assert not mask[HEM - 2, LEFT + 1]
    (hem,) = hems_of(mask)
    assert hem.corners == (LEFT, RIGHT)
    assert np.abs(hem.rows - HEM).max() <= 4
    whole = cut_along(mask, (hem,))
    assert whole[: HEM - 5, LEFT : RIGHT + 1][TOP:].all()
    np.testing.assert_array_equal(whole[: HEM - 30], mask[: HEM - 30])
    assert not (whole & ~SKIRT).any()


def test_a_step_in_a_mask_becomes_a_slope():
    mask = SKIRT & ~((COLUMNS < 110) & (ROWS > HEM - 10))
    (hem,) = hems_of(mask)
    assert np.abs(np.diff(hem.rows)).max() < 0.4
    whole = cut_along(mask, (hem,))
    ends = SHAPE[0] - 1 - whole[::-1, LEFT : RIGHT + 1].argmax(axis=0)
    assert np.abs(np.diff(ends)).max() <= 2
    assert (ends[0], ends[-1]) == (HEM - 10, HEM)


def test_each_leg_has_a_hem():
    mask = trousers()
    mask[HEM - 9 :, 158:] = False
    left, right = hems_of(mask, between_legs(mask))
    assert left.corners == (LEFT, 142)
    assert right.corners == (158, RIGHT)
    assert (left.level, right.level) == pytest.approx((HEM, HEM - 10))
    np.testing.assert_array_equal(cut_along(mask, (left, right)), mask)


def test_a_flared_end_leans_nowhere_and_a_slanting_one_does():
    flared = (ROWS >= TOP) & (ROWS <= HEM) & (np.abs(COLUMNS - 150) < 40 + 0.2 * (ROWS - TOP))
    (hem,) = hems_of(flared)
    assert hem.corners == pytest.approx((51, 249), abs=1)
    assert hem.lean == pytest.approx(0, abs=0.01)
    slanting = (ROWS >= TOP) & (ROWS <= HEM) & (np.abs(COLUMNS - 100 - 0.25 * (ROWS - TOP)) < 40)
    assert hems_of(slanting)[0].lean == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    "below",
    [
        pytest.param(0.3 * (COLUMNS - 150), id="slants"),
        pytest.param(-0.9 * np.abs(COLUMNS - 150), id="has a point"),
    ],
)
def test_a_hem_with_a_form_of_its_own_is_none(below):
    assert hems_of(SKIRT & (HEM - 40 + below > ROWS)) == ()


def test_what_the_picture_cuts_off_has_no_hem():
    assert hems_of(SKIRT[:HEM]) == ()
    assert hems_of(np.zeros(SHAPE, bool)) == ()
    assert hems_of(SKIRT & (ROWS > HEM - 10)) == ()


def test_long_sleeves_beside_a_dress_are_not_joined_to_it():
    sleeves = ((np.abs(COLUMNS - 35) < 12) | (np.abs(COLUMNS - 265) < 12)) & (ROWS > TOP) & (ROWS < HEM + 6)
    mask = SKIRT | sleeves
    cloth = np.zeros((*SHAPE, 3), np.uint8)
    garment, plain = (
        FlatGarment.cut(cloth, mask, np.zeros_like(mask), hems=hems) for hems in (~sleeves, None)
    )
    assert garment.hems[0].corners == (LEFT, RIGHT)
    np.testing.assert_array_equal(garment.outline, plain.outline)


def test_garments_without_hems_keep_their_outline():
    mask, cloth = rounded(SKIRT), np.zeros((*SHAPE, 3), np.uint8)
    top = FlatGarment.cut(cloth, mask, np.zeros_like(mask))
    dress = FlatGarment.cut(cloth, mask, np.zeros_like(mask), hems=np.ones_like(mask))
    assert top.hems == ()
    corner = np.s_[HEM - 5, LEFT + 2]
    assert (top.outline[corner], dress.outline[corner]) == (0, 1)
