"""Keypoint files: what is written is read, what is malformed is named, and joints keep their places."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ml.keypoints import (
    BODY_25,
    COCO_17,
    COCO_18,
    HALPE_26,
    LAYOUTS,
    MEDIAPIPE_33,
    Keypoints,
    from_pose,
    read_alphapose,
    read_openpose,
    to_pose,
    write_alphapose,
    write_openpose,
)
from ml.pose import Pose

SILHOUETTE = np.zeros((4, 3), np.float32)
FIGURE = {
    "nose": (0, -55), "left_eye": (7, -63), "left_ear": (15, -60), "left_shoulder": (36, 0),
    "left_elbow": (74, 40), "left_wrist": (107, 76), "left_hip": (20, 100), "left_knee": (28, 185),
    "left_ankle": (34, 265),
}  # fmt: skip


def person(layout):
    count = len(LAYOUTS[layout])
    return st.builds(
        Keypoints,
        st.just(layout),
        arrays(np.float32, (count, 2), elements=st.floats(-4096, 4096, width=32)),
        arrays(np.float32, count, elements=st.one_of(st.just(0), st.floats(0, 1, width=32))),
    )


def assert_same(found, expected):
    assert found.layout == expected.layout
    np.testing.assert_array_equal(found.points, expected.points)
    np.testing.assert_array_equal(found.confidence, expected.confidence)
    assert found.points.dtype == found.confidence.dtype == np.float32


def figure(**missing):
    """The standing figure of `FIGURE` in COCO_17, with confidence 1 but for the joints set to 0."""
    places = FIGURE | {name.replace("left", "right"): (-x, y) for name, (x, y) in FIGURE.items() if x}
    points = np.array([places[name] for name in COCO_17], np.float32)
    return Keypoints("coco_17", points, np.array([missing.get(name, 1) for name in COCO_17], np.float32))


def at(pose, name):
    return pose.keypoints[MEDIAPIPE_33.index(name)]


def test_tables_have_the_joints_of_their_programs():
    assert [len(table) for table in (BODY_25, COCO_18, COCO_17, HALPE_26, MEDIAPIPE_33)] == [
        25,
        18,
        17,
        26,
        33,
    ]
    assert all(len(set(table)) == len(table) for table in (*LAYOUTS.values(), MEDIAPIPE_33))
    assert all(set(COCO_17) <= set(table) for table in (*LAYOUTS.values(), MEDIAPIPE_33))
    assert [BODY_25.index(name) for name in ("mid_hip", "left_eye", "left_big_toe", "right_heel")] == [
        8,
        16,
        19,
        24,
    ]
    assert [COCO_18.index(name) for name in ("right_hip", "left_hip", "left_ear")] == [8, 11, 17]
    assert [HALPE_26.index(name) for name in ("head_top", "mid_hip", "right_heel")] == [17, 19, 25]
    assert [MEDIAPIPE_33.index(name) for name in ("left_eye", "right_mouth", "right_thumb")] == [2, 10, 22]


@given(st.lists(st.one_of(person("body_25"), person("coco_18")), max_size=3))
def test_openpose_files_are_read_as_written(people):
    found = read_openpose(write_openpose(people))
    assert len(found) == len(people)
    for one, expected in zip(found, people, strict=True):
        assert_same(one, expected)


@given(
    st.dictionaries(
        st.text(), st.lists(st.one_of(person("halpe_26"), person("coco_17")), min_size=1, max_size=2)
    )
)
def test_alphapose_files_are_read_as_written(images):
    found = read_alphapose(write_alphapose(images).encode())
    assert list(found) == list(images)
    for image, people in images.items():
        assert len(found[image]) == len(people)
        for one, expected in zip(found[image], people, strict=True):
            assert_same(one, expected)


def test_of_136_joints_the_body_is_read():
    numbers = list(range(3 * 136))
    [one] = read_alphapose(json.dumps([{"image_id": "a.jpg", "keypoints": numbers}]))["a.jpg"]
    assert one.layout == "halpe_26"
    np.testing.assert_array_equal(one.points[25], (75, 76))
    assert one.confidence[25] == 77


def test_alphapose_in_the_manner_of_openpose():
    [one] = read_openpose(json.dumps({"version": 0.1, "bodies": [{"joints": [1, 2, 0.5] * 18}]}))
    assert one.layout == "coco_18"
    np.testing.assert_array_equal(one.points, [(1, 2)] * 18)


def one_openpose(numbers):
    return json.dumps({"people": [{"pose_keypoints_2d": numbers}]})


MALFORMED_OPENPOSE = {
    "": r"not JSON \(",
    "[" * 100_000: r"not JSON \(",
    b"\xff\xfe\x00": r"not JSON \(",
    "3": 'an object with a list "people" is expected',
    "[]": 'an object with a list "people" is expected',
    '{"people": 3}': 'an object with a list "people" is expected',
    '{"people": [3]}': 'person 0 has no "pose_keypoints_2d"',
    '{"people": [{}]}': 'person 0 has no "pose_keypoints_2d"',
    one_openpose(None): "person 0's keypoints are not a list of numbers",
    one_openpose([None] * 75): "person 0's keypoints are not a list of numbers",
    one_openpose([True] * 75): "person 0's keypoints are not a list of numbers",
    one_openpose([1] * 74): r"person 0 has 74 numbers; known layouts: 75 \(body_25\), 54 \(coco_18\)",
    one_openpose([float("nan")] * 75): "person 0 has a number that is not finite",
    one_openpose([10**400] * 75): "person 0 has a number that is not finite",
    one_openpose([1e39] * 75): "person 0 has a number that is not finite",
}


@pytest.mark.parametrize("content", MALFORMED_OPENPOSE, ids=range(len(MALFORMED_OPENPOSE)))
def test_malformed_openpose_files(content):
    with pytest.raises(ValueError, match=f"^keypoint file: {MALFORMED_OPENPOSE[content]}"):
        read_openpose(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "a list of people is expected"),
        ("[[]]", 'person 0 has no "keypoints"'),
        ('[{"keypoints": []}]', 'person 0 has no "image_id"'),
        (
            '[{"keypoints": [], "image_id": "a"}]',
            r"person 0 has 0 numbers; known layouts: 78 \(halpe_26\), 51",
        ),
    ],
)
def test_malformed_alphapose_files(content, message):
    with pytest.raises(ValueError, match=f"^keypoint file: {message}"):
        read_alphapose(content)


def test_each_program_writes_its_own_layouts(pose):
    with pytest.raises(ValueError, match=r"^OpenPose has no layout halpe_26$"):
        write_openpose([from_pose(pose, "halpe_26")])
    with pytest.raises(ValueError, match=r"^AlphaPose has no layout body_25$"):
        write_alphapose({"a": [from_pose(pose, "body_25")]})


@given(st.sampled_from(list(LAYOUTS)).flatmap(person))
def test_joints_found_keep_place_and_confidence(one):
    names = LAYOUTS[one.layout]
    assume(sum(sure > 0 and name in COCO_17 for name, sure in zip(names, one.confidence, strict=True)) >= 2)
    pose = to_pose(one, SILHOUETTE)
    assert pose.keypoints.dtype == pose.visibility.dtype == np.float32
    assert np.isfinite(pose.keypoints).all()
    assert pose.segmentation is SILHOUETTE
    found = {name: index for index, name in enumerate(names) if one.confidence[index] > 0}
    for index, name in enumerate(MEDIAPIPE_33):
        assert pose.visibility[index] == (one.confidence[found[name]] if name in found else 0)
        if name in found:
            np.testing.assert_array_equal(pose.keypoints[index], one.points[found[name]])
    back = from_pose(pose, one.layout)
    for index in (index for name, index in found.items() if name in MEDIAPIPE_33):
        np.testing.assert_array_equal(back.points[index], one.points[index])
        assert back.confidence[index] == one.confidence[index]


@given(
    st.sampled_from(list(LAYOUTS)),
    arrays(np.float32, (33, 2), elements=st.floats(-4096, 4096, width=32)),
    arrays(np.float32, 33, elements=st.floats(0.125, 1, width=32)),
)
def test_poses_keep_the_joints_that_a_layout_has(layout, points, visibility):
    pose = to_pose(from_pose(Pose(points, visibility, SILHOUETTE), layout), SILHOUETTE)
    shared = [name in LAYOUTS[layout] for name in MEDIAPIPE_33]
    np.testing.assert_array_equal(pose.keypoints[shared], points[shared])
    np.testing.assert_array_equal(pose.visibility, np.where(shared, visibility, 0))


def test_neck_and_hips_are_midpoints_and_small_toes_unknown(pose):
    sure = np.linspace(0.1, 0.9, 33).astype(np.float32)
    one = from_pose(Pose(pose.keypoints, sure, SILHOUETTE), "body_25")
    np.testing.assert_array_equal(one.points[BODY_25.index("neck")], pose.keypoints[[11, 12]].mean(axis=0))
    np.testing.assert_array_equal(one.points[BODY_25.index("mid_hip")], pose.keypoints[[23, 24]].mean(axis=0))
    assert one.confidence[BODY_25.index("neck")] == sure[11]
    np.testing.assert_array_equal(one.points[BODY_25.index("left_small_toe")], (0, 0))
    assert one.confidence[BODY_25.index("left_small_toe")] == 0


@pytest.mark.parametrize("name", COCO_17)
def test_a_missing_joint_of_a_figure_is_put_back(name):
    pose = to_pose(figure(**{name: 0}), SILHOUETTE)
    expected = figure().points[COCO_17.index(name)]
    np.testing.assert_allclose(at(pose, name), expected, atol=1e-3)
    assert pose.visibility[MEDIAPIPE_33.index(name)] == 0


def test_details_lie_where_a_body_has_them():
    pose = to_pose(figure(), SILHOUETTE)
    np.testing.assert_allclose(at(pose, "left_mouth"), (5.6, -50.2), atol=1e-4)
    np.testing.assert_allclose(at(pose, "right_mouth"), (-5.6, -50.2), atol=1e-4)
    np.testing.assert_allclose(at(pose, "left_eye_inner"), (3.5, -63), atol=1e-4)
    np.testing.assert_allclose(at(pose, "left_eye_outer"), (10.5, -63), atol=1e-4)
    np.testing.assert_allclose(at(pose, "right_index"), (-107 - 0.36 * 33, 76 + 0.36 * 36), atol=1e-4)
    np.testing.assert_allclose(at(pose, "left_heel"), (34.48, 271.4), atol=1e-4)
    np.testing.assert_allclose(at(pose, "left_big_toe"), (35.32, 282.6), atol=1e-4)


@given(
    person("coco_17"),
    st.floats(0.25, 4),
    st.floats(-3, 3),
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_what_is_missing_turns_and_grows_with_the_person(one, scale, angle, shift):
    assume((one.confidence > 0).sum() >= 2)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = Keypoints("coco_17", (one.points @ turn.T + shift).astype(np.float32), one.confidence)
    expected = to_pose(one, SILHOUETTE).keypoints @ turn.T + shift
    # Two joints that lie close in the figure can carry its size far: rounding grows with the result.
    tolerance = 1e-4 * max(np.abs(expected).max(), 4096)
    np.testing.assert_allclose(to_pose(moved, SILHOUETTE).keypoints, expected, rtol=0, atol=tolerance)


def test_one_joint_does_not_place_a_body():
    alone = Keypoints("coco_17", figure().points, np.eye(17, dtype=np.float32)[3])
    with pytest.raises(ValueError, match=r"^fewer than two joints were found$"):
        to_pose(alone, SILHOUETTE)
