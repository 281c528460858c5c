"""OpenPose's and AlphaPose's estimators with networks made here: each joint is a square of its own colour."""

from argparse import ArgumentParser

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ml import posenets
from ml.caffe import CaffeNetwork
from ml.heatmaps import skeleton_of
from ml.keypoints import BODY_25, COCO_17, COCO_18, HALPE_26, LAYOUTS, Keypoints, from_pose, to_pose
from ml.pipeline import TryOnPipeline
from ml.pose import Pose
from ml.posenets import (
    ALPHAPOSE_MEANS,
    AlphaPoseEstimator,
    OnnxNetwork,
    OpenPoseEstimator,
    add_pose_arguments,
    pose_source,
    read_network,
    with_silhouettes,
)
from tests.ml.stubs import StubPoseEstimator
from tests.ml.test_caffe import STRUCTURE, model

# Red, green and blue of 26 joints: no two within 85 levels of each other, none near black.
COLOURS = np.array(
    [(r, g, b) for r in (85, 170, 255) for g in (0, 85, 255) for b in (0, 170, 255)][:26], np.uint8
)
STEEPNESS = 4.0
"""How fast a heatmap falls with the distance from its joint's colour: at any other colour it is below 0."""
# Where a standing person's joints are, columns of 34 and rows of 46; the right half mirrors the left.
LEFT = {
    "eye": (19, 3), "ear": (21, 4), "shoulder": (22, 10), "elbow": (25, 16), "wrist": (27, 22),
    "hip": (20, 23), "knee": (20, 32), "ankle": (20, 40), "big_toe": (21, 43), "small_toe": (23, 42),
    "heel": (19, 42),
}  # fmt: skip
CELLS = {"head_top": (17, 1), "nose": (17, 5), "neck": (17, 10), "mid_hip": (17, 23)} | {
    f"{side}_{name}": (17 + sign * (x - 17), y)
    for side, sign in (("left", 1), ("right", -1))
    for name, (x, y) in LEFT.items()
}


