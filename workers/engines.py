"""The models of this process: loaded in the child that runs them, at most two versions at a time.

Which version makes a picture is asked before each job, so a promotion needs no restart. A version that turns
out to be damaged is marked so, and what served before it makes the picture.
"""

import hashlib
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from tryon.model_weights import WeightsError, builtin_weights, weights_open
from tryon.models import ModelVersion, TryOnJob
from tryon.selectors.model_versions import Serving, model_for_job, models_serving
from tryon.services.model_versions import model_mark_damaged

if TYPE_CHECKING:
    from ml.faces import FaceDetector
    from ml.pipeline import TryOnPipeline
    from ml.pose import PoseSource

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Engine:
    """A version that is loaded.

    name: what a try-on says made it; person_networks and cloth_networks: digests that name what an analysis
    depends on, so that versions which share those networks share analyses; on_trial: it is the canary, and
    leaves alone what is kept for the version in service.
    """

    pipeline: "TryOnPipeline"
    name: str
    person_networks: str
    cloth_networks: str
    on_trial: bool = False


_loaded: dict[uuid.UUID | None, Engine] = {}
"""By the id of the version; None: the built-in one."""


def engine(job: TryOnJob | None = None) -> Engine:
    """What makes this job's picture; without a job, what is in service."""
    from ml.weights import DamagedWeightsError, MissingWeightsError

    while True:
        serving = models_serving()
        version = serving.current if job is None else model_for_job(job=job, serving=serving)
        try:
            found = _engine(version, serving)
        except (WeightsError, DamagedWeightsError, MissingWeightsError) as error:
            if version is None:
                raise
            model_mark_damaged(version=version, reason=str(error))
        else:
            return replace(found, on_trial=version is not None and version == serving.canary)


def _engine(version: ModelVersion | None, serving: Serving) -> Engine:
    """The version, loaded; those that serve no more are dropped, though not before its files have proved
    whole. Raises WeightsError, DamagedWeightsError and MissingWeightsError.
    """
    key = version.pk if version else None
    weights = None if key in _loaded else weights_of(version)
    serve = {row.pk for row in serving if row} | ({None} if serving.current is None else set())
    for stale in _loaded.keys() - serve:
        del _loaded[stale]
    if weights is not None:
        _loaded[key] = load(version, weights)
    return _loaded[key]


def weights_of(version: ModelVersion | None) -> dict[str, bytes]:
    """The content of the version's files. A network that is newer than the version is the built-in one."""
    files = version.files if version else {}
    builtin = {name: path.read_bytes() for name, path in builtin_weights().items() if name not in files}
    return builtin | {name: weights_open(digest=digest) for name, digest in files.items()}


def load(version: ModelVersion | None, weights: Mapping[str, bytes]) -> Engine:
    from ml.pipeline import TryOnPipeline

    pipeline = TryOnPipeline.load(device="auto", pose=_pose_source(), weights=weights).warm()
    name = version.name if version else pipeline.model_version[:64]
    logger.info("Loaded the model version %s.", name)
    return Engine(pipeline, name, _digest(weights["parser"]), _digest(weights["cloth"]))


@cache
def _pose_source() -> "PoseSource":
    """Shared by all versions: it is not trained here."""
    from ml.pose import PoseEstimator

    return PoseEstimator()


@cache
def faces() -> "FaceDetector":
    """The face detector, loaded when a sample is first made: most workers never make one."""
    from ml.faces import FaceDetector

    return FaceDetector()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
