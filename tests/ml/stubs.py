"""What stands in for the trained networks: answers by construction."""

from dataclasses import replace

import cv2
import numpy as np

from ml.crops import PersonFrame
from ml.generator import ROUGH, Painted
from ml.labels import LABELS, ParseResult
from ml.landmarks import LANDMARKS
from ml.reading import KIND_NAMES, GarmentReading
from ml.tps import TpsWarper


class StubPoseEstimator:
    def __init__(self, *poses):
        self.poses, self.calls = list(poses), 0

    def estimate(self, image):
        self.calls += 1
        return self.poses


class StubParser:
    """Skin above the hips is a top, the rest of the body skin."""

    version = "stub"

    def __init__(self, entropy=0.05):
        self.entropy = entropy

    def parse(self, image, pose):
        labels = (pose.segmentation > 0.5).astype(np.uint8)
        height, width = labels.shape
        top = labels[round(0.24 * height) : round(0.5 * height), round(0.34 * width) : round(0.66 * width)]
        top[top > 0] = LABELS.index("upper")
        frame = PersonFrame.of_person(*pose.joints(), pose.segmentation)
        framed = frame.to_network(labels, (256, 192), fill=0, interpolation=cv2.INTER_NEAREST)
        probabilities = np.eye(len(LABELS), dtype=np.float32)[framed].transpose(2, 0, 1)
        entropy = np.full(framed.shape, self.entropy, np.float32)
        return ParseResult(labels, probabilities, frame, entropy)

    def features(self, image, pose):
        return image.mean((0, 1), dtype=np.float32)


class StubSegmenter:
    """The garment is whatever is not nearly white."""

    version = "stub"

    def masks(self, image):
        mask = (image < 250).any(axis=2)
        return mask, np.zeros_like(mask)


class StubReader:
    """Every garment is of one kind."""

    def __init__(self, kind):
        self.kind = kind

    def read(self, image, mask):
        kinds = np.float32(np.array(KIND_NAMES) == self.kind)
        return GarmentReading(
            kinds, np.zeros((len(LANDMARKS), 2), np.float32), np.ones(len(LANDMARKS), np.float32)
        )


class StubFoldingWarper:
    version = "stub"

    def warp(self, person, cloth):
        warp = TpsWarper().warp(person, cloth)
        return replace(warp, flow=np.ascontiguousarray(warp.flow[:, ::-1]))


class StubChests:
    """Knows nothing of chests."""

    version = "stub"

    def expected(self, photo, skin, face, others, pose):
        return None


class StubPainter:
    """Paints everything of one colour, and leaves the garment its outline and its light."""

    version = "stub"

    def __init__(self, colour=(128, 128, 128), light=1.0):
        self.colour, self.light = colour, light

    def paint(self, features):
        shape = features.shape[1:]
        colour = np.tile(np.float32(self.colour), (*shape, 1))
        return Painted(colour, features[ROUGH][0].copy(), np.full(shape, self.light, np.float32))