def colour_network(path, stride, wanted, bias):
    """Write a network that averages squares of `stride` pixels and compares them with colours.

    wanted: (K, 3) the input values of each joint's colour; bias: (N,), N >= K, the values of the maps, of
    which the first K fall with the distance from their colour.
    """
    count, maps = len(wanted), len(bias)
    signed = np.concatenate([np.eye(3), -np.eye(3)])
    apart = np.tile(signed, (count, 1)).astype(np.float32).reshape(6 * count, 3, 1, 1)
    offsets = -(wanted @ signed.T).astype(np.float32).ravel()
    together = np.zeros((maps, 6 * count, 1, 1), np.float32)
    for joint in range(count):
        together[joint, 6 * joint : 6 * joint + 6] = -STEEPNESS
    weights = {"apart": apart, "offsets": offsets, "together": together, "bias": np.float32(bias)}
    nodes = [
        helper.make_node(
            "AveragePool", ["image"], ["small"], kernel_shape=[stride] * 2, strides=[stride] * 2
        ),
        helper.make_node("Conv", ["small", "apart", "offsets"], ["differences"], kernel_shape=[1, 1]),
        helper.make_node("Relu", ["differences"], ["positive"]),
        helper.make_node("Conv", ["positive", "together", "bias"], ["maps"], kernel_shape=[1, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info("maps", TensorProto.FLOAT, [1, maps, "rows", "columns"])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def person(names, cell, shift=(0, 0)):
    """Cells (N, 2) of the joints `names` on a grid of `cell` pixels, and the pose in their middles."""
    cells = np.array([CELLS[name] for name in names]) + shift
    points = (cell * (cells + 0.5) - 0.5).astype(np.float32)
    layout = next(layout for layout, table in LAYOUTS.items() if table is names)
    silhouette = np.zeros((46 * cell, 34 * cell), np.float32)
    return cells, to_pose(Keypoints(layout, points, np.ones(len(names), np.float32)), silhouette)


def picture(cells, cell, size):
    photo = np.zeros((*size, 3), np.uint8)
    for colour, (x, y) in zip(COLOURS, cells, strict=False):
        photo[cell * y : cell * (y + 1), cell * x : cell * (x + 1)] = colour
    return photo


def openpose_network(path, skeleton, cells):
    """Joints by colour; each limb's field points everywhere as the limb between `cells` does."""
    bias = np.zeros(skeleton.channels)
    bias[: skeleton.joints] = 1
    for first, second, channel in skeleton.limbs:
        along = cells[second] - cells[first]
        bias[skeleton.joints + 1 + channel :][:2] = along / np.linalg.norm(along)
    wanted = COLOURS[: skeleton.joints, ::-1] / 256 - 0.5
    return colour_network(path, 8, wanted, bias)


@pytest.mark.parametrize(("channels", "names"), [(78, BODY_25), (57, COCO_18)])
def test_openpose_finds_the_joints_and_mediapipe_the_silhouette(tmp_path, channels, names):
    skeleton = skeleton_of(channels)
    cells, drawn = person(names, 16)
    _, bystander = person(names, 16, shift=(12, 0))
    network = OnnxNetwork(openpose_network(tmp_path / "net.onnx", skeleton, cells))
    estimator = OpenPoseEstimator(network, StubPoseEstimator(bystander, drawn))
    [pose] = estimator.estimate(picture(cells, 16, (736, 544)))
    np.testing.assert_allclose(pose.keypoints, drawn.keypoints, atol=1e-3)
    np.testing.assert_array_equal(pose.visibility, drawn.visibility)
    assert pose.segmentation is drawn.segmentation


@pytest.fixture
def coco(tmp_path):
    """A network of OpenPose's COCO, the cells it knows, and the pose of the person in them."""
    cells, drawn = person(COCO_18, 16)
    return OnnxNetwork(openpose_network(tmp_path / "net.onnx", skeleton_of(57), cells)), cells, drawn


def test_openpose_without_anybody(coco):
    network, cells, drawn = coco
    black, photo = np.zeros((736, 544, 3), np.uint8), picture(cells, 16, (736, 544))
    assert OpenPoseEstimator(network, StubPoseEstimator(drawn)).estimate(black) == []
    assert OpenPoseEstimator(network, StubPoseEstimator()).estimate(photo) == []


def test_openpose_on_a_photo_that_is_not_high(coco):
    network, cells, drawn = coco
    wide = np.pad(picture(cells, 8, (368, 272)), ((0, 0), (0, 96), (0, 0)))
    half = Pose((drawn.keypoints + 0.5) / 2 - 0.5, drawn.visibility, np.zeros((368, 368), np.float32))
    [pose] = OpenPoseEstimator(network, StubPoseEstimator(half)).estimate(wide)
    np.testing.assert_allclose(pose.keypoints, half.keypoints, atol=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (333, 64)])
def test_openpose_on_odd_sizes(coco, size):
    assert OpenPoseEstimator(coco[0], StubPoseEstimator()).estimate(np.zeros((*size, 3), np.uint8)) == []


@pytest.mark.parametrize(("names", "maps"), [(COCO_17, 17), (HALPE_26, 26), (HALPE_26, 136)])
def test_alphapose_finds_the_joints_in_mediapipes_box(tmp_path, names, maps):
    cells, drawn = person(names, 8, shift=(7, 8))
    # MediaPipe's joints, a little off, span a box whose crop is the whole photo at half its size, so that
    # cells are pixels of the heatmaps.
    points = drawn.keypoints - np.float32((4, 0))
    points[0, 1], points[[27, 28], 1] = 255.5 - 204.4, 255.5 + 204.4
    seen = Pose(points, drawn.visibility, np.zeros((512, 384), np.float32))
    wanted = COLOURS[: len(names)] / 255 - ALPHAPOSE_MEANS
    path = colour_network(tmp_path / "net.onnx", 4, wanted, np.ones(maps))
    estimator = AlphaPoseEstimator(OnnxNetwork(path), StubPoseEstimator(seen))
    [pose] = estimator.estimate(picture(cells, 8, (512, 384)))
    # Map pixel i is crop pixel 4 i, whose middle is at 8 i + 0.5 in the photo; a cell has it at 8 i + 3.5.
    np.testing.assert_allclose(pose.keypoints, drawn.keypoints - 3, atol=2e-3)
    np.testing.assert_array_equal(pose.visibility, drawn.visibility)
    assert pose.segmentation is seen.segmentation


def test_alphapose_without_anybody(tmp_path):
    path = colour_network(tmp_path / "net.onnx", 4, np.zeros((17, 3)), np.ones(17))
    assert (
        AlphaPoseEstimator(OnnxNetwork(path), StubPoseEstimator()).estimate(np.zeros((9, 9, 3), np.uint8))
        == []
    )


def test_networks_of_others_are_refused(tmp_path, pose):
    photo = np.zeros((512, 384, 3), np.uint8)
    network = OnnxNetwork(colour_network(tmp_path / "net.onnx", 4, np.zeros((5, 3)), np.ones(5)))
    with pytest.raises(ValueError, match=r"^the network draws 5 maps; OpenPose's draw"):
        OpenPoseEstimator(network, StubPoseEstimator(pose)).estimate(photo)
    with pytest.raises(ValueError, match=r"^the network draws 5 maps; AlphaPose's draw 17, 26 or 136$"):
        AlphaPoseEstimator(network, StubPoseEstimator(pose)).estimate(photo)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ([1, 3, 64], r"gives \(1, 3, 64\), not maps \(1, c, h, w\)$"),
        ([1, 3, 5, 5], r"fails on an input of \(3, 8, 8\): .+$"),
    ],
)
def test_networks_without_maps_are_refused(tmp_path, shape, message):
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["image", "shape"], ["maps"])],
        "reshape",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info("maps", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.array(shape), "shape")],
    )
    path = tmp_path / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    network = OnnxNetwork(path)
    with pytest.raises(ValueError, match=rf"net\.onnx {message}"):
        network.run(np.zeros((3, 8, 8), np.float32))


