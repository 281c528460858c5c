from dataclasses import replace

import numpy as np
import pytest

from ml.anatomy import along_arm, arm_shape
from ml.groups import (
    MIDDLE,
    SLIM,
    arms_of,
    breadth,
    confidence_group,
    size_of,
    skin_tone,
    sleeve_change,
    sleeve_of,
    terciles,
)
from ml.labels import LABELS
from ml.scene import Scene
from tests.ml.stubs import StubParser


def moved(pose, **places):
    points = pose.keypoints.copy()
    for index, place in places.items():
        points[int(index[1:])] = place
    return replace(pose, keypoints=points)


def test_arms(pose):
    points = pose.keypoints
    assert arms_of(pose) == "at the sides"
    assert arms_of(moved(pose, j13=points[11] + (100, 60))) == "away"
    assert arms_of(moved(pose, j15=(points[11] + points[24]) / 2)) == "across"


def test_breadth_has_no_scale(pose, make_pose):
    assert breadth(make_pose(scale=0.7)) == pytest.approx(breadth(pose), rel=1e-4)
    wide = moved(pose, j11=pose.keypoints[11] + (30, 0), j12=pose.keypoints[12] - (30, 0))
    assert breadth(wide) > breadth(pose)


@pytest.fixture
def scene(pose):
    return Scene(np.zeros((512, 384, 3), np.uint8), StubParser().parse(None, pose).labels, pose)


@pytest.mark.parametrize(
    ("colour", "tone"),
    [
        ((255, 235, 225), "very light"),
        ((210, 170, 140), "light"),
        ((190, 150, 115), "intermediate"),
        ((165, 125, 95), "tan"),
        ((130, 90, 62), "brown"),
        ((60, 38, 28), "dark"),
    ],
)
def test_skin_tone(scene, colour, tone):
    scene.photo[scene.regions["face"]] = colour
    assert skin_tone(scene) == tone


def test_no_face_has_no_tone(scene):
    assert skin_tone(Scene(scene.photo, np.zeros_like(scene.labels), scene.pose)) is None


def test_sleeves_against_those_of_before(scene):
    arms = arm_shape(scene.pose, 0) | arm_shape(scene.pose, 1)
    covered, bare = arms.astype(np.float32), np.zeros(arms.shape, np.float32)
    assert sleeve_change(scene, "upper_body", covered) == "longer"
    assert sleeve_change(scene, "upper_body", bare) == "as before"
    sleeved = np.where(arms, LABELS.index("upper"), scene.labels).astype(np.uint8)
    dressed = Scene(scene.photo, sleeved, scene.pose)
    assert sleeve_change(dressed, "upper_body", bare) == "shorter"
    assert sleeve_change(dressed, "upper_body", covered) == "as before"
    assert sleeve_change(scene, "lower_body", covered) is None


@pytest.mark.parametrize(("end", "sleeve"), [(0.1, "sleeveless"), (1.0, "short"), (2.0, "long")])
def test_sleeves_by_how_much_of_the_arms_they_cover(scene, end, sleeve):
    labels = scene.labels.copy()
    for side in (0, 1):
        points = np.argwhere(arm_shape(scene.pose, side))[:, ::-1]
        columns, rows = points.T
        covered = along_arm(scene.pose, side, points) <= end
        labels[rows, columns] = np.where(covered, LABELS.index("upper"), LABELS.index("skin"))
    assert sleeve_of(Scene(scene.photo, labels, scene.pose)) == sleeve


def test_without_a_top_there_are_no_sleeves(scene):
    assert sleeve_of(Scene(scene.photo, np.zeros_like(scene.labels), scene.pose)) is None


def test_terciles():
    assert terciles([3, 1, 2, 6, 5, 4]) == ["middle", "slim", "slim", "broad", "broad", "middle"]
    assert terciles([]) == []


def test_sizes_are_told_by_breadth(pose, monkeypatch):
    for width, name in ((SLIM, "slim"), (MIDDLE, "middle"), (MIDDLE + 0.01, "broad")):
        monkeypatch.setattr("ml.groups.breadth", lambda pose, width=width: width)
        assert size_of(pose) == name


@pytest.mark.parametrize(
    ("confidence", "group"), [(0, "0.0-0.1"), (0.6, "0.6-0.7"), (0.699, "0.6-0.7"), (1, "0.9-1.0")]
)
def test_confidence_by_tenths(confidence, group):
    assert confidence_group(confidence) == group
