"""Try-ons as their owner may see them, and how long a queued one has to wait."""

import math
import statistics
import uuid
from datetime import date

from django.db.models import Q, QuerySet, Sum

from tryon.errors import TryOnError
from tryon.models import Shopper, TryOnJob
from tryon.models.work import TURN

Status = TryOnJob.Status

RECENT_JOBS = 50
"""How many finished try-ons the estimate of the waiting time looks back on."""


def jobs_of(*, shopper: Shopper | None) -> QuerySet[TryOnJob]:
    """The shopper's try-ons, newest first, with their garments and result rows."""
    mine = TryOnJob.objects.filter(shopper=shopper) if shopper else TryOnJob.objects.none()
    return mine.select_related("result").prefetch_related("items")


def job_get(*, shopper: Shopper | None, job_id: uuid.UUID) -> TryOnJob:
    """One of the shopper's try-ons. Raises TryOnError `not_found`, also for somebody else's."""
    job = jobs_of(shopper=shopper).filter(pk=job_id).first()
    if job is None:
        raise TryOnError("not_found")
    return job


def queue_position(*, job: TryOnJob) -> int | None:
    """1 for the try-on that is claimed next; None when it is not waiting."""
    if job.status != Status.QUEUED:
        return None
    turn = job.lease_until or job.created_at
    earlier = Q(turn__lt=turn) | Q(turn=turn, pk__lt=job.pk)
    return TryOnJob.objects.annotate(turn=TURN).filter(earlier, status=Status.QUEUED).count() + 1


def eta_seconds(*, job: TryOnJob, position: int | None) -> int | None:
    """Seconds until the picture is there, from the median of recent ones; None without any to go by.

    Try-ons that run at this moment stand for the number of workers.
    """
    if job.status not in (Status.QUEUED, Status.RUNNING):
        return None
    median = median_seconds()
    if median is None:
        return None
    if position is None:
        return math.ceil(median * (1.0 - job.progress))
    workers = max(1, TryOnJob.objects.filter(status=Status.RUNNING).count())
    return math.ceil(median * (1 + position / workers))


def median_seconds() -> float | None:
    """Median working time of the most recent successful try-ons; None when there were none."""
    finished = TryOnJob.objects.filter(
        status=Status.SUCCEEDED, started_at__isnull=False, finished_at__isnull=False
    )
    times = finished.order_by("-finished_at").values_list("started_at", "finished_at")[:RECENT_JOBS]
    durations = [(end - start).total_seconds() for start, end in times if start and end]
    return statistics.median(durations) if durations else None


def try_ons_of(*, day: date) -> int:
    """How many try-ons all shoppers together asked for on a day (UTC), erased ones included."""
    return Shopper.objects.filter(quota_day=day).aggregate(n=Sum("quota_used"))["n"] or 0


def queue_length() -> int:
    """How many try-ons are waiting."""
    return TryOnJob.objects.filter(status=Status.QUEUED).count()
