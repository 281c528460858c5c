"""Which retrainings there are, and what they can learn from. For staff who may see them."""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Count, Model, QuerySet

from tryon.errors import TryOnError
from tryon.models import DataSource, Garment, TrainingRun, TrainingSample

from .samples import categories_of, samples_for_training

Row = TypeVar("Row", bound=Model)


class DataFilter(NamedTuple):
    """What is learnt from: what is of these categories (`Garment.Category`), from these sources
    (`DataSource`), and was added on the day `since` or later."""

    categories: Sequence[str]
    sources: Sequence[str]
    since: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values, for a manifest."""
        since = self.since.isoformat() if self.since else None
        return {"categories": list(self.categories), "sources": list(self.sources), "since": since}


class TrainingData(NamedTuple):
    """Prepared garments of one category."""

    category: str
    label: str
    garments: int


def runs_visible(*, user: AbstractUser | AnonymousUser, is_staff: bool) -> QuerySet[TrainingRun]:
    """All runs, newest first. Raises TryOnError `not_found` for whoever may not see any."""
    if not (is_staff and user.has_perm("tryon.view_trainingrun")):
        raise TryOnError("not_found")
    return TrainingRun.objects.select_related("base", "candidate", "created_by")


def run_get(*, run_id: uuid.UUID, user: AbstractUser | AnonymousUser, is_staff: bool) -> TrainingRun:
    """Raises TryOnError `not_found`, also for what the account may not see."""
    run = runs_visible(user=user, is_staff=is_staff).filter(pk=run_id).first()
    if run is None:
        raise TryOnError("not_found")
    return run


def filter_of(run: TrainingRun) -> DataFilter:
    """What the run learns from."""
    return DataFilter(run.categories, run.sources, run.since)


def garments_to_learn_from(chosen: DataFilter) -> QuerySet[Garment]:
    """Prepared garments, in a fixed order; none if they are no source."""
    if DataSource.GARMENTS not in chosen.sources:
        return Garment.objects.none()
    ready = Garment.objects.filter(status=Garment.Status.SUCCEEDED, category__in=chosen.categories)
    return _added_since(ready, chosen.since).order_by("pk")


def samples_to_learn_from(chosen: DataFilter) -> QuerySet[TrainingSample]:
    """Photos that may be trained on at this moment, in a fixed order."""
    rows = samples_for_training().filter(source__in=chosen.sources)
    return _added_since(rows, chosen.since).order_by("pk")


def counts_to_learn_from(chosen: DataFilter) -> Counter[str]:
    """How many garments of each category there are to learn from. Where garments are no source, those that
    are worn on the photos; photos that were added to one garment show it once."""
    if DataSource.GARMENTS in chosen.sources:
        return Counter(garments_to_learn_from(chosen).values_list("category", flat=True))
    rows = samples_to_learn_from(chosen).select_related("garment")
    worn = {(row.garment_id or row.pk, category) for row in rows for category in categories_of(row)}
    return Counter(category for _, category in worn if category in chosen.categories)


def training_data() -> list[TrainingData]:
    """How many garments of each category could be learnt from now."""
    every = DataFilter(Garment.Category.values, DataSource.values)
    ready = garments_to_learn_from(every).order_by()
    counts = dict(ready.values_list("category").annotate(Count("pk")))
    return [TrainingData(name, str(label), counts.get(name, 0)) for name, label in Garment.Category.choices]


def photo_counts() -> dict[str, int]:
    """How many photos of each source may be trained on now."""
    rows = samples_for_training().order_by()
    return dict(rows.values_list("source").annotate(Count("pk")))


def _added_since(rows: QuerySet[Row], since: date | None) -> QuerySet[Row]:
    return rows.filter(created_at__date__gte=since) if since else rows
