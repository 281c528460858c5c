"""Sides of garments beside bare arms."""

import numpy as np
import pytest

from ml.scene import OLD_RIM, Scene
from ml.sides import BILLOW, BITE, FLARE, SLIT, SOFT, even_sides
from tests.ml.scenes import SKIN_COLOUR, label

HEIGHT, WIDTH = 1000, 600
SIDE, ARM = 400, 440
"""Where a shirt ends and the first column of the arm beside it."""
STEADY = slice(300, 600)
"""Rows of the shirt that are neither near its hem nor near the shoulders."""


@pytest.fixture
def worn(make_pose):
    """Somebody with a bare arm at either side, and the outline of a shirt on them."""
    pose = make_pose(HEIGHT, WIDTH)
    pose.keypoints[[11, 13, 15, 17, 19]] = (460, 160), (460, 330), (460, 500), (460, 560), (460, 570)
    pose.keypoints[[12, 14, 16, 18, 20]] = (140, 160), (140, 330), (140, 500), (140, 560), (140, 570)
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[180:700, ARM : ARM + 40] = labels[180:700, WIDTH - ARM - 40 : WIDTH - ARM] = label("skin")
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[170:680, WIDTH - SIDE : SIDE] = 1
    return Scene(np.full((HEIGHT, WIDTH, 3), SKIN_COLOUR, np.uint8), labels, pose), alpha


