"""Garments as shoppers and staff may see them."""

import uuid
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q, QuerySet

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


def garments_called(names: Iterable[str]) -> dict[str, Garment]:
    """Garments by what a list calls them: the article number, else the id, else a name that no other has."""
    wanted = set(names) - {""}
    ids = {name: pk for name in wanted if (pk := _as_id(name))}
    meant = Q(sku__in=wanted) | Q(pk__in=ids.values()) | Q(name__in=wanted)
    rows = list(Garment.objects.filter(meant))
    by_name: dict[str, list[Garment]] = defaultdict(list)
    for row in rows:
        by_name[row.name].append(row)
    found = {name: same[0] for name, same in by_name.items() if len(same) == 1}
    by_id = {row.pk: row for row in rows}
    found |= {name: by_id[pk] for name, pk in ids.items() if pk in by_id}
    found |= {row.sku: row for row in rows if row.sku}
    return {name: found[name] for name in wanted if name in found}


def garment_corners(*, garment: Garment) -> dict[str, list[float]]:
    """Corners by which one sees how the garment lies, name to x and y in pixels of its picture: those that
    were moved by hand where they were put, the others where the network surely sees them.
    """
    seen = {name: [x, y] for name, (x, y, sure) in garment.landmarks.items() if sure >= SEEN}
    known = seen | garment.drawn_landmarks
    return {name: point for name, point in known.items() if name.partition("_")[2] in PAIRED}


def _as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
