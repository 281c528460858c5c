"""Poses: the 13 joints of 33 keypoints, and the real estimator on pictures with nobody in them."""

import numpy as np
import pytest

from ml.pose import JOINT_NAMES, MIRRORED_JOINTS, Pose, PoseEstimator
from ml.posebundle import BUNDLE


def pose_at(points: np.ndarray, size: tuple[int, int] = (100, 80)) -> Pose:
    return Pose(points.astype(np.float32), np.ones(33, np.float32), np.zeros(size, np.float32))


def test_joints_are_the_named_keypoints():
    joints, visibility = pose_at(np.stack([np.arange(33), np.arange(33) * 2], 1)).joints()
    assert joints.shape == (13, 2)
    assert joints[:, 0].tolist() == [0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
    assert visibility.tolist() == [1] * 13


def test_joints_beyond_the_photo_are_not_visible():
    points = np.full((33, 2), 40.0)
    points[27], points[28] = (40, 100), (-1, 50)
    visibility = dict(zip(JOINT_NAMES, pose_at(points).joints()[1], strict=True))
    assert visibility["left_ankle"] == visibility["right_ankle"] == 0
    assert visibility["left_knee"] == 1


def test_mirroring_twice_changes_nothing():
    assert [MIRRORED_JOINTS[index] for index in MIRRORED_JOINTS] == list(range(13))
    mirrored = [JOINT_NAMES[index] for index in MIRRORED_JOINTS]
    swap = {"left": "right", "right": "left", "head": "head"}
    assert [swap[name.split("_")[0]] for name in mirrored] == [name.split("_")[0] for name in JOINT_NAMES]


def test_a_missing_bundle_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"python -m ml\.posebundle"):
        PoseEstimator(tmp_path / "absent.task")


@pytest.mark.skipif(not BUNDLE.is_file(), reason="POSE BUNDLE NOT BUILT: run `python -m ml.posebundle`")
@pytest.mark.parametrize("size", [(256, 192), (120, 101), (64, 333)])
def test_nobody_is_found_in_an_empty_picture(size):
    assert PoseEstimator().estimate(np.full((*size, 3), 200, np.uint8)) == []
