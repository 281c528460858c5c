"""Where people are in a photo: keypoints and a soft silhouette of each, by MediaPipe's pose landmarker."""

import atexit
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from ml.posebundle import BUNDLE

MAX_POSES = 3

# MediaPipe's 33 keypoints -> the 13 joints the networks see. "Left" is the person's own left.
JOINTS13 = {
    "head": 0,
    "left_shoulder": 11,
    "right_shoulder": 12,
    "left_elbow": 13,
    "right_elbow": 14,
    "left_wrist": 15,
    "right_wrist": 16,
    "left_hip": 23,
    "right_hip": 24,
    "left_knee": 25,
    "right_knee": 26,
    "left_ankle": 27,
    "right_ankle": 28,
}
JOINT_NAMES = tuple(JOINTS13)
JOINT_COUNT = len(JOINT_NAMES)
# Indices into the 13 joints after a horizontal mirror: left and right change places.
MIRRORED_JOINTS = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11)


@dataclass(frozen=True)
class Pose:
    """One person in a photo of H x W pixels.

    keypoints: (33, 2) float32, x and y in photo pixels, pixel centres on whole numbers; may lie outside.
    visibility: (33,) float32 in 0..1.
    segmentation: (H, W) float32 in 0..1, how surely a pixel belongs to this person.
    """

    keypoints: np.ndarray
    visibility: np.ndarray
    segmentation: np.ndarray

    def joints(self) -> tuple[np.ndarray, np.ndarray]:
        """The 13 joints in the order of JOINT_NAMES: (13, 2) float32 pixels and (13,) float32 visibility.

        The visibility of a joint outside the photo is 0: the model guesses those.
        """
        chosen = list(JOINTS13.values())
        points, visibility = self.keypoints[chosen], self.visibility[chosen]
        height, width = self.segmentation.shape
        inside = ((points >= 0) & (points <= (width - 1, height - 1))).all(axis=1)
        return points, np.where(inside, visibility, 0).astype(np.float32)


class PoseSource(Protocol):
    """Whatever finds people in a photo."""

    def estimate(self, image: np.ndarray) -> list[Pose]:
        """People in `image` (RGB uint8 (H, W, 3)); may be empty."""


class PoseEstimator:
    """MediaPipe's pose landmarker on the CPU. Loads the model once; not safe to share between threads.

    Raises FileNotFoundError when the bundle has not been built (`python -m ml.posebundle`).
    """

    def __init__(self, bundle: Path = BUNDLE, max_poses: int = MAX_POSES) -> None:
        from mediapipe.tasks.python import BaseOptions
        from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions

        if not bundle.is_file():
            raise FileNotFoundError(f"{bundle} is missing: build it with `python -m ml.posebundle`")
        self._landmarker = PoseLandmarker.create_from_options(
            PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_buffer=bundle.read_bytes()),
                num_poses=max_poses,
                output_segmentation_masks=True,
            )
        )
        # MediaPipe frees a model on a thread that is gone when the interpreter ends, and prints the error.
        # Without its handle it has nothing to free.
        atexit.register(setattr, self._landmarker, "_handle", None)

    def estimate(self, image: np.ndarray) -> list[Pose]:
        """People in `image` (RGB uint8 (H, W, 3)) in MediaPipe's order; may be empty."""
        import mediapipe

        height, width = image.shape[:2]
        # A float mask whose rows are not a multiple of 16 bytes makes MediaPipe abort the whole process.
        padded = cv2.copyMakeBorder(image, 0, 0, 0, -width % 4, cv2.BORDER_REPLICATE)
        found = self._landmarker.detect(mediapipe.Image(mediapipe.ImageFormat.SRGB, padded))
        # MediaPipe measures from the photo's edge, we from the centre of the first pixel.
        scale = (padded.shape[1], height)
        return [
            Pose(
                keypoints=np.array([(mark.x, mark.y) for mark in marks], np.float32) * np.float32(scale)
                - np.float32(0.5),
                visibility=np.array([mark.visibility for mark in marks], np.float32),
                segmentation=mask.numpy_view().reshape(padded.shape[:2])[:, :width].clip(0, 1),
            )
            for marks, mask in zip(found.pose_landmarks, found.segmentation_masks or [], strict=True)
        ]