def ends(alpha):
    """Where the shirt ends at the right, (H,)."""
    return (alpha[:, WIDTH // 2 :] > 0.5).sum(axis=1) + WIDTH // 2


def test_an_even_side_stays_as_it_is(worn):
    scene, alpha = worn
    np.testing.assert_allclose(even_sides(scene, "upper_body", alpha), alpha, atol=1e-4)


@pytest.mark.parametrize("step", [-20, 20])
def test_bites_and_flaps_beside_an_arm_go_on_both_sides(worn, step):
    scene, alpha = worn
    rows, end = slice(400, 400 + round(BITE * HEIGHT)), SIDE + step
    alpha[rows, min(end, SIDE) : max(end, SIDE)] = step > 0
    alpha[rows, WIDTH - max(end, SIDE) : WIDTH - min(end, SIDE)] = step > 0
    even = even_sides(scene, "upper_body", alpha)
    np.testing.assert_array_equal(ends(even)[STEADY], SIDE)
    np.testing.assert_array_equal(ends(even[:, ::-1])[STEADY], SIDE)
    assert (alpha[:, : WIDTH // 2] > 0.5).any()


def test_a_slit_before_an_arm_is_closed_and_a_gap_is_not(worn):
    scene, alpha = worn
    slit = round(0.8 * SLIT * 320)
    alpha[170:680, SIDE : ARM - slit] = 1
    even = even_sides(scene, "upper_body", alpha)
    np.testing.assert_array_equal(ends(even)[STEADY], ARM)
    np.testing.assert_array_equal(ends(even[:, ::-1])[STEADY], SIDE)


def test_a_side_that_touches_an_arm_shows_no_wall_in_any_row(worn):
    """Its soft edge reaches the arm in every second row and ends a pixel before it in the others."""
    scene, alpha = worn
    alpha[170:680, SIDE : ARM - 1] = 1
    alpha[170:680:2, ARM - 1], alpha[171:680:2, ARM - 1] = 0.6, 0.4
    even = even_sides(scene, "upper_body", alpha)
    np.testing.assert_array_equal(even[STEADY, ARM - 3 : ARM], 1)
    assert not even[scene.of("skin")].any()


@pytest.mark.parametrize(("old", "under"), [("upper", OLD_RIM * HEIGHT), ("background", 0)])
def test_a_side_goes_on_under_the_rim_that_an_arm_has_beside_old_clothing(worn, old, under):
    scene, alpha = worn
    labels = scene.labels.copy()
    labels[170:680, WIDTH - ARM : ARM] = label(old)
    alpha[170:680, SIDE : ARM - 1] = 1
    alpha[170:680:2, ARM - 1] = 0.6
    even = even_sides(Scene(scene.photo, labels, scene.pose), "upper_body", alpha)
    above_the_hand = slice(STEADY.start, 450)
    np.testing.assert_array_equal(ends(even)[above_the_hand], ARM + under)
    np.testing.assert_array_equal(even[above_the_hand, ARM - 3 : ARM], 1)


def test_a_side_that_now_and_then_touches_an_arm_has_no_teeth(worn):
    """It nearly reaches it in every second row, and above there is a gap."""
    scene, alpha = worn
    alpha[400:600, SIDE : ARM - SOFT - 1] = 1
    alpha[400:600:2, ARM - SOFT - 1] = 1
    even = ends(even_sides(scene, "upper_body", alpha))[440:560]
    assert np.abs(np.diff(even)).max() <= 1
    assert even[60] == ARM


def test_a_spot_of_an_arm_in_a_gap_draws_no_dash_to_it(worn):
    scene, alpha = worn
    labels = np.zeros_like(scene.labels)
    labels[400:402, ARM], labels[500:502, SIDE + SOFT] = label("skin"), label("skin")
    spots = Scene(scene.photo, labels, scene.pose)
    np.testing.assert_array_equal(even_sides(spots, "upper_body", alpha), alpha)


def test_corners_and_arms_stay(worn):
    scene, alpha = worn
    alpha[640:680, 390:400] = 0
    even = even_sides(scene, "upper_body", alpha)
    np.testing.assert_array_equal(even[645:], alpha[645:])
    assert not even[scene.of("skin")].any()
    lower = even_sides(scene, "lower_body", alpha)
    np.testing.assert_array_equal(lower[:200], alpha[:200])


def test_without_arms_beside_it_a_side_stays(worn):
    scene, alpha = worn
    alpha[400:410, 380:400] = 0
    nobody = Scene(scene.photo, np.zeros_like(scene.labels), scene.pose)
    np.testing.assert_array_equal(even_sides(nobody, "upper_body", alpha), alpha)


def test_a_sleeve_that_hangs_beside_the_shirt_stays(worn):
    scene, alpha = worn
    alpha[170:400, SIDE : ARM + 30] = 1
    alpha[400:420, SIDE + 10 : ARM + 30] = 1
    even = even_sides(scene, "upper_body", alpha)
    np.testing.assert_array_equal(even[:420, SIDE + 10 :], alpha[:420, SIDE + 10 :])


def test_below_a_hand_a_side_goes_on_as_it_went_behind_it(worn):
    scene, alpha = worn
    wrist = int(np.flatnonzero(scene.regions["left_hand"].any(axis=1))[0])
    alpha[wrist + 60 : 950, 300 : ARM + 60] = 1
    even = even_sides(scene, "dresses", alpha)
    rows = np.arange(705, 950)
    along = rows - wrist
    expected = SIDE + along * (FLARE + BILLOW * along / 2 / 320)
    np.testing.assert_allclose(ends(even)[rows], np.minimum(expected, ARM + 60), atol=1.5)


def test_below_a_hand_a_side_is_as_wide_as_the_body(worn):
    scene, alpha = worn
    scene.labels[500:950, 300 : ARM + 20][scene.labels[500:950, 300 : ARM + 20] == 0] = label("lower")
    alpha[680:950, 300 : ARM + 60] = 1
    even = even_sides(Scene(scene.photo, scene.labels, scene.pose), "dresses", alpha)
    np.testing.assert_allclose(ends(even)[710:740], ARM + 20, atol=1)


def test_below_a_hand_the_side_of_a_wide_body_has_no_stairs(worn):
    """The old skirt grows wider by three columns at once, every forty rows."""
    scene, alpha = worn
    for row in range(500, 950):
        part = scene.labels[row, 300 : ARM + 10 + (row - 500) // 40 * 3]
        part[part == 0] = label("lower")
    alpha[680:950, 300 : ARM + 90] = 1
    even = even_sides(Scene(scene.photo, scene.labels, scene.pose), "dresses", alpha)
    side = even[:, WIDTH // 2 :].sum(axis=1)[720:900]
    assert np.abs(np.diff(side)).max() < 0.5


@pytest.mark.parametrize("hidden", [True, False], ids=["in a pocket", "seen"])
def test_a_hand_in_a_pocket_that_goes_does_not_end_in_the_air(worn, hidden):
    scene, alpha = worn
    labels, last, pocket = scene.labels.copy(), 549, ARM + 10
    labels[480:800, WIDTH // 2 : ARM] = label("lower")
    if hidden:
        labels[last + 1 : 800, ARM : ARM + 40] = 0
        labels[last + 1 : 800, ARM:pocket] = label("lower")
    alpha[170:680, SIDE : ARM - 10] = 1
    found = ends(even_sides(Scene(scene.photo, labels, scene.pose), "dresses", alpha))
    rows = np.arange(last + 1, 650)
    if hidden:
        np.testing.assert_allclose(found[rows], pocket - FLARE * (rows - last), atol=1)
        np.testing.assert_array_equal(found[535 : last + 1], ARM)
    else:
        assert (found[rows] <= ARM).all()


def test_below_a_sleeve_a_side_that_slants_goes_on_as_it_is(worn):
    """Whatever is seen of the arm above the sleeve."""
    scene, alpha = worn
    scene.labels[300:400][scene.labels[300:400] == label("skin")] = label("upper")
    alpha[300:400, WIDTH - ARM - 40 : ARM + 40] = 1
    for row in range(400, 680):
        alpha[row, SIDE + 30 - (row - 400) // 5 :] = 0
        alpha[row, SIDE : SIDE + 30 - (row - 400) // 5] = 1
    even = even_sides(scene, "upper_body", alpha)
    np.testing.assert_array_equal(ends(even)[400:408], ends(alpha)[400:408])
