"""Synthetic necks whose curve is known: what the network saw of them is partial, shallow or too deep."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.neckline import neckline

HEIGHT, WIDTH = 300, 320
LEFT, RIGHT, PEAK = 100, 220, 40
CLOTH, LINING = (150, 40, 60), (110, 25, 45)


def painted(depth: float, shape: float, x: float = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A top whose front ends along a known curve: its picture, its mask and its neck hole."""
    u = np.linspace(-1, 1, 200)
    curve = np.stack([x + LEFT + (RIGHT - LEFT) * (u + 1) / 2, PEAK + depth * (1 - np.abs(u) ** shape)], 1)
    back = np.stack([x + LEFT + (RIGHT - LEFT) * (u + 1) / 2, PEAK + 10 * (1 - u**2)], 1)
    body = [(x + RIGHT, PEAK), (x + 290, 80), (x + 270, 290), (x + 50, 290), (x + 30, 80), (x + LEFT, PEAK)]
    garment, hole = np.zeros((HEIGHT, WIDTH), np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(garment, [np.vstack([back, body]).round().astype(np.int32)], 1)
    cv2.fillPoly(hole, [np.vstack([curve, back[::-1]]).round().astype(np.int32)], 1)
    picture = np.full((HEIGHT, WIDTH, 3), 245, np.uint8)
    picture[garment > 0] = CLOTH
    picture[(hole & garment) > 0] = LINING
    return picture, garment > 0, (hole & garment) > 0


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


@settings(max_examples=12, deadline=None)
@given(depth=st.floats(36, 60), shape=st.floats(1.2, 2.6), x=st.integers(-20, 20))
def test_a_hole_that_is_half_seen_is_drawn_to_its_edge(depth, shape, x):
    picture, garment, hole = painted(depth, shape, x)
    seen = hole & (np.arange(WIDTH) < x + 165)

    found = neckline(picture, garment, np.float32(seen) * 0.8, seen)

    assert overlap(found, hole) > 0.9 > overlap(seen, hole)


def test_a_label_and_a_print_are_no_edge():
    picture, garment, hole = painted(45, 2.0)
    picture[58:70, 140:180] = 250
    picture[110:150, 130:190] = (20, 200, 90)
    seen = hole & (np.arange(HEIGHT)[:, None] < 70)

    found = neckline(picture, garment, np.float32(seen) * 0.9, seen)

    assert overlap(found, hole) > 0.93
    assert not found[100:].any()


def test_without_an_edge_the_network_is_believed():
    picture, garment, hole = painted(45, 2.0)
    picture[garment] = CLOTH
    seen = hole & (np.arange(WIDTH) < 170)

    np.testing.assert_array_equal(neckline(picture, garment, np.float32(seen), seen), seen)


@pytest.mark.parametrize("where", [np.s_[150:200, 40:90], np.s_[0:0, 0:0]], ids=["no neck", "nothing"])
def test_what_is_beside_the_neck_stays_as_it_is(where):
    picture, garment, _ = painted(45, 2.0)
    seen = np.zeros_like(garment)
    seen[where] = True

    np.testing.assert_array_equal(neckline(picture, garment, np.float32(seen), seen), seen)


def test_a_curve_that_drops_most_of_the_hole_is_not_taken():
    picture, garment, hole = painted(16, 2.0)
    seen = cv2.dilate(np.uint8(hole), np.ones((41, 1))) > 0
    seen &= garment

    np.testing.assert_array_equal(neckline(picture, garment, np.float32(seen), seen), seen)


def test_the_size_of_the_photo_hardly_matters():
    picture, garment, hole = painted(45, 1.6)
    seen = hole & (np.arange(HEIGHT)[:, None] < 75)
    large = [cv2.resize(np.float32(part), None, fx=3, fy=3) for part in (picture, garment, seen, hole)]

    found = neckline(np.uint8(large[0]), large[1] > 0.5, large[2], large[2] > 0.5)

    assert overlap(found, large[3] > 0.5) > 0.93


def test_a_rim_of_another_colour_belongs_to_the_front():
    picture, garment, hole = painted(45, 2.0)
    _, _, inner = painted(38, 2.0)
    inner &= hole & (cv2.distanceTransform(np.uint8(hole | ~garment), cv2.DIST_L2, 5) > 7)
    picture[hole & ~inner] = (30, 90, 200)

    found = neckline(picture, garment, np.float32(hole) * 0.9, hole)

    assert overlap(found, inner) > 0.9 > overlap(hole, inner)


def test_a_label_that_hangs_out_of_what_is_seen_is_inside():
    picture, garment, hole = painted(60, 2.2)
    picture[hole] = np.add(CLOTH, -6)
    seen = painted(26, 2.2)[2]
    picture[68:84, 145:175] = 230

    found = neckline(picture, garment, np.float32(seen) * 0.9, seen)

    assert found[68:84, 145:175].all()


def test_an_edge_in_black_cloth_is_one():
    picture, garment, hole = painted(45, 2.0)
    picture[garment] = 14
    picture[hole] = 11
    seen = painted(34, 2.0)[2]

    found = neckline(picture, garment, np.float32(seen) * 0.9, seen)

    assert overlap(found, hole) > 0.93 > overlap(seen, hole)
