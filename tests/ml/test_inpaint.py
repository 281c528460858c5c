import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.inpaint import LIMB_FALLOFF, fill_skin, grain_like, limb_shading, push_pull, typical


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


def test_grain_is_as_strong_as_that_of_the_photo():
    photo = 128 + np.random.default_rng(1).normal(0, 6, (200, 200, 3)).astype(np.float32)
    grain = grain_like(photo, np.ones((200, 200), bool))
    assert grain.std() == pytest.approx(6, rel=0.25)


def test_typical_drops_jewels():
    photo = np.full((20, 20, 3), 150, np.float32)
    photo[3, 4] = (255, 255, 0)
    clean = typical(photo, np.ones((20, 20), bool))
    assert clean.sum() == 399
    assert not clean[3, 4]


def test_limbs_are_darker_at_the_rim():
    shading = limb_shading((40, 40), [(np.array([20.0, 5.0]), np.array([20.0, 35.0]), 8.0)])
    assert shading[20, 20] == 1
    assert shading[20, 27] == pytest.approx(1 - LIMB_FALLOFF * 49 / 64)
    assert shading[20, 35] == 1


def test_limbs_outside_the_photo_do_no_harm():
    limb = (np.array([-90.0, -80.0]), np.array([-60.0, -70.0]), 8.0)
    assert (limb_shading((40, 40), [limb]) == 1).all()


def test_skin_without_any_visible_skin_is_the_photo():
    photo = np.random.default_rng(0).random((16, 16, 3), np.float32)
    np.testing.assert_array_equal(fill_skin(photo, np.zeros((16, 16), bool), [], 5), photo)


def test_skin_takes_the_colour_of_the_skin_around():
    photo = np.full((64, 64, 3), (200, 150, 130), np.float32)
    skin = np.zeros((64, 64), bool)
    skin[:20] = True
    photo[~skin] = (0, 0, 255)
    np.testing.assert_allclose(fill_skin(photo, skin, [], 10)[40, 30], (200, 150, 130), atol=1)
