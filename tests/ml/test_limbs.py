"""Arms and hands cut out of what hangs beside them, and held before a new garment."""

from dataclasses import replace

import numpy as np
import pytest

from ml.compose import compose, hole_for
from ml.generator import Painted
from ml.layer import GarmentLayer
from ml.limbs import cut_out, hand_rim, held_in_front, limbs_before, share_before, slimmed, unmix
from ml.morphology import dilate
from ml.regions import body_regions
from ml.scene import OLD_RIM, Scene, bare_limb
from tests.ml.scenes import JEANS, NEW, SKIN_COLOUR, WALL, label

HEIGHT, WIDTH = 512, 384
YELLOW = (232, 220, 130)
LEFT, RIGHT, HIP = 250, 274, 243
"""First column of an arm, the first beyond it, and the first beyond the trousers."""
ROWS = slice(240, 330)
"""Where the arm hangs beside the trousers."""


@pytest.fixture
def hanging(pose):
    """The pose of somebody whose left arm hangs straight down."""
    points = pose.keypoints.copy()
    points[[11, 12, 13, 15, 17, 19]] = (262, 100), (152, 100), (262, 200), (262, 290), (262, 315), (262, 318)
    points[[14, 16, 18, 20]] = (100, 200), (90, 290), (90, 315), (90, 318)
    return replace(pose, keypoints=points)


def photo_and_labels(said, clothes=JEANS):
    """Trousers and a bare arm before a wall; `said`: the first column that is labelled as arm."""
    photo = np.full((HEIGHT, WIDTH, 3), WALL, np.uint8)
    photo[180:, 130:HIP], photo[110:345, LEFT:RIGHT] = clothes, SKIN_COLOUR
    photo = (photo + np.random.default_rng(0).integers(-3, 4, photo.shape)).astype(np.uint8)
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[180:, 130:HIP] = labels[180:345, HIP:said] = label("lower")
    labels[110:345, said:RIGHT] = label("skin")
    return photo, labels


@pytest.mark.parametrize("said", [LEFT - 4, LEFT + 3])
def test_an_arm_ends_where_its_colour_does_and_wall_is_wall(hanging, said):
    cut = cut_out(*photo_and_labels(said), hanging)[ROWS]
    assert (cut[:, LEFT + 1 : RIGHT] == label("skin")).all()
    assert (cut[:, HIP + 1 : LEFT - 1] == label("background")).all()
    assert (cut[:, 130 : HIP - 1] == label("lower")).all()


def test_what_is_not_near_an_arm_stays(hanging):
    photo, labels = photo_and_labels(LEFT - 4)
    labels[400:, 200:300] = label("dress")
    cut = cut_out(photo, labels, hanging)
    np.testing.assert_array_equal(cut[390:], labels[390:])
    np.testing.assert_array_equal(cut[:100], labels[:100])


def test_clothing_in_the_colour_of_skin_stays_as_it_was_labelled(hanging):
    photo, labels = photo_and_labels(LEFT - 4, SKIN_COLOUR)
    photo[labels == 0] = SKIN_COLOUR
    np.testing.assert_array_equal(cut_out(photo, labels, hanging), labels)


def test_a_sliver_of_a_top_beside_an_arm_is_none(hanging):
    photo, labels = photo_and_labels(LEFT)
    photo[180:, HIP:LEFT] = photo[180:, HIP - (LEFT - HIP) : HIP]
    labels[ROWS, LEFT - 2 : LEFT] = label("upper")
    cut = cut_out(photo, labels, hanging)[ROWS]
    assert not (cut == label("upper")).any()
    assert (cut[:, 130 : LEFT - 1] == label("lower")).all()


def test_a_sliver_of_trousers_in_the_gap_to_an_arm_is_none(hanging):
    photo, labels = photo_and_labels(LEFT + 6)
    photo[110:345, LEFT : LEFT + 6] = WALL
    labels[:, HIP : LEFT + 6] = 0
    photo[280:320, LEFT : LEFT + 2], labels[280:320, LEFT : LEFT + 2] = JEANS, label("lower")
    cut = cut_out(photo, labels, hanging)
    assert (cut[ROWS, HIP + 1 : LEFT + 5] == label("background")).all()
    assert (cut[ROWS, 130 : HIP - 1] == label("lower")).all()


def test_light_between_cloth_and_skin_is_none_of_the_skin(hanging):
    photo, labels = photo_and_labels(LEFT, YELLOW)
    photo[180:, HIP:LEFT] = photo[180:, HIP - (LEFT - HIP) : HIP]
    photo[ROWS, LEFT - 4 : LEFT] = np.float32(YELLOW) ** 2 / 255
    labels[ROWS, LEFT - 4 : LEFT] = label("skin")
    cut = cut_out(photo, labels, hanging)[ROWS]
    assert not (cut[10:-10, : LEFT - 1] == label("skin")).any()
    assert (cut[:, LEFT + 1 : RIGHT] == label("skin")).all()


