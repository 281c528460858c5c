import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.inpaint import MOST_GRAIN, carried_on, grain_like, push_pull


@given(st.integers(3, 70), st.integers(3, 70), st.floats(0, 255), st.integers(0, 2**31))
@settings(max_examples=30)
def test_push_pull_continues_a_constant(height, width, value, seed):
    known = (np.random.default_rng(seed).random((height, width)) < 0.2).astype(np.float32)
    known[0, 0] = 1
    values = np.where(known[..., None] > 0, np.float32(value), np.float32(-1000))
    np.testing.assert_allclose(push_pull(values, known), value, atol=0.05)


def test_push_pull_keeps_what_is_known_and_stays_in_range():
    rng = np.random.default_rng(0)
    values, known = rng.random((50, 60, 3), np.float32), (rng.random((50, 60)) < 0.3).astype(np.float32)
    filled = push_pull(values, known)
    np.testing.assert_allclose(filled[known == 1], values[known == 1], atol=1e-6)
    assert filled.min() >= values[known == 1].min() - 1e-4
    assert filled.max() <= values[known == 1].max() + 1e-4


def test_push_pull_of_nothing_is_zero():
    assert not push_pull(np.ones((20, 20, 1), np.float32), np.zeros((20, 20), np.float32)).any()


@pytest.mark.parametrize(("seen", "given"), [(2, 2), (20, MOST_GRAIN)])
def test_each_part_has_the_grain_of_its_own_region(seen, given):
    photo = np.full((400, 300, 3), 128, np.float32)
    left, lower = np.zeros((400, 300), bool), np.zeros((400, 300), np.float32)
    left[:, :150], lower[200:] = True, 1
    photo[left] += np.random.default_rng(1).normal(0, seen, (left.sum(), 3))
    grain = grain_like(photo, ((left, lower), (~left, 1 - lower)))
    assert grain[200:].std() == pytest.approx(given, rel=0.25)
    assert np.abs(grain[:200]).max() < 1e-3
    assert not grain_like(np.zeros((9, 9, 3), np.uint8), ()).any()


def test_a_handful_of_pixels_has_no_grain():
    photo = np.random.default_rng(1).normal(128, 3, (60, 60, 3))
    everywhere, few = np.ones((60, 60), np.float32), np.zeros((60, 60), bool)
    few[:18, :20] = True
    assert not grain_like(photo, ((few, everywhere),)).any()
    few[:, :20] = True
    assert grain_like(photo, ((few, everywhere),)).std() > 1


def test_what_is_carried_on_at_a_quarter_of_the_size_knows_nothing_of_the_rest():
    known = np.zeros((70, 50), bool)
    known[:, 3:20] = True
    values = np.where(known[..., None], np.float32((10, 200, 30)), np.float32(-1000))
    np.testing.assert_allclose(
        carried_on(values, known), np.broadcast_to((10, 200, 30), values.shape), atol=0.05
    )
    assert not carried_on(values, np.zeros_like(known)).any()
