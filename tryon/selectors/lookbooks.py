"""Which lookbooks there are, for staff who may see them, and their sheets."""

import uuid

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import QuerySet

from tryon.errors import TryOnError
from tryon.models import Look, Lookbook


def lookbooks_visible(*, user: AbstractUser | AnonymousUser, is_staff: bool) -> QuerySet[Lookbook]:
    """All lookbooks, newest first. Raises TryOnError `not_found` for whoever may not see any."""
    if not (is_staff and user.has_perm("tryon.view_lookbook")):
        raise TryOnError("not_found")
    return Lookbook.objects.all()


def lookbook_get(*, lookbook_id: uuid.UUID, user: AbstractUser | AnonymousUser, is_staff: bool) -> Lookbook:
    """Raises TryOnError `not_found`, also for what the account may not see."""
    lookbook = lookbooks_visible(user=user, is_staff=is_staff).filter(pk=lookbook_id).first()
    if lookbook is None:
        raise TryOnError("not_found")
    return lookbook


def look_get(*, lookbook: Lookbook, look_id: int) -> Look:
    """One look of this lookbook. Raises TryOnError `not_found`."""
    look = lookbook.looks.filter(pk=look_id).first()
    if look is None:
        raise TryOnError("not_found")
    return look


def lookbook_file(*, lookbook: Lookbook, name: str) -> bytes:
    """The bytes of its `sheet` (PNG) or `document` (PDF). Raises TryOnError `result_not_ready`."""
    field = getattr(lookbook, name)
    try:
        with field.open() as file:
            content: bytes = file.read()
    except (ValueError, FileNotFoundError) as error:  # There is none, or none any more: it is made anew.
        raise TryOnError("result_not_ready") from error
    return content
