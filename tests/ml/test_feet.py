import numpy as np
import pytest

from ml.compose import compose, hole_for
from ml.feet import under_hem, with_feet
from ml.generator import Painted
from ml.layer import GarmentLayer
from ml.layout import BACKGROUND, BODY, LAYOUT
from ml.wearing import worn_labels
from tests.ml.scenes import JEANS, SKIN_COLOUR, WALL, box, label

SKIN, DRESS, LOWER, SHOES = (label(name) for name in ("skin", "dress", "lower", "shoes"))
WHITE, NAVY = (240, 240, 240), (20, 30, 80)


def painted_by(labels, colours):
    """A photo with the colour of each label."""
    photo = np.full((*labels.shape, 3), WALL, np.uint8)
    for index, colour in colours.items():
        photo[labels == index] = colour
    return photo


@pytest.fixture
def sandals():
    """Labels of a person in a white dress and sandals; a strap in rows 365 to 369 was taken for dress."""
    labels = np.zeros((400, 300), np.uint8)
    labels[100:250, 80:220] = DRESS
    labels[250:370, 120:180] = SKIN
    labels[365:370, 130:170] = DRESS
    labels[370:380, 110:190] = SHOES
    return labels


def test_straps_of_sandals_do_not_go_with_a_dress(sandals):
    photo = painted_by(sandals, {DRESS: WHITE, SKIN: SKIN_COLOUR, SHOES: WHITE})
    result = with_feet(photo, sandals)
    assert np.isin(result[365:370, 130:170], (SKIN, SHOES)).all()
    unchanged = ~box(sandals.shape, 130 / 300, 365 / 400, 170 / 300, 370 / 400)
    np.testing.assert_array_equal(result[unchanged], sandals[unchanged])


def test_a_scrap_that_is_not_at_the_shoes_or_not_below_its_garment_goes_with_it(sandals):
    photo = painted_by(sandals, {DRESS: WHITE, SKIN: SKIN_COLOUR, SHOES: WHITE})
    sandals[365:370, 130:170] = SKIN
    sandals[300:305, 130:170] = DRESS
    np.testing.assert_array_equal(with_feet(photo, sandals), sandals)
    sandals[300:305, 130:170] = SKIN
    sandals[100:369, 80:90], sandals[365:370, 130:170] = DRESS, DRESS
    np.testing.assert_array_equal(with_feet(photo, sandals), sandals)


@pytest.fixture
def trainers():
    """Labels of legs in trousers down to row 339 and white shoes below."""
    labels = np.zeros((400, 300), np.uint8)
    labels[100:340, 120:180] = LOWER
    labels[340:390, 110:190] = SHOES
    labels[60:100, 120:180] = SKIN
    return labels


def test_a_hem_that_was_taken_for_the_shoe_goes_with_its_trousers(trainers):
    photo = painted_by(trainers, {LOWER: JEANS, SHOES: WHITE, SKIN: SKIN_COLOUR})
    photo[340:343, 120:180] = NAVY
    photo[360:363, 120:180] = NAVY
    result = with_feet(photo, trainers)
    assert (result[340:343, 120:180] == LOWER).all()
    assert (result[345:390, 110:190] == SHOES).all()
    np.testing.assert_array_equal(result[:340], trainers[:340])


def test_shoes_in_the_colour_of_the_trousers_or_in_none_of_it_stay_whole(trainers):
    for colour in (JEANS, WHITE):
        photo = painted_by(trainers, {LOWER: JEANS, SHOES: colour, SKIN: SKIN_COLOUR})
        np.testing.assert_array_equal(with_feet(photo, trainers), trainers)


def test_labels_without_shoes_are_left_as_they_are():
    labels = np.full((40, 30), LOWER, np.uint8)
    assert with_feet(np.zeros((40, 30, 3), np.uint8), labels) is labels


def test_a_hem_lies_on_low_shoes_but_not_on_boots(pose):
    ankle, shape = 0.92, pose.segmentation.shape
    alpha = box(shape, 0.3, 0.5, 0.7, 0.94).astype(np.float32)
    low, boots = box(shape, 0.38, 0.9, 0.62, 0.98), box(shape, 0.38, ankle - 0.1, 0.62, 0.98)
    covered = under_hem(low, pose, alpha)
    assert covered[(alpha > 0) & low].all()
    assert not covered[round(0.95 * shape[0]) :].any()
    assert not under_hem(boots, pose, alpha).any()


def test_the_hem_is_whole_before_low_shoes_and_the_rest_of_them_is_the_shoppers_own(scene):
    shape = scene.labels.shape
    shoes = box(shape, 0.36, 0.9, 0.64, 0.99)
    scene.labels[shoes], scene.photo[shoes] = SHOES, WHITE
    alpha = box(shape, 0.34, 0.5, 0.66, 0.94).astype(np.float32)
    green = np.full((*shape, 3), (20, 200, 60), np.float32)
    layer, mask = hole_for(scene, "lower_body", GarmentLayer(green, alpha, alpha))
    np.testing.assert_array_equal(layer.alpha[shoes], alpha[shoes])
    paint = np.full((*shape, 3), SKIN_COLOUR, np.float32)
    painted = Painted(paint, layer.alpha, np.ones(shape, np.float32))
    result = compose(scene, "lower_body", layer, mask, painted)
    covered = shoes & (alpha > 0)
    assert (result[covered].argmax(axis=1) == 1).all()
    np.testing.assert_array_equal(result[shoes & (alpha == 0)], scene.photo[shoes & (alpha == 0)])
    expected = np.where(scene.labels > 0, BODY, BACKGROUND)
    layout = np.eye(len(LAYOUT), dtype=np.float32)[expected]
    labels = worn_labels(scene, scene, "lower_body", alpha, layout, outer=False)
    assert (labels[covered] == LOWER).all()
    assert (labels[shoes & ~covered] == SHOES).all()


def test_dark_shoes_keep_their_rim_below_dark_trousers(trainers):
    photo = painted_by(trainers, {LOWER: NAVY, SHOES: (30, 30, 40), SKIN: SKIN_COLOUR})
    photo[340:343, 120:180] = NAVY
    np.testing.assert_array_equal(with_feet(photo, trainers), trainers)
