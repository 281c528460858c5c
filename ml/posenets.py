"""OpenPose's and AlphaPose's networks as sources of poses, with weights that the user supplies.

These networks give joints, no silhouettes. MediaPipe gives those, and the boxes in which AlphaPose's network
looks: each person gets the silhouette of the person of MediaPipe's whose joints agree best.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from ml.caffe import CaffeNetwork
from ml.crops import PersonFrame, person_box
from ml.heatmaps import decode_people, decode_single, match, skeleton_of
from ml.keypoints import COCO_17, HALPE_136, LAYOUTS, Keypoints, from_pose, to_pose
from ml.pose import Pose, PoseEstimator, PoseSource

BACK_ENDS = ("mediapipe", "openpose", "alphapose")

OPENPOSE_SIDE = 368
"""Height and width of OpenPose's input, the size at which its networks were trained."""
ALPHAPOSE_MEANS = (0.406, 0.457, 0.480)
"""What AlphaPose takes off red, green and blue, in this order, of a picture in 0..1."""
ALPHAPOSE_MARGIN = 0.125
"""Room on each side of a person, as a share of the longer side of their box: together AlphaPose's 1.25."""
SURE = 0.5
"""Height of a peak from which a joint is as visible as can be. Peaks of joints in plain sight lie above it;
MediaPipe's visibility, for which the thresholds of this package were chosen, is near 1 for those."""
SHARED_JOINTS = 3
"""Fewer joints that both saw say nothing about whether two poses are of one person."""
SAME_PERSON = 0.5
"""Mean distance of joints, in lengths of the torso, from which two poses are of different people."""


class Network(Protocol):
    """A network that draws maps."""

    def run(self, values: np.ndarray) -> np.ndarray:
        """Maps float32 (c, h, w) for an input float32 (3, H, W). Raises ValueError when it cannot."""


