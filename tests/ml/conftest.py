"""A drawn person: keypoints and silhouette by construction, so that tests need neither photos nor weights."""

import cv2
import numpy as np
import pytest
from hypothesis import settings

from ml.images import write_image
from ml.morphology import dilate
from ml.pipeline import TryOnPipeline
from ml.pose import Pose
from ml.scene import Scene
from ml.tps import TpsWarper
from tests.ml.scenes import JEANS, OLD, SKIN_COLOUR, WALL, box, label
from tests.ml.stubs import StubChests, StubPainter, StubParser, StubPoseEstimator, StubReader, StubSegmenter

# Pictures take their time on a busy machine, and time is not what these tests are about.
settings.register_profile("pictures", deadline=None, max_examples=30)
settings.load_profile("pictures")

# Where a standing person's joints lie, in shares of the photo's width and height, arms a little off the body.
STANDING = {
    0: (0.50, 0.12), 2: (0.52, 0.10), 5: (0.48, 0.10), 7: (0.55, 0.11), 8: (0.45, 0.11),
    9: (0.51, 0.15), 10: (0.49, 0.15), 11: (0.64, 0.24), 12: (0.36, 0.24), 13: (0.72, 0.38),
    14: (0.28, 0.38), 15: (0.77, 0.51), 16: (0.23, 0.51), 17: (0.79, 0.55), 18: (0.21, 0.55),
    19: (0.78, 0.56), 20: (0.22, 0.56), 21: (0.76, 0.54), 22: (0.24, 0.54), 23: (0.58, 0.52),
    24: (0.42, 0.52), 25: (0.58, 0.72), 26: (0.42, 0.72), 27: (0.58, 0.92), 28: (0.42, 0.92),
    29: (0.58, 0.94), 30: (0.42, 0.94), 31: (0.59, 0.95), 32: (0.41, 0.95),
}  # fmt: skip


def standing_pose(height=512, width=384, scale=1.0, shift=(0.0, 0.0)):
    """The drawn person scaled about the middle of the photo and shifted (shares of its size)."""
    points = np.full((33, 2), (0.5, 0.1), np.float32)
    for index, point in STANDING.items():
        points[index] = point
    points = ((points - 0.5) * scale + 0.5 + np.array(shift)) * (width, height)
    body = np.zeros((height, width), np.float32)
    limbs = (
        (11, 13),
        (13, 15),
        (15, 19),
        (12, 14),
        (14, 16),
        (16, 20),
        (23, 25),
        (25, 27),
        (24, 26),
        (26, 28),
    )
    for start, end in limbs:
        ends = [tuple(int(v) for v in points[i].round()) for i in (start, end)]
        cv2.line(body, *ends, 1.0, max(1, int(0.05 * width * scale)))
    cv2.fillConvexPoly(body, points[[11, 12, 24, 23]].round().astype(np.int32), 1.0)
    cv2.circle(body, tuple(int(v) for v in points[0].round()), int(0.07 * width * scale), 1.0, -1)
    return Pose(points.astype(np.float32), np.ones(33, np.float32), body)


@pytest.fixture(scope="session")
def make_pose():
    return standing_pose


@pytest.fixture
def pose():
    return standing_pose()


@pytest.fixture
def files(tmp_path):
    """A folder with pictures of a person and a shirt."""
    blocks = np.random.default_rng(0).integers(60, 230, (64, 48, 3), np.uint8)
    write_image(tmp_path / "person.png", cv2.resize(blocks, (384, 512), interpolation=cv2.INTER_NEAREST))
    shirt = np.full((400, 300, 3), 255, np.uint8)
    shirt[60:340, 70:230] = (30, 90, 200)
    write_image(tmp_path / "shirt.png", shirt)
    return tmp_path


@pytest.fixture
def people(pose, monkeypatch):
    """The poses that the stubbed pipeline finds; change the list to change the photo's contents."""
    found = [pose]

    def load(device="auto", warper="net", source=None):
        pipeline = TryOnPipeline(device, warper)
        vars(pipeline).update(
            _pose_estimator=source or StubPoseEstimator(*found),
            _parser=StubParser(),
            _segmenter=StubSegmenter(),
            _warper=TpsWarper(),
            _painter=StubPainter(),
            _reader=StubReader("t-shirt"),
            _chests=StubChests(),
        )
        return pipeline

    monkeypatch.setattr(TryOnPipeline, "load", load)
    return found


@pytest.fixture
def scene(pose):
    """A person in a long red jumper and jeans before a grey wall."""
    shape = pose.segmentation.shape
    body = pose.segmentation > 0.5
    labels = np.where(body, label("skin"), 0).astype(np.uint8)
    labels[box(shape, 0.36, 0.24, 0.64, 0.56)] = label("upper")
    labels[dilate(body, 3) & box(shape, 0, 0.24, 1, 0.48)] = label("upper")
    labels[box(shape, 0.36, 0.56, 0.64, 0.93)] = label("lower")
    labels[box(shape, 0.42, 0.02, 0.58, 0.08)] = label("hair")
    colours = dict.fromkeys(range(9), WALL) | {
        label("skin"): SKIN_COLOUR,
        label("upper"): OLD,
        label("lower"): JEANS,
    }
    photo = np.array([colours[index] for index in range(9)], np.uint8)[labels]
    noise = np.random.default_rng(0).integers(-2, 3, photo.shape)
    return Scene((photo + noise).clip(0, 255).astype(np.uint8), labels, pose)
