"""Who may wear the garments of a lookbook: the sample shoppers, and models whose licence permits it."""

import uuid
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tryon.models import TrainingSample

from .samples import samples_for_training

MOST_SHOWN = 60
"""Models to choose from, the newest."""


class Wearer(NamedTuple):
    """`key`: what a lookbook names them by, the static path of a sample shopper or the id of a model's
    sample."""

    key: str
    name: str
    is_model: bool = False


def shipped_wearers() -> list[Wearer]:
    """The sample shoppers, who are drawn."""
    return [Wearer(each["image"], each["name"]) for each in settings.TRYON["SAMPLE_PHOTOS"]]


def models_to_show() -> QuerySet[TrainingSample]:
    """Merchants' photos of models that may be shown in lookbooks, newest first. Shoppers' never are."""
    permitted = samples_for_training().filter(source=TrainingSample.Source.MERCHANT, in_lookbooks=True)
    return permitted.order_by("-created_at", "pk")


def models_called(keys: Iterable[str]) -> QuerySet[TrainingSample]:
    """Those of `models_to_show` that these keys name."""
    return models_to_show().filter(pk__in=[pk for key in keys if (pk := _as_id(key))])


def wearers() -> list[Wearer]:
    """Everybody to choose from."""
    return [*shipped_wearers(), *map(_wearer, models_to_show().select_related("garment")[:MOST_SHOWN])]


def wearers_called(keys: Iterable[str]) -> list[Wearer]:
    """Those of these keys who may be shown, the sample shoppers first, models in the order of the keys."""
    order = list(keys)
    models = {str(row.pk): _wearer(row) for row in models_called(order).select_related("garment")}
    shipped = [each for each in shipped_wearers() if each.key in order]
    return [*shipped, *(models[key] for key in order if key in models)]


def _wearer(sample: TrainingSample) -> Wearer:
    garment = sample.garment
    name = _("Model in %(garment)s") % {"garment": garment.name} if garment else _("Model")
    return Wearer(str(sample.pk), name, is_model=True)


def _as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
