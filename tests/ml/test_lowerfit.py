"""Trousers, shorts and skirts at their place on a body."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import HIPS, KNEES, leg_shape, middle, shoulder_width
from ml.flatgarment import FlatGarment
from ml.generator import Painted
from ml.layer import GarmentLayer
from ml.layout import BACKGROUND, BODY, GARMENT
from ml.lowerfit import (
    CORE,
    CROTCH,
    MOST_DOWN,
    ROUND_HEM,
    at_waist,
    legs_apart,
    middle_of_legs,
    over_legs,
    parted,
    under_tops,
)
from ml.scene import old_garment
from ml.waist import GIRTH, dress_line, old_waist
from ml.waistedge import OVERLAP, with_whole_edge
from tests.ml.scenes import label

WAIST = 236


@pytest.fixture
def jeans(scene):
    """The person in a cropped top and jeans that reach from WAIST to the ankles."""
    labels = scene.labels.copy()
    labels[np.isin(labels, (label("upper"), label("lower")))] = 0
    labels[130:200, 140:245] = label("upper")
    labels[200:WAIST, 140:245] = label("skin")
    labels[WAIST:470, 140:245] = label("lower")
    return replace(scene, labels=labels)


@pytest.fixture
def dressed(scene):
    """The person in a dress down to the knees."""
    labels = scene.labels.copy()
    labels[np.isin(labels, (label("upper"), label("lower")))] = 0
    labels[130:400, 140:245] = label("dress")
    return replace(scene, labels=labels)


def painted(alpha):
    """What a generator says of a garment `alpha`: nothing of its light."""
    return Painted(np.zeros((*alpha.shape, 3), np.float32), alpha, np.ones_like(alpha))


def laid(scene, top, left=140, right=245):
    """Trousers laid on the photo by the identity: their outline, flow and layout."""
    height, width = scene.labels.shape
    outline = np.zeros((height, width), np.float32)
    outline[top:470, left:right] = 1
    y, x = np.mgrid[:height, :width].astype(np.float32)
    layout = np.zeros((height, width, 4), np.float32)
    layout[..., GARMENT], layout[..., BODY] = outline, 1 - outline
    return outline, np.stack([x, y], axis=-1), layout


def layer_of(alpha):
    return GarmentLayer(np.zeros((*alpha.shape, 3), np.float32), np.float32(alpha), np.float32(alpha))


@pytest.mark.parametrize("top", [WAIST - 15, WAIST + 15])
def test_the_waist_comes_to_where_the_old_one_was(jeans, top):
    outline, flow, layout = laid(jeans, top)
    flow, layout = at_waist(jeans, old_waist(jeans), outline, flow, layout)
    np.testing.assert_allclose(flow[WAIST, 150:235, 1], top, atol=1)
    assert (layout[WAIST + 2, 150:235, GARMENT] > 0.5).all()
    assert (layout[WAIST - 3, 150:235, GARMENT] < 0.5).all()


def test_below_the_crotch_nothing_moves(jeans):
    outline, flow, layout = laid(jeans, WAIST + 15)
    hips, knees = (middle(jeans.pose, pair)[1] for pair in (HIPS, KNEES))
    crotch = round(float(hips + CROTCH * (knees - hips))) + 1
    moved, expected = at_waist(jeans, old_waist(jeans), outline, flow, layout)
    np.testing.assert_allclose(moved[crotch:], flow[crotch:], atol=1e-3)
    np.testing.assert_allclose(expected[crotch:], layout[crotch:], atol=1e-3)
    assert (np.diff(moved[WAIST:crotch, 190, 1]) > 0).all()


def test_a_waist_is_as_wide_as_the_body(jeans):
    outline, flow, layout = laid(jeans, WAIST, 134, 251)
    moved, _ = at_waist(jeans, old_waist(jeans), outline, flow, layout)
    np.testing.assert_allclose(moved[WAIST, [140, 244], 0], [134, 250], atol=1)


def test_under_a_top_a_waist_is_raised_and_lowered_half_the_way(jeans):
    labels = jeans.labels.copy()
    labels[200:WAIST, 140:245] = label("upper")
    hung = replace(jeans, labels=labels)
    most = MOST_DOWN * shoulder_width(hung.pose)
    under = round(WAIST - OVERLAP * len(labels))
    for away in (8, 60):
        outline, flow, layout = laid(hung, WAIST - away)
        moved, _ = at_waist(hung, old_waist(hung), outline, flow, layout)
        down = min((away - OVERLAP * len(labels)) / 2, most)
        np.testing.assert_allclose(moved[WAIST, 150:235, 1], WAIST - down, atol=1.5)
    outline, flow, layout = laid(hung, WAIST + 10)
    moved, _ = at_waist(hung, old_waist(hung), outline, flow, layout)
    np.testing.assert_allclose(moved[under, 150:235, 1], WAIST + 10, atol=1.5)


def test_without_an_old_waist_everything_stays(jeans):
    outline, flow, layout = laid(jeans, WAIST)
    moved = at_waist(jeans, None, outline, flow, layout)
    assert moved[0] is flow
    assert moved[1] is layout


def trousers(scene, gap):
    """Trousers as they lie on the photo, with a bool `gap` (H, W) between their legs."""
    outline = np.zeros(scene.labels.shape, np.float32)
    outline[WAIST:470, 130:260] = 1
    outline[gap] = 0
    return FlatGarment(np.zeros((*gap.shape, 3), np.uint8), outline, outline, gap=np.float32(gap))


def test_legs_part_where_their_picture_shows_it(jeans):
    _, flow, layout = laid(jeans, WAIST)
    layout[...] = np.eye(4, dtype=np.float32)[GARMENT]
    layout[400:470, 200:207] = np.eye(4, dtype=np.float32)[BACKGROUND]
    layout[:, 250:] = np.eye(4, dtype=np.float32)[BACKGROUND]
    gap = np.zeros(jeans.labels.shape, bool)
    gap[320:470, 182:202] = True
    apart = legs_apart(jeans, trousers(jeans, gap), flow, layout, middle_of_legs(jeans))
    assert (apart[325:465, 185:199, BACKGROUND] == 1).all()
    # A gap that the layout sees beside it is none.
    assert (apart[402:468, 203:207, GARMENT] == 1).all()
    assert (apart[:, 252:, BACKGROUND] == 1).all()
    np.testing.assert_array_equal(apart[:318], layout[:318])
    np.testing.assert_array_equal(apart[:, :165], layout[:, :165])


def test_legs_that_touch_and_legs_themselves_are_covered(jeans):
    jeans.labels[300:470, 190:194] = 0
    _, flow, layout = laid(jeans, WAIST)
    layout[...] = np.eye(4, dtype=np.float32)[GARMENT]
    narrow, wide = np.zeros((2, *jeans.labels.shape), bool)
    narrow[320:470, 191:193] = True
    np.testing.assert_array_equal(
        legs_apart(jeans, trousers(jeans, narrow), flow, layout, middle_of_legs(jeans)), layout
    )
    wide[320:440, 140:250] = True
    apart = legs_apart(jeans, trousers(jeans, wide), flow, layout, middle_of_legs(jeans))
    knees = jeans.pose.keypoints[list(KNEES)].round().astype(int)
    assert (apart[knees[:, 1], knees[:, 0], GARMENT] == 1).all()
    assert apart[knees[0, 1], 192, BACKGROUND] == 1


def test_below_hems_nothing_is_taken_for_a_gap(jeans):
    _, flow, layout = laid(jeans, WAIST)
    layout[...] = np.eye(4, dtype=np.float32)[GARMENT]
    layout[400:] = np.eye(4, dtype=np.float32)[BODY]
    gap = np.zeros(jeans.labels.shape, bool)
    gap[320:470, 182:202] = True
    apart = legs_apart(jeans, trousers(jeans, gap), flow, layout, middle_of_legs(jeans))
    np.testing.assert_array_equal(apart[400:], layout[400:])


def test_a_dip_in_a_waist_is_filled(jeans):
    alpha = np.zeros(jeans.labels.shape, np.float32)
    alpha[WAIST:470, 140:245] = 1
    bitten = alpha.copy()
    bitten[WAIST : WAIST + 9, 180:190] = 0
    whole = with_whole_edge(jeans, old_waist(jeans), layer_of(bitten)).alpha
    assert (whole[WAIST + 2 : WAIST + 10, 150:235] > 0.9).all()
    assert not whole[: WAIST - 4].any()


@pytest.mark.parametrize(("lower", "drawn"), [(14, True), (30, False)])
def test_a_waist_that_is_low_at_one_end_is_drawn_up_to_the_old_one_if_it_nearly_is_there(jeans, lower, drawn):
    alpha = np.zeros(jeans.labels.shape, np.float32)
    alpha[WAIST:470, 140:245] = 1
    alpha[WAIST : WAIST + lower, 212:245] = 0
    whole = with_whole_edge(jeans, old_waist(jeans), layer_of(alpha)).alpha
    assert (whole[WAIST + 4 : WAIST + 12, 222:236] > 0.9).all() == drawn
    assert not whole[: WAIST - 4].any()


def test_corners_beside_a_waist_are_cut(jeans):
    alpha = np.zeros(jeans.labels.shape, np.float32)
    alpha[WAIST:470, 120:265] = 1
    cut = with_whole_edge(jeans, old_waist(jeans), layer_of(alpha)).alpha
    assert not cut[WAIST : WAIST + 4, :125].any()
    assert not cut[WAIST : WAIST + 4, 261:].any()
    assert (cut[WAIST + 40 : 460, 124:261] > 0.9).all()


def test_a_waist_has_no_horns_at_its_ends(jeans):
    alpha = np.zeros(jeans.labels.shape, np.float32)
    alpha[WAIST:470, 140:245] = 1
    horned = alpha.copy()
    horned[WAIST - 12 : WAIST, 239:245] = 1
    trimmed = with_whole_edge(jeans, old_waist(jeans), layer_of(horned)).alpha
    assert not trimmed[: WAIST - 4].any()
    buckled = alpha.copy()
    buckled[WAIST - 12 : WAIST, 188:194] = 1
    assert with_whole_edge(jeans, old_waist(jeans), layer_of(buckled)).alpha[WAIST - 8, 190:192].all()


def test_beside_a_top_nothing_comes_out(jeans):
    labels = jeans.labels.copy()
    labels[200:WAIST, 140:245] = label("upper")
    hung, alpha = replace(jeans, labels=labels), np.zeros(labels.shape, np.float32)
    alpha[210:470, 130:255] = 1
    cut = with_whole_edge(hung, old_waist(hung), layer_of(alpha)).alpha
    assert not cut[: round(WAIST - OVERLAP * len(labels)) - 4].any()


def beside_leg(scene, away):
    """Trousers whose inner side lies `away` pixels from the middle of the left knee; the knee."""
    x, y = scene.pose.keypoints[KNEES[0]].round().astype(int)
    alpha = np.zeros(scene.labels.shape, np.float32)
    alpha[WAIST:400, x + away : x + 40] = 1
    return layer_of(alpha), x, y


def test_under_a_skirt_legs_are_where_trousers_show_them(jeans):
    """The joints are only guessed there: nothing is seen between both legs but the skirt."""
    _, flow, layout = laid(jeans, WAIST)
    layout[...] = np.eye(4, dtype=np.float32)[GARMENT]
    aside = np.zeros(jeans.labels.shape, bool)
    aside[320:470, 150:175] = True
    apart = legs_apart(jeans, trousers(jeans, aside), flow, layout, middle_of_legs(jeans))
    assert leg_shape(jeans.pose, CORE)[325:465, 155:170].all()
    assert (apart[325:465, 153:172, BACKGROUND] == 1).all()


def test_a_leg_does_not_come_out_beside_trousers(jeans):
    jeans.labels[300:470, 190:194] = 0
    layer, x, y = beside_leg(jeans, -4)
    core = leg_shape(jeans.pose, CORE)
    assert core[y - 10 : y + 10, x - 9 : x - 4].all()
    covered = over_legs(jeans, layer, np.ones(core.shape, bool), middle_of_legs(jeans)).alpha
    assert (covered[y - 10 : y + 10, x - 9 : x - 4] > 0.9).all()
    assert not covered[404:].any()


@pytest.mark.parametrize(("away", "nearby"), [(14, True), (-4, False)], ids=["beside", "far from cloth"])
def test_a_leg_is_not_drawn_into_trousers_that_it_is_not_in(jeans, away, nearby):
    layer, _, _ = beside_leg(jeans, away)
    everywhere = np.full(jeans.labels.shape, nearby)
    np.testing.assert_array_equal(
        over_legs(jeans, layer, everywhere, middle_of_legs(jeans)).alpha > 0.5, layer.alpha > 0.5
    )


def nothing_known(scene, edge=220):
    """Trousers whose upper edge is in the row `edge`, and a layout that expects nothing."""
    alpha = np.zeros(scene.labels.shape, np.float32)
    alpha[edge:470, 140:245] = 1
    return alpha, np.zeros((*scene.labels.shape, 4), np.float32)


def test_a_dress_reaches_down_to_trousers_that_end_a_little_lower(dressed):
    line = dress_line(dressed)
    row = int(np.ceil(line[192])) + 3
    top, _ = parted(dressed, old_waist(dressed), *nothing_known(dressed, row))
    assert (top.labels[130:row, 170:215] == label("upper")).all()
    assert (top.labels[row + 3 : 400, 140:245] == label("lower")).all()


def test_a_dress_becomes_a_top_that_hangs_over_the_waist(dressed):
    labels, _ = parted(dressed, old_waist(dressed), *nothing_known(dressed))
    line, column = dress_line(dressed), 192
    row = int(np.ceil(line[column]))
    assert (labels.labels[130:row, column] == label("upper")).all()
    assert (labels.labels[row:400, column] == label("lower")).all()
    assert not labels.of("dress").any()
    assert labels.regions is dressed.regions
    assert not old_garment(labels, "lower_body")[130 : row - 12, 160:225].any()


def test_the_corners_of_its_hem_are_round_and_the_wall_is_beside_them(dressed):
    top, layout = parted(dressed, old_waist(dressed), *nothing_known(dressed))
    radius = ROUND_HEM * shoulder_width(dressed.pose)
    hem, gone = int(np.ceil(dress_line(dressed)[140])), layout[..., BACKGROUND] == 1
    above = np.arange(len(gone))[:, None] < dress_line(dressed)
    np.testing.assert_array_equal(gone, dressed.of("dress") & top.of("lower") & above)
    assert gone[hem - 1, 140:142].all()
    assert gone[hem - round(radius / 2) : hem, 140].all()
    assert not gone[: hem - round(radius) - 3].any()
    assert not gone[:, 140 + round(radius) : 245 - round(radius)].any()
    np.testing.assert_array_equal(gone[:, 140:245], gone[:, 140:245][:, ::-1])


def test_the_waist_under_a_dress_is_that_of_the_body_and_hidden(dressed):
    labels = dressed.labels.copy()
    labels[130:400, 110:275] = label("dress")
    loose = replace(dressed, labels=labels)
    waist, half = old_waist(loose), GIRTH / 2 * shoulder_width(loose.pose)
    np.testing.assert_allclose(waist.ends, (192 - half, 192 + half), atol=1)
    assert waist.seen == (True, True)
    assert waist.hidden


def test_what_lies_above_the_old_waist_stays(jeans):
    labels = jeans.labels.copy()
    labels[210:WAIST, 140:146] = label("lower")
    spurred = replace(jeans, labels=labels)
    kept, _ = parted(spurred, old_waist(spurred), *nothing_known(spurred))
    assert not (kept.labels[210 : WAIST - 12, 140:146] == label("lower")).any()
    np.testing.assert_array_equal(kept.labels[WAIST:], labels[WAIST:])


def test_between_a_bare_arm_and_the_waist_it_is_the_wall(jeans):
    labels = jeans.labels.copy()
    labels[200:WAIST, 134:140] = label("lower")
    labels[180:WAIST, 110:134] = label("skin")
    gap = replace(jeans, labels=labels)
    assert gap.regions["right_arm"][200 : WAIST - 12, 130].all()
    found, _ = parted(gap, old_waist(gap), *nothing_known(gap))
    assert (found.labels[202 : WAIST - 12, 134:140] == label("background")).all()


def test_a_bib_is_part_of_the_trousers(jeans):
    labels = jeans.labels.copy()
    labels[150:WAIST, 145:190] = label("lower")
    bibbed, (alpha, layout) = replace(jeans, labels=labels), nothing_known(jeans)
    same, expected = parted(bibbed, old_waist(jeans), alpha, layout)
    assert same is bibbed
    assert expected is layout


def test_trousers_end_softly_at_the_smooth_hem_of_a_top(jeans):
    labels = jeans.labels.copy()
    labels[200:WAIST, 140:245] = label("upper")
    labels[WAIST : WAIST + 2, 140:245:8] = label("upper")
    alpha = np.zeros(labels.shape, np.float32)
    alpha[220:470, 140:245] = 1
    seen = under_tops(replace(jeans, labels=labels), painted(alpha)).alpha
    rows = (seen > 0.5)[:, 150:235].argmax(axis=0)
    assert np.ptp(rows) <= 1
    assert set(rows) <= {WAIST - 1, WAIST, WAIST + 1}
    assert not seen[:230, 150:235].any()


def test_the_alpha_is_nowhere_changed_where_no_top_is(jeans):
    alpha = np.random.default_rng(0).random(jeans.labels.shape, np.float32)
    alpha[: WAIST + 20] = 0
    np.testing.assert_allclose(under_tops(jeans, painted(alpha)).alpha, alpha, atol=1e-6)


def test_a_top_casts_its_shadow_on_what_it_hangs_over(jeans):
    light = under_tops(jeans, painted(np.ones(jeans.labels.shape, np.float32))).light
    assert 0.6 < light[201, 190] < 0.9
    assert (np.diff(light[201:260, 190]) > -1e-6).all()
    np.testing.assert_array_equal(light[260:], 1)


def test_a_waist_under_a_top_is_no_wider_than_the_top(jeans):
    labels, (height, width) = jeans.labels.copy(), jeans.labels.shape
    labels[200:WAIST, 140:245] = label("background")
    labels[130:WAIST, 144:241] = label("upper")
    alpha = np.zeros((height, width), np.float32)
    alpha[WAIST - 5 : 470, 136:249] = 1
    worn = replace(jeans, labels=labels)
    layer = GarmentLayer(np.zeros((height, width, 3), np.float32), alpha, alpha)
    whole = with_whole_edge(worn, old_waist(worn), layer).alpha
    assert not (whole[: WAIST + 1, :141] > 0.5).any()
    assert not (whole[: WAIST + 1, 244:] > 0.5).any()
    np.testing.assert_array_equal(whole[300:450] > 0.5, alpha[300:450] > 0.5)


def test_the_edge_of_a_waist_comes_to_the_old_one_as_it_is_but_for_a_buckle(jeans):
    outline, flow, layout = laid(jeans, WAIST)
    columns = np.arange(140, 245)
    wavy = WAIST + 4 * np.cos((columns - 140) / 104 * 3 * np.pi)
    for column, edge in zip(columns, wavy.round().astype(int), strict=True):
        outline[: edge - 1, column], outline[edge - 1 : 470, column] = 0, 1
    outline[WAIST - 20 : WAIST, 190:196] = 1
    moved, _ = at_waist(jeans, old_waist(jeans), outline, flow, layout)
    away = moved[WAIST, 150:235, 1] - wavy[10:95]
    assert np.abs(away).max() < 3
    assert np.abs(away).mean() < 1.2


def test_what_a_top_does_not_hide_rises_no_higher_than_the_old_waist(jeans):
    labels = jeans.labels.copy()
    labels[200:WAIST, 140:232] = label("upper")
    hung, alpha = replace(jeans, labels=labels), np.zeros(labels.shape, np.float32)
    alpha[WAIST - 5 : 470, 140:245] = 1
    cut = with_whole_edge(hung, old_waist(hung), layer_of(alpha)).alpha
    assert not (cut[: WAIST - 2, 236:] > 0.5).any()
    assert (cut[WAIST - 3, 160:220] > 0.5).all()
