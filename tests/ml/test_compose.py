from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.anatomy import HIPS, SHOULDERS, along_arm, arm_shape, middle, outer_side
from ml.compose import (
    ARM_MARGIN,
    BODY_DISCOUNT,
    ERASE_MARGIN,
    SEAM,
    compose,
    edit_mask,
    garment_share,
    hole_for,
    sleeves_on,
    with_arms_as_seen,
)
from ml.generator import Painted
from ml.layer import GarmentLayer
from ml.layout import BACKGROUND, BODY, FRONT, GARMENT
from ml.morphology import dilate
from ml.scene import OLD_RIM, Scene, arm_pixels, bare_limb, in_front
from ml.shading import lit
from ml.sleeves import SHOULDER_END, SLEEVE_STEPS, Sleeves, beyond_cuffs
from tests.ml.scenes import NEW, PAINT, SKIN_COLOUR, box, label, median_at


@pytest.fixture
def shirt(scene):
    """A green short top at its place in the photo."""
    alpha = box(scene.labels.shape, 0.34, 0.22, 0.66, 0.5).astype(np.float32)
    return GarmentLayer(np.broadcast_to(np.array(NEW, np.float32), (*alpha.shape, 3)).copy(), alpha, alpha)


def dressed(scene, category, layer, light=1.0, paint=PAINT):
    """The scene with the layer on, and the mask; what is painted is all of one colour."""
    layer, mask = hole_for(scene, category, layer)
    colours = np.where(mask[..., None], np.array(paint, np.float32), scene.photo)
    painted = Painted(colours, layer.alpha, np.full(mask.shape, light, np.float32))
    return compose(scene, category, layer, mask, painted), mask


@pytest.mark.parametrize("category", ["upper_body", "lower_body", "dresses"])
def test_nothing_changes_outside_the_mask(scene, shirt, category):
    result, mask = dressed(scene, category, shirt)
    np.testing.assert_array_equal(result[~mask], scene.photo[~mask])
    assert (result[mask] != scene.photo[mask]).any()


@pytest.mark.parametrize("category", ["upper_body", "lower_body", "dresses"])
def test_face_hair_and_hands_are_never_in_the_mask(scene, shirt, category):
    _, mask = dressed(scene, category, shirt)
    parts = [scene.regions[name] for name in ("face", "left_hand", "right_hand")]
    for protected in (*parts, scene.of("hair")):
        assert protected.any()
        assert not (mask & protected).any()


def test_no_pixel_of_the_old_garment_is_left(scene, shirt):
    result, _ = dressed(scene, "upper_body", shirt)
    redness = result[..., 0].astype(int) - result[..., 1:].max(axis=-1)
    assert redness[scene.of("upper")].max() < 120


@pytest.mark.parametrize("light", [1.0, 0.8])
def test_the_new_garment_is_where_its_layer_is_in_the_light_it_is_given(scene, shirt, light):
    result, _ = dressed(scene, "upper_body", shirt, light)
    inner = dilate(shirt.alpha > 0.5, -20)
    shown = lit(np.float32([[NEW]]), np.float32([[light]]))[0, 0]
    np.testing.assert_allclose(median_at(result, inner), shown, atol=1)


def test_where_the_old_garment_was_is_what_is_painted(scene, shirt):
    result, _ = dressed(scene, "upper_body", shirt)
    bared = scene.of("upper") & ~dilate(shirt.alpha > 0, 20)
    assert bared.any()
    assert np.abs(median_at(result, bared) - PAINT).max() < 8


def test_through_a_sheer_garment_is_seen_what_is_under_it(scene, shirt):
    middle = box(scene.labels.shape, 0.45, 0.3, 0.55, 0.4)
    sheer = replace(shirt, opacity=np.full(shirt.alpha.shape, 0.75, np.float32))
    opaque, through = (median_at(dressed(scene, "upper_body", layer)[0], middle) for layer in (shirt, sheer))
    # Thin cloth, too, shades what lies under it a little.
    shaded = (through - 0.75 * opaque) / 0.25 / PAINT
    assert ((shaded > 0.65) & (shaded < 0.9)).all()


def test_beside_the_old_garment_skin_that_looks_like_skin_stays(scene, shirt):
    almost = tuple(value - 6 for value in SKIN_COLOUR)
    result, mask = dressed(scene, "upper_body", shirt, paint=almost)
    seam = dilate(scene.of("upper"), SEAM * ERASE_MARGIN * len(mask))
    beside = mask & scene.of("skin") & ~dilate(shirt.alpha > 0, 20) & ~seam
    assert beside.any()
    assert np.abs(result[beside].astype(int) - scene.photo[beside]).mean() < 1


