"""Where faces are in a picture, by MediaPipe's BlazeFace (Bazarevsky et al., 2019). It finds faces and knows
none: nothing here can tell one person from another."""

import atexit
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ml.posebundle import FACE_DETECTOR

FAINTEST = 0.1
"""Score below which the detector says nothing: what is less sure is noise, also on a wall."""


@dataclass(frozen=True)
class Face:
    """box: left, top, right and bottom in pixels, float32 (4,), may reach out of the picture; score: 0..1."""

    box: np.ndarray
    score: float


class FaceSource(Protocol):
    """Whatever finds faces in a picture."""

    def detect(self, image: np.ndarray) -> list[Face]:
        """Faces in `image` (RGB uint8 (H, W, 3)), the surest first; may be empty."""


class FaceDetector:
    """MediaPipe's short-range face detector on the CPU: for faces of a fifth of the picture and more, so look
    into a part of a picture for smaller ones. Loads the model once; not safe to share between threads.

    Raises FileNotFoundError when the model is not in place (`python -m ml.posebundle`).
    """

    def __init__(self, model: Path = FACE_DETECTOR) -> None:
        from mediapipe.tasks.python import BaseOptions, vision

        if not model.is_file():
            raise FileNotFoundError(f"{model} is missing: fetch it with `python -m ml.posebundle`")
        self._detector = vision.FaceDetector.create_from_options(
            vision.FaceDetectorOptions(
                base_options=BaseOptions(model_asset_buffer=model.read_bytes()),
                min_detection_confidence=FAINTEST,
            )
        )
        atexit.register(setattr, self._detector, "_handle", None)  # as for the pose: see ml.pose

    def detect(self, image: np.ndarray) -> list[Face]:
        """Faces in `image` (RGB uint8 (H, W, 3)), the surest first; may be empty."""
        import mediapipe

        picture = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(image))
        found = [
            Face(_corners(detection.bounding_box), float(detection.categories[0].score))
            for detection in self._detector.detect(picture).detections
        ]
        return sorted(found, key=lambda face: -face.score)


def _corners(box: Any) -> np.ndarray:
    left, top = box.origin_x, box.origin_y
    return np.array([left, top, left + box.width, top + box.height], np.float32)
