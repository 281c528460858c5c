"""The light that the generator throws on a garment beside what is in front of it."""

import numpy as np
import pytest

from ml.painting import BEHIND, without_glow


@pytest.fixture
def skirt():
    """Hole and outline of a skirt with a hand before it, and light on it: 300 rows, so that it lies in shade
    for 3 pixels around the hand and, less and less, for 3 more.
    """
    hole = np.zeros((300, 200), bool)
    hole[50:280, 20:180] = True
    alpha = np.float32(hole)
    alpha[:, :30] = alpha[:, 170:] = 0
    hole[120:200, 80:120] = False
    alpha[~hole] = 0
    return hole, alpha, np.full(hole.shape, 0.9, np.float32)


def test_cloth_beside_a_hand_is_no_brighter_than_further_away(skirt):
    hole, alpha, light = skirt
    near = np.zeros_like(hole)
    near[112:208, 72:128] = True
    light[near] = 1.2
    result = without_glow(light, hole, alpha)
    assert BEHIND * len(hole) == 3
    # Further away that is in part the brighter light itself.
    assert (result[150, 76:80] < 1.1).all()
    assert (result[150, 120:123] < 1.1).all()
    far = ~near | (alpha == 0)
    np.testing.assert_array_equal(result[150, :72], light[150, :72])
    np.testing.assert_allclose(result[far & hole], light[far & hole], atol=1e-6)


def test_the_shade_beside_a_hand_stays(skirt):
    hole, alpha, light = skirt
    light[112:208, 72:128] = 0.6
    np.testing.assert_allclose(without_glow(light, hole, alpha), light, atol=1e-6)


def test_without_a_garment_light_stays(skirt):
    hole, alpha, light = skirt
    np.testing.assert_array_equal(without_glow(light, hole, 0 * alpha), light)
    np.testing.assert_array_equal(without_glow(light, ~hole & False, alpha), light)
