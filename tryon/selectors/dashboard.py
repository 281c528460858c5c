"""How the work goes, for the first page of the admin. Counts and times alone: nothing about anybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Avg, BooleanField, Count, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tryon.announce import TASKS
from tryon.errors import ADVICE, message_for
from tryon.models import Garment, LeasedWork, Photo
from tryon.services.retention import Overdue, retention_overdue

from .health import FAILURES_SINCE, WorkFigures, work_figures

Status = LeasedWork.Status
HOURS = 24
OLD_SECONDS = 60
"""Age of the oldest waiting row from which somebody should look."""
KINDS: dict[str, Promise] = {
    "photo": _("Checks of photos"),
    "garment": _("Garments to prepare"),
    "tryonjob": _("Try-ons"),
    "garmentimport": _("Imports to fetch"),
    "garmentimportitem": _("Imported pictures"),
    "garmentpreview": _("Previews of garments"),
    "lookbook": _("Lookbooks"),
    "trainingsample": _("Training samples to prepare"),
    "trainingrun": _("Retrainings"),
}
SERVICES: dict[str, Promise] = {
    "database": _("Database"),
    "broker": _("Broker"),
    "photo_store": _("Photo store"),
    "retention": _("Erasing on time"),
    "audit": _("Audit trail"),
    "webhooks": _("Webhooks"),
}


class Line(NamedTuple):
    """One kind of work: its figures, what ended well in the last day, and how long that took on average."""

    title: str | Promise
    figures: WorkFigures
    done: int
    seconds: float | None
    late: bool


class Failure(NamedTuple):
    kind: str
    title: str | Promise
    code: str
    message: Promise
    times: int


class Hour(NamedTuple):
    """What ended well in one hour."""

    begin: datetime
    done: int


def work_lines() -> list[Line]:
    """Every kind of work, as it is now."""
    return [_line(model, figures) for model, figures in zip(TASKS, work_figures(), strict=True)]


def _line(model: type[LeasedWork], figures: WorkFigures) -> Line:
    since = timezone.now() - FAILURES_SINCE
    done = model._default_manager.order_by().filter(status=Status.SUCCEEDED, finished_at__gte=since)
    found: dict[str, Any] = done.aggregate(count=Count("pk"), took=Avg(F("finished_at") - F("started_at")))
    seconds = found["took"].total_seconds() if found["took"] is not None else None
    late = figures.oldest_seconds > OLD_SECONDS
    return Line(_title(figures.kind), figures, found["count"], seconds, late)


def failures(lines: Sequence[Line]) -> list[Failure]:
    """What failed in the last day, the most frequent first."""
    found = [
        Failure(line.figures.kind, line.title, code, message_for(code), count)
        for line in lines
        for code, count in line.figures.failures.items()
    ]
    return sorted(found, key=lambda failure: -failure.times)


def throughput(*, now: datetime) -> list[Hour]:
    """What ended well in each of the last 24 hours, oldest first, the hour of `now` last."""
    last = now.replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=back) for back in reversed(range(HOURS))]
    counts = dict.fromkeys(hours, 0)
    for model in TASKS:
        done = model._default_manager.order_by().filter(
            status=Status.SUCCEEDED, finished_at__gte=hours[0], started_at__isnull=False
        )
        for hour, count in done.values_list(TruncHour("finished_at")).annotate(Count("pk")):
            counts[hour] += count
    return [Hour(hour, count) for hour, count in counts.items()]


class Retention(NamedTuple):
    """Photos that are kept, when the next one goes, and what should be gone already."""

    kept: int
    next_at: datetime | None
    overdue: Overdue

    @property
    def on_time(self) -> bool:
        return not any(self.overdue)


def retention_state() -> Retention:
    photos = Photo.objects.order_by("expires_at").values_list("expires_at", flat=True)
    return Retention(photos.count(), photos.first(), retention_overdue())


def services_state(checks: dict[str, bool]) -> list[tuple[str | Promise, bool]]:
    """What `readiness` says, with names for people."""
    return [(SERVICES.get(name, name), passed) for name, passed in checks.items()]


class Attention(NamedTuple):
    """A garment, why somebody should look at it, and whether it cannot be tried on."""

    garment: Garment
    reason: Promise | str
    bad: bool


def garments_to_look_at(limit: int = 6) -> list[Attention]:
    """Garments that cannot be tried on, then those with advice, newest first."""
    failed = Q(status=Status.FAILED)
    bad = ExpressionWrapper(failed, output_field=BooleanField())
    rows = Garment.objects.filter(failed | ~Q(warnings=[]) & Q(status=Status.SUCCEEDED))
    ordered: QuerySet[Garment] = rows.order_by(bad.desc(), "-created_at")[:limit]
    return [
        Attention(
            garment,
            message_for(garment.error_code) if garment.error_code else _advice(garment),
            bool(garment.error_code),
        )
        for garment in ordered
    ]


def _advice(garment: Garment) -> Promise | str:
    return next((ADVICE[code] for code in garment.warnings if code in ADVICE), "")


def _title(kind: str) -> str | Promise:
    return KINDS.get(kind, kind)
