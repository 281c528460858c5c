import numpy as np
import pytest

from ml.skin import (
    LIMB_FALLOFF,
    LUMINANCE,
    MOST_TINT,
    TintLine,
    falloff,
    fill_skin,
    limb_shading,
    lit_tone,
    tinted,
    typical,
)

LIGHT, SHADOW = (200, 150, 130), (189, 141, 121)
EVERYWHERE = np.ones((96, 96), bool)


def test_typical_drops_jewels():
    photo = np.full((20, 20, 3), 150, np.float32)
    photo[3, 4] = (255, 255, 0)
    clean = typical(photo, np.ones((20, 20), bool))
    assert clean.sum() == 399
    assert not clean[3, 4]


def test_beards_and_glasses_are_no_skin_but_shine_is():
    photo = np.full((20, 20, 3), (120, 80, 60), np.float32)
    photo[:8] = (40, 38, 38)
    photo[0, :3] = (250, 244, 240)
    skin = tinted(photo, np.ones((20, 20), bool))
    assert skin[8:].all()
    assert skin[0, :3].all()
    assert skin[:8].sum() == 3
    assert not tinted(photo, np.zeros((20, 20), bool)).any()


def test_limbs_are_darker_at_the_rim():
    shading = limb_shading((40, 40), [(np.array([20.0, 5.0]), np.array([20.0, 35.0]), 8.0)])
    assert shading[20, 20] == 1
    assert shading[20, 27] == pytest.approx(1 - LIMB_FALLOFF * 49 / 64)
    assert shading[20, 35] == 1


def test_limbs_outside_the_photo_do_no_harm():
    limb = (np.array([-90.0, -80.0]), np.array([-60.0, -70.0]), 8.0)
    assert (limb_shading((40, 40), [limb]) == 1).all()


def test_skin_without_any_visible_skin_is_the_photo():
    photo = np.random.default_rng(0).random((16, 16, 3), np.float32)
    np.testing.assert_array_equal(fill_skin(photo, *np.zeros((2, 16, 16), bool), [], [], 5), photo)


def patches(*parts):
    """A 96 x 96 photo that is blue but for patches (left, top, colour) of 24 pixels, and where those are."""
    photo, skin = np.full((96, 96, 3), (0, 0, 255), np.float32), np.zeros((96, 96), bool)
    for left, top, colour in parts:
        photo[top : top + 24, left : left + 24] = colour
        skin[top : top + 24, left : left + 24] = True
    return photo, skin


def test_skin_takes_the_colour_of_the_skin_around():
    photo, skin = patches((0, 0, LIGHT))
    np.testing.assert_allclose(fill_skin(photo, skin, EVERYWHERE, [], [], 10)[70, 60], LIGHT, atol=1)


def test_skin_fades_from_the_shadow_beside_it_to_the_lit_tone():
    photo, skin = patches((36, 0, SHADOW), (0, 72, LIGHT), (72, 72, LIGHT))
    column = fill_skin(photo, skin, EVERYWHERE, [], [], 10)[24:72, 48]
    np.testing.assert_allclose(column[0], SHADOW, atol=3)
    np.testing.assert_allclose(column[-24], LIGHT, atol=3)
    assert (np.diff(column[:24, 0]) > 0).all()
    assert np.abs(np.diff(column[:24], axis=0)).max() < 1


def test_a_limb_has_its_own_tone_when_enough_of_it_is_seen():
    photo, skin = patches((0, 0, SHADOW), (48, 0, LIGHT), (72, 0, LIGHT))
    limb = np.zeros((96, 96), bool)
    limb[:, :40] = True
    np.testing.assert_allclose(fill_skin(photo, skin, EVERYWHERE, [limb], [], 8)[80, 8], SHADOW, atol=3)
    np.testing.assert_allclose(fill_skin(photo, skin, EVERYWHERE, [limb], [], 8)[80, 80], LIGHT, atol=3)
    np.testing.assert_allclose(fill_skin(photo, skin, EVERYWHERE, [limb], [], 25)[95, 5], LIGHT, atol=4)


def test_a_limb_of_which_nothing_is_seen_is_like_the_others_and_not_as_light_as_the_face():
    arm, leg = np.zeros((2, 96, 96), bool)
    arm[:, :24], leg[:, 72:] = True, True
    photo, skin = patches((36, 0, LIGHT), (0, 48, SHADOW))
    filled = fill_skin(photo, skin, EVERYWHERE, [arm, leg], [], 8)
    np.testing.assert_allclose(filled[90, 90], SHADOW, atol=2)
    np.testing.assert_allclose(filled[90, 48], LIGHT, atol=2)


