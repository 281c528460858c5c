"""Garments as shoppers and staff may see them."""

import uuid

from django.db.models import QuerySet

from tryon.errors import TryOnError
from tryon.models import Garment


def garments_visible(*, is_staff: bool) -> QuerySet[Garment]:
    """Everything for staff; for shoppers what can be tried on."""
    return Garment.objects.all() if is_staff else Garment.objects.filter(status=Garment.Status.SUCCEEDED)


def garment_get(*, garment_id: uuid.UUID, is_staff: bool) -> Garment:
    """One garment. Raises TryOnError `not_found`, also for one that may not be seen yet."""
    garment = garments_visible(is_staff=is_staff).filter(pk=garment_id).first()
    if garment is None:
        raise TryOnError("not_found")
    return garment


def garments_to_wear(*, garment_ids: list[uuid.UUID]) -> list[Garment]:
    """The garments in the order given. Raises TryOnError `not_found` or `garment_not_ready`."""
    found = Garment.objects.in_bulk(garment_ids)
    if len(found) < len(set(garment_ids)):
        raise TryOnError("not_found")
    if any(garment.status != Garment.Status.SUCCEEDED for garment in found.values()):
        raise TryOnError("garment_not_ready")
    return [found[garment_id] for garment_id in garment_ids]
