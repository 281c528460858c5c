from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.anatomy import KNUCKLES, SHOULDERS, along_arm, below_waist, chin, shoulder_shape, shoulder_width
from ml.morphology import bounding_box, dilate, ellipse
from ml.regions import REGIONS, SKIN, UNDER_CHIN, body_regions


@pytest.fixture
def regions(pose):
    return body_regions((pose.segmentation > 0.5).astype(np.uint8) * SKIN, pose)


def at(mask, x, y):
    return bool(mask[round(y), round(x)])


def test_regions_partition_the_skin(pose, regions):
    assert tuple(regions) == REGIONS
    np.testing.assert_array_equal(sum(mask.astype(int) for mask in regions.values()), pose.segmentation > 0.5)


@pytest.mark.parametrize(
    ("index", "name"),
    [
        (0, "face"),
        (13, "left_arm"),
        (14, "right_arm"),
        (19, "left_hand"),
        (20, "right_hand"),
        (25, "left_leg"),
        (28, "right_leg"),
    ],
)
def test_keypoints_lie_in_their_region(pose, regions, index, name):
    assert at(regions[name], *pose.keypoints[index])


def test_chest_is_torso(pose, regions):
    assert at(regions["torso"], *pose.keypoints[[11, 12, 23, 24]].mean(axis=0))


def test_nothing_else_than_skin(pose):
    masks = body_regions(np.full(pose.segmentation.shape, 3, np.uint8), pose)
    assert not any(mask.any() for mask in masks.values())


def test_chin_is_below_the_mouth_and_above_the_shoulders(pose):
    assert pose.keypoints[9, 1] < chin(pose)[1] < pose.keypoints[11, 1]


def test_waist_lies_between_shoulders_and_hips(pose):
    below = below_waist(pose)
    assert at(below, *pose.keypoints[23])
    assert at(below, *pose.keypoints[25])
    assert not at(below, *pose.keypoints[11])
    assert not at(below, *pose.keypoints[0])


@given(st.floats(0.3, 2), st.floats(-0.3, 0.3))
def test_shoulder_width_scales_with_the_person(make_pose, scale, shift):
    plain, moved = make_pose(), make_pose(scale=scale, shift=(shift, shift))
    assert shoulder_width(moved) == pytest.approx(scale * shoulder_width(plain), rel=1e-3)


@given(st.integers(0, 12))
def test_dilate_grows_by_its_radius(radius):
    mask = np.zeros((41, 41), bool)
    mask[20, 20] = True
    grown = dilate(mask, radius)
    assert np.flatnonzero(grown[20]).tolist() == list(range(20 - radius, 21 + radius))
    np.testing.assert_array_equal(grown, grown[::-1, ::-1])


def test_a_bounding_box_holds_the_mask_and_its_margin_and_ends_at_the_photo():
    mask = np.zeros((20, 30), bool)
    mask[4, 7] = mask[6, 2] = True
    assert bounding_box(mask) == (slice(4, 7), slice(2, 8))
    assert mask[bounding_box(mask, 3)].shape == (9, 11)
    assert bounding_box(np.zeros_like(mask)) == (slice(0, 0), slice(0, 0))


def test_shoulders_slope_from_the_neck_to_the_joints(pose):
    shape = shoulder_shape(pose)
    left, right = pose.keypoints[list(SHOULDERS)].round().astype(int)
    assert shape[left[1], left[0]]
    assert shape[right[1], right[0]]
    assert not shape[: int(chin(pose)[1])].any()
    rows = shape.sum(axis=1)
    assert (np.diff(rows[rows > 0]) >= 0).all()


def test_negative_radius_shrinks():
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    assert dilate(mask, -2).sum() == 36


