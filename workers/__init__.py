"""The processes that do the work: they join the rows of `tryon` with the models of `ml`."""

import os

# Before the libraries of the models are imported: nothing here reports to anyone.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
