"""Photos as their owner may see them."""

import uuid

from django.db.models import QuerySet

from tryon.errors import TryOnError
from tryon.models import Photo, Shopper


def photos_of(*, shopper: Shopper | None) -> QuerySet[Photo]:
    """The shopper's photos, newest first, with the rows that open them."""
    mine = Photo.objects.filter(shopper=shopper) if shopper else Photo.objects.none()
    return mine.select_related("sealed")


def photo_get(*, shopper: Shopper | None, photo_id: uuid.UUID) -> Photo:
    """One of the shopper's photos. Raises TryOnError `not_found`, also for somebody else's."""
    photo = photos_of(shopper=shopper).filter(pk=photo_id).first()
    if photo is None:
        raise TryOnError("not_found")
    return photo