@pytest.mark.parametrize(("joint", "expected"), [(11, 0), (13, 1), (15, 2)])
def test_along_an_arm_from_shoulder_to_wrist(pose, joint, expected):
    assert along_arm(pose, 0, pose.keypoints[[joint]]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("radius", [-30, -9, 9, 30])
def test_wide_growing_is_what_a_round_element_does(radius):
    mask = np.zeros((200, 180), bool)
    mask[60:150, 50:140], mask[80:90, 80:90] = True, False
    operation = cv2.dilate if radius > 0 else cv2.erode
    expected = operation(np.uint8(mask), ellipse(abs(radius))) > 0
    grown = dilate(mask, radius)
    assert (grown != expected).sum() < 0.02 * mask.sum()
    assert dilate(np.zeros_like(mask), radius).sum() == 0
    assert dilate(np.ones_like(mask), radius).all()


def test_a_hand_beside_trousers_is_all_hand(pose):
    labels, shape = np.zeros(pose.segmentation.shape, np.uint8), pose.segmentation.shape
    wrist, tips = pose.keypoints[15], pose.keypoints[19] + 1.2 * (pose.keypoints[19] - pose.keypoints[15])
    canvas = np.zeros(shape, np.uint8)
    cv2.line(canvas, *[tuple(int(v) for v in point.round()) for point in (wrist, tips)], 1, 26)
    # Towards the thigh it is wide.
    cv2.line(canvas, *[tuple(int(v) for v in (point - (34, -8)).round()) for point in (wrist, tips)], 1, 24)
    labels[canvas > 0] = SKIN
    regions = body_regions(labels, pose)
    assert not regions["left_leg"].any()
    assert regions["left_hand"].sum() > 3000


def test_a_strip_of_a_thigh_below_the_fingertips_is_leg(pose):
    labels = np.zeros(pose.segmentation.shape, np.uint8)
    x, y = pose.keypoints[list(KNUCKLES[0])].mean(axis=0).round().astype(int)
    labels[y - 20 : y + 12, x - 8 : x + 8] = SKIN
    labels[y + 20 : y + 24, x - 20 : x + 4] = SKIN
    regions = body_regions(labels, pose)
    assert regions["left_leg"][y + 20 : y + 24, x - 20 : x + 4].all()
    assert regions["left_hand"][y : y + 12, x - 8 : x + 8].all()


def test_a_hand_takes_no_leg_along(pose):
    labels = np.where(pose.segmentation > 0.5, SKIN, 0).astype(np.uint8)
    regions = body_regions(labels, pose)
    knee = tuple(pose.keypoints[25].round().astype(int)[::-1])
    assert regions["left_leg"][knee]
    assert not regions["left_hand"][knee]


def test_a_bare_waist_beside_an_arm_is_no_part_of_it(pose):
    labels, unit = np.zeros(pose.segmentation.shape, np.uint8), shoulder_width(pose)
    elbow, hip = pose.keypoints[13], pose.keypoints[23]
    for start, end in ((11, 13), (13, 15)):
        ends = [tuple(int(value) for value in pose.keypoints[joint]) for joint in (start, end)]
        cv2.line(labels, *ends, 1, round(0.32 * unit))
    alone = labels > 0
    middle = round(float(0.8 * elbow[1] + 0.2 * hip[1])) + 6
    labels[middle - 6 : middle + 6, round(float(hip[0])) : round(float(elbow[0]))] = 1
    regions = body_regions(labels, pose)
    waist = np.flatnonzero(labels[middle] & ~alone[middle])
    assert regions["torso"][middle, waist[:-4]].all()
    assert regions["left_arm"][middle, alone[middle]].all()


def test_a_thin_arm_stays_one(pose):
    labels = np.zeros(pose.segmentation.shape, np.uint8)
    for start, end in ((11, 13), (13, 15)):
        ends = [tuple(int(value) for value in pose.keypoints[joint]) for joint in (start, end)]
        cv2.line(labels, *ends, 1, 10)
    forearm = labels.copy()
    forearm[: round(float(pose.keypoints[13][1]))] = 0
    labels[pose.segmentation > 0.5] = 1
    regions = body_regions(labels, pose)
    assert (regions["left_arm"] | regions["left_hand"])[forearm > 0].all()


def test_under_the_chin_of_an_inclined_head_is_neck(pose):
    points = pose.keypoints.copy()
    points[[0, 2, 5, 7, 8], 0] += 20
    inclined = replace(pose, keypoints=points)
    regions = body_regions(np.full(pose.segmentation.shape, SKIN, np.uint8), inclined)
    low = round(float(chin(inclined)[1] + UNDER_CHIN * shoulder_width(inclined)))
    assert regions["face"][low - 1].any()
    assert not regions["face"][low:].any()
    assert regions["neck"][low, round(float(chin(inclined)[0]))]
