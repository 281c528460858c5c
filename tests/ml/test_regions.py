from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml.anatomy import KNUCKLES, chin, shoulder_width
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