def test_skin_goes_over_gently_into_what_is_painted(scene, shirt):
    almost = tuple(value - 40 for value in SKIN_COLOUR)
    result, _ = dressed(scene, "upper_body", shirt, paint=almost)
    away = cv2.distanceTransform(np.uint8(~scene.of("upper")), cv2.DIST_L2, 5)
    skin = scene.of("skin") & ~dilate(shirt.alpha > 0, 20) & ~dilate(scene.of("background"), 4)
    change = scene.photo.astype(float) - result
    steps = [change[skin & (away > step) & (away <= step + 1)].mean() for step in range(7)]
    # Right beside the old garment the skin has its colour, and goes.
    assert 39 < steps[1] < steps[0] + 0.5 < 41
    assert np.diff(steps[1:5]).max() < -1
    assert steps[5] < 5


def test_no_shadow_falls_on_the_wall_that_comes_to_light(scene, shirt):
    someone = box(scene.labels.shape, 0.4, 0, 0.6, 1).astype(np.float32)
    layer = replace(shirt, alpha=shirt.alpha * someone, person=someone)
    result, _ = dressed(scene, "upper_body", layer)
    wall = dilate(scene.of("upper"), -2) & (someone == 0)
    assert wall.any()
    assert np.abs(result[wall].astype(int) - PAINT).max() <= 1
    below = scene.of("upper") & (someone > 0) & box(wall.shape, 0.42, 0.505, 0.58, 0.51)
    assert result[below].mean() < 0.97 * np.mean(PAINT)


def test_the_wall_in_a_narrow_gap_of_a_garment_is_in_its_shade(scene, shirt):
    gap = box(scene.labels.shape, 0.495, 0, 0.505, 0.45)
    cloth = np.where(gap, 0, shirt.alpha).astype(np.float32)
    on_wall, on_skin = (
        dressed(scene, "upper_body", replace(shirt, alpha=cloth, person=person))[0].mean(axis=2)
        for person in (cloth, np.ones_like(cloth))
    )
    middle, side = box(gap.shape, 0.49, 0.35, 0.51, 0.4) & gap, box(gap.shape, 0.2, 0.35, 0.3, 0.4)
    paint = np.mean(PAINT)
    assert 0.5 * paint < on_wall[middle].mean() < 0.75 * paint
    assert (on_wall[side] == dressed(scene, "upper_body", shirt)[0].mean(axis=2)[side]).all()
    # Where somebody is in the gap their own shadow falls, and no other.
    assert on_skin[middle].mean() > 0.75 * paint


def test_the_wall_under_a_sheer_garment_is_in_no_shade(scene, shirt):
    sheer = replace(shirt, opacity=np.full_like(shirt.alpha, 0.8), person=0 * shirt.alpha)
    result, _ = dressed(scene, "upper_body", sheer)
    middle = box(scene.labels.shape, 0.45, 0.35, 0.55, 0.4)
    np.testing.assert_allclose(
        result[middle].mean(axis=0), 0.8 * np.array(NEW) + 0.2 * np.array(PAINT), atol=1
    )


def test_a_bare_arm_beside_a_skirt_stays_as_it_is(scene, shirt):
    labels = scene.labels.copy()
    arms = (labels == label("upper")) & ~box(labels.shape, 0.36, 0, 0.64, 1)
    labels[arms] = np.where(scene.pose.segmentation[arms] > 0.5, label("skin"), 0)
    labels[box(labels.shape, 0.24, 0.45, 0.76, 0.6) & (labels == 0)] = label("lower")
    photo = scene.photo.copy()
    photo[labels == label("skin")] = SKIN_COLOUR
    scene = replace(scene, photo=photo, labels=labels)
    paint = tuple(value - 30 for value in SKIN_COLOUR)
    far = replace(shirt, alpha=box(labels.shape, 0.45, 0.5, 0.55, 0.9).astype(np.float32))
    result, mask = dressed(scene, "lower_body", far, paint=paint)
    arm = (bare_limb(scene, 0) | bare_limb(scene, 1)) & mask & ~dilate(~scene.of("skin"), 3)
    assert arm.sum() > 50
    np.testing.assert_array_equal(result[arm], photo[arm])


