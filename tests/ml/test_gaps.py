"""What is seen between arms in sleeves and the trunk."""

from dataclasses import replace

import numpy as np
import pytest

from ml.analysis import ClothAnalysis
from ml.broadened import DRAWN
from ml.clothframe import ClothFrame
from ml.compose import sleeves_on
from ml.gaps import CLOSING, with_gaps
from ml.layer import GarmentLayer
from ml.layout import BACKGROUND, FRONT, GARMENT, LAYOUT
from ml.scene import Scene
from ml.sleevesides import FADING, NARROWER, SLIT, TRUNK, WIDE
from tests.ml.scenes import SKIN_COLOUR, WALL, box, label

HEIGHT, WIDTH, SHOULDERS = 1000, 600, 320
BODY, ARM, OUTER = 390, 440, 480
"""Where the trunk ends at the right in the photo, and between which columns the arm is."""
CUFF, HEM = 690, 800
STEADY = slice(400, 640)
"""Rows of the sleeve far from its ends."""
SLEEVE, SIDE = 420, 380
"""Where a sleeve begins in the garment's picture, and where the trunk ends."""


@pytest.fixture
def scene(make_pose):
    """Somebody with bare arms that hang a little apart from the trunk."""
    pose = make_pose(HEIGHT, WIDTH)
    pose.keypoints[[11, 13, 15, 17, 19]] = (460, 160), (460, 430), (460, 700), (460, 760), (460, 770)
    pose.keypoints[[12, 14, 16, 18, 20]] = (140, 160), (140, 430), (140, 700), (140, 760), (140, 770)
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[150:850, WIDTH - BODY : BODY] = label("upper")
    labels[150:740, ARM:OUTER] = labels[150:740, WIDTH - OUTER : WIDTH - ARM] = label("skin")
    return Scene(np.full((HEIGHT, WIDTH, 3), WALL, np.uint8), labels, pose)


