"""Light on a drawn person in a jumper: where it must be dark, and where nothing ends."""

import cv2
import numpy as np
import pytest

from ml.morphology import dilate
from ml.scene import arm_pixels
from ml.shading import (
    DARKEST,
    DEEP,
    DEEP_REACH,
    GREY,
    THROUGH,
    THROWN_BACK,
    cast_shadow,
    cloth_beside,
    form_light,
    in_gaps,
    in_shadow,
    lit,
    roundness,
    under_hands,
)
from tests.ml.scenes import box, label


@pytest.fixture
def dressed(scene):
    """Person, garment and limbs of the scene's jumper."""
    person = scene.labels != label("background")
    jumper = np.float32(scene.of("upper"))
    return scene.pose, person, jumper, arm_pixels(scene, "upper_body")


def mean(light, mask, where):
    return light[mask & box(mask.shape, *where)].mean()


def test_cloth_is_darker_where_it_turns_away_and_as_it_was_in_the_middle(dressed):
    light = form_light(*dressed)
    jumper = dressed[2] > 0.5

    assert np.median(light[jumper]) == pytest.approx(1, abs=0.01)
    assert light[jumper].min() > 1 - DARKEST - 0.1
    assert light[jumper].max() < 1 + DARKEST
    middle, side = (0.48, 0.4, 0.52, 0.45), (0.36, 0.4, 0.38, 0.45)
    assert mean(light, jumper, middle) > 1.15 * mean(light, jumper, side)


def test_a_hem_is_no_end_of_a_form(dressed):
    light = form_light(*dressed)

    assert mean(light, dressed[2] > 0.5, (0.48, 0.54, 0.52, 0.56)) == pytest.approx(
        mean(light, dressed[2] > 0.5, (0.48, 0.4, 0.52, 0.42)), rel=0.02
    )


def test_an_arm_before_the_trunk_has_a_form_of_its_own(dressed):
    pose, person, jumper, limbs = dressed
    light = form_light(pose, person, jumper, limbs)
    arm = limbs[0] & (jumper > 0.5) & box(person.shape, 0, 0.33, 1, 0.4)
    rim = arm & ~dilate(arm | ~person, -6)

    assert light[dilate(arm, -8)].mean() > 1.05 * light[rim].mean()


def test_the_size_of_the_photo_does_not_matter(dressed, make_pose):
    pose, person, jumper, limbs = dressed
    small = form_light(pose, person, jumper, limbs)
    large = [cv2.resize(np.float32(part), None, fx=2, fy=2) for part in (person, jumper, *limbs)]
    twice = form_light(make_pose(1024, 768), large[0] > 0.5, large[1], (large[2] > 0.5, large[3] > 0.5))

    inside = dilate(jumper > 0.5, -3)
    away = np.abs(cv2.resize(twice, small.shape[::-1], interpolation=cv2.INTER_AREA) - small)[inside]
    assert np.percentile(away, 99) < 0.02


def test_without_a_garment_light_changes_nothing(dressed):
    pose, person, jumper, limbs = dressed

    assert (form_light(pose, person, 0 * jumper, limbs) == 1).all()


def test_a_shadow_falls_below_an_edge():
    alpha = np.zeros((100, 60), np.float32)
    alpha[:50] = 1

    shadow = cast_shadow(alpha, 3.0)

    assert shadow[53, 30] < shadow[60, 30] <= shadow[90, 30] == 1


def test_cloth_lies_in_the_shadow_of_the_hand_before_it():
    hand, nothing = np.zeros((300, 200), bool), np.zeros((300, 200), bool)
    hand[120:160, 80:120] = True
    light = np.full((300, 200), 1.1, np.float32)

    shaded = under_hands(light, (hand, nothing))

    assert shaded[140, 78] < 1.04
    assert shaded[162, 100] < shaded[140, 78]
    far = ~dilate(hand, 14)
    np.testing.assert_array_equal(shaded[far], light[far])
    assert (light == np.float32(1.1)).all()


def test_cloth_darkens_what_it_touches_on_all_sides():
    alpha = np.zeros((100, 60), np.float32)
    alpha[:, :20] = 1

    shadow = cast_shadow(alpha, 3.0)[50]

    assert shadow[20] < 0.85
    assert (np.diff(shadow[20:32]) >= 0).all()
    assert shadow[32] == 1


def test_a_gap_in_a_garment_is_the_darker_the_narrower_it_is():
    unit, alpha = 200.0, np.ones((200, 300), np.float32)
    narrow, wide = slice(60, 68), slice(180, 240)
    alpha[:, narrow] = alpha[:, wide] = 0

    dark = in_gaps(alpha, unit)[100]

    # By the normal distribution four pixels to either side of twelve.
    assert unit * DEEP_REACH == 12
    assert dark[63] == pytest.approx(DEEP * (1 - 2 * 0.2611), abs=0.02)
    assert dark[210] == 0
    assert (dark[narrow] > dark[wide].max()).all()


def test_beside_an_edge_and_at_a_corner_nothing_is_dark():
    alpha = np.zeros((200, 300), np.float32)
    alpha[80:, 100:] = 1
    assert in_gaps(alpha, 200.0)[alpha == 0].max() < 0.01


@pytest.mark.parametrize(("cloth", "kept"), [((0, 0, 0), 0), ((255, 255, 255), 1), ((255, 0, 0), (1, 0, 0))])
def test_cloth_throws_light_back_into_its_own_shadow(cloth, kept):
    under, dark = np.full((1, 2, 3), 51, np.float32), np.float32([[0.5, 0]])
    shade = in_shadow(under, dark, np.float32(cloth))[0]
    factors = 1 - 0.5 * (1 - THROWN_BACK * (np.broadcast_to(kept, 3) + 0.2) / 2)
    np.testing.assert_allclose(shade, [51 * factors, (51, 51, 51)], rtol=1e-5)


def test_less_of_the_form_is_seen_in_sheer_cloth_and_under_the_light_of_the_old():
    believed = np.float32([0, 1])
    np.testing.assert_allclose(roundness(believed, sheer=False), [1, 0.5])
    np.testing.assert_allclose(roundness(believed, sheer=True), [THROUGH, THROUGH / 2])


def test_the_colour_of_cloth_goes_on_beside_it():
    alpha = np.zeros((128, 96), np.float32)
    alpha[:, :48] = 1
    colour = np.where(np.arange(96)[:, None] < 48, np.float32((255, 0, 51)), np.float32((9, 9, 9)))
    cloth = cloth_beside(np.broadcast_to(colour, (128, 96, 3)).copy(), alpha)
    np.testing.assert_allclose(cloth[64, 60], (255, 0, 51), atol=1)


def test_a_shadow_on_pale_cloth_has_more_of_its_colour_and_is_no_brighter():
    colours = np.float32([[[240, 175, 175], [128, 128, 128], [255, 0, 0]]])
    light = np.full((1, 3), 0.7, np.float32)
    shade = lit(colours, light)
    plain = 0.7 * colours
    np.testing.assert_allclose(cv2.transform(shade, GREY), cv2.transform(plain, GREY), rtol=1e-5)
    pink, grey, red = (shade - shade.min(axis=2, keepdims=True))[0].max(axis=1)
    assert pink > 1.3 * 0.7 * 65
    assert grey == pytest.approx(0, abs=1e-3)
    assert red == pytest.approx(0.7 * 255, rel=1e-5)


def test_in_full_light_cloth_is_as_it_is():
    colours = np.float32([[[240, 175, 175], [10, 200, 60]]])
    np.testing.assert_allclose(lit(colours, np.ones((1, 2), np.float32)), colours, rtol=1e-5)