def test_without_skin_or_clothes_nothing_happens(hanging):
    photo, labels = photo_and_labels(LEFT)
    for name in ("skin", "lower"):
        alone = np.where(labels == label(name), labels, 0).astype(np.uint8)
        np.testing.assert_array_equal(cut_out(photo, alone, hanging), alone)


def test_the_rim_of_a_hand_is_where_it_meets_what_is_no_limb():
    limbs, hands = np.zeros((1000, 100), bool), np.zeros((1000, 100), bool)
    limbs[100:900, 40:60], hands[800:900, 40:60] = True, True
    rim = hand_rim(limbs, hands)
    assert rim[810:890, [40, 41, 58, 59]].all()
    assert rim[898:900, 40:60].all()
    assert not rim[800:898, 42:58].any()
    assert not rim[:800].any()


def test_a_hand_is_held_without_the_colour_of_what_was_beside_it():
    photo = np.full((100, 100, 3), JEANS, np.float32)
    photo[:, 40:60], skin = SKIN_COLOUR, np.zeros((100, 100), bool)
    skin[:, 38:62] = True
    colours, share = held_in_front(photo, skin, skin, 2)
    assert np.abs(colours[share > 0] - SKIN_COLOUR).max() < 0.01
    np.testing.assert_allclose(share[20:80, 41:59], 1, atol=0.01)
    np.testing.assert_allclose(share[20:80, [37, 62]].mean(), 1 - share[20:80, [38, 61]].mean(), atol=0.01)
    assert not share[:, :36].any()
    assert not share[:, 64:].any()


def test_nothing_is_held_without_hands():
    nobody = np.zeros((50, 50), bool)
    colours, share = held_in_front(np.ones((50, 50, 3), np.float32), nobody, nobody, 2)
    assert not share.any()
    assert not colours.any()


def test_a_limb_is_as_wide_as_it_is_at_the_hand_and_slimmer_away_from_it():
    bare, hands = np.zeros((400, 60), bool), np.zeros((400, 60), bool)
    bare[50:350, 20:40], hands[300:350, 20:40] = True, True
    widths = slimmed(bare, hands, 4).sum(axis=1)
    assert (widths[300:340] == 20).all()
    assert (np.diff(widths[100:300]) >= 0).all()
    assert (widths[100:200] == 12).all()


def test_a_forearm_hangs_before_a_garment_but_not_in_its_sleeve(hanging):
    labels = photo_and_labels(LEFT)[1]
    regions, covered = body_regions(labels, hanging), np.zeros(labels.shape, bool)
    covered[:, :252] = True
    before = limbs_before(regions, hanging, covered)
    assert before[150:340, LEFT:RIGHT].all()
    covered[:260] = True
    before = limbs_before(regions, hanging, covered)
    assert before[275:340, LEFT:RIGHT].all()
    assert not before[:260].any()
    assert not before[labels != label("skin")].any()


def test_a_short_sleeve_that_ends_where_an_arm_comes_to_hang_is_before_it(hanging):
    labels = photo_and_labels(LEFT)[1]
    regions, covered = body_regions(labels, hanging), np.zeros(labels.shape, bool)
    hem = int(limbs_before(regions, hanging, covered).any(axis=1).argmax()) + 6
    covered[:hem] = True
    before = limbs_before(regions, hanging, covered)
    assert not before[covered].any()
    assert before[hem + 20 : 340, LEFT:RIGHT].all()


def test_between_a_forearm_and_a_wider_hand_is_no_gap(hanging):
    arm, hand = (np.zeros((HEIGHT, WIDTH), bool) for _ in range(2))
    arm[110:286, LEFT:RIGHT] = arm[286:300, LEFT + 7 : RIGHT - 7] = True
    hand[300:345, LEFT - 8 : RIGHT + 8] = True
    regions = {"left_arm": arm, "left_hand": hand, "right_arm": ~arm & False, "right_hand": ~arm & False}
    before = limbs_before(regions, hanging, np.zeros_like(arm))
    assert before[200:300][arm[200:300]].all()


def test_a_slender_wrist_hangs_before_a_garment_like_the_arm_above_it(hanging):
    rows, columns = np.arange(HEIGHT)[:, None], np.arange(WIDTH)
    limb = np.abs(columns - (LEFT + RIGHT) / 2) < np.interp(rows, (200, 260), (20, 6))
    arm, hand = limb & (rows >= 110) & (rows < 300), limb & (rows >= 300) & (rows < 345)
    regions = {"left_arm": arm, "left_hand": hand, "right_arm": ~arm & False, "right_hand": ~arm & False}
    covered = limb & ~dilate(limb, -2)
    before = limbs_before(regions, hanging, covered)
    np.testing.assert_array_equal(before[200:], (arm | hand)[200:])


