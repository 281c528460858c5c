from dataclasses import replace

import numpy as np
import pytest

from ml.crops import PersonFrame
from ml.labels import LABELS, ParseResult
from ml.refinement import (
    refine_labels,
    with_shoulders,
    with_waist_ends,
    without_loose_hair,
    without_scraps,
    without_spurs,
    without_strays,
)

SKIN, HAIR, UPPER, LOWER = (LABELS.index(name) for name in ("skin", "hair", "upper", "lower"))
FRAME = PersonFrame(np.array([[1.0, 0, 0], [0, 1.0, 0]]))
TAN, WHITE, RED, NAVY = (205, 160, 140), (240, 240, 240), (200, 20, 30), (20, 30, 80)
GREY, BLACK = (170, 170, 175), (20, 20, 20)


def parse_of(labels, sure):
    """A parser that names `labels` with probability `sure`, and else would say skin or upper."""
    probabilities = np.zeros((len(LABELS), *labels.shape), np.float32)
    for index in (SKIN, UPPER):
        probabilities[index] = np.where(labels == index, sure, 1 - sure)
    return ParseResult(labels, probabilities, FRAME, np.zeros(labels.shape, np.float32))


def scene(garment, doubt):
    """Skin above, a garment below, and between them a stripe of bare skin that was taken for the garment."""
    labels = np.full((256, 192), SKIN, np.uint8)
    labels[120:] = UPPER
    sure = np.full(labels.shape, 0.99)
    sure[120:140] = doubt
    photo = np.full((256, 192, 3), TAN, np.uint8)
    photo[140:] = garment
    return photo, parse_of(labels, sure)


@pytest.mark.parametrize("garment", [WHITE, RED])
def test_doubtful_cloth_in_the_colour_of_skin_is_skin(garment):
    labels = refine_labels(*scene(garment, 0.6))
    assert (labels[:136] == SKIN).all()
    assert (labels[144:] == UPPER).all()


def test_a_conviction_stands():
    photo, parse = scene(RED, 0.99)
    np.testing.assert_array_equal(refine_labels(photo, parse), parse.labels)


def test_cloth_in_the_colour_of_skin_stays_as_the_network_says():
    photo, parse = scene(TAN, 0.7)
    np.testing.assert_array_equal(refine_labels(photo, parse), parse.labels)


def test_nothing_to_learn_from_changes_nothing():
    photo, parse = scene(RED, 0.6)
    labels = np.where(parse.labels == SKIN, LABELS.index("hair"), parse.labels).astype(np.uint8)
    np.testing.assert_array_equal(refine_labels(photo, parse_of(labels, 0.6)), labels)


@pytest.mark.parametrize(("side", "kept"), [(8, False), (60, True)])
def test_only_bags_of_some_size_are_bags(side, kept):
    bag = LABELS.index("bag")
    photo, parse = scene(RED, 0.99)
    labels, probabilities = parse.labels.copy(), parse.probabilities.copy()
    spot = (slice(160, 160 + side), slice(40, 40 + side))
    labels[spot] = bag
    probabilities[(bag, *spot)] = 0.5
    probabilities[(UPPER, *spot)] = 0.4
    refined = refine_labels(photo, ParseResult(labels, probabilities, FRAME, parse.entropy))
    assert (refined[spot] == (bag if kept else UPPER)).all()


def drawn(largest, scrap, around):
    """A garment `largest`, and a small part of the kind `scrap` within the kind `around`."""
    labels = np.zeros((120, 90), np.uint8)
    labels[10:50, 20:70] = LABELS.index(largest)
    labels[60:110, 15:75] = LABELS.index(around)
    labels[62:66, 30:60] = LABELS.index(scrap)
    return labels


def test_a_scrap_of_the_top_within_the_skirt_is_skirt():
    labels = without_scraps(drawn("upper", "upper", "lower"))
    np.testing.assert_array_equal(labels, drawn("upper", "lower", "lower"))


