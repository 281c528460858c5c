"""Taking in the picture of a garment; a worker prepares it before anyone can try it on."""

import uuid
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.ingest import decode_upload
from tryon.models import Garment

from .work import work_restart


def garment_create(*, name: str, category: str, image: bytes) -> Garment:
    """Take in a garment from the bytes of its picture. Raises TryOnError for a picture that cannot be read
    or a category that cannot be worn.
    """
    _refuse_category(category)
    garment = Garment(name=name, category=category)
    _store_picture(garment, image)
    garment.save(force_insert=True)
    announce_on_commit(Garment)
    return garment


@transaction.atomic
def garment_update(
    *, garment: Garment, name: str | None = None, category: str | None = None, image: bytes | None = None
) -> Garment:
    """Change a garment. A new picture or category has to be prepared again before it can be tried on."""
    if category is not None:
        _refuse_category(category)
        garment.category = category
    if name is not None:
        garment.name = name
    outdated = [garment.image.name, garment.cutout.name] if image is not None else []
    if image is not None:
        _store_picture(garment, image)
        garment.cutout = ""
    garment.save(update_fields=["name", "category", "image", "cutout"])
    if category is not None or image is not None:
        garment_prepare(garment=garment)
    transaction.on_commit(lambda: _delete_pictures(outdated))
    return garment


def garment_prepare(*, garment: Garment) -> None:
    """Have the garment prepared (again), for instance after the models have improved."""
    work_restart(work=garment)
    announce_on_commit(Garment)
    garment.refresh_from_db()


@transaction.atomic
def garment_delete(*, garment: Garment) -> None:
    """Delete the row and its pictures. Raises ProtectedError while a product or a try-on names it."""
    pictures = [garment.image.name, garment.cutout.name]
    garment.delete()
    transaction.on_commit(lambda: _delete_pictures(pictures))


def _store_picture(garment: Garment, image: bytes) -> None:
    """Keep the picture, encoded by us, under a name never used before: caches go by the name."""
    garment.image.save(f"{uuid.uuid4().hex}.jpg", ContentFile(decode_upload(image).data), save=False)


def _delete_pictures(names: list[Any]) -> None:
    for name in filter(None, names):
        default_storage.delete(name)


def _refuse_category(category: str) -> None:
    if category not in Garment.Category.values:
        raise TryOnError("category_unsupported")