def test_the_rim_of_a_top_keeps_its_colours_over_trousers(scene, shirt):
    trousers = replace(shirt, alpha=np.zeros_like(shirt.alpha))
    result, mask = dressed(scene, "lower_body", trousers)
    top = scene.of("upper")
    rim = top & mask & ~in_front(scene, "lower_body")
    assert rim.any()
    np.testing.assert_array_equal(result[top], scene.photo[top])


def test_mask_is_around_old_and_new_and_never_in_front():
    old, front = np.zeros((100, 80), bool), np.zeros((100, 80), bool)
    alpha = np.zeros((100, 80), np.float32)
    old[40:50, 30:40], alpha[60:70, 30:40], front[:45] = True, 1, True
    mask = edit_mask(old, alpha, front)
    assert mask[46, 35]
    assert mask[65, 35]
    assert not mask[:45].any()
    assert not mask[:, 60:].any()


@pytest.fixture
def sleeveless(scene):
    """The drawn person with bare arms."""
    bare = (scene.pose.segmentation > 0.5) & ~box(scene.labels.shape, 0.34, 0, 0.66, 1)
    labels = np.where(bare, label("skin"), scene.labels).astype(np.uint8)
    labels[~bare & ~box(scene.labels.shape, 0.36, 0, 0.64, 1) & scene.of("upper")] = label("background")
    return Scene(scene.photo, labels, scene.pose)


def test_bare_arms_end_where_the_photo_says(sleeveless):
    arm, labels = bare_limb(sleeveless, 0), sleeveless.labels.copy()
    points = np.argwhere(np.ones(labels.shape, bool))[:, ::-1]
    inner = ~outer_side(sleeveless.pose, 0, points).reshape(labels.shape)
    forearm = (along_arm(sleeveless.pose, 0, points) > 1.1).reshape(labels.shape)
    labels[dilate(arm, 6) & ~arm & inner] = label("upper")
    layout = np.zeros((*labels.shape, 4), np.float32)
    layout[..., GARMENT], layout[..., FRONT] = 0.9, 0.1
    layout[dilate(arm | bare_limb(sleeveless, 1), 10)] = (0, 0.25, 0.75, 0)
    worn = Scene(sleeveless.photo, labels, sleeveless.pose)
    seen = with_arms_as_seen(worn, "upper_body", layout)
    share, sure = garment_share(worn, sleeves_on(worn, "upper_body", seen))
    rim = dilate(labels == label("upper"), OLD_RIM * len(labels))
    skin = worn.regions["left_arm"] & forearm
    assert not share[skin & ~rim].any()
    assert (skin & rim).any()
    assert (share[skin & rim] > 0.9).all()
    assert not sure[skin].any()
    beside = dilate(arm, 6) & (labels == label("upper")) & forearm & ~in_front(worn, "upper_body")
    assert beside.any()
    np.testing.assert_allclose(share[beside], 1, atol=0.01)


def test_the_rim_of_an_arm_before_a_bare_waist_is_covered(sleeveless):
    layout = np.zeros((*sleeveless.labels.shape, 4), np.float32)
    layout[..., GARMENT], layout[..., FRONT] = 0.5, 0.5
    labels = sleeveless.labels.copy()
    labels[box(labels.shape, 0.2, 0.35, 0.8, 0.5)] = label("skin")
    worn = Scene(sleeveless.photo, labels, sleeveless.pose)
    share, _ = garment_share(worn, sleeves_on(worn, "upper_body", layout))
    middle = box(labels.shape, 0.2, 0.4, 0.8, 0.45)
    rim = middle & worn.regions["left_arm"] & dilate(worn.regions["torso"], OLD_RIM * len(labels))
    assert rim.any()
    np.testing.assert_allclose(share[rim], 1)


def test_no_garment_is_laid_on_a_hand_that_hangs_before_the_wall(sleeveless):
    layout = np.zeros((*sleeveless.labels.shape, 4), np.float32)
    layout[..., GARMENT] = 1
    share, sure = garment_share(sleeveless, sleeves_on(sleeveless, "upper_body", layout))
    hand = sleeveless.regions["left_hand"]
    assert hand.any()
    assert not share[hand].any()
    assert not sure[hand].any()


