"""The input of the warp network."""

from dataclasses import replace

import numpy as np
import pytest

from ml.features import CATEGORIES, FEATURE_COUNT, FEATURE_SIZE, ClothView, PersonView, warp_features

CATEGORY_PLANES = slice(68, 71)
HEATMAPS = slice(121, 134)
LIMBS = slice(134, 139)
LIMB_PLACES = slice(139, 149)
OUTLINE_PLACES = slice(65, 68)


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
    assert not features[LIMB_PLACES].any()


def test_left_and_right_arm_have_planes_of_their_own(person: PersonView, cloth: ClothView) -> None:
    left, right = warp_features(person, cloth)[LIMBS][:2]
    assert left[:, :24].sum() == 0 < left.sum()
    assert right[:, 24:].sum() == 0 < right.sum()


def test_joints_far_outside_the_frame_are_harmless(person: PersonView, cloth: ClothView) -> None:
    far = replace(person, joints=person.joints * 50 - 3000)
    assert np.isfinite(warp_features(far, cloth)).all()


def test_places_along_an_arm_run_from_shoulder_to_wrist(person: PersonView, cloth: ClothView) -> None:
    along, beside = warp_features(person, cloth)[LIMB_PLACES][:2]
    for joint, expected in ((1, 0.0), (3, 1.0), (5, 2.0)):
        x, y = ((person.joints[joint] - 1.5) / 4).round().astype(int)
        assert along[y, x] == pytest.approx(expected, abs=0.06)
        assert beside[y, x] == pytest.approx(0, abs=0.04)


def test_places_in_the_trunk_run_from_shoulders_to_hips(person: PersonView, cloth: ClothView) -> None:
    along, beside = warp_features(person, cloth)[LIMB_PLACES][8:]
    assert along[15, 24] == pytest.approx(0.02, abs=0.02)
    assert along[35, 24] == pytest.approx(1.02, abs=0.02)
    assert beside[25, 10] * beside[25, 38] < 0 == pytest.approx(beside[25, 24], abs=0.02)


def test_places_in_the_outline_run_from_edge_to_edge(person: PersonView, cloth: ClothView) -> None:
    across, down, shape = warp_features(person, cloth)[OUTLINE_PLACES]
    rows, columns = np.flatnonzero(across.any(1)), np.flatnonzero(down.any(0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (5, 57, 10, 37)
    assert across[30, [10, 37]].tolist() == [-1, 1]
    assert down[[5, 57], 24].tolist() == [-1, 1]
    assert np.unique(shape).tolist() == pytest.approx([np.log(28 / 53)])


def test_no_garment_has_no_outline(person: PersonView, cloth: ClothView) -> None:
    nothing = replace(cloth, mask=np.zeros_like(cloth.mask))
    assert not warp_features(person, nothing)[OUTLINE_PLACES].any()