def test_a_strip_of_wrist_between_cuff_and_hand_hangs_before_the_garment(hanging):
    rows, columns = np.arange(HEIGHT)[:, None], np.arange(WIDTH)
    limb = np.abs(columns - (LEFT + RIGHT) / 2) < np.interp(rows, (200, 260), (20, 6))
    arm, hand = limb & (rows >= 110) & (rows < 300), limb & (rows >= 300) & (rows < 345)
    regions = {"left_arm": arm, "left_hand": hand, "right_arm": ~arm & False, "right_hand": ~arm & False}
    before = limbs_before(regions, hanging, limb & (rows < 292))
    np.testing.assert_array_equal(before[296:], (arm | hand)[296:])
    assert not before[:294].any()


def test_the_part_of_a_limb_before_a_garment_begins_softly():
    bare = np.zeros((40, 20), bool)
    bare[:, 5:15] = True
    limb = bare & (np.arange(40)[:, None] >= 20)
    share = share_before(limb, bare, 4)
    assert not share[~bare].any()
    expected = np.concatenate([np.zeros(16), np.arange(1, 9) / 9, np.ones(16)])
    np.testing.assert_allclose(share[:, 5:15], np.repeat(expected[:, None], 10, axis=1), atol=1e-6)


def test_an_arm_too_thin_to_tell_is_in_its_sleeve(hanging):
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[150:280, 260:264] = label("skin")
    regions = body_regions(labels, hanging)
    assert not limbs_before(regions, hanging, np.ones(labels.shape, bool)).any()


@pytest.fixture
def dressed(hanging):
    """Somebody with a bare arm before trousers, with a rim half of their colour, and the picture of them in
    new ones that lie behind the arm.
    """
    photo, labels = photo_and_labels(LEFT)
    photo[180:400, 130:330] = JEANS
    photo[110:345, LEFT:RIGHT] = np.add(JEANS, SKIN_COLOUR) / 2
    photo[111:344, LEFT + 1 : RIGHT - 1] = SKIN_COLOUR
    labels[180:400, 130:330][labels[180:400, 130:330] == 0] = label("lower")
    scene = Scene(photo, labels, hanging)
    alpha = np.zeros(labels.shape, np.float32)
    alpha[180:400, 130:330] = 1
    alpha[dilate(bare_limb(scene, 0), -OLD_RIM * HEIGHT)] = 0
    colour = np.broadcast_to(np.array(NEW, np.float32), photo.shape)
    layer, mask = hole_for(scene, "lower_body", GarmentLayer(colour, alpha, alpha))
    painted = Painted(np.float32(photo), layer.alpha, np.ones_like(alpha))
    return scene, compose(scene, "lower_body", layer, mask, painted)


def test_no_rim_of_old_clothing_stays_around_a_limb(dressed):
    scene, result = dressed
    near = dilate(bare_limb(scene, 0), 3) & ~dilate(bare_limb(scene, 0), -4)
    near[:200], near[400:] = False, False
    share = np.clip(np.sum((result - np.array(NEW, float)) * np.subtract(SKIN_COLOUR, NEW), axis=2), 0, None)
    share = share / np.sum(np.square(np.subtract(SKIN_COLOUR, NEW)))
    between = NEW + share[..., None] * np.subtract(SKIN_COLOUR, NEW)
    assert np.abs(result - between)[near].max() < 8
    assert share[near].min() < 0.05
    assert share[near].max() > 0.95


def test_garments_cast_no_shadow_on_what_hangs_before_them(dressed):
    scene, result = dressed
    inner = dilate(bare_limb(scene, 0), -5)
    inner[:220] = False
    assert inner.sum() > 1000
    np.testing.assert_array_equal(result[inner], scene.photo[inner])


def test_the_rim_of_a_limb_beside_something_new_has_its_own_colour():
    bare, beside = np.zeros((2, 40, 40), bool)
    bare[:, 10:30], beside[:, 30:] = True, True
    photo = np.zeros((40, 40, 3), np.float32)
    photo[bare] = SKIN_COLOUR
    photo[:, [10, 29]] = 240
    own = photo.copy()
    unmix(own, bare, beside, 1.0)
    np.testing.assert_allclose(own[:, 29], np.broadcast_to(np.float32(SKIN_COLOUR), (40, 3)), atol=1e-3)
    np.testing.assert_array_equal(np.delete(own, 29, axis=1), np.delete(photo, 29, axis=1))
    unmix(own, bare, np.zeros_like(bare), 1.0)
    np.testing.assert_array_equal(np.delete(own, 29, axis=1), np.delete(photo, 29, axis=1))
