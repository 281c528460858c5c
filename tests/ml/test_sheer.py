"""A square of tulle before a white wall: dark and dense within, paler towards its rim."""

import numpy as np
import pytest

from ml.sheer import BACKLIT, VEIL, unmixed

OWN, WALL = np.array((20, 120, 90)), 250.0
THROUGH = 0.25
RIM = np.s_[42:44, 60:140]


def tulle(through: float = THROUGH) -> tuple[np.ndarray, np.ndarray]:
    """Its picture and its mask: so much of the light along its rim is the wall's."""
    garment, dense = np.zeros((2, 200, 200), bool)
    garment[40:160, 40:160] = True
    dense[46:154, 46:154] = True
    folds = np.linspace(0.9, 1.1, 200)[:, None, None] * OWN
    cloth = np.where(dense[..., None], folds, (1 - through) * folds + through * WALL)
    picture = np.where(garment[..., None], cloth, WALL)
    return picture.round().astype(np.uint8), garment


def test_the_wall_is_taken_out_of_tulle():
    picture, garment = tulle()

    colours, opacity = unmixed(picture, garment)

    np.testing.assert_allclose(opacity[RIM], max(1 - THROUGH, VEIL), atol=0.05)
    np.testing.assert_allclose(colours[RIM], np.broadcast_to(OWN, colours[RIM].shape), atol=12)
    assert (opacity[70:130, 70:130] > 0.98).all()
    assert (opacity[~garment] == 1).all()


def test_sheer_cloth_loses_the_light_of_the_wall_behind_it():
    """A side of one layer is lighter than the rest by more than the wall that is seen through it."""
    picture, garment = tulle()
    lighter = np.s_[46:154, 120:154]
    picture[lighter] = (1.4 * picture[lighter]).astype(np.uint8)

    colours, _ = unmixed(picture, garment)

    before, after = (
        part[60:140, 130:144].mean() / part[60:140, 60:100].mean() for part in (picture, colours)
    )
    assert before > 1.35
    assert after == pytest.approx(before ** (1 - BACKLIT), abs=0.03)
    np.testing.assert_allclose(colours[60:90, 60:100], picture[60:90, 60:100], atol=4)


def test_the_threads_of_a_net_are_of_one_colour_with_what_is_between_them():
    picture, garment = tulle()
    picture[40:46, 60:140:2] = OWN

    colours, _ = unmixed(picture, garment)

    assert np.ptp(picture[43, 60:140].astype(int), axis=0).min() > 20
    assert np.ptp(colours[43, 60:140].astype(int), axis=0).max() <= 6


def test_nothing_is_so_sheer_that_it_looks_like_a_hole():
    picture, garment = tulle(0.6)

    colours, opacity = unmixed(picture, garment)

    np.testing.assert_allclose(opacity[RIM], VEIL, atol=1e-6)
    np.testing.assert_allclose(colours[RIM], np.broadcast_to(OWN, colours[RIM].shape), atol=12)


def test_an_opaque_garment_is_not_sheer():
    picture, garment = tulle()
    picture[garment] = OWN

    assert unmixed(picture, garment) is None


def test_white_within_a_garment_is_its_own():
    picture, garment = tulle()
    picture[90:105, 80:120] = 250

    assert unmixed(picture, garment) is None


def test_shades_of_the_wall_are_not_taken_out():
    picture, garment = tulle()
    grey = picture.mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)

    assert unmixed(grey, garment) is None


def test_before_a_busy_wall_nothing_is_sheer():
    picture, garment = tulle()
    picture[~garment] = np.random.default_rng(0).integers(0, 255, (int((~garment).sum()), 3))

    assert unmixed(picture, garment) is None


def test_without_wall_or_core_nothing_is_sheer():
    picture, garment = tulle()

    assert unmixed(picture, ~np.zeros_like(garment)) is None
    assert unmixed(picture, np.zeros_like(garment)) is None
