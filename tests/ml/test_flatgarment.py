"""A garment's picture, cut out."""

import cv2
import numpy as np
import pytest

from ml.flatgarment import DEEPEST_INLET, DENSE, FRINGE, INLET, FlatGarment
from ml.garmentparts import Trunk
from ml.sheer import VEIL

HEIGHT = 500
SHIRT = np.array([[100, 60], [300, 60], [380, 150], [340, 190], [300, 150], [330, 440], [70, 440], [100, 150],
                  [60, 190], [20, 150]])  # fmt: skip
"""Corners: shoulders, sleeves, and a trunk that widens towards the hem."""


@pytest.fixture
def shirt():
    mask = np.zeros((HEIGHT, 400), np.uint8)
    cv2.fillPoly(mask, [SHIRT], 1)
    return mask > 0


def outline_of(mask):
    picture = np.full((*mask.shape, 3), 90, np.uint8)
    return FlatGarment.cut(picture, mask, np.zeros_like(mask)).outline > 0.5


def test_the_texture_goes_on_in_a_mirror_beyond_the_edge():
    height = 400
    cloth = np.full((height, 300, 3), 255, np.uint8)
    cloth[50:350, 60:240] = np.uint8(np.arange(60, 240) % 40 * 6)[None, :, None]
    mask = np.zeros((height, 300), bool)
    mask[50:350, 60:240] = True
    garment = FlatGarment.cut(cloth, mask, np.zeros_like(mask))
    fringe = round(FRINGE * height)
    last = 240 - 1 - fringe
    for away in (5, 15, 25):
        seen = garment.colours[200, last + away].astype(int)
        np.testing.assert_allclose(seen, cloth[200, last - away], atol=14)


def test_dense_cloth_goes_on_beyond_a_sheer_rim():
    wall, own, height = 250.0, np.array((20, 120, 90)), 400
    mask, dense = np.zeros((2, height, 300), bool)
    mask[50:350, 60:240] = True
    dense[62:338, 72:228] = True
    cloth = np.where(dense[..., None], own, np.where(mask[..., None], 0.5 * own + 0.5 * wall, wall))
    garment = FlatGarment.cut(cloth.round().astype(np.uint8), mask, np.zeros_like(mask))
    assert VEIL < garment.opacity[200, 233] < 0.95
    assert (garment.opacity[200, 242:265] > DENSE - 0.01).all()
    np.testing.assert_allclose(garment.colours[200, 242:265], np.broadcast_to(own, (23, 3)), atol=12)


def test_folds_of_a_sheer_garment_make_no_patches_of_what_shines_through():
    wall, own, height = 250.0, np.array((20, 120, 90)), 400
    mask = np.zeros((height, 300), bool)
    mask[50:350, 60:240] = True
    through = np.where(mask, np.where(np.arange(height) % 12 < 6, 0.4, 0.1)[:, None], 1)[..., None]
    through[62:338, 72:228] = 0
    picture = ((1 - through) * own + through * wall).round().astype(np.uint8)
    garment = FlatGarment.cut(picture, mask, np.zeros_like(mask))
    folds = garment.opacity[150:250, 64]
    assert np.ptp(folds) < 0.02
    assert VEIL < folds.mean() < 0.97


def test_the_wall_in_the_corner_below_a_sleeve_is_not_gone_on_with():
    mask = np.zeros((400, 300), bool)
    mask[50:350, 100:200] = mask[50:150, 40:260] = True
    picture = np.where(mask[..., None], (90, 40, 20), (250, 250, 250)).astype(np.uint8)
    mask[150:158, 200:204] = True
    trunk = Trunk.of(mask)
    webs = trunk.webs(mask)
    assert webs[150:158, 202:204].all()
    garment = FlatGarment.cut(picture, mask, np.zeros_like(mask), webs=webs)
    np.testing.assert_allclose(garment.colours[154, 203], (90, 40, 20), atol=3)
    assert garment.outline[152, 201] == FlatGarment.cut(picture, mask, np.zeros_like(mask)).outline[152, 201]


