"""What a merchant is told about a garment's picture."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml.errors import MESSAGES, Refusal
from ml.faces import Face
from ml.garmentcheck import (
    MIRRORED_HEAD,
    WARNINGS,
    check_garment,
    check_sharpness,
    contact,
    count_garments,
    disagreement,
    is_worn,
)

REFUSALS = ("cloth_too_small", "cloth_blurred", "cloth_worn", "several_garments", "cloth_cropped")


def block(top=40, bottom=640, left=100, right=500, size=(680, 600)):
    """A garment's mask: a block in a picture of `size`."""
    mask = np.zeros(size, bool)
    mask[top:bottom, left:right] = True
    return mask


def printed(mask):
    """A crisp picture of the garment of `mask`, with a print."""
    image = np.full((*mask.shape, 3), 245, np.uint8)
    squares = np.random.default_rng(0).integers(20, 200, (17, 15, 3), np.uint8)
    cloth = cv2.resize(squares, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    image[mask] = cloth[mask]
    return image


def check(mask, image=None, category="upper_body", worn=False, guess=None):
    image = printed(mask) if image is None else image
    return check_garment(image, mask, category, worn, guess)


def refused(*arguments, **words):
    with pytest.raises(Refusal) as caught:
        check(*arguments, **words)
    return caught.value.code


def test_a_good_picture_passes_without_a_word():
    found = check(block())
    assert found.warnings == ()
    assert found.sharpness > 0.5


def test_every_refusal_has_words():
    assert set(REFUSALS) <= set(MESSAGES)
    assert not set(WARNINGS) & set(MESSAGES)


@pytest.mark.parametrize(("height", "width", "fits"), [(127, 90, False), (128, 90, True), (90, 128, True)])
def test_a_tiny_garment_is_refused(height, width, fits):
    mask = block(100, 100 + height, 100, 100 + width)
    if fits:
        assert check(mask).warnings == ("cloth_low_resolution",)
    else:
        assert refused(mask) == "cloth_too_small"


def test_blur_is_refused():
    mask = block()
    image = cv2.GaussianBlur(printed(mask), (0, 0), 7)
    assert refused(mask, image) == "cloth_blurred"


def test_only_the_garment_has_to_be_sharp():
    mask = block()
    image = cv2.GaussianBlur(printed(mask), (0, 0), 7)
    crisp = printed(mask)
    image[30:650, 90:510] = crisp[30:650, 90:510]
    assert check_sharpness(image, mask) > 0.5


def test_two_garments_are_refused_and_a_small_part_is_none():
    two = block(right=280) | block(left=320)
    assert refused(two) == "several_garments"
    belt = block(bottom=500) | block(top=560)
    assert count_garments(belt) == 1
    assert count_garments(np.zeros((9, 9), bool)) == 0


@pytest.mark.parametrize(
    ("mask", "category", "fits"),
    [
        (block(bottom=680), "upper_body", False),
        (block(bottom=680), "lower_body", False),
        (block(top=0), "upper_body", False),
        (block(top=0), "dresses", False),
        (block(top=0), "lower_body", True),
        (block(left=0), "lower_body", False),
        (block(right=600), "dresses", False),
        (block() | block(300, 450, 0, 600), "upper_body", True),
    ],
)
def test_a_cut_garment_is_refused_where_it_matters(mask, category, fits):
    if fits:
        assert check(mask, category=category).warnings == ()
    else:
        assert refused(mask, category=category) == "cloth_cropped"


def test_contact_is_a_share_of_the_garment():
    mask = block(100, 680, 100, 500)
    mask[600:, 100:400] = False
    assert contact(mask) == pytest.approx({"top": 0, "bottom": 0.25, "left": 0, "right": 0})


class SeesInTurn:
    """Finds these poses in a picture, then those in the next."""

    def __init__(self, *found):
        self.found = list(found)

    def estimate(self, image):
        return self.found.pop(0)


class StubFaces:
    """Finds faces of these scores in the middle of any picture."""

    def __init__(self, *scores):
        self.scores = scores

    def detect(self, image):
        height, width = image.shape[:2]
        box = np.float32((0.4 * width, 0.4 * height, 0.6 * width, 0.6 * height))
        return [Face(box, score) for score in self.scores]


PICTURE = np.full((512, 384, 3), 200, np.uint8)


def mirrored(pose):
    """The pose that a faithful estimator finds in the mirror image."""
    keypoints = pose.keypoints.copy()
    keypoints[: len(MIRRORED_HEAD)] = keypoints[list(MIRRORED_HEAD)]
    keypoints[:, 0] = pose.segmentation.shape[1] - 1 - keypoints[:, 0]
    return replace(pose, keypoints=keypoints)


def test_somebody_whom_the_mirror_shows_too_wears_the_garment(pose, make_pose):
    elsewhere = make_pose(shift=(0.0, 0.06))
    assert disagreement(pose, mirrored(pose)) == pytest.approx(0, abs=1e-5)
    assert is_worn(PICTURE, SeesInTurn([pose], [elsewhere, mirrored(pose)]), StubFaces(0.9))
    assert not is_worn(PICTURE, SeesInTurn([pose], [mirrored(elsewhere)]), StubFaces(0.9))
    assert not is_worn(PICTURE, SeesInTurn([], [pose]), StubFaces(0.9))
    assert refused(block(), worn=True) == "cloth_worn"


def test_a_garment_that_is_the_same_on_both_sides_has_no_face(pose):
    assert not is_worn(PICTURE, SeesInTurn([pose], [mirrored(pose)]), StubFaces(0.4))
    assert not is_worn(PICTURE, SeesInTurn([pose], [mirrored(pose)]), StubFaces())


def test_a_head_beyond_the_picture_needs_no_face(make_pose):
    headless = make_pose(shift=(0.0, -0.25))
    assert is_worn(PICTURE, SeesInTurn([headless], [mirrored(headless)]), StubFaces())


def test_disagreement_is_in_lengths_of_the_torso(pose):
    other = mirrored(pose)
    torso = (0.52 - 0.24) * 512
    moved = replace(other, keypoints=other.keypoints + np.float32((0, 0.5 * torso)))
    assert disagreement(pose, moved) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("guess", "warned"),
    [
        (None, False),
        ({"dresses": 0.95, "upper_body": 0.05}, True),
        ({"dresses": 0.7, "upper_body": 0.3}, False),
        ({"upper_body": 0.95, "dresses": 0.05}, False),
    ],
)
def test_only_a_sure_contradiction_is_a_warning(guess, warned):
    assert check(block(), guess=guess).warnings == (("category_mismatch",) if warned else ())
