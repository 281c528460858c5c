"""Smooth sides of trousers and skirts."""

from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import HIPS, SHOULDERS, middle, shoulder_width
from ml.flatgarment import FlatGarment
from ml.hemline import hems_of
from ml.layer import GarmentLayer
from ml.legsides import ARCH, BEGIN, LOOSE, TIGHT, with_smooth_sides
from ml.lowercut import between_legs
from ml.scene import Scene
from ml.sides import CORNER
from tests.ml.scenes import label

HEIGHT, WIDTH = 800, 600
WAIST, CROTCH, HEM = 380, 480, 760
LEFT, RIGHT, INNER = 200, 400, 20
"""Sides of the trousers, and half of the gap between their legs."""


@pytest.fixture
def scene(make_pose):
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    return Scene(np.zeros((HEIGHT, WIDTH, 3), np.uint8), labels, make_pose(HEIGHT, WIDTH))


def trousers(left=LEFT, right=RIGHT, inner=INNER):
    """Their outline, float32 (H, W): each side an int or (H,)."""
    rows, places = np.arange(HEIGHT)[:, None], np.arange(WIDTH)
    left, right, inner = (np.broadcast_to(side, HEIGHT)[:, None] for side in (left, right, inner))
    alpha = (rows >= WAIST) & (rows < HEM) & (places >= left) & (places < right)
    return np.float32(alpha & ((rows < CROTCH) | (np.abs(places - WIDTH / 2 + 0.5) >= inner)))


def smooth(scene, alpha, picture=None, category="lower_body"):
    """`alpha` with smooth sides, laid by the identity: its `picture` shows the same, or others."""
    outline = alpha if picture is None else picture
    gap = np.float32(between_legs(outline > 0.5))
    garment = FlatGarment(np.zeros((*alpha.shape, 3), np.uint8), outline, outline, gap=gap)
    flow = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in alpha.shape[::-1])), axis=-1)
    layer = GarmentLayer(np.zeros((*alpha.shape, 3), np.float32), alpha, alpha)
    return with_smooth_sides(scene, category, garment, flow, layer).alpha


def steady(scene):
    """Rows in which outer sides, and inner sides, are all line."""
    unit, end = shoulder_width(scene.pose), HEM - round(2 * CORNER * HEIGHT)
    hips = middle(scene.pose, HIPS)[1]
    return slice(round(hips + BEGIN * unit), end), slice(round(CROTCH + (ARCH + BEGIN) * unit), end)


