"""Waistbands of lower garments are not drawn out."""

import numpy as np
import pytest

from ml.anatomy import HIPS, KNEES, middle
from ml.lowerfit import CROTCH
from ml.scene import INDEX, Scene
from ml.waist import Waist
from ml.waistband import MOST, spread_down

HEIGHT, WIDTH = 400, 300
FIRST, LAST = 80, 220
"""Columns between which the waist lies."""
TOP = 40
"""Row of the picture in which the garment begins."""


@pytest.fixture
def scene(make_pose):
    labels = np.full((HEIGHT, WIDTH), INDEX["lower"], np.uint8)
    return Scene(np.zeros((HEIGHT, WIDTH, 3), np.uint8), labels, make_pose(HEIGHT, WIDTH))


@pytest.fixture
def rows(scene):
    """Row of the waist, somewhat above the hips, and of the crotch."""
    hips, knees = (float(middle(scene.pose, pair)[1]) for pair in (HIPS, KNEES))
    return round(hips) - 40, round(hips + CROTCH * (knees - hips))


def waist(rows, covered=0.0):
    hidden = np.full(WIDTH, covered, np.float32)
    line = np.array([0, 0, rows[0]], np.float64)
    return Waist(line, (float(FIRST), float(LAST)), (True, True), hidden, np.zeros(WIDTH, np.float32))


def drawn_out(rows, across=1.0):
    """A flow that lays the upper half of what is above the crotch over two thirds of its height there, with
    `across` columns of the picture to a column; as far as the crotch as many rows as in the photo.
    """
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    high = rows[1] - rows[0]
    share = (y - rows[0]) / high
    slow = np.where(share < 2 / 3, share * 3 / 4, 0.5 + (share - 2 / 3) * 3 / 2)
    down = TOP + high * np.where((share > 0) & (share < 1), slow, share)
    return np.float32(np.stack([across * x, down], axis=-1))


def test_rows_are_spread_evenly_from_the_waist_to_the_crotch(scene, rows):
    flow = drawn_out(rows)
    even = spread_down(scene, waist(rows), flow)
    y = np.arange(HEIGHT, dtype=np.float32)
    np.testing.assert_allclose(even[rows[0] :, 150, 1], (TOP + y - rows[0])[rows[0] :], atol=1e-3)
    np.testing.assert_array_equal(even[..., 0], flow[..., 0])
    np.testing.assert_array_equal(even[: rows[0]], flow[: rows[0]])
    np.testing.assert_array_equal(even[rows[1] + 1 :], flow[rows[1] + 1 :])


@pytest.mark.parametrize(("across", "rate"), [(1.2, 1.1), (0.9, 0.95), (3.0, MOST), (0.2, 1 / MOST)])
def test_at_the_waist_they_are_half_as_uneven_as_columns(scene, rows, across, rate):
    even = spread_down(scene, waist(rows), drawn_out(rows, across))[..., 1]
    high = rows[1] - rows[0]
    share = 10 / high
    expected = TOP + high * share * (rate + (1 - rate) * share)
    assert even[rows[0] + 10, 150] == pytest.approx(expected, abs=1e-2)
    assert (np.diff(even[rows[0] : rows[1] + 1, 150]) > 0).all()


@pytest.mark.parametrize("covered", [0.5, 1.0])
def test_under_a_top_a_waistband_stays(scene, rows, covered):
    flow = drawn_out(rows)
    np.testing.assert_array_equal(spread_down(scene, waist(rows, covered), flow), flow)


def test_the_more_a_top_hides_the_less_it_moves(scene, rows):
    flow = drawn_out(rows)
    whole, half = (spread_down(scene, waist(rows, part), flow) - flow for part in (0.0, 0.25))
    np.testing.assert_allclose(half, whole / 2, atol=1e-3)
    assert np.abs(whole).max() > 5


def test_without_an_old_waist_everything_stays(scene, rows):
    flow = drawn_out(rows)
    assert spread_down(scene, None, flow) is flow
