"""The first page of the admin."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tryon.selectors import dashboard as figures

CHART_WIDTH, CHART_HEIGHT, GAP = 720, 120, 6


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """How the work goes; garments only for who may see them."""
    lines = figures.work_lines()
    hours = figures.throughput(now=timezone.now())
    sees_garments = request.user.has_perm("tryon.view_garment")
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
        "garments": figures.garments_to_look_at() if sees_garments else None,
    }


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