def test_what_is_known_of_a_chest_holds_away_from_the_skin_beside_it():
    photo, skin = patches((36, 0, SHADOW), (0, 72, LIGHT), (72, 72, LIGHT))
    chest, worth = np.full((96, 96, 3), (150, 110, 90), np.float32), np.zeros((96, 96), np.float32)
    worth[:, 30:] = 1
    chest[:, 64:] = (120, 90, 70)
    filled = fill_skin(photo, skin, EVERYWHERE, [], [], 6, (chest, worth))
    np.testing.assert_allclose(filled[48, 70], (120, 90, 70), atol=1)
    np.testing.assert_allclose(filled[50, 8], (150, 110, 90), atol=1)
    np.testing.assert_allclose(filled[24, 50], SHADOW, atol=4)


def test_the_skin_beside_it_lends_its_light_but_hardly_its_tint():
    photo, skin = patches((36, 0, (105, 100, 95)))
    chest = np.full((96, 96, 3), (200, 150, 130), np.float32), np.ones((96, 96), np.float32)
    below = fill_skin(photo, skin, EVERYWHERE, [], [], 12, chest)[25, 48]
    assert below.sum() < 360
    change = np.log(below / (200, 150, 130))
    np.testing.assert_allclose(change - change @ (0.30, 0.59, 0.11), (-MOST_TINT, 0.02, MOST_TINT), atol=0.05)


def test_the_trunk_is_as_light_as_the_lighter_one_of_neck_and_arms():
    arm = np.zeros((96, 96), bool)
    arm[:, :24] = True
    for neck, bare in ((SHADOW, LIGHT), (LIGHT, SHADOW)):
        photo, skin = patches((36, 0, neck), (60, 0, neck), (0, 48, bare))
        filled = fill_skin(photo, skin, EVERYWHERE, [arm], [], 8)
        np.testing.assert_allclose(filled[80, 70], LIGHT, atol=2)
        np.testing.assert_allclose(filled[90, 4], bare, atol=4)


def test_skin_that_is_far_from_clothing_says_nothing_about_the_trunk():
    beside = EVERYWHERE.copy()
    beside[:, :30] = False
    photo, skin = patches((36, 0, SHADOW), (60, 0, SHADOW), (0, 60, LIGHT))
    filled = fill_skin(photo, skin, beside, [], [], 8)[60:, 40:]
    np.testing.assert_allclose(filled, np.broadcast_to(SHADOW, filled.shape), atol=1)


@pytest.mark.parametrize("tone", [(235, 205, 190), (190, 140, 115), (95, 62, 48)])
def test_lit_skin_is_neither_shadow_nor_shine(tone):
    shares = np.concatenate([np.full(300, 0.6), np.ones(600), np.full(40, 1.25)])
    np.testing.assert_allclose(lit_tone((shares[:, None] * tone).clip(0, 255)), tone, rtol=0.01)


def test_flat_light_stays_flat():
    photo, skin = patches((0, 0, LIGHT))
    limb = np.array([48.0, 40.0]), np.array([48.0, 90.0]), 20.0
    filled = fill_skin(photo, skin, EVERYWHERE, [], [limb], 5)
    assert np.ptp(filled[60], axis=0).max() < 1


def test_limbs_are_as_round_as_the_skin_that_is_seen():
    assert falloff(np.array([LIGHT] * 10, np.float32)) == 0
    seen = np.array(LIGHT) * np.linspace(0.8, 1, 101)[:, None]
    assert falloff(seen) == pytest.approx(1 - 0.84 / 0.965, abs=0.02)
    assert falloff(np.array(LIGHT) * np.linspace(0.1, 1, 101)[:, None]) == LIMB_FALLOFF


def test_a_tint_line_goes_through_the_tints_of_shadow_and_light():
    light = np.log(np.linspace(90, 200, 400))
    tint = np.array((0.2, -0.05, 0.0)) - (light - light.mean())[:, None] * (0.1, -0.02, 0.0)
    tint -= (tint @ LUMINANCE)[:, None]
    logs = light[:, None] + tint
    colours = np.exp(logs)
    # One pixel in ten is of something else.
    colours[::10] = (40, 200, 90)
    line = TintLine.of(colours)
    np.testing.assert_allclose(line.away(logs[25:380]), 0, atol=0.01)
    grey = np.log(np.full((3, 3), 150.0))
    nearest = np.abs(light - grey[0, 0]).argmin()
    np.testing.assert_allclose(line.away(grey), np.broadcast_to(tint[nearest], (3, 3)), atol=0.01)


def test_beyond_its_ends_a_tint_line_goes_on_level():
    colours = np.exp(np.linspace(4.5, 5.3, 200))[:, None] * np.array((1.2, 0.95, 0.8))
    line = TintLine.of(colours)
    there = line.away(np.full((1, 3), line.lightest))
    np.testing.assert_allclose(line.away(np.full((1, 3), line.lightest + 1)), there, atol=1e-6)