@pytest.fixture
def cloth():
    """A shirt, striped from left to right, with long sleeves that hang beside its trunk."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[150:HEM, WIDTH - SIDE : SIDE] = mask[150:250, WIDTH - OUTER : OUTER] = True
    mask[150:CUFF, SLEEVE:OUTER] = mask[150:CUFF, WIDTH - OUTER : WIDTH - SLEEVE] = True
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[..., 0] = np.minimum(np.arange(WIDTH) // 3, 255)
    return ClothAnalysis(image, mask, np.zeros_like(mask), "upper_body", ClothFrame.of_cloth(mask), {})


@pytest.fixture
def laid(cloth):
    """The shirt laid where its picture shows it, as a warp lays it that sees no gap."""
    y, x = np.indices((HEIGHT, WIDTH), dtype=np.float32)
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[150:HEM, WIDTH - ARM : ARM] = alpha[150:CUFF, WIDTH - OUTER : OUTER] = 1
    layout = np.zeros((HEIGHT, WIDTH, len(LAYOUT)), np.float32)
    layout[..., GARMENT] = 1
    layer = GarmentLayer(np.float32(cloth.image), alpha, alpha.copy())
    return layer, np.stack([x, y], axis=2), layout


def gaps_in(scene, cloth, layer, flow, layout):
    """What `with_gaps` makes of all that."""
    return with_gaps(scene, cloth, sleeves_on(scene, "upper_body", layout), layer, flow)


def edges(alpha, rows=STEADY):
    """First column without the garment right of its middle, and the first with it again: (n,) each."""
    off = alpha[rows, WIDTH // 2 :] <= 0.5
    end = off.argmax(axis=1)
    begin = np.array([end_ + (~row[end_:]).argmax() for end_, row in zip(end, off, strict=True)])
    return end + WIDTH // 2, begin + WIDTH // 2


def test_the_wall_between_a_sleeve_and_the_trunk_stays(scene, cloth, laid):
    layer, _, layout = gaps_in(scene, cloth, *laid)
    gap = ARM - BODY
    trunk = BODY + min(TRUNK * gap, WIDE * SHOULDERS)
    for alpha in (layer.alpha, layer.alpha[:, ::-1]):
        end, begin = edges(alpha)
        np.testing.assert_allclose(end, trunk, atol=1)
        np.testing.assert_array_equal(begin, ARM)
    assert (layout[STEADY, 412:438] == np.eye(len(LAYOUT))[BACKGROUND]).all()
    assert not layer.person[STEADY, 412:438].any()
    assert (layer.own[STEADY, 405:ARM] == 1).all()
    assert (laid[0].alpha[STEADY, 400:ARM] == 1).all()


def test_shreds_in_the_gap_go(scene, cloth, laid):
    layer, flow, layout = laid
    layer.alpha[200:CUFF, 395:ARM] = 0
    layer.alpha[450:470, 405:425] = layer.alpha[500:530, 425:ARM] = 1
    end, begin = edges(gaps_in(scene, cloth, layer, flow, layout)[0].alpha)
    np.testing.assert_array_equal(end, 395)
    np.testing.assert_allclose(begin, ARM, atol=0.03 * SHOULDERS)
    assert np.abs(np.diff(begin)).max() <= 1


@pytest.mark.parametrize("body", [ARM, ARM - round(0.8 * SLIT * SHOULDERS)])
def test_where_arm_and_trunk_touch_is_the_garment(scene, cloth, laid, body):
    layer, flow, layout = laid
    layer.alpha[200:CUFF, body - round(0.9 * NARROWER * SHOULDERS) : ARM] = 0
    scene.labels[150:850, 300:body] = label("upper")
    closed = gaps_in(scene, cloth, layer, flow, layout)[0]
    assert (closed.alpha[STEADY, 300:OUTER] > 0.99).all()


def test_the_cloth_there_is_that_of_the_trunk(scene, cloth, laid):
    layer, flow, layout = laid
    scene.labels[150:850, 300:ARM] = label("upper")
    _, moved, _ = gaps_in(scene, cloth, *laid)
    columns = moved[STEADY, 300 : SLEEVE - 2, 0]
    assert columns.max() <= SIDE
    assert (np.diff(columns, axis=1) >= 0).all()
    colours = gaps_in(scene, cloth, layer, flow, layout)[0].colour[STEADY, 300:SLEEVE, 0]
    assert colours.max() <= SIDE // 3
    np.testing.assert_array_equal(moved[STEADY, ARM:OUTER], flow[STEADY, ARM:OUTER])
    np.testing.assert_array_equal(moved[900:], flow[900:])


def test_a_trunk_is_drawn_out_gently_from_far_within(scene, cloth, laid):
    """Its last columns, stretched alone, were a strip of their own beside the rest."""
    layer, flow, layout = laid
    flow[..., 0] -= ARM - SIDE - 15
    scene.labels[150:850, 300:ARM] = label("upper")
    columns = gaps_in(scene, cloth, layer, flow, layout)[1][STEADY, 305 : ARM - 8, 0]
    steps = np.diff(columns, axis=1)
    assert steps.min() >= 1 - 2 / DRAWN - 0.02
    assert np.abs(np.diff(steps, axis=1)).max() <= 0.04
    assert columns.max() <= SIDE


def test_of_a_narrow_trunk_all_is_drawn_out_alike(scene, cloth, laid):
    layer, flow, layout = laid
    scene.labels[150:850, 300:ARM] = label("upper")
    columns = gaps_in(scene, cloth, layer, flow, layout)[1][STEADY, 310 : SLEEVE - 8, 0]
    assert np.ptp(np.diff(columns, axis=1)) <= 0.07
    assert np.ptp(columns, axis=1).min() > 50


def test_a_seam_has_no_bend_where_a_wide_skirt_begins(scene, cloth, laid):
    """There the picture reaches as far as the garment all at once."""
    layer, flow, layout = laid
    scene.labels[150:850, 300:ARM] = label("upper")
    flow[560:, :, 0] -= ARM - SIDE
    moved = gaps_in(scene, cloth, layer, flow, layout)[1]
    drawn = (flow - moved)[STEADY, 310:370, 0]
    assert drawn.max() > 15
    assert np.diff(drawn, axis=0).min() >= -CLOSING - 0.01


def test_the_cloth_on_the_arm_is_that_of_the_sleeve(scene, cloth, laid):
    """From its first column on, if the warp has it further out."""
    layer, flow, layout = laid
    flow[..., 0] -= 24
    scene.labels[150:850, 300:ARM] = label("upper")
    moved = gaps_in(scene, cloth, layer, flow, layout)[1]
    assert moved[STEADY, ARM:OUTER, 0].min() >= SLEEVE


def test_a_row_that_is_beyond_the_hem_in_the_picture_tells_nothing_of_the_side(scene, cloth, laid):
    layer, flow, layout = laid
    layer.alpha[CUFF + 42 :] = 0
    expected = gaps_in(scene, cloth, layer, flow, layout)[1]
    flow[CUFF + 40 : CUFF + 42, :, 1] = HEM + 20
    moved = gaps_in(scene, cloth, layer, flow, layout)[1]
    np.testing.assert_allclose(moved[: CUFF + 39], expected[: CUFF + 39], atol=1)


def test_a_hem_stays_as_it_is(scene, cloth, laid):
    layer, flow, layout = laid
    layer.alpha[HEM - 30 : HEM, 370:ARM] = 0
    parted = gaps_in(scene, cloth, layer, flow, layout)[0]
    np.testing.assert_array_equal(edges(parted.alpha, slice(HEM - 20, HEM - 5))[0], 370)


def test_sleeves_that_swing_freely_stay(scene, cloth, laid):
    mask = cloth.mask.copy()
    mask[500:CUFF, 384:520] = mask[500:CUFF, WIDTH - 520 : WIDTH - 384] = True
    wide = replace(cloth, mask=mask)
    layer, flow, layout = gaps_in(scene, wide, *laid)
    assert layer is laid[0]
    assert flow is laid[1]
    assert layout is laid[2]


def test_without_sleeves_everything_stays(scene, cloth, laid):
    bare = replace(cloth, mask=cloth.mask & box(cloth.mask.shape, 0.36, 0, 0.64, 1))
    assert gaps_in(scene, bare, *laid)[0] is laid[0]


def test_a_collar_that_is_known_stays_known(scene, cloth, laid):
    layer, flow, layout = laid
    collar = box(layer.alpha.shape, 0.4, 0, 0.6, 0.1)
    parted = gaps_in(scene, cloth, replace(layer, own=np.float32(collar)), flow, layout)[0]
    assert (parted.own[collar] == 1).all()
    assert (parted.own[STEADY, 405:ARM] == 1).all()


def test_nothing_of_the_arm_is_uncovered(scene, cloth, laid):
    scene.photo[scene.of("skin")] = SKIN_COLOUR
    parted = gaps_in(scene, cloth, *laid)[0]
    assert (parted.alpha[STEADY, ARM + 1 : OUTER - 2] > 0.99).all()


def test_arms_in_old_sleeves_tell_nothing(scene, cloth, laid):
    scene.labels[scene.labels == label("skin")] = label("upper")
    assert gaps_in(scene, cloth, *laid)[0] is laid[0]


def test_the_corner_of_a_hem_that_slants_is_whole(scene, cloth, laid):
    """It ends beside a hand, which the trunk touches, and higher there than in the middle."""
    layer, flow, layout = laid
    rows, columns = np.indices((HEIGHT, WIDTH))
    scene.labels[150:850, WIDTH - ARM : ARM] = label("upper")
    scene.labels[740:850, ARM:OUTER] = scene.labels[740:850, WIDTH - OUTER : WIDTH - ARM] = label("skin")
    layer.alpha[:, WIDTH - ARM : ARM] = (rows < HEM - 0.1 * np.abs(columns - WIDTH / 2))[:, WIDTH - ARM : ARM]
    whole = gaps_in(scene, cloth, layer, flow, layout)[0].alpha
    corner = np.s_[CUFF + 10 :, WIDTH - ARM + 5 : ARM - 5]
    np.testing.assert_array_equal(whole[corner] > 0.5, layer.alpha[corner] > 0.5)


def test_below_a_short_sleeve_the_trunk_goes_straight_from_the_armpit_to_the_waist(scene, cloth, laid):
    """A warp lays it up to the sleeve, and narrower all at once below it; what goes with that is wall."""
    armpit, end, waist = 296, 376, 395
    scene.labels[150:850, WIDTH - ARM : ARM] = label("upper")
    cloth.mask[end:CUFF, SLEEVE:] = cloth.mask[end:CUFF, : WIDTH - SLEEVE] = False
    layer, flow, layout = laid
    layout[end:, ARM:OUTER] = layout[end:, WIDTH - OUTER : WIDTH - ARM] = np.eye(len(LAYOUT))[FRONT]
    layer.alpha[end:, ARM:] = layer.alpha[end:, : WIDTH - ARM] = 0
    layer.alpha[end + 20 :, waist:ARM] = layer.alpha[end + 20 :, WIDTH - ARM : WIDTH - waist] = 0
    shirt, _, bared = gaps_in(scene, cloth, layer, flow, layout)
    for alpha in (shirt.alpha, shirt.alpha[:, ::-1]):
        side, sleeve = edges(alpha, slice(armpit, end))
        line = np.interp(np.arange(armpit, end), (armpit, end + FADING * HEIGHT), (ARM, waist))
        np.testing.assert_allclose(side[30:], line[30:], atol=2)
        assert np.abs(np.diff(side[30:], 2)).max() <= 1
        np.testing.assert_array_equal(sleeve[30 : end - armpit - 10], ARM)
    assert (bared[armpit + 50 : end, 425 : ARM - 4] == np.eye(len(LAYOUT))[BACKGROUND]).all()