@pytest.mark.parametrize(("scrap", "around"), [("upper", "skin"), ("upper", "background"), ("skin", "lower")])
def test_small_parts_beside_skin_and_bare_skin_stay(scrap, around):
    """A lock of hair or an arm may cut a top in two, and torn jeans show skin."""
    labels = drawn("upper", scrap, around)
    np.testing.assert_array_equal(without_scraps(labels), labels)


def test_a_shirt_in_an_open_jacket_stays():
    labels = drawn("outer", "upper", "outer")
    np.testing.assert_array_equal(without_scraps(labels), labels)


def test_what_is_no_skin_is_the_cloth_it_looks_like():
    photo, parse = scene(RED, 0.99)
    lower = LABELS.index("lower")
    labels, probabilities = parse.labels.copy(), parse.probabilities.copy()
    labels[200:], photo[200:] = lower, (40, 60, 120)
    probabilities[:, 200:] = 0
    probabilities[lower, 200:] = 1
    shade = (slice(40, 80), slice(40, 80))
    photo[shade] = (40, 60, 120)
    for index, share in ((SKIN, 0.85), (UPPER, 0.05), (lower, 0.1)):
        probabilities[(index, *shade)] = share
    refined = refine_labels(photo, ParseResult(labels, probabilities, FRAME, parse.entropy))
    assert (refined[44:76, 44:76] == lower).all()
    assert (refined[100:116] == SKIN).all()


def test_skin_in_the_colour_of_the_cloth_beside_it_goes_with_the_cloth():
    labels = np.full((1024, 768), SKIN, np.uint8)
    labels[512:] = UPPER
    photo = np.full((1024, 768, 3), TAN, np.uint8)
    photo[512:] = RED
    frame = PersonFrame(np.array([[0.25, 0, -0.375], [0, 0.25, -0.375]]))
    small = parse_of(labels[::4, ::4], 1)
    refined = refine_labels(photo, ParseResult(labels, small.probabilities, frame, small.entropy))
    assert (refined[:509] == SKIN).all()
    assert (refined[511:] == UPPER).all()


def test_a_skirt_does_not_climb_between_waist_and_arm():
    lower = LABELS.index("lower")
    labels = np.full((512, 384), SKIN, np.uint8)
    labels[300:, 50:250], labels[250:300, 60:66] = lower, lower
    probabilities = np.zeros((len(LABELS), *labels.shape), np.float32)
    probabilities[lower], probabilities[0] = labels == lower, 0.1
    probabilities[SKIN, :, :] = np.where(labels == SKIN, 0.9, 0)
    parse = ParseResult(labels, probabilities, FRAME, np.zeros(labels.shape, np.float32))
    cleaned = without_spurs(parse, labels)
    assert (cleaned[252:296, 60:66] == 0).all()
    np.testing.assert_array_equal(cleaned[304:, 54:246], labels[304:, 54:246])
    np.testing.assert_array_equal(cleaned[:250], labels[:250])


def test_a_wall_above_the_shoulders_is_no_top(pose):
    labels = np.zeros(pose.segmentation.shape, np.uint8)
    labels[150:300, 150:240] = UPPER
    labels[60:90, 220:240] = UPPER
    labels[118:150, 200:210] = UPPER

    kept = without_strays(labels, pose)

    assert not kept[60:90].any()
    np.testing.assert_array_equal(kept[110:], labels[110:])


def strap_end(pose):
    """A strap that ends at row 120, above which the silhouette goes on, and the colours of such a photo."""
    labels = np.zeros(pose.segmentation.shape, np.uint8)
    labels[120:300, 150:240] = UPPER
    silhouette = np.zeros_like(pose.segmentation)
    silhouette[100:300, 170:190] = 1
    silhouette[100:300, 190:200] = 0.6
    return labels, np.full((*labels.shape, 3), WHITE, np.uint8), replace(pose, segmentation=silhouette)


def test_the_end_of_a_strap_is_found_by_the_silhouette(pose):
    labels, photo, pose = strap_end(pose)

    found = with_shoulders(photo, labels, pose)

    assert (found[111:120, 170:190] == UPPER).all()
    assert not found[:109].any()
    assert not found[:120, 190:].any()
    np.testing.assert_array_equal(found[120:], labels[120:])