class OnnxNetwork:
    """A network in an ONNX file, one input, one output. Raises ValueError when OpenCV cannot read it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._net = cv2.dnn.readNetFromONNX(str(path))
        except cv2.error as error:
            raise ValueError(f"{path} is not a network that OpenCV reads: {error.err}") from error

    def run(self, values: np.ndarray) -> np.ndarray:
        """As `Network.run`."""
        try:
            self._net.setInput(values[None])
            maps: np.ndarray = self._net.forward()
        except cv2.error as error:
            raise ValueError(f"{self._path} fails on an input of {values.shape}: {error.err}") from error
        if maps.ndim != 4 or len(maps) != 1:
            raise ValueError(f"{self._path} gives {maps.shape}, not maps (1, c, h, w)")
        return maps[0]


def read_network(paths: Sequence[Path]) -> Network:
    """The network in one ONNX file, or in Caffe's two: structure (prototxt) and weights (caffemodel).

    Raises FileNotFoundError, which names the file, and ValueError when the files are no network.
    """
    for path in paths:
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: the pose network must be supplied")
    if len(paths) == 1:
        return OnnxNetwork(paths[0])
    structure, weights = paths
    return CaffeNetwork(structure, weights)


class OpenPoseEstimator:
    """People found bottom-up by a network of OpenPose, BODY_25 or COCO; `mediapipe` gives silhouettes.

    A person whom `mediapipe` does not see is left out. Not safe to share between threads.
    """

    def __init__(self, network: Network, mediapipe: PoseSource) -> None:
        self._network, self._mediapipe = network, mediapipe

    def estimate(self, image: np.ndarray) -> list[Pose]:
        """People in `image` (RGB uint8 (H, W, 3)), surest first; may be empty.

        Raises ValueError when the network is none of OpenPose's.
        """
        height, width = image.shape[:2]
        scale = OPENPOSE_SIDE / max(height, width)
        size = (max(1, round(scale * width)), max(1, round(scale * height)))
        shrinking = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        square = np.zeros((OPENPOSE_SIDE, OPENPOSE_SIDE, 3), np.uint8)
        square[: size[1], : size[0]] = cv2.resize(image, size, interpolation=shrinking)
        # Blue, green, red in -0.5..0.5: so OpenPose feeds its networks.
        maps = self._network.run(_channels_first(square[..., ::-1] / np.float32(256) - np.float32(0.5)))
        skeleton = skeleton_of(len(maps))
        # Map pixels are areas of the input, input pixels are areas of the photo.
        stride = OPENPOSE_SIDE / maps.shape[1]
        zoom = np.array([width, height]) / size * stride
        people = [
            Keypoints(skeleton.layout, ((points + 0.5) * zoom - 0.5).astype(np.float32), confidence)
            for points, confidence in decode_people(maps, skeleton)
        ]
        return with_silhouettes(people, self._mediapipe.estimate(image))


class AlphaPoseEstimator:
    """People found by `mediapipe`, their joints by a network of AlphaPose that sees one person at a time.

    The network takes 256x192 pixels and draws a heatmap for each joint of COCO-17, Halpe-26 or Halpe-136. Not
    safe to share between threads.
    """

    def __init__(self, network: Network, mediapipe: PoseSource) -> None:
        self._network, self._mediapipe = network, mediapipe

    def estimate(self, image: np.ndarray) -> list[Pose]:
        """People in `image` (RGB uint8 (H, W, 3)) in MediaPipe's order; may be empty.

        Raises ValueError when the network is none of AlphaPose's.
        """
        seen = self._mediapipe.estimate(image)
        return with_silhouettes([self._keypoints(image, pose) for pose in seen], seen)

    def _keypoints(self, image: np.ndarray, pose: Pose) -> Keypoints:
        frame = PersonFrame.around(person_box(*pose.joints(), pose.segmentation), ALPHAPOSE_MARGIN)
        crop = frame.to_network(image, fill=0)
        maps = self._network.run(
            _channels_first(crop / np.float32(255) - np.array(ALPHAPOSE_MEANS, np.float32))
        )
        layout = {17: "coco_17", 26: "halpe_26", HALPE_136: "halpe_26"}.get(len(maps))
        if layout is None:
            raise ValueError(f"the network draws {len(maps)} maps; AlphaPose's draw 17, 26 or {HALPE_136}")
        points, confidence = decode_single(maps[: len(LAYOUTS[layout])])
        # AlphaPose teaches its networks that map pixel i is input pixel i times the stride.
        points *= crop.shape[0] / maps.shape[1]
        return Keypoints(layout, frame.points_to_photo(points), confidence)


def with_silhouettes(people: Sequence[Keypoints], seen: Sequence[Pose]) -> list[Pose]:
    """`people` with the silhouettes of those in `seen` whom they are: nearest first, each given once.

    A person of whom nobody in `seen` is near enough is left out.
    """
    nearness = np.array([[SAME_PERSON - _distance(person, pose) for pose in seen] for person in people])
    return [
        to_pose(_as_visible(people[row]), seen[column].segmentation)
        for row, column in sorted(match(nearness.reshape(len(people), len(seen))))
    ]


def add_pose_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments by which a command chooses who finds the person."""
    parser.add_argument("--pose", choices=BACK_ENDS, default="mediapipe", help="who finds the person")
    parser.add_argument(
        "--pose-model",
        type=Path,
        nargs="+",
        default=(),
        metavar="PATH",
        help="network of openpose or alphapose: an ONNX file, or Caffe's prototxt and caffemodel",
    )


def pose_source(arguments: argparse.Namespace) -> PoseSource | None:
    """The source that the arguments of `add_pose_arguments` name; None is the pipeline's own, MediaPipe's.

    Raises FileNotFoundError, which names the file, and ValueError for a network that does not fit.
    """
    paths = arguments.pose_model
    if arguments.pose == "mediapipe":
        if paths:
            raise ValueError("--pose-model needs --pose openpose or --pose alphapose")
        return None
    if not 1 <= len(paths) <= 2:
        raise ValueError(f"--pose {arguments.pose} needs --pose-model with one file, or with Caffe's two")
    estimator = OpenPoseEstimator if arguments.pose == "openpose" else AlphaPoseEstimator
    return estimator(read_network(paths), PoseEstimator())


def _channels_first(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture.transpose(2, 0, 1))


def _as_visible(person: Keypoints) -> Keypoints:
    return Keypoints(person.layout, person.points, (person.confidence / SURE).clip(0, 1))


def _distance(person: Keypoints, pose: Pose) -> float:
    """Mean distance of the joints that both saw, in lengths of the torso; infinite when they are too few."""
    chosen = [LAYOUTS[person.layout].index(name) for name in COCO_17]
    other = from_pose(pose, person.layout)
    both = (person.confidence[chosen] > 0) & (other.confidence[chosen] >= 0.5)
    if both.sum() < SHARED_JOINTS:
        return float("inf")
    shoulders, hips = pose.keypoints[[11, 12]].mean(axis=0), pose.keypoints[[23, 24]].mean(axis=0)
    apart = np.linalg.norm(person.points[chosen] - other.points[chosen], axis=1)[both]
    return float(apart.mean()) / max(float(np.linalg.norm(shoulders - hips)), 1.0)
