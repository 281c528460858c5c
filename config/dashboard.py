"""The first page of the admin."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from shop.selectors.exposure import Figures, exposure_figures, last_comparison
from tryon.selectors import dashboard as figures
from tryon.selectors.model_versions import models_serving

CHART_WIDTH, CHART_HEIGHT, GAP = 720, 120, 6


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """How the work goes; garments and what they sell only for who may see them."""
    lines = figures.work_lines()
    models = models_serving()
    hours = figures.throughput(now=timezone.now())
    sees_garments = request.user.has_perm("tryon.view_garment")
    exposure = _exposure() if request.user.has_perm("shop.view_product") else None
    return context | {
        "lines": lines,
        "waiting": sum(line.figures.queued for line in lines),
        "running": sum(line.figures.running for line in lines),
        "oldest": max(line.figures.oldest_seconds for line in lines),
        "done": sum(hour.done for hour in hours),
        "bars": bars(hours),
        "chart": (CHART_WIDTH, CHART_HEIGHT),
        "failures": figures.failures(lines),
        "retention": figures.retention_state(),
        "services": figures.services_state(),
        "models": models,
        "trial": f"{models.canary.share:.0%}" if models.canary else "",
        "exposure": exposure,
        "exposure_runs": exposure and exposure.percent == settings.SHOP["EXPOSURE_PERCENT"],
        "garments": figures.garments_to_look_at() if sees_garments else None,
    }


def _exposure() -> Figures:
    """What the share in force has shown; if it compares nothing, the last comparison there was."""
    now = exposure_figures(percent=settings.SHOP["EXPOSURE_PERCENT"])
    return now if now.compares else last_comparison() or now


def bars(hours: list[figures.Hour]) -> list[dict[str, Any]]:
    """A column of the chart for each hour: place and size in its units, and what it says."""
    step = CHART_WIDTH / len(hours)
    most = max(1, *(hour.done for hour in hours))
    found = []
    for index, hour in enumerate(hours):
        height = max(round(hour.done / most * (CHART_HEIGHT - 4), 1), 1)
        place = {
            "x": index * step + GAP / 2,
            "y": CHART_HEIGHT - height,
            "width": step - GAP,
            "height": height,
        }
        found.append({"hour": hour, **place})
    return found
