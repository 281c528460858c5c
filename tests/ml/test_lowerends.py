"""Dresses, skirts and trousers end as in their picture."""

from dataclasses import replace

import numpy as np
import pytest

from ml.flatgarment import FlatGarment
from ml.layer import GarmentLayer
from ml.layout import GARMENT
from ml.lowercut import at_waist_alone
from ml.lowerends import BEGIN, COARSE, STRAIGHT, with_own_outline, with_straight_end
from ml.parsing import LABELS

TOP, HEM, LEFT, RIGHT = 240, 440, 140, 245
FROM, FROM_HERE_ON = (round(TOP + share * (HEM - TOP)) for share in (BEGIN, STRAIGHT))


@pytest.fixture
def bare(scene):
    """The person without clothing, arms away from the hips."""
    return replace(scene, labels=np.where(scene.labels == LABELS.index("hair"), scene.labels, 0))


def skirt(shape):
    outline = np.zeros(shape, np.float32)
    outline[TOP:HEM, LEFT:RIGHT] = 1
    return FlatGarment(np.zeros((*shape, 3), np.uint8), outline, outline)


def trousers(shape):
    whole = skirt(shape)
    gap = np.zeros(shape, np.float32)
    gap[300:HEM, 188:199] = 1
    return replace(whole, outline=whole.outline - gap, gap=gap)


def rounded(shape, outline):
    """A layout that is sure of a garment but for the corners at its hem."""
    y, x = np.indices(shape)
    layout = np.zeros((*shape, 4), np.float32)
    layout[..., GARMENT] = outline * (y < HEM - ((x - 192) / 7) ** 2 - 10)
    return layout


def wavering(shape, layout):
    """The identity where a layout is sure, and something else around it."""
    y, x = np.indices(shape, dtype=np.float32)
    flow = np.stack([x, y], axis=2)
    flow[..., 1] += np.where(layout[..., GARMENT] > 0.9, 0, 12)
    return flow


def test_a_hem_goes_straight_on_to_its_corners(bare):
    shape = bare.labels.shape
    garment = skirt(shape)
    layout = rounded(shape, garment.outline)
    flow = wavering(shape, layout)
    straight, own = with_straight_end(bare, "dresses", garment, flow, layout)
    y, x = np.indices(shape, dtype=np.float32)
    corners = np.s_[FROM_HERE_ON + 1 : HEM + COARSE, LEFT - COARSE : RIGHT + COARSE]
    np.testing.assert_allclose(straight[corners], np.stack([x, y], axis=2)[corners], atol=0.1)
    assert (own[corners] == 1).all()
    np.testing.assert_array_equal(straight[:FROM], flow[:FROM])
    assert not own[:FROM].any()


def test_each_leg_ends_by_itself(bare):
    shape = bare.labels.shape
    garment = trousers(shape)
    layout = rounded(shape, garment.outline)
    flow = wavering(shape, layout)
    lower = flow[..., 0] >= 193
    flow[lower, 1] -= 10
    straight, own = with_straight_end(bare, "lower_body", garment, flow, layout)
    rows = np.arange(FROM_HERE_ON + 12, HEM)
    np.testing.assert_allclose(straight[rows, 150, 1], rows, atol=0.1)
    np.testing.assert_allclose(straight[rows, 235, 1], rows - 10, atol=0.1)
    assert (own[rows, 150] == 1).all()
    assert (own[rows, 235] == 1).all()


def test_the_gap_between_two_legs_stays_as_it_is(bare):
    shape = bare.labels.shape
    garment = trousers(shape)
    layout = rounded(shape, garment.outline)
    flow = wavering(shape, layout)
    straight, own = with_straight_end(bare, "lower_body", garment, flow, layout)
    gap = np.s_[FROM : HEM - 20, 189:198]
    np.testing.assert_array_equal(straight[gap], flow[gap])
    assert not own[gap].any()


def test_a_leg_does_not_show_the_other_one(bare):
    shape = bare.labels.shape
    garment = trousers(shape)
    layout = rounded(shape, garment.outline)
    flow = wavering(shape, layout)
    flow[..., 0] = 193 + np.sign(flow[..., 0] - 193) * (np.abs(flow[..., 0] - 193) - 12).clip(1)
    left = flow[..., 0] < 193
    straight, _ = with_straight_end(bare, "lower_body", garment, flow, layout)
    assert (straight[left, 0] < 193).all()
    assert (straight[~left, 0] >= 193).all()


def test_arms_before_a_garment_stay_as_they_are(scene):
    shape = scene.labels.shape
    garment = skirt(shape)
    layout = rounded(shape, garment.outline)
    flow = wavering(shape, layout)
    labels = scene.labels.copy()
    labels[:, :] = 0
    arm = scene.regions["left_arm"] | scene.regions["right_arm"]
    labels[arm] = LABELS.index("skin")
    straight, own = with_straight_end(replace(scene, labels=labels), "dresses", garment, flow, layout)
    np.testing.assert_array_equal(straight[arm], flow[arm])
    assert not own[arm].any()


@pytest.mark.parametrize("category", ["upper_body", "dresses"])
def test_tops_and_what_is_bent_stay_as_they_are(bare, category):
    shape = bare.labels.shape
    garment = skirt(shape)
    layout = rounded(shape, garment.outline)
    flow = wavering(shape, layout)
    if category == "dresses":
        flow[..., 0] += 30 * np.sin(flow[..., 1] / 10)
    straight, own = with_straight_end(bare, category, garment, flow, layout)
    np.testing.assert_array_equal(straight, flow)
    assert not own.any()


def test_the_outline_goes_over_into_that_of_the_picture():
    shape = (512, 384)
    y, x = np.indices(shape, dtype=np.float32)
    outline = skirt(shape).outline
    narrow = np.float32((x >= LEFT + 20) & (x < RIGHT) & (y >= TOP) & (y < HEM - 20))
    layer = GarmentLayer(np.zeros((*shape, 3), np.float32), narrow, narrow)
    own = np.float32(((y - FROM) / (FROM_HERE_ON - FROM)).clip(0, 1))
    alpha = with_own_outline(layer, outline, np.stack([x, y], axis=2), own).alpha
    assert (alpha[FROM_HERE_ON + 10 : HEM - 3, LEFT + 3 : RIGHT - 3] == 1).all()
    assert (alpha[HEM + 3 :] == 0).all()
    starts = (alpha[FROM - 5 : FROM_HERE_ON + 5] > 0.5).argmax(axis=1)
    assert (starts[0], starts[-1]) == (LEFT + 20, LEFT)
    assert (np.abs(np.diff(starts)) <= 1).all()
    np.testing.assert_array_equal(alpha[: FROM - 20], narrow[: FROM - 20])
    assert with_own_outline(layer, outline, np.stack([x, y], axis=2), np.zeros_like(own)) is layer


def test_the_inside_of_a_lower_garment_is_at_its_waist():
    mask, inside = np.zeros((120, 60), bool), np.zeros((120, 60), bool)
    mask[10:110, 10:50] = True
    inside[10:14, 20:40] = inside[70:110, 30:48] = True
    known = at_waist_alone(inside, mask)
    np.testing.assert_array_equal(known[:30], inside[:30])
    assert not known[30:].any()
    assert not at_waist_alone(inside, np.zeros_like(mask))[30:70].any()
