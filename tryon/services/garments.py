"""Taking in the picture of a garment; a worker prepares it before anyone can try it on."""

import uuid
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.ingest import decode_upload
from tryon.models import Garment

from .garment_files import files_delete
from .garment_previews import previews_forget
from .work import work_restart


def garment_create(
    *, name: str, image: bytes, category: str = "", outer: bool = False, sku: str = ""
) -> Garment:
    """Take in a garment from the bytes of its picture. Without a category the worker that prepares it guesses
    one, unless it is an outer garment and so a top.

    Raises TryOnError for a picture that cannot be read, a category that cannot be worn, or an outer garment
    that is no top.
    """
    if outer and not category:
        category = Garment.Category.UPPER_BODY
    garment = Garment(name=name, category=category, outer=outer, sku=sku)
    if category:
        _refuse_category(garment)
    _store_picture(garment, image)
    return _insert(garment)


def garment_adopt(*, name: str, category: str, image_name: str, outer: bool, sku: str) -> Garment:
    """Take in a garment whose picture was decoded and stored before; from now on it is the garment's.

    Raises TryOnError as `garment_create` does.
    """
    garment = Garment(name=name, category=category, outer=outer, sku=sku, image=image_name)
    _refuse_category(garment)
    return _insert(garment)


@transaction.atomic
def garment_update(
    *,
    garment: Garment,
    name: str | None = None,
    category: str | None = None,
    outer: bool | None = None,
    sku: str | None = None,
    image: bytes | None = None,
) -> Garment:
    """Change a garment. A new picture or category has to be prepared again before it can be tried on."""
    garment.name = garment.name if name is None else name
    garment.category = garment.category if category is None else category
    garment.outer = garment.outer if outer is None else outer
    garment.sku = garment.sku if sku is None else sku
    _refuse_category(garment)
    changed = ["name", "category", "outer", "sku"]
    outdated: list[Any] = []
    if category is not None or image is not None:
        outdated.append(_analysis_locked(garment))
        garment.analysis = ""
        changed.append("analysis")
    if image is not None:
        outdated += [garment.image.name, garment.cutout.name, garment.drawn_mask.name]
        _store_picture(garment, image)
        garment.cutout = garment.drawn_mask = garment.swatch = ""
        garment.landmarks, garment.drawn_landmarks = {}, {}
        changed += ["image", "cutout", "swatch", "drawn_mask", "landmarks", "drawn_landmarks"]
    if category is not None or image is not None or outer is not None:
        previews_forget(garment=garment)
    garment.save(update_fields=changed)
    if category is not None or image is not None:
        garment_prepare(garment=garment)
    transaction.on_commit(lambda: files_delete(outdated))
    return garment


def garment_prepare(*, garment: Garment) -> None:
    """Have the garment prepared (again), for instance after the models have improved."""
    Garment.objects.filter(pk=garment.pk).update(outdated=False)
    work_restart(work=garment)
    announce_on_commit(Garment)
    garment.refresh_from_db()


def garment_guess_keep(*, garment: Garment, category: str) -> bool:
    """Keep what a worker took the garment for. False: the merchant has said it meanwhile."""
    if not Garment.objects.filter(pk=garment.pk, category="").update(category=category):
        return False
    garment.category = category
    return True


@transaction.atomic
def garment_delete(*, garment: Garment) -> None:
    """Delete the row and its files. Raises ProtectedError while a product or a try-on names it."""
    files = [
        garment.image.name,
        garment.cutout.name,
        garment.drawn_mask.name,
        _analysis_locked(garment),
    ]
    previews_forget(garment=garment)
    garment.delete()
    transaction.on_commit(lambda: files_delete(files))


def garment_analysis_keep(*, garment: Garment, data: bytes) -> bool:
    """Keep what was found in the garment's picture beside it, in the place of what was kept before.

    False, and nothing is kept, if picture, category or drawn mask have changed since `garment` was read.
    """
    beside = PurePosixPath(str(garment.image.name)).with_suffix(f".{uuid.uuid4().hex}.analysis")
    name = default_storage.save(str(beside), ContentFile(data))
    with transaction.atomic():
        same = Garment.objects.filter(
            pk=garment.pk,
            image=garment.image.name,
            category=garment.category,
            drawn_mask=garment.drawn_mask.name or "",
        )
        row = same.select_for_update().first()
        same.update(analysis=name)
    files_delete([row.analysis.name if row else name])
    return row is not None


def garment_analysis_open(*, garment: Garment) -> bytes | None:
    """What is kept of the garment's picture; None if there is nothing. Whoever reads it has to check it."""
    name = str(Garment.objects.filter(pk=garment.pk).values_list("analysis", flat=True).first() or "")
    if not name:
        return None
    try:
        with default_storage.open(name) as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError:
        return None


def _insert(garment: Garment) -> Garment:
    garment.save(force_insert=True)
    announce_on_commit(Garment)
    return garment


def _store_picture(garment: Garment, image: bytes) -> None:
    """Keep the picture, encoded by us, under a name never used before: caches go by the name."""
    garment.image.save(f"{uuid.uuid4().hex}.jpg", ContentFile(decode_upload(image).data), save=False)


def _analysis_locked(garment: Garment) -> str:
    """The name of the kept analysis: a worker may have replaced it since `garment` was read."""
    rows = Garment.objects.select_for_update().filter(pk=garment.pk)
    return str(rows.values_list("analysis", flat=True).first() or "")


def _refuse_category(garment: Garment) -> None:
    if garment.category not in Garment.Category.values:
        raise TryOnError("category_unsupported")
    if garment.outer and garment.category != Garment.Category.UPPER_BODY:
        raise TryOnError("outer_unsupported")
