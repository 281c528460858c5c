"""The wall goes up to a covered arm, and nothing of the arm is seen around its sleeve."""

import numpy as np

from ml.outside import wall_beside

HEIGHT, WALL, SKIN = 1000, 200.0, 60.0


def arm(alpha_to):
    """A photo of an arm up to column 100, which a garment covers up to a column; wall beyond."""
    body = np.zeros((120, 200), bool)
    body[:, :100] = True
    photo = np.where(body, SKIN, WALL)[..., None].repeat(3, axis=2).astype(np.float32)
    # Photos are soft: the rim of the arm lies on the wall as well.
    photo[:, 100:102] = 130
    alpha = np.zeros(body.shape, np.float32)
    alpha[:, :alpha_to] = 1
    return photo, body, alpha


def test_a_rim_of_the_arm_outside_a_sleeve_becomes_wall():
    photo, body, alpha = arm(98)
    wall_beside(photo, body, ~body, alpha, HEIGHT)
    np.testing.assert_allclose(photo[20:100, 98:], WALL, atol=1)
    np.testing.assert_allclose(photo[:, :84], SKIN, atol=0.1)


def test_an_arm_that_is_seen_beside_it_stays():
    photo, body, alpha = arm(60)
    before = photo.copy()
    wall_beside(photo, body, ~body, alpha, HEIGHT)
    np.testing.assert_allclose(photo, before, atol=0.01)


def test_below_a_cuff_the_arm_keeps_its_rim():
    photo, body, alpha = arm(98)
    alpha[60:] = 0
    wall_beside(photo, body, ~body, alpha, HEIGHT)
    np.testing.assert_allclose(photo[10:45, 100:102], WALL, atol=1)
    np.testing.assert_allclose(photo[60:, 100:102], 130, atol=0.01)


def test_without_a_wall_that_is_near_nothing_changes():
    photo, body, alpha = arm(98)
    before = photo.copy()
    wall_beside(photo, body, np.zeros_like(body), alpha, HEIGHT)
    assert (photo == before).all()
