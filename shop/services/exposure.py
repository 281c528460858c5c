"""Counting what visitors do, without a word about who they are."""

from datetime import date

from django.db import transaction
from django.db.models import F

from shop.models import ExposureDay


@transaction.atomic
def exposure_count(*, day: date, percent: int, offered: bool, event: ExposureDay.Event) -> None:
    """One visitor more for `event` among those of the day to whom the try-on was offered, or was not."""
    row, _created = ExposureDay.objects.get_or_create(day=day, percent=percent, offered=offered)
    ExposureDay.objects.filter(pk=row.pk).update(**{event.value: F(event.value) + 1})
