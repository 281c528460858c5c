"""How the service is: what it needs to answer, and how the work goes."""

import logging
import statistics
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from celery import current_app
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone

from tryon.announce import TASKS
from tryon.models import LeasedWork, TryOnJob, WebhookDelivery
from tryon.selectors.jobs import RECENT_JOBS
from tryon.services.audit import audit_overdue
from tryon.services.retention import retention_overdue
from tryon.services.webhooks import deliveries_overdue

Status = LeasedWork.Status
FAILURES_SINCE = timedelta(hours=24)
logger = logging.getLogger(__name__)


class WorkFigures(NamedTuple):
    """One kind of work: rows waiting and running, seconds the oldest has waited, recent failures by code."""

    kind: str
    queued: int
    running: int
    oldest_seconds: float
    failures: dict[str, int]


def readiness() -> dict[str, bool]:
    """Whether each thing that the service needs is there, and whether everything due has been erased."""
    return {name: _passes(name, check) for name, check in CHECKS.items()}


def work_figures() -> list[WorkFigures]:
    """The figures of every kind of work, from the database as it is now."""
    return [_figures_of(model) for model in TASKS]


def stage_seconds() -> dict[str, float]:
    """Median seconds of each stage of the most recent try-ons that were made."""
    made = TryOnJob.objects.filter(status=Status.SUCCEEDED).order_by("-finished_at")
    stages: dict[str, list[float]] = {}
    for timings in made.values_list("timings", flat=True)[:RECENT_JOBS]:
        for stage, seconds in timings.items():
            stages.setdefault(stage, []).append(seconds)
    return {stage: statistics.median(seconds) for stage, seconds in sorted(stages.items())}


def delivery_figures() -> dict[str, int]:
    """Deliveries of webhooks by status."""
    counted = WebhookDelivery.objects.order_by().values_list("status").annotate(Count("pk"))
    return dict.fromkeys(WebhookDelivery.Status.values, 0) | dict(counted)


def _figures_of(model: type[LeasedWork]) -> WorkFigures:
    now = timezone.now()
    rows = model._default_manager.order_by()
    counted = rows.aggregate(
        queued=Count("pk", filter=Q(status=Status.QUEUED)),
        running=Count("pk", filter=Q(status=Status.RUNNING)),
        oldest=Min("created_at", filter=Q(status=Status.QUEUED)),
    )
    failed = rows.filter(status=Status.FAILED, finished_at__gte=now - FAILURES_SINCE)
    return WorkFigures(
        kind=model._meta.model_name or "",
        queued=counted["queued"],
        running=counted["running"],
        oldest_seconds=(now - counted["oldest"]).total_seconds() if counted["oldest"] else 0.0,
        failures=dict(failed.values_list("error_code").annotate(Count("pk"))),
    )


def _passes(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:  # whatever a driver raises, the answer is "no"
        logger.warning("Not ready: %s: %s", name, type(error).__name__)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _broker() -> bool:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    return True


def _photo_store() -> bool:
    storages["private"].exists("ready")
    return True


def _retention() -> bool:
    return not any(retention_overdue())


def _audit() -> bool:
    return not audit_overdue(before=timezone.now() - settings.TRYON["SWEEP_OVERDUE_ALARM"])


def _webhooks() -> bool:
    return not deliveries_overdue(before=timezone.now() - settings.TRYON["SWEEP_OVERDUE_ALARM"])


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "broker": _broker,
    "photo_store": _photo_store,
    "retention": _retention,
    "audit": _audit,
    "webhooks": _webhooks,
}