def ends(alpha):
    """Where the right leg ends at the right, and begins at the left, (H,) each."""
    right = alpha[:, WIDTH // 2 :] > 0.5
    return WIDTH - right[:, ::-1].argmax(axis=1), WIDTH // 2 + right.argmax(axis=1)


def test_straight_sides_stay(scene):
    """But for their edges, which become soft."""
    np.testing.assert_allclose(smooth(scene, trousers()), trousers(), atol=0.26)


def test_teeth_go_on_all_four_sides(scene):
    teeth = 6 * (np.arange(HEIGHT) // 8 % 2)
    even = smooth(scene, trousers(LEFT + teeth, RIGHT - teeth, INNER + teeth))
    outer, inner = steady(scene)
    for leg in (even, even[:, ::-1]):
        np.testing.assert_allclose(ends(leg)[0][outer], RIGHT - 3, atol=1)
        np.testing.assert_allclose(ends(leg)[1][inner], WIDTH // 2 + INNER + 3, atol=1)


def test_a_slanting_side_goes_on_behind_a_hand(scene):
    rows = np.arange(HEIGHT)
    right = RIGHT + np.round(0.2 * (rows - WAIST)).astype(int)
    alpha, hand = trousers(right=right), slice(500, 560)
    fingers = slice(515, 560)
    wrist, knuckles = (right[500], 500), (right[550], 550)
    scene.pose.keypoints[[11, 13, 15]] = (430, 190), (430, 300), wrist
    scene.pose.keypoints[[17, 19, 21]] = knuckles
    for row in range(*hand.indices(HEIGHT)):
        alpha[row, right[row] - 15 :] = 0
        scene.labels[row, right[row] - 15 : right[row] + 15] = label("skin")
    even = smooth(scene, alpha)
    np.testing.assert_allclose(ends(even)[0][fingers], right[fingers], atol=1)


def test_a_bare_leg_that_is_covered_stays_covered(scene):
    leg = np.s_[560:600, 380 : RIGHT + 12]
    scene.labels[leg] = label("skin")
    alpha = trousers()
    alpha[leg] = 1
    assert (smooth(scene, alpha)[leg] > 0.7).all()


def test_a_bare_arm_beside_a_leg_stays_as_it_is(scene):
    alpha, arm = trousers(), np.s_[440:500, RIGHT - 8 : RIGHT + 30]
    scene.pose.keypoints[[11, 13, 15]] = (RIGHT, 190), (RIGHT + 10, 300), (RIGHT + 10, 520)
    scene.labels[arm] = label("skin")
    alpha[arm] = 0
    np.testing.assert_array_equal(smooth(scene, alpha)[arm], 0)


def test_the_hem_keeps_its_corners_and_the_gap_its_arch(scene):
    alpha = trousers()
    alpha[HEM - 8 : HEM, RIGHT - 8 :] = 0
    alpha[CROTCH - 10 : CROTCH, 290:310] = 0
    even = smooth(scene, alpha)
    np.testing.assert_allclose(even[HEM - 8 :, 310:], alpha[HEM - 8 :, 310:], atol=0.3)
    np.testing.assert_allclose(even[CROTCH - 20 : CROTCH + 10], alpha[CROTCH - 20 : CROTCH + 10], atol=0.3)


def test_the_corner_of_a_hem_moves_with_the_side_above_it(scene):
    """The leg is cut off aslant, and becomes wider."""
    alpha = trousers(right=RIGHT - 20)
    for above in range(8):
        alpha[HEM - 1 - above, RIGHT - 28 + above :] = 0
    moved = (ends(smooth(scene, alpha, trousers()))[0] - ends(alpha)[0])[HEM - 30 : HEM]
    assert moved[0] > 3
    np.testing.assert_array_equal(moved, moved[0])


def test_legs_that_touch_further_down_stay_together(scene):
    alpha = trousers()
    alpha[620:HEM, LEFT:RIGHT] = 1
    rows = np.arange(HEIGHT)[:, None]
    alpha[(rows >= CROTCH) & (rows < 620) & (np.abs(np.arange(WIDTH) - 299.5) < (620 - rows) / 7)] = 0
    assert (smooth(scene, alpha, trousers())[625 : HEM - 40, LEFT + 20 : RIGHT - 20] > 0.7).all()


def test_a_skirt_has_two_sides(scene):
    teeth = 6 * (np.arange(HEIGHT) // 8 % 2)
    even = smooth(scene, trousers(LEFT + teeth, RIGHT - teeth, 0))
    outer, _ = steady(scene)
    np.testing.assert_allclose(ends(even)[0][outer], RIGHT - 3, atol=1)
    np.testing.assert_array_equal(even[outer, LEFT + 10 : RIGHT - 10], 1)


def test_a_torn_corner_in_the_side_of_a_dress_goes(scene):
    alpha = trousers(inner=0)
    alpha[580:600, RIGHT : RIGHT + 15] = alpha[560:580, RIGHT : RIGHT + 8] = 1
    even = smooth(scene, alpha, category="dresses")
    outer, _ = steady(scene)
    np.testing.assert_allclose(ends(even)[0][outer], RIGHT, atol=2)


def dress(right=RIGHT):
    """Outline of a dress without sleeves, float32 (H, W), its right side an int or (H,)."""
    rows, places = np.arange(HEIGHT)[:, None], np.arange(WIDTH)
    right = np.broadcast_to(right, HEIGHT)[:, None]
    return np.float32((rows >= 180) & (rows < HEM) & (places >= LEFT) & (places < right))


def between(scene, low, high):
    """Row of the trunk at a share of the way from the shoulders, 0, to the hips, 1, in a slice."""
    shoulders, hips = (middle(scene.pose, pair)[1] for pair in (SHOULDERS, HIPS))
    return slice(*(round(float(shoulders + share * (hips - shoulders))) for share in (low, high)))


def test_the_side_of_a_dress_does_not_follow_the_hem_of_an_old_top(scene):
    alpha = dress()
    alpha[between(scene, 0.75, 0.85), RIGHT : RIGHT + 12] = 1
    even = smooth(scene, alpha, category="dresses")
    np.testing.assert_allclose(ends(even)[0][between(scene, 0.7, 1)], RIGHT, atol=2)


def test_a_bare_waist_that_a_dress_covers_stays_covered(scene):
    waist = between(scene, 0.75, 0.85)
    alpha = dress()
    alpha[waist, RIGHT : RIGHT + 12] = 1
    scene.labels[waist, LEFT : RIGHT + 12] = label("skin")
    scene.regions["torso"] = scene.labels == label("skin")
    even = smooth(scene, alpha, category="dresses")
    assert (even[waist, RIGHT : RIGHT + 11] > 0.5).all()


def test_a_dress_is_not_drawn_over_an_arm_that_comes_out_of_an_old_sleeve(scene):
    arm, alpha = between(scene, 0.6, 0.9), dress()
    nothing = np.zeros(alpha.shape, bool)
    bared = nothing.copy()
    bared[arm, RIGHT - 40 : RIGHT + 20] = True
    scene.arms["dresses"] = bared, nothing
    alpha[bared] = 0
    even = smooth(scene, alpha, category="dresses")
    assert (even[arm, RIGHT - 40 :] == 0).all()


def test_a_dress_keeps_its_waist(scene):
    rows, waist = np.arange(HEIGHT), np.mean(middle(scene.pose, HIPS)[1] - 0.25 * shoulder_width(scene.pose))
    wave = np.cos(2 * np.pi * (rows - waist) / (1.6 * shoulder_width(scene.pose)))
    right = np.round(RIGHT - 12 * wave).astype(int)
    even = smooth(scene, dress(right), category="dresses")
    inner = between(scene, 0.5, 1)
    np.testing.assert_allclose(ends(even)[0][inner], right[inner], atol=3)


def test_beside_a_sleeve_the_side_of_a_dress_stays(scene):
    arm, alpha = between(scene, 0.2, 0.7), dress()
    scene.regions["left_arm"] = np.zeros(alpha.shape, bool)
    scene.regions["left_arm"][arm, RIGHT + 5 : RIGHT + 50] = True
    alpha[arm, RIGHT + 5 : RIGHT + 50] = 1
    alpha[between(scene, 0.5, 0.6), RIGHT : RIGHT + 5] = 1
    even = smooth(scene, alpha, category="dresses")
    np.testing.assert_array_equal(even[: arm.stop - 1], alpha[: arm.stop - 1])


def test_without_a_garment_nothing_is_drawn(scene):
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    np.testing.assert_array_equal(smooth(scene, alpha), alpha)


def test_a_leg_is_no_wider_than_in_its_picture(scene):
    """The warp makes both legs wider, from the crotch on more and more."""
    rows = np.arange(HEIGHT)
    flare = np.round(0.2 * (rows - CROTCH).clip(0, None)).astype(int)
    even = smooth(scene, trousers(LEFT - flare, RIGHT + flare), trousers())
    slope = 0.1
    expected = WIDTH // 2 + INNER + LOOSE * (RIGHT - WIDTH // 2 - INNER) * np.hypot(1, slope)
    outer, _ = steady(scene)
    below = slice(CROTCH + 60, outer.stop)
    np.testing.assert_allclose(ends(even)[0][below], expected, atol=2)
    np.testing.assert_allclose(ends(even[:, ::-1])[0][below], expected, atol=2)


def test_a_leg_is_hardly_narrower_than_in_its_picture(scene):
    rows = np.arange(HEIGHT)
    taper = np.round(0.2 * (rows - CROTCH).clip(0, None)).astype(int)
    even = smooth(scene, trousers(LEFT + taper, RIGHT - taper), trousers())
    expected = WIDTH // 2 + INNER + TIGHT * (RIGHT - WIDTH // 2 - INNER) * np.hypot(1, 0.1)
    outer, _ = steady(scene)
    np.testing.assert_allclose(ends(even)[0][CROTCH + 120 : outer.stop], expected, atol=3)


def test_legs_that_do_not_hang_down_stay(scene):
    teeth = 6 * (np.arange(HEIGHT) // 8 % 2)
    alpha = trousers(LEFT + teeth, RIGHT - teeth)
    scene.pose.keypoints[25] = scene.pose.keypoints[23] + (100, 20)
    np.testing.assert_array_equal(smooth(scene, alpha), alpha)


def test_hips_behind_a_coat_tell_nothing_of_how_wide_legs_are(scene):
    rows = np.arange(HEIGHT)
    taper = np.round(0.2 * (rows - CROTCH).clip(0, None)).astype(int)
    alpha = trousers(LEFT + taper, RIGHT - taper)
    scene.labels[WAIST - 40 : CROTCH, RIGHT - 40 : RIGHT + 20] = label("outer")
    alpha[:CROTCH, RIGHT - 40 :] = 0
    outer, _ = steady(scene)
    below = slice(CROTCH + 60, outer.stop)
    np.testing.assert_allclose(
        ends(smooth(scene, alpha, trousers()))[0][below], ends(alpha)[0][below], atol=2
    )


def test_what_is_guessed_behind_a_bag_draws_no_side_outwards(scene):
    """The leg is laid far wider behind the bag than it is seen below it."""
    alpha, bag = trousers(), np.s_[450:600, RIGHT - 60 : RIGHT + 80]
    scene.labels[bag] = label("bag")
    alpha[bag] = 1
    np.testing.assert_allclose(ends(smooth(scene, alpha, trousers()))[0][605:700], RIGHT, atol=1)


@pytest.mark.parametrize("hems", [True, False])
def test_a_side_goes_on_to_the_corner_of_a_hem(scene, hems):
    """If the picture has one there: else what ends round stays round."""
    rows, places = np.arange(HEIGHT)[:, None], np.arange(WIDTH)
    alpha = trousers()
    low = (rows - (HEM - 12)).clip(0, 12)
    bent = 12 - np.sqrt(144.0 - low**2)
    alpha[(places < LEFT + bent) | (places >= RIGHT - bent)] = 0
    gap = np.float32(between_legs(trousers() > 0.5))
    garment = FlatGarment(np.zeros((*alpha.shape, 3), np.uint8), trousers(), trousers(), gap=gap)
    if hems:
        garment = replace(garment, hems=hems_of(trousers() > 0.5, gap))
    flow = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in alpha.shape[::-1])), axis=-1)
    layer = GarmentLayer(np.zeros((*alpha.shape, 3), np.float32), alpha, alpha)
    even = with_smooth_sides(scene, "lower_body", garment, flow, layer).alpha
    corner = even[HEM - 4 : HEM - 1, LEFT + 2]
    assert (corner > 0.5).all() if hems else not (corner > 0.5).any()
