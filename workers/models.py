"""The models of this process: loaded once, in the child that runs them, and kept."""

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml.pipeline import TryOnPipeline


@cache
def pipeline() -> "TryOnPipeline":
    """The try-on pipeline on the best device of this machine."""
    # Before the libraries are imported: nothing here reports to anyone.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from ml.pipeline import TryOnPipeline

    return TryOnPipeline.load(device="auto").warm()
