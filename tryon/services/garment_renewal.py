"""Preparing all garments again when other networks serve: a few at a time, so that the shop stays open.

A garment cannot be tried on while it is being prepared. So all are marked at once, and the sweep takes up as
many as there is room for; what a crash leaves keeps its mark.
"""

from django.db import transaction

from tryon.models import Garment

from .garments import garment_prepare

AT_ONCE = 4
ACTIVE = (Garment.Status.QUEUED, Garment.Status.RUNNING)


def garments_outdate() -> int:
    """Mark every garment; returns how many there are."""
    return Garment.objects.update(outdated=True)


def garments_renew() -> int:
    """Have marked garments prepared again, as long as few are waiting for it; returns how many."""
    room = AT_ONCE - Garment.objects.filter(status__in=ACTIVE).count()
    marked = Garment.objects.filter(outdated=True).exclude(status__in=ACTIVE)
    garments = list(marked.order_by("name", "pk")[: max(0, room)])
    for garment in garments:
        with transaction.atomic():
            garment_prepare(garment=garment)
    return len(garments)