def test_each_silhouette_is_given_once_to_the_nearest(make_pose):
    seen = [make_pose(), make_pose(shift=(0.45, 0))]
    left, right = (from_pose(pose, "body_25") for pose in seen)
    shifted = Keypoints("body_25", left.points + np.float32(6), left.confidence)
    poses = with_silhouettes([shifted, right, left], seen)
    assert [
        pose.segmentation is seen[index].segmentation for pose, index in zip(poses, (1, 0), strict=True)
    ] == [True] * 2
    np.testing.assert_array_equal(poses[1].keypoints[0], left.points[0])


def test_far_and_hardly_seen_people_have_no_silhouette(make_pose):
    seen = [make_pose()]
    one = from_pose(seen[0], "coco_17")
    far = Keypoints("coco_17", one.points + np.float32(100), one.confidence)
    hardly = Keypoints("coco_17", one.points, (np.arange(17) < 2).astype(np.float32))
    assert with_silhouettes([far, hardly], seen) == []
    assert len(with_silhouettes([far, hardly, one], seen)) == 1


@pytest.mark.parametrize(
    ("confidence", "visibility"), [(0, 0), (0.125, 0.25), (0.25, 0.5), (0.5, 1), (0.9, 1), (3, 1)]
)
def test_heights_of_peaks_become_visibility(pose, confidence, visibility):
    one = from_pose(pose, "coco_17")
    sure = one.confidence.copy()
    sure[COCO_17.index("left_wrist")] = confidence
    [found] = with_silhouettes([Keypoints("coco_17", one.points, sure)], [pose])
    assert found.visibility[15] == visibility


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"absent\.onnx is missing: the pose network must be supplied$"
    ):
        read_network([tmp_path / "absent.onnx"])
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\0" * 50)
    with pytest.raises(ValueError, match=r"broken\.onnx is not a network that OpenCV reads: .+$"):
        read_network([broken])
    with pytest.raises(FileNotFoundError, match=r"absent\.caffemodel is missing"):
        read_network([broken, tmp_path / "absent.caffemodel"])


def test_two_files_are_a_network_of_caffe(tmp_path):
    paths = tmp_path / "a.prototxt", tmp_path / "a.caffemodel"
    paths[0].write_text(STRUCTURE)
    shapes = {"conv": [(4, 3, 3, 3), (4,)], "wide": [(2, 4, 1, 1), (2,)], "prelu": [(2,)]}
    paths[1].write_bytes(model({name: [np.ones(size) for size in sizes] for name, sizes in shapes.items()}))
    assert isinstance(read_network(paths), CaffeNetwork)


@pytest.mark.parametrize(
    ("name", "estimator"), [("openpose", OpenPoseEstimator), ("alphapose", AlphaPoseEstimator)]
)
def test_arguments_name_the_source(tmp_path, monkeypatch, name, estimator):
    monkeypatch.setattr(posenets, "PoseEstimator", StubPoseEstimator)
    path = colour_network(tmp_path / "net.onnx", 4, np.zeros((17, 3)), np.ones(17))
    parser = ArgumentParser()
    add_pose_arguments(parser)
    assert pose_source(parser.parse_args([])) is None
    source = pose_source(parser.parse_args(["--pose", name, "--pose-model", str(path)]))
    assert isinstance(source, estimator)
    with pytest.raises(
        ValueError, match=f"^--pose {name} needs --pose-model with one file, or with Caffe's two$"
    ):
        pose_source(parser.parse_args(["--pose", name, "--pose-model", "a", "b", "c"]))


def test_the_pipeline_asks_the_source_it_is_given(pose):
    source = StubPoseEstimator(pose)
    blocks = np.random.default_rng(0).integers(60, 230, (64, 48, 3), np.uint8)
    photo = blocks.repeat(8, axis=0).repeat(8, axis=1)
    check = TryOnPipeline.load("cpu", "tps", source).check_photo(photo)
    assert check.pose is pose
    assert source.calls == 1
