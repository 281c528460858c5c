import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.anatomy import SHOULDERS, along_arm, below_waist, chin, shoulder_shape, shoulder_width


def at(mask, x, y):
    return bool(mask[round(y), round(x)])


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


def test_shoulders_slope_from_the_neck_to_the_joints(pose):
    shape = shoulder_shape(pose)
    left, right = pose.keypoints[list(SHOULDERS)].round().astype(int)
    assert shape[left[1], left[0]]
    assert shape[right[1], right[0]]
    assert not shape[: int(chin(pose)[1])].any()
    rows = shape.sum(axis=1)
    assert (np.diff(rows[rows > 0]) >= 0).all()


@pytest.mark.parametrize(("joint", "expected"), [(11, 0), (13, 1), (15, 2)])
def test_along_an_arm_from_shoulder_to_wrist(pose, joint, expected):
    assert along_arm(pose, 0, pose.keypoints[[joint]]) == pytest.approx(expected, abs=1e-5)