def test_shares_go_over_from_above_to_below_the_shoulders_without_a_step(scene):
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., GARMENT], layout[..., BODY] = 0.3, 0.7
    nobody = Scene(scene.photo, np.zeros_like(scene.labels), scene.pose)
    column = garment_share(nobody, sleeves_on(nobody, "upper_body", layout))[0][:, 0]
    assert column[0] == pytest.approx(0.3 / (1 - 0.7 * BODY_DISCOUNT[0]))
    waist = round(float(middle(scene.pose, SHOULDERS)[1] + middle(scene.pose, HIPS)[1])) // 2
    assert column[waist] == pytest.approx(0.3 / (1 - 0.7 * BODY_DISCOUNT[1]))
    assert column[-1] == pytest.approx(0.3 / (1 - 0.7 * BODY_DISCOUNT[2]))
    assert np.abs(np.diff(column)).max() < 0.02


def test_a_layout_has_no_arm_beside_the_one_in_the_photo(sleeveless):
    layout = np.zeros((*sleeveless.labels.shape, 4), np.float32)
    layout[..., FRONT], layout[..., GARMENT], layout[..., BACKGROUND] = 0.6, 0.3, 0.1
    seen = with_arms_as_seen(sleeveless, "upper_body", layout)
    np.testing.assert_allclose(seen.sum(axis=2), 1, rtol=1e-5)
    points = np.argwhere(np.ones(layout.shape[:2], bool))[:, ::-1]
    for side in range(2):
        arm = bare_limb(sleeveless, side)
        np.testing.assert_array_equal(seen[arm], layout[arm])
        outer = outer_side(sleeveless.pose, side, points).reshape(arm.shape)
        near = dilate(arm, 0.9 * ARM_MARGIN * len(arm)) & ~arm & ~in_front(sleeveless, "upper_body")
        forearm = (along_arm(sleeveless.pose, side, points) > 1).reshape(arm.shape)
        assert (near & ~outer & forearm).any()
        np.testing.assert_allclose(seen[near & ~outer & forearm][:, GARMENT], 0.75, atol=0.01)
        np.testing.assert_array_equal(seen[near & outer], layout[near & outer])


def test_around_sleeves_an_arm_is_where_the_layout_expects_it(scene):
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., FRONT], layout[..., GARMENT] = 0.6, 0.4
    seen = with_arms_as_seen(scene, "upper_body", layout)
    sleeves = dilate((arm_shape(scene.pose, 0) | arm_shape(scene.pose, 1)) & scene.of("upper"), 5)
    np.testing.assert_array_equal(seen[sleeves], layout[sleeves])


def test_cloth_beside_a_bare_arm_hides_no_arm(sleeveless):
    rows, columns = np.nonzero(arm_shape(sleeveless.pose, 0))
    trunk = np.zeros(sleeveless.labels.shape, bool)
    inner = ~outer_side(sleeveless.pose, 0, np.stack([columns, rows], axis=1))
    trunk[rows[inner], columns[inner]] = True
    trunk &= sleeveless.pose.segmentation < 0.5
    along = along_arm(sleeveless.pose, 0, np.stack([columns, rows], axis=1))
    labels = np.where(trunk, label("upper"), sleeveless.labels).astype(np.uint8)
    moved = Scene(sleeveless.photo, labels, sleeveless.pose)
    covered = arm_pixels(moved, "upper_body")[0] & trunk
    shoulder = np.zeros_like(trunk)
    shoulder[rows[along < 0.25], columns[along < 0.25]] = True
    assert trunk.sum() > 200
    assert not (covered & ~shoulder).any()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0.3, 1.9), st.integers(0, 99))
def test_a_wavering_layout_still_ends_a_sleeve_once(pose, sleeve, seed):
    labels = np.where(pose.segmentation > 0.5, label("skin"), 0).astype(np.uint8)
    scene = Scene(np.full((*labels.shape, 3), 120, np.uint8), labels, pose)
    arm = scene.regions["left_arm"]
    rows, columns = np.nonzero(arm)
    along = along_arm(pose, 0, np.stack([columns, rows], axis=1))
    garment = (along < sleeve) ^ (np.random.default_rng(seed).random(len(along)) < 0.2)
    layout = np.zeros((*labels.shape, 4), np.float32)
    layout[rows, columns, GARMENT], layout[rows, columns, FRONT] = garment, ~garment
    arms = arm_pixels(scene, "upper_body")
    bare = Sleeves(pose, arms, layout).bare[rows, columns]
    decided = along > SHOULDER_END + 1 / SLEEVE_STEPS
    end = along[bare & decided].min(initial=2)
    assert end == pytest.approx(sleeve, abs=0.15)
    assert not bare[decided & (along < end - 1 / SLEEVE_STEPS)].any()
    assert bare[decided & (along > end + 1 / SLEEVE_STEPS)].all()


