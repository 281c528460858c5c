"""The models of this process: loaded once, in the child that runs them, and kept."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml.faces import FaceDetector
    from ml.pipeline import TryOnPipeline


@cache
def pipeline() -> "TryOnPipeline":
    """The try-on pipeline on the best device of this machine."""
    from ml.pipeline import TryOnPipeline

    return TryOnPipeline.load(device="auto").warm()


@cache
def faces() -> "FaceDetector":
    """The face detector, loaded when a sample is first made: most workers never make one."""
    from ml.faces import FaceDetector

    return FaceDetector()
