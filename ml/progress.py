"""Stages of the work on a try-on, as those are told who wait for it."""

from collections.abc import Callable

STAGES = ("pose", "parse", "cloth", "warp", "compose")
PROGRESS = dict(zip(STAGES, (0.0, 0.15, 0.45, 0.55, 0.7), strict=True))
"""Share of the work done when a stage begins."""

OnStage = Callable[[str, float], None]
"""Hears which stage begins, and the share of the work that is done."""
