"""Which imports of garments there are, for staff who may see them, and how one goes."""

import uuid
from typing import NamedTuple

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Count, Q, QuerySet

from tryon.errors import TryOnError
from tryon.models import GarmentImport, GarmentImportItem, LeasedWork

Status = LeasedWork.Status
ENDED = (Status.SUCCEEDED, Status.FAILED)


class ImportFigures(NamedTuple):
    """How many pictures there are, have a verdict, may be added, are refused, and are garments already."""

    total: int
    settled: int
    usable: int
    refused: int
    added: int
    done: bool

    @property
    def percent(self) -> int:
        return round(100 * self.settled / self.total) if self.total else 100


def imports_visible(*, user: AbstractUser | AnonymousUser, is_staff: bool) -> QuerySet[GarmentImport]:
    """All imports, newest first. Raises TryOnError `not_found` for whoever may not see any."""
    if not (is_staff and user.has_perm("tryon.view_garmentimport")):
        raise TryOnError("not_found")
    return GarmentImport.objects.all()


def import_get(*, import_id: uuid.UUID, user: AbstractUser | AnonymousUser, is_staff: bool) -> GarmentImport:
    """Raises TryOnError `not_found`, also for what the account may not see."""
    batch = imports_visible(user=user, is_staff=is_staff).filter(pk=import_id).first()
    if batch is None:
        raise TryOnError("not_found")
    return batch


def items_to_add(*, batch: GarmentImport) -> QuerySet[GarmentImportItem]:
    """The items that may become garments and have not yet."""
    return batch.items.filter(status=Status.SUCCEEDED, garment=None).exclude(image="")


def import_figures(*, batch: GarmentImport) -> ImportFigures:
    """The figures now. `done`: nothing more will happen by itself."""
    counted = batch.items.aggregate(
        total=Count("pk"),
        settled=Count("pk", filter=Q(status__in=ENDED)),
        usable=Count("pk", filter=Q(status=Status.SUCCEEDED, garment=None) & ~Q(image="")),
        refused=Count("pk", filter=Q(status=Status.FAILED)),
        added=Count("pk", filter=Q(garment__isnull=False)),
        looking=Count("pk", filter=Q(status__in=[Status.QUEUED, Status.RUNNING]) & ~Q(image="")),
    )
    looking = counted.pop("looking")
    return ImportFigures(**counted, done=batch.status in ENDED and not looking)
