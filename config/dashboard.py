"""The first page of the admin, and what it shows."""

from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from shop.selectors.exposure import Figures, exposure_figures, last_comparison
from tryon.errors import TryOnError
from tryon.second_factor import is_staff
from tryon.selectors import dashboard as figures
from tryon.selectors.health import readiness
from tryon.selectors.model_versions import Serving, models_serving

CHART_WIDTH, CHART_HEIGHT, GAP = 720, 120, 6


class Overview(NamedTuple):
    """How the work goes, and what the role of whoever asks includes; None: it does not."""

    work: list[figures.Line]
    failures: list[figures.Failure]
    throughput: list[figures.Hour]
    retention: figures.Retention
    health: dict[str, bool]
    models: Serving
    garments: list[figures.Attention] | None
    exposure: Figures | None


def overview(*, user: AbstractUser | AnonymousUser, is_staff: bool) -> Overview:
    """For staff: garments and what they sell only for who may see them. Raises TryOnError `not_found` for
    everybody else."""
    if not is_staff:
        raise TryOnError("not_found")
    lines = figures.work_lines()
    return Overview(
        work=lines,
        failures=figures.failures(lines),
        throughput=figures.throughput(now=timezone.now()),
        retention=figures.retention_state(),
        health=readiness(),
        models=models_serving(),
        garments=figures.garments_to_look_at() if user.has_perm("tryon.view_garment") else None,
        exposure=_exposure() if user.has_perm("shop.view_product") else None,
    )


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The overview as the template wants it."""
    found = overview(user=request.user, is_staff=is_staff(request))
    lines, hours, models = found.work, found.throughput, found.models
    return context | {
        "lines": lines,
        "waiting": sum(line.figures.queued for line in lines),
        "running": sum(line.figures.running for line in lines),
        "oldest": max(line.figures.oldest_seconds for line in lines),
        "done": sum(hour.done for hour in hours),
        "bars": bars(hours),
        "chart": (CHART_WIDTH, CHART_HEIGHT),
        "failures": found.failures,
        "retention": found.retention,
        "services": figures.services_state(found.health),
        "models": models,
        "trial": f"{models.canary.share:.0%}" if models.canary else "",
        "exposure": found.exposure,
        "exposure_runs": found.exposure and exposure_in_force(found.exposure),
        "garments": found.garments,
    }


def exposure_in_force(exposure: Figures) -> bool:
    """Whether these are the figures of the share that visitors are offered now."""
    return exposure.percent == int(settings.SHOP["EXPOSURE_PERCENT"])


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
