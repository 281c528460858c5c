import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.errors import Refusal
from ml.photocheck import (
    check_people,
    check_photo,
    check_quality,
    edge_sharpness,
    require_category,
    supported_categories,
)
from ml.pose import Pose


def textured(height=512, width=384):
    """Blocks of random grey: crisp edges of many contrasts."""
    blocks = np.random.default_rng(0).integers(40, 230, (height // 16, width // 16), np.uint8)
    return np.repeat(
        cv2.resize(blocks, (width, height), interpolation=cv2.INTER_NEAREST)[..., None], 3, axis=2
    )


def refused(function, *arguments):
    with pytest.raises(Refusal) as caught:
        function(*arguments)
    return caught.value.code


def turned(pose):
    """Left and right keypoints exchanged, as in a view of the back."""
    order = [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9] + [i + 1 if i % 2 else i - 1 for i in range(11, 33)]
    return Pose(pose.keypoints[order], pose.visibility[order], pose.segmentation)


def test_good_photo(pose):
    check = check_photo(check_quality(textured()), [pose])
    assert check.categories == ("upper_body", "lower_body", "dresses")
    assert check.pose is pose


@pytest.mark.parametrize(("size", "code"), [((255, 900), "photo_too_small"), ((900, 255), "photo_too_small")])
def test_small(size, code):
    assert refused(check_quality, textured(*size)) == code


def test_dark():
    assert refused(check_quality, (textured() * 0.1).astype(np.uint8)) == "photo_too_dark"


def test_blurred():
    assert refused(check_quality, cv2.GaussianBlur(textured(), (0, 0), 6)) == "photo_blurred"


def test_nothing_but_one_colour_is_blurred():
    assert refused(check_quality, np.full((300, 300, 3), 200, np.uint8)) == "photo_blurred"


@given(st.floats(0.3, 1.0))
def test_sharpness_does_not_depend_on_contrast(contrast):
    grey = textured(256, 256)[..., 0].astype(np.float32)
    assert edge_sharpness(grey * contrast) == pytest.approx(edge_sharpness(grey), abs=1e-4)


def test_nobody():
    assert refused(check_people, []) == "no_person"


@pytest.mark.parametrize("count", [2, 3])
def test_several_people(count, make_pose):
    people = [make_pose(scale=0.5, shift=(0.3 * i - 0.3, 0)) for i in range(count)]
    assert refused(check_people, people) == "several_people"


def test_passers_by_do_not_count(make_pose):
    person, passer_by = make_pose(), make_pose(scale=0.3, shift=(0.3, 0))
    assert check_people([passer_by, person]) is person


def test_one_person_found_twice(pose, make_pose):
    assert check_people([pose, make_pose(shift=(0.01, 0.01))]) is pose


def test_from_behind(pose):
    assert refused(check_people, [turned(pose)]) == "person_from_behind"


def test_head_only(make_pose):
    assert refused(supported_categories, make_pose(scale=3, shift=(0, 1.1))) == "person_cropped"


def test_legs_cut_at_mid_thigh_still_take_every_category(make_pose):
    assert supported_categories(make_pose(scale=1.6, shift=(0, 0.32))) == (
        "upper_body",
        "lower_body",
        "dresses",
    )


def test_half_body_takes_only_tops(make_pose):
    assert supported_categories(make_pose(scale=1.6, shift=(0, 0.43))) == ("upper_body",)


def test_legs_only_take_only_lower_garments(make_pose):
    assert supported_categories(make_pose(scale=1.8, shift=(0, -0.2))) == ("lower_body",)


def test_hidden_hips(make_pose):
    pose = make_pose()
    pose.visibility[[23, 24]] = 0.1
    assert refused(supported_categories, pose) == "person_cropped"


def test_category_must_be_known_and_shown():
    assert refused(require_category, "shoes", ("upper_body",)) == "category_unsupported"
    assert refused(require_category, "dresses", ("upper_body",)) == "person_cropped"
    assert require_category("upper_body", ("upper_body",)) is None
