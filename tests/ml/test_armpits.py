"""The folds at the armpits of a garment's picture."""

import numpy as np
import pytest

from ml.armpits import ABOVE, DRAWN, FOLD, without_folds
from ml.flatgarment import FlatGarment
from ml.garmentparts import Trunk

TRUNK, SLEEVE, FOLDED, WALL = (20, 60, 90), (90, 40, 20), (250, 0, 0), (255, 255, 255)
ARMPIT, WIDTH = 150, 200
REACH = round(FOLD * WIDTH / 2)


@pytest.fixture
def mask():
    """A trunk in the columns 150 to 350 and sleeves that hang down beside it, 20 pixels away."""
    garment = np.zeros((400, 500), bool)
    garment[50:350, 150:350] = garment[50:ARMPIT, 80:420] = True
    garment[ARMPIT:300, 80:130] = garment[ARMPIT:300, 370:420] = True
    return garment


def picture_of(mask):
    picture = np.full((*mask.shape, 3), WALL, np.uint8)
    picture[mask] = SLEEVE
    picture[50:350, 150:350] = TRUNK
    return picture


def folded(picture):
    for seam in (150, 350):
        picture[ARMPIT - 20 : ARMPIT, seam - REACH : seam + REACH] = FOLDED
    return picture


def test_cloth_of_trunk_and_sleeve_meets_in_a_seam_instead_of_a_fold(mask):
    cloth, core = without_folds(folded(picture_of(mask)), mask, Trunk.of(mask))
    assert core[mask].all()
    np.testing.assert_array_equal(cloth[ARMPIT - 15, 150 + 1 : 350 - 1], np.tile(TRUNK, (198, 1)))
    for sleeve in (np.s_[80 : 150 - 1], np.s_[350 + 1 : 420]):
        np.testing.assert_array_equal(cloth[ARMPIT - 15, sleeve], np.tile(SLEEVE, (69, 1)))


def test_what_is_not_near_an_armpit_stays(mask):
    picture = np.random.default_rng(0).integers(0, 255, (*mask.shape, 3), np.uint8)
    cloth, _ = without_folds(picture, mask, Trunk.of(mask))
    away = round(DRAWN * FOLD * WIDTH)
    np.testing.assert_array_equal(
        cloth[: ARMPIT - round(ABOVE * WIDTH)], picture[: ARMPIT - round(ABOVE * WIDTH)]
    )
    np.testing.assert_array_equal(cloth[:, 151 + away : 349 - away], picture[:, 151 + away : 349 - away])


def test_a_short_sleeve_gets_nothing_of_the_wall_below_it(mask):
    mask[ARMPIT:300, 80:130] = mask[ARMPIT:300, 370:420] = False
    garment = FlatGarment.cut(picture_of(mask), mask, np.zeros_like(mask), sleeved=Trunk.of(mask))
    assert garment.colours[mask].max() < 110


def test_without_sleeves_nothing_changes(mask):
    mask[:, :150] = mask[:, 350:] = False
    picture = np.random.default_rng(0).integers(0, 255, (*mask.shape, 3), np.uint8)
    cloth, core = without_folds(picture, mask, Trunk.of(mask))
    np.testing.assert_array_equal(cloth, picture)
    np.testing.assert_array_equal(core, mask)
