"""Dresses, skirts and trousers end as in their picture."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml.anatomy import HIPS, SHOULDERS, middle
from ml.flatgarment import FlatGarment
from ml.hemline import hems_of
from ml.labels import LABELS
from ml.layer import GarmentLayer
from ml.layout import GARMENT
from ml.lowercut import at_waist_alone
from ml.lowerends import BEGIN, COARSE, CURVE, MOST, STRAIGHT, SWING, with_own_outline, with_straight_end

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


def hemmed(garment, shape):
    """`garment` with its hems."""
    gap = garment.gap
    return replace(garment, hems=hems_of(garment.outline > 0, None if gap is None else gap > 0))


def hem_rows(flow, columns):
    """Rows of the photo in which the hem is, by `flow`."""
    return np.array([np.interp(HEM - 1, flow[:, column, 1], np.arange(len(flow))) for column in columns])


def test_the_hem_of_a_skirt_is_level_and_curved(bare):
    """Whatever a warp or its picture have made of it."""
    shape = bare.labels.shape
    y, x = np.indices(shape)
    garment = skirt(shape)
    garment.outline[y >= HEM - 0.1 * np.abs(x - 192)] = 0
    garment = hemmed(garment, shape)
    flow = np.float32(np.stack([x, y - 0.15 * (x - 192)], axis=2))
    straight, own = with_straight_end(bare, "dresses", garment, flow, rounded(shape, garment.outline))
    laid = cv2.remap(garment.outline, straight, None, cv2.INTER_LINEAR) * (own > 0)
    ends = shape[0] - laid[::-1, LEFT + 3 : RIGHT - 3].argmax(axis=0)
    assert ends[0] == pytest.approx(ends[-1], abs=1)
    shoulders, hips = (middle(bare.pose, pair)[1] for pair in (SHOULDERS, HIPS))
    curve = CURVE * (HEM - (shoulders + hips) / 2) / (hips - shoulders)
    assert 0.06 < curve < MOST
    assert ends.max() - ends[0] == pytest.approx(curve * (RIGHT - LEFT), abs=1.5)
    assert np.flatnonzero(ends == ends.max()).mean() == pytest.approx(len(ends) / 2, abs=6)


def test_a_skirt_that_swings_hangs_down(bare):
    shape = bare.labels.shape
    y, x = np.indices(shape, dtype=np.float32)
    garment = hemmed(skirt(shape), shape)
    flow = np.stack([x + 0.3 * (y - FROM), y], axis=2)
    straight, _ = with_straight_end(bare, "dresses", garment, flow, rounded(shape, garment.outline))
    below = np.arange(FROM_HERE_ON + 5, HEM)
    np.testing.assert_allclose(straight[below, 192, 0], 192 + SWING * (below - FROM), atol=0.5)


@pytest.mark.parametrize(("longer", "as_long"), [(-10, True), (-60, False)])
def test_both_legs_end_at_one_height(bare, longer, as_long):
    """Unless one is much longer than the other, as on somebody whose knee is up."""
    shape = bare.labels.shape
    y, x = np.indices(shape, dtype=np.float32)
    garment = hemmed(trousers(shape), shape)
    flow = np.float32(np.stack([x, y + np.where(x < 193, longer, 0)], axis=2))
    straight, _ = with_straight_end(bare, "lower_body", garment, flow, rounded(shape, garment.outline))
    left, right = (hem_rows(straight, [column])[0] for column in (164, 222))
    assert left == pytest.approx(HEM - 1 - longer, abs=3)
    assert (abs(left - right) < 1) == as_long
