"""What stands in for the trained networks: answers by construction."""

from dataclasses import replace

import cv2
import numpy as np

from ml.crops import PersonFrame
from ml.parsing import LABELS, ParseResult
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


class StubSegmenter:
    """The garment is whatever is not nearly white."""

    def masks(self, image):
        mask = (image < 250).any(axis=2)
        return mask, np.zeros_like(mask)


class StubFoldingWarper:
    version = "stub"

    def warp(self, person, cloth):
        warp = TpsWarper().warp(person, cloth)
        return replace(warp, flow=np.ascontiguousarray(warp.flow[:, ::-1]))