@pytest.mark.parametrize(("part", "bare"), [(GARMENT, False), (FRONT, True)])
def test_long_sleeves_cover_and_no_sleeves_bare_the_whole_arm(pose, part, bare):
    labels = np.where(pose.segmentation > 0.5, label("skin"), 0).astype(np.uint8)
    scene = Scene(np.full((*labels.shape, 3), 120, np.uint8), labels, pose)
    layout = np.zeros((*labels.shape, 4), np.float32)
    layout[..., part] = 1
    arms = arm_pixels(scene, "upper_body")
    sleeves = Sleeves(pose, arms, layout)
    assert sleeves.end == (0 if bare else pytest.approx(2, abs=2 / SLEEVE_STEPS))
    assert np.array_equal(sleeves.bare, (arms[0] | arms[1]) & bare)


def test_no_arms_no_bare_arms(scene):
    nobody = Scene(scene.photo, np.zeros_like(scene.labels), scene.pose)
    layout = np.zeros((*scene.labels.shape, 4))
    arms = arm_pixels(nobody, "upper_body")
    sleeves = Sleeves(scene.pose, arms, layout)
    assert sleeves.end == 0
    assert not sleeves.bare.any()


def test_the_trunk_of_a_wide_top_over_the_forearm_makes_no_long_sleeve(pose):
    labels = np.where(pose.segmentation > 0.5, label("skin"), 0).astype(np.uint8)
    scene = Scene(np.full((*labels.shape, 3), 120, np.uint8), labels, pose)
    arms = arm_pixels(scene, "upper_body")
    layout = np.zeros((*labels.shape, 4), np.float32)
    for side, arm in enumerate(arms):
        points = np.argwhere(arm)[:, ::-1]
        columns, rows = points.T
        covered = (along_arm(pose, side, points) < 0.5) | ~outer_side(pose, side, points)
        layout[rows, columns, GARMENT], layout[rows, columns, FRONT] = covered, ~covered
    assert Sleeves(pose, arms, layout).end == pytest.approx(0.5, abs=2 / SLEEVE_STEPS)


def test_wide_cuffs_end_where_the_sleeves_end(pose):
    labels = np.where(pose.segmentation > 0.5, label("skin"), 0).astype(np.uint8)
    scene = Scene(np.full((*labels.shape, 3), 120, np.uint8), labels, pose)
    arms, wall = arm_pixels(scene, "upper_body"), scene.of("background")
    beyond = beyond_cuffs(pose, arms, wall, 0.5)
    assert beyond.any()
    assert not (beyond & ~wall).any()
    for side in range(2):
        shoulder, elbow, wrist = pose.keypoints[[11 + side, 13 + side, 15 + side]]
        away = np.sign(shoulder - pose.keypoints[12 - side])[0] * np.array([0.03 * len(labels), 0])
        below, above = np.round(
            [(elbow + wrist) / 2 + away, shoulder + 0.3 * (elbow - shoulder) + away]
        ).astype(int)
        assert beyond[below[1], below[0]] or not wall[below[1], below[0]]
        assert not beyond[above[1], above[0]]
    assert not beyond_cuffs(pose, arms, wall, 0.0).any()


def test_a_new_sleeve_covers_the_arm_in_the_old_one_as_far_as_it_reaches(scene):
    layout = np.zeros((*scene.labels.shape, 4), np.float32)
    layout[..., GARMENT] = 1
    places = []
    for side in range(2):
        rows, columns = np.nonzero(arm_shape(scene.pose, side) & scene.of("upper"))
        along = along_arm(scene.pose, side, np.stack([columns, rows], axis=1))
        layout[rows, columns] = np.where(along[:, None] < 0.6, (0, 0.6, 0.4, 0), (0.6, 0, 0.4, 0))
        places.append((rows, columns, along))
    share, sure = garment_share(scene, sleeves_on(scene, "upper_body", layout))
    for rows, columns, along in places:
        assert (share[rows, columns][along < 0.55] == 1).all()
        assert sure[rows, columns][along < 0.55].all()
        assert not share[rows, columns][along > 0.65].any()
