"""The input of the warp network."""

from dataclasses import replace

import numpy as np
import pytest

from ml.features import CATEGORIES, FEATURE_COUNT, FEATURE_SIZE, ClothView, PersonView, warp_features

CATEGORY_PLANES = slice(29, 32)
HEATMAPS = slice(34, 47)
LIMBS = slice(47, 52)


@pytest.fixture
def person() -> PersonView:
    joints = np.array(
        [[96, 30], [120, 60], [72, 60], [130, 100], [62, 100], [134, 140], [58, 140],
         [110, 140], [82, 140], [112, 190], [80, 190], [112, 240], [80, 240]], np.float32
    )  # fmt: skip
    plane = np.zeros((256, 192), np.float32)
    plane[40:240, 70:120] = 1
    return PersonView(joints, np.ones(13, np.float32), plane, plane * 0.5, plane * 0)


@pytest.fixture
def cloth() -> ClothView:
    mask = np.zeros((256, 192), bool)
    mask[20:230, 40:150] = True
    return ClothView(np.full((256, 192, 3), 200, np.uint8), mask, "upper_body")


def test_shape_and_range(person: PersonView, cloth: ClothView) -> None:
    features = warp_features(person, cloth)
    assert features.shape == (FEATURE_COUNT, *FEATURE_SIZE)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert -1 <= features.min() < features.max() < 4


@pytest.mark.parametrize("category", CATEGORIES)
def test_category_is_one_plane(person: PersonView, cloth: ClothView, category: str) -> None:
    planes = warp_features(person, replace(cloth, category=category))[CATEGORY_PLANES]
    assert planes.mean((1, 2)).tolist() == [float(name == category) for name in CATEGORIES]


def test_an_unknown_category_is_an_error(person: PersonView, cloth: ClothView) -> None:
    with pytest.raises(ValueError, match="hats"):
        warp_features(person, replace(cloth, category="hats"))


def test_colours_outside_the_mask_do_not_matter(person: PersonView, cloth: ClothView) -> None:
    noisy = cloth.image.copy()
    noisy[~cloth.mask] = 13
    assert np.array_equal(warp_features(person, cloth), warp_features(person, replace(cloth, image=noisy)))


def test_each_heatmap_peaks_at_its_joint(person: PersonView, cloth: ClothView) -> None:
    heatmaps = warp_features(person, cloth)[HEATMAPS]
    for heatmap, joint in zip(heatmaps, person.joints, strict=True):
        row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
        assert abs(column * 4 + 1.5 - joint[0]) <= 2
        assert abs(row * 4 + 1.5 - joint[1]) <= 2


def test_unseen_joints_draw_nothing(person: PersonView, cloth: ClothView) -> None:
    hidden = replace(person, visibility=np.zeros(13, np.float32))
    features = warp_features(hidden, cloth)
    assert not features[HEATMAPS].any()
    assert not features[LIMBS].any()


def test_left_and_right_arm_have_planes_of_their_own(person: PersonView, cloth: ClothView) -> None:
    left, right = warp_features(person, cloth)[LIMBS][:2]
    assert left[:, :24].sum() == 0 < left.sum()
    assert right[:, 24:].sum() == 0 < right.sum()


def test_joints_far_outside_the_frame_are_harmless(person: PersonView, cloth: ClothView) -> None:
    far = replace(person, joints=person.joints * 50 - 3000)
    assert np.isfinite(warp_features(far, cloth)).all()
