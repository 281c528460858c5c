"""How garments lie on neck and shoulders, on a drawn person with level shoulders."""

from dataclasses import replace

import numpy as np
import pytest

from ml.layer import GarmentLayer
from ml.yoke import DEEP, FURTHEST, Neckline, on_shoulders, over_shoulders
from tests.ml.scenes import label

SHAPE, MIDDLE, CORNERS, TOP, DEPTH = (512, 384), 192, (165, 219), 105, 40
"""Shoulders of person and garment lie at the row TOP; their joints at the columns 138 and 246."""
SHOULDER = slice(145, 160)


@pytest.fixture
def bare_neck(scene):
    labels = scene.labels.copy()
    labels[TOP:130, 138:247] = label("upper")
    labels[70:130, 180:205] = label("skin")
    return replace(scene, labels=labels)


def shirt(depth=DEPTH):
    """A garment with level shoulders, bool (h, w), and the inside of its back in a round neckline."""
    rows, columns = np.indices(SHAPE)
    mask = (rows >= TOP) & (rows < 330) & (columns > 110) & (columns < 275)
    half = (CORNERS[1] - CORNERS[0]) / 2
    front = TOP + depth * (1 - ((columns - MIDDLE) / half) ** 2)
    return mask, mask & (rows < front)


def straight(lower=0):
    """The flow that lays the shirt where its picture shows it, or so many pixels lower."""
    rows, columns = np.indices(SHAPE, dtype=np.float32)
    return np.stack([columns, rows - lower], axis=-1)


@pytest.mark.parametrize("lower", [-6, 6])
def test_a_garment_is_laid_on_the_shoulders_and_not_moved_further_down(bare_neck, lower):
    mask, inside = shirt()
    flow = on_shoulders(bare_neck, np.float32(mask & ~inside), 0, straight(lower))
    np.testing.assert_allclose(flow[TOP, 140:245, 1], TOP, atol=1e-3)
    np.testing.assert_array_equal(flow[200:], straight(lower)[200:])


def test_what_is_far_from_the_shoulders_is_of_another_cut(bare_neck):
    mask, inside = shirt()
    flow = straight(-round(2.2 * FURTHEST * 108))
    assert on_shoulders(bare_neck, np.float32(mask & ~inside), 0, flow) is flow


def test_hair_hides_where_a_shoulder_is(bare_neck):
    labels = bare_neck.labels.copy()
    labels[60:TOP, 138:247] = label("hair")
    mask, inside = shirt()
    flow = straight(6)
    hidden = replace(bare_neck, labels=labels)
    assert on_shoulders(hidden, np.float32(mask & ~inside), 0, flow) is flow


@pytest.mark.parametrize(("gap", "covered"), [(4, True), (17, False)])
def test_a_garment_goes_up_to_the_shoulders_that_it_nearly_reaches(bare_neck, gap, covered):
    mask, inside = shirt()
    alpha = np.float32(mask & ~inside)
    alpha[: TOP + gap, SHOULDER] = 0
    layer = GarmentLayer(np.zeros((*SHAPE, 3), np.float32), alpha, alpha)
    result = over_shoulders(bare_neck, layer, np.zeros(SHAPE, bool)).alpha
    assert (result[TOP + 2, 149:156] > 0.5).all() == covered
    assert not (result[: TOP - 2] > 0.5).any()
    assert result[TOP + 10, MIDDLE] == 0


def test_a_neckline_decides_around_itself_alone(bare_neck):
    neckline = Neckline.of(*shirt())
    decides = neckline.decides(bare_neck, straight())
    assert decides[TOP + 5, MIDDLE] == decides[TOP + DEPTH, MIDDLE] == decides[TOP + 5, 150] == 1
    # Further down, above the nape, beyond the joints and away from the body.
    assert decides[TOP + DEPTH + 60, MIDDLE] == decides[85, MIDDLE] == 0
    assert decides[TOP + 5, 120] == decides[TOP - 8, 150] == 0


def test_above_its_front_a_neckline_is_open_and_beside_it_it_is_not():
    opened = Neckline.of(*shirt()).open_at(straight())
    assert opened[TOP + DEPTH - 2, MIDDLE]
    assert not opened[TOP + DEPTH + 2, MIDDLE]
    assert not opened[TOP - 10, [150, 230]].any()


@pytest.mark.parametrize(
    ("depth", "back_seen", "told"), [(9, True, True), (9, False, False), (30, False, True)]
)
def test_a_shallow_neckline_without_an_inside_may_be_that_of_the_back(bare_neck, depth, back_seen, told):
    mask, inside = shirt(depth)
    neckline = Neckline.of(*((mask, inside) if back_seen else (mask & ~inside, inside & ~mask)))
    assert (depth > DEEP * (CORNERS[1] - CORNERS[0])) == (depth == 30)
    assert neckline.told == told
    assert neckline.decides(bare_neck, straight()).any() == told


def cut_to_v():
    """A shirt with a V neck, whose inside is not seen, bool (h, w), and that V, likewise."""
    rows, columns = np.indices(SHAPE)
    half = (CORNERS[1] - CORNERS[0]) / 2
    opened = rows < TOP + DEPTH * (1 - np.abs(columns - MIDDLE) / half)
    return shirt()[0] & ~opened, opened & (rows >= TOP)


def test_a_neck_hole_that_is_nearly_convex_is():
    mask, v = cut_to_v()
    tongue = np.s_[TOP + DEPTH - 8 : TOP + DEPTH, MIDDLE + 1 : MIDDLE + 5]
    mask[tongue] = True
    hole = Neckline.of(mask, np.zeros(SHAPE, bool)).hole
    assert hole[tongue][v[tongue]].mean() > 0.8
    assert (hole ^ v).sum() < 0.05 * v.sum()


def test_a_neck_hole_of_another_shape_stays_the_mask_s():
    mask, _ = cut_to_v()
    mask[TOP + 5 : TOP + DEPTH, MIDDLE - 6 : MIDDLE + 6] = True
    assert not Neckline.of(mask, np.zeros(SHAPE, bool)).hole.any()
    shallow, inside = shirt(9)
    assert not Neckline.of(shallow & ~inside, np.zeros(SHAPE, bool)).hole.any()
