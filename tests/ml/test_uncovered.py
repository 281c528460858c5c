"""What comes to light under old clothing, by the photo's own colours."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import HIPS, KNEES, SHOULDERS, arm_shape, below_waist, middle, shoulder_shape
from ml.layout import BACKGROUND, BODY, GARMENT
from ml.morphology import dilate
from ml.uncovered import leg_light, person_beside, uncovered
from tests.ml.scenes import JEANS, SKIN_COLOUR, WALL, box, label, median_at
from tests.ml.stubs import StubChests


def bared(scene):
    """The scene without its jumper, the person expected where their body is."""
    waist = box(scene.labels.shape, 0.38, 0.5, 0.62, 0.6)
    person = (scene.pose.segmentation > 0.5) | scene.of("lower") | waist
    layout = np.zeros((*person.shape, 4), np.float32)
    layout[..., BODY], layout[..., BACKGROUND] = person, ~person
    return uncovered(scene, "upper_body", layout)


def test_beside_the_new_garment_is_wall_and_not_skin(scene):
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[:] = (0.35, 0.6, 0.0, 0.05)
    rim = scene.of("upper") & ~dilate(scene.pose.segmentation > 0.5, 1)
    assert np.abs(median_at(uncovered(scene, "upper_body", layout), rim) - WALL).max() < 15


def test_beside_the_rim_of_a_garment_is_whoever_is_seen_without_it(scene):
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., GARMENT] = 0.6
    layout[:, :20, BACKGROUND], layout[:, 20:, BODY] = 0.4, 0.4
    person = person_beside(scene, "upper_body", layout)
    assert not person[:, :20].any()
    np.testing.assert_array_equal(person[:, 20:], 1)


def test_arms_get_the_persons_skin(scene):
    result = bared(scene)
    sleeve = scene.of("upper") & (scene.pose.segmentation > 0.5) & box(scene.labels.shape, 0.67, 0.3, 1, 0.46)
    inner = dilate(sleeve, -4)
    assert inner.any()
    hue = median_at(result, inner) / median_at(result, inner).sum()
    np.testing.assert_allclose(hue, np.array(SKIN_COLOUR) / sum(SKIN_COLOUR), atol=0.02)


def test_wall_is_wall(scene):
    beside = box(scene.labels.shape, 0.65, 0, 1, 1) & ~dilate(scene.pose.segmentation > 0.5, 1)
    rim = scene.of("upper") & beside & ~arm_shape(scene.pose, 0) & ~arm_shape(scene.pose, 1)
    assert rim.any()
    assert np.abs(median_at(bared(scene), rim) - WALL).max() < 15


def test_between_arm_and_trunk_the_wall_is_as_dark_as_it_is_there(scene):
    photo, background = scene.photo.copy(), scene.of("background")
    pocket = background & box(scene.labels.shape, 0.64, 0.49, 0.74, 0.56)
    assert pocket.sum() > 200
    photo[pocket] = np.uint8(np.array(WALL) * 0.85)
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., BACKGROUND] = 1
    seen = uncovered(replace(scene, photo=photo), "upper_body", layout)
    np.testing.assert_allclose(median_at(seen, dilate(pocket, -6)), np.array(WALL) * 0.85, atol=6)


def test_a_light_rim_of_the_old_garment_is_no_wall(scene):
    photo, rim = scene.photo.copy(), scene.of("background") & dilate(scene.of("upper"), 6)
    photo[rim] = np.uint8(np.array(WALL) + 30)
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., BACKGROUND] = 1
    seen = uncovered(replace(scene, photo=photo), "upper_body", layout)
    np.testing.assert_allclose(median_at(seen, rim & ~dilate(~scene.of("background"), 2)), WALL, atol=6)


def test_trousers_go_on_upwards_under_a_shorter_top(scene):
    gap = box(scene.labels.shape, 0.45, 0.525, 0.55, 0.545)
    assert below_waist(scene.pose)[gap].all()
    assert np.abs(median_at(bared(scene), gap) - JEANS).max() < 25


def test_trousers_stay_as_wide_as_they_are_seen_and_narrow_to_the_waist(scene):
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., BACKGROUND] = 1
    result, (height, width) = uncovered(scene, "upper_body", layout), scene.labels.shape
    hem, left = round(0.56 * height), round(0.36 * width)
    side = np.s_[hem : hem + 12, left + 2 : left + 6]
    assert np.abs(result[side] - JEANS).max() < 30
    under = [np.abs(result[row, : width // 2] - WALL).max(axis=1) < 30 for row in (hem + 6, hem - 8)]
    beside = [int(row[left - 5 :].sum()) for row in under]
    assert 0 < beside[1] - beside[0] < 0.1 * (width // 2 - left)


def test_the_chest_is_as_light_as_lit_skin_and_not_as_the_neck_in_shadow(scene):
    photo, labels = scene.photo.astype(float), scene.labels.copy()
    neck = box(labels.shape, 0.44, 0.18, 0.56, 0.25)
    labels[neck] = label("skin")
    shade = np.tile(np.linspace(40, 0, 16), labels.shape[1] // 16)
    skin = labels == label("skin")
    photo[skin] = (SKIN_COLOUR - np.broadcast_to(shade[:, None], photo.shape))[skin]
    photo[neck] = np.array(SKIN_COLOUR) - 40
    result = bared(replace(scene, photo=photo.astype(np.uint8), labels=labels))
    chest = middle(scene.pose, SHOULDERS).round().astype(int)
    column = result[chest[1] - 4 : chest[1] + 60, chest[0]] - SKIN_COLOUR
    assert column[0].max() < -25
    assert column[-1].min() > -10
    assert np.diff(column[:, 0]).max() < 3


def test_nobody_is_wider_without_clothes(scene):
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., BODY] = 1
    beside = scene.of("background") & ~dilate(~scene.of("background"), 8)
    assert np.abs(uncovered(scene, "upper_body", layout)[beside] - WALL).max() < 12


def test_a_gap_between_waist_and_arm_is_wall(scene):
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., BODY] = 1
    labels = scene.labels.copy()
    hips, width = middle(scene.pose, HIPS), labels.shape[1]
    rows = slice(round(float(hips[1])) - 20, round(float(hips[1])) + 40)
    labels[rows], gap = label("lower"), slice(round(0.7 * width), round(0.7 * width) + 7)
    labels[rows, gap] = label("background")
    result = uncovered(replace(scene, labels=labels), "lower_body", layout)
    inner = np.s_[rows.start + 10 : rows.stop - 10, gap.start + 2 : gap.stop - 2]
    assert np.abs(np.median(result[inner], axis=(0, 1)) - WALL).max() < 15


def test_shoulders_are_skin_whatever_the_layout_doubts(scene):
    layout, slopes = np.zeros((*scene.labels.shape, 4), np.float32), shoulder_shape(scene.pose)
    layout[..., BACKGROUND] = 1
    labels = np.where(slopes & scene.of("background"), label("upper"), scene.labels).astype(np.uint8)
    result = uncovered(replace(scene, labels=labels), "upper_body", layout)
    bared = dilate(slopes & (labels == label("upper")), -5)
    assert bared.sum() > 200
    assert np.abs(median_at(result, bared) - SKIN_COLOUR).max() < 15


def test_where_an_old_top_lies_on_the_shoulders_there_is_skin(scene):
    slope = np.zeros(scene.labels.shape, bool)
    slope[100:125, 225:240] = True
    assert not (shoulder_shape(scene.pose) & slope).all()
    labels = np.where(slope, np.uint8(label("upper")), scene.labels)
    layout = np.zeros((*labels.shape, 4), np.float32)
    layout[..., BACKGROUND] = 1

    result = uncovered(replace(scene, labels=labels), "upper_body", layout)

    assert np.abs(median_at(result, dilate(slope, -3)) - SKIN_COLOUR).max() < 30


def test_skin_of_the_neck_is_no_wall_whatever_the_layout_doubts(scene):
    neck = np.zeros(scene.labels.shape, bool)
    neck[99:104, 180:205] = True
    assert not (shoulder_shape(scene.pose) & neck).any()
    labels = scene.labels.copy()
    labels[90:123, 180:205] = label("skin")
    photo = np.where((labels == label("skin"))[..., None], np.uint8(SKIN_COLOUR), scene.photo)
    layout = np.zeros((*labels.shape, 4), np.float32)
    layout[..., BACKGROUND] = 1

    result = uncovered(replace(scene, photo=photo, labels=labels), "upper_body", layout)

    assert np.abs(median_at(result, neck) - SKIN_COLOUR).max() < 15


def test_bare_legs_are_round_below_the_hips_and_nothing_is_above(scene):
    person = np.zeros(scene.labels.shape, bool)
    person[:, 140:244] = True
    light = leg_light(scene.pose, person)
    knees = round(float(middle(scene.pose, KNEES)[1]))
    across = light[knees + 20]
    assert across[192] == pytest.approx(1, abs=0.01)
    assert across[141] < 0.9
    assert (np.diff(across[192:243]) <= 1e-3).all()
    assert (np.diff(across[141:192]) >= -1e-3).all()
    assert (light[: round(float(middle(scene.pose, HIPS)[1]))] == 1).all()


def test_a_belly_goes_on_in_its_own_tone_and_not_in_that_of_lighter_arms(scene):
    photo, labels = scene.photo.astype(float), scene.labels.copy()
    light = np.tile(np.linspace(0.6, 1, 16), labels.shape[1] // 16)[:, None]
    arms = labels == label("skin")
    photo[arms] = np.broadcast_to(light * SKIN_COLOUR, photo.shape)[arms]
    belly, skirt = box(labels.shape, 0.4, 0.4, 0.6, 0.46), box(labels.shape, 0.36, 0.46, 0.64, 0.7)
    labels[belly], labels[skirt] = label("skin"), label("lower")
    photo[belly] = dark = np.array(SKIN_COLOUR) * 0.75
    layout = np.zeros((*labels.shape, 4), np.float32)
    layout[..., BODY] = 1
    result = uncovered(replace(scene, photo=photo.astype(np.uint8), labels=labels), "lower_body", layout)
    assert np.abs(median_at(result, box(labels.shape, 0.46, 0.495, 0.54, 0.505)) - dark).max() < 10


def test_what_is_known_of_chests_is_asked_for_tops_and_dresses_alone(scene):
    class Asked(StubChests):
        calls = 0

        def expected(self, photo, skin, face, others, pose):
            self.calls += 1
            assert face.any()
            assert (skin[face]).all()
            return np.full_like(photo, (90, 60, 50)), np.ones(skin.shape, np.float32)

    chests, layout = Asked(), np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., BODY] = 1
    chest = box(scene.labels.shape, 0.45, 0.34, 0.55, 0.42)
    for category, expected in (("upper_body", (90, 60, 50)), ("dresses", (90, 60, 50))):
        result = uncovered(scene, category, layout, chests)
        assert np.abs(median_at(result, chest) - expected).max() < 12
    uncovered(scene, "lower_body", layout, chests)
    assert chests.calls == 2


@pytest.mark.parametrize(("name", "shown"), [("hair", WALL), ("skin", SKIN_COLOUR)])
def test_below_hair_is_wall_and_beside_a_neck_a_narrow_gap_is_none(scene, name, shown):
    labels, photo, column = (
        scene.labels.copy(),
        scene.photo.copy(),
        round(middle(scene.pose, SHOULDERS)[0]) + 60,
    )
    top, gap, across = int(scene.of("upper")[:, column].argmax()), 4, slice(column - 30, column + 31)
    labels[: top + 4, across] = label("background")
    photo[: top + 4, across] = WALL
    labels[top - 40 : top, across] = label(name)
    photo[top - 40 : top, across] = SKIN_COLOUR if name == "skin" else 20
    layout = np.zeros((*labels.shape, 4), np.float32)
    layout[..., BODY] = 1
    result = uncovered(replace(scene, labels=labels, photo=photo), "upper_body", layout)
    np.testing.assert_allclose(result[top + gap // 2, column], shown, atol=15)
