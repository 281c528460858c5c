"""Garments as shoppers and staff may see them."""

import uuid

from django.db.models import QuerySet

from tryon.errors import TryOnError
from tryon.models import Garment

SEEN = 0.5
"""How surely the network must see a corner for it to count."""
PAIRED = ("collar", "shoulder", "armpit", "waist", "hem_outer")
"""Corners that are beside each other, left and right, on a garment that lies upright."""


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


def garment_corners(*, garment: Garment) -> dict[str, list[float]]:
    """Corners by which one sees how the garment lies, name to x and y in pixels of its picture: those that
    were moved by hand where they were put, the others where the network surely sees them.
    """
    seen = {name: [x, y] for name, (x, y, sure) in garment.landmarks.items() if sure >= SEEN}
    known = seen | garment.drawn_landmarks
    return {name: point for name, point in known.items() if name.partition("_")[2] in PAIRED}