@pytest.mark.parametrize("place", [(314, 300), (86, 300), (200, 440)], ids=["right", "left", "hem"])
def test_a_bite_in_a_side_is_none(shirt, place):
    bitten = np.uint8(shirt)
    cv2.circle(bitten, place, round(0.8 * INLET * HEIGHT), 0, -1)
    lost = outline_of(shirt) & ~outline_of(bitten > 0)
    assert lost.sum() <= 0.2 * (shirt & (bitten == 0)).sum()


def test_a_whole_outline_stays_as_it_is(shirt):
    whole, trimmed = outline_of(shirt), cv2.erode(np.uint8(shirt), np.ones((3, 3)))
    assert (whole != (trimmed > 0)).sum() <= 0.01 * shirt.sum()


def test_a_gap_deeper_than_any_bite_stays(shirt):
    gap = shirt.copy()
    gap[440 - round(2 * DEEPEST_INLET * HEIGHT) : 441, 196:204] = False
    assert not outline_of(gap)[425:438, 198:202].any()


@pytest.fixture
def trousers():
    mask = np.zeros((HEIGHT, 400), bool)
    mask[50:450, 120:280] = True
    mask[170:450, 190:210] = False
    return mask


def cut_lower(mask):
    picture = np.full((*mask.shape, 3), 90, np.uint8)
    return FlatGarment.cut(picture, mask, np.zeros_like(mask), lower=True)


def test_a_bite_in_a_waist_is_none(trousers):
    bitten = trousers.copy()
    bitten[50:62, 150:170] = False
    bitten[50:75, 262:280] = False
    assert outline_of(bitten)[52:60, 152:168].sum() == 0
    filled = cut_lower(bitten).outline > 0.5
    assert filled[54:62, 130:255].all()
    # A corner that is missing comes back as far as hips and waist let it.
    assert filled[73, 265]
    assert not filled[52, 275]


def test_a_buckle_above_a_waist_stays_one(trousers):
    buckled = trousers.copy()
    buckled[42:50, 195:205] = True
    assert not cut_lower(buckled).outline[:49, :190].any()


def test_between_its_legs_a_pair_of_trousers_has_a_gap(trousers):
    gap = cut_lower(trousers).gap
    expected = np.zeros_like(trousers)
    expected[170:450, 190:210] = True
    np.testing.assert_array_equal(gap[180:] > 0.5, expected[180:])
    assert not gap[:170].any()


def test_other_garments_have_no_gap(shirt):
    picture = np.full((*shirt.shape, 3), 90, np.uint8)
    assert FlatGarment.cut(picture, shirt, np.zeros_like(shirt)).gap is None


def test_a_gap_keeps_its_sides_up_to_its_end(trousers):
    wedge = trousers.copy()
    wedge[170:450, 190:210] = True
    for row in range(170, 450):
        half = (row - 170) // 14
        wedge[row, 200 - half : 200 + half] = False
    gap = cut_lower(wedge).gap
    narrow = slice(300, 440)
    np.testing.assert_array_equal(gap[narrow, 170:230] > 0.5, ~wedge[narrow, 170:230])


def test_a_bite_whose_place_shows_the_inside_stays_one(shirt):
    bitten, picture = np.uint8(shirt), np.full((*shirt.shape, 3), 90, np.uint8)
    cv2.circle(bitten, (200, 440), 8, 0, -1)
    inside = shirt & (bitten == 0)
    outline = FlatGarment.cut(picture, bitten > 0, inside).outline > 0.5
    assert not (outline & inside).any()


@pytest.mark.parametrize(("stripe", "kept"), [(250, True), (90, False)])
def test_a_bite_is_cloth_if_there_is_cloth_like_it_beside_it(shirt, stripe, kept):
    cloth = np.where(shirt, 90, 250).astype(np.uint8)
    cloth[(np.arange(HEIGHT) // 10 % 2 == 0)[:, None] & shirt] = stripe
    bitten = np.uint8(shirt)
    # A place in the right side that is white in the picture, stripe or wall.
    bite = np.s_[300:309, 300:330]
    bitten[bite] = 0
    cloth[bite] = 250
    garment = FlatGarment.cut(np.repeat(cloth[..., None], 3, axis=2), bitten > 0, np.zeros_like(shirt))
    shown = garment.colours[302:307, 305:312]
    assert garment.outline[302:307, 305:312].all()
    assert (shown > 240).all() == kept