def test_a_wall_in_another_colour_is_no_strap(pose):
    labels, photo, pose = strap_end(pose)
    photo[labels == 0] = GREY

    found = with_shoulders(photo, labels, pose)

    assert (found[118:120, 170:190] == UPPER).all()
    found[118:120, 170:190] = 0
    np.testing.assert_array_equal(found, labels)


@pytest.mark.parametrize(("colour", "kept"), [(GREY, False), (BLACK, True)])
def test_a_wall_below_hair_is_none_of_it(pose, colour, kept):
    labels, photo, pose = strap_end(pose)
    photo[labels == 0] = GREY
    photo[60:105, 165:195], labels[60:105, 165:195] = BLACK, HAIR
    photo[105:112, 175:185], labels[105:112, 175:185] = colour, HAIR

    found = with_shoulders(photo, labels, pose)

    assert (found[108:112, 177:183] == (HAIR if kept else 0)).all()
    assert (found[60:103, 167:193] == HAIR).all()
    np.testing.assert_array_equal(found[120:], labels[120:])


def test_without_a_person_nothing_is_found(pose):
    nobody = np.zeros(pose.segmentation.shape, np.uint8)
    np.testing.assert_array_equal(
        with_shoulders(np.zeros((*nobody.shape, 3), np.uint8), nobody, pose), nobody
    )


@pytest.mark.parametrize(("side", "kept"), [(8, False), (16, True)])
def test_a_bit_of_hair_on_a_shoulder_is_none_and_a_lock_is(side, kept):
    labels = np.zeros((120, 90), np.uint8)
    labels[10:50, 20:70] = HAIR
    labels[60:110, 15:75] = UPPER
    spot = np.s_[70 : 70 + side, 40 : 40 + side]
    labels[spot] = HAIR
    cleaned = without_loose_hair(labels)
    assert (cleaned[spot] == (HAIR if kept else UPPER)).all()
    labels[spot] = UPPER if not kept else HAIR
    np.testing.assert_array_equal(cleaned, labels)


@pytest.mark.parametrize(("corner", "label"), [(NAVY, LOWER), (TAN, SKIN), ((215, 215, 215), UPPER)])
def test_the_end_of_a_waist_is_none_of_the_top_above_it(corner, label):
    """A bare waist between top and trousers; at its right end the top is said to go on."""
    labels = np.zeros((400, 300), np.uint8)
    labels[100:200, 100:200], labels[212:300, 100:200] = UPPER, LOWER
    labels[200:212, 100:195], labels[200:212, 195:200] = SKIN, UPPER
    photo = np.full((400, 300, 3), WHITE, np.uint8)
    photo[labels == LOWER], photo[labels == SKIN] = NAVY, TAN
    photo[206:212, 195:200] = corner
    result = with_waist_ends(photo, labels)
    np.testing.assert_array_equal(result[206:212, 195:200], label)
    changed = np.zeros(labels.shape, bool)
    changed[206:212, 195:200] = True
    np.testing.assert_array_equal(result[~changed], labels[~changed])


def test_an_arm_beside_the_shaded_corner_of_a_top_is_no_bare_waist():
    """The top hangs over the trousers, and an arm beside it reaches two columns under its corner."""
    labels = np.zeros((400, 300), np.uint8)
    labels[100:200, 100:200], labels[200:300, 100:200], labels[100:300, 200:240] = UPPER, LOWER, SKIN
    labels[196:202, 198:200] = SKIN
    photo = np.full((400, 300, 3), WHITE, np.uint8)
    photo[labels == LOWER], photo[labels == SKIN] = NAVY, TAN
    photo[190:200, 190:198] = 150, 130, 125
    np.testing.assert_array_equal(with_waist_ends(photo, labels), labels)


def test_a_dark_fold_of_a_top_over_trousers_stays():
    labels = np.zeros((400, 300), np.uint8)
    labels[100:200, 100:200], labels[200:300, 100:200] = UPPER, LOWER
    photo = np.full((400, 300, 3), WHITE, np.uint8)
    photo[195:300, 100:200] = NAVY
    np.testing.assert_array_equal(with_waist_ends(photo, labels), labels)
