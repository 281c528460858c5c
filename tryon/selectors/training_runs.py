"""Which retrainings there are, and what they can learn from. For staff who may see them."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Count, QuerySet

from tryon.errors import TryOnError
from tryon.models import Garment, TrainingRun


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


def garments_to_learn_from(categories: Sequence[str]) -> QuerySet[Garment]:
    """Prepared garments of these categories, in a fixed order."""
    ready = Garment.objects.filter(status=Garment.Status.SUCCEEDED, category__in=categories)
    return ready.order_by("pk")


def training_data() -> list[TrainingData]:
    """How many garments of each category could be learnt from now."""
    ready = garments_to_learn_from(Garment.Category.values).order_by()
    counts = dict(ready.values_list("category").annotate(Count("pk")))
    return [TrainingData(name, str(label), counts.get(name, 0)) for name, label in Garment.Category.choices]
