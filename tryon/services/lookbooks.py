"""Lookbooks: garments, as they are or varied, on people, and the pictures that a worker makes.

A model may be shown as long as the sample of their photo is there. Its row is locked when a lookbook begins
to name it, and the rows of looks when pictures are kept or erased: none of these overlooks the other.
"""

import re
import uuid
from collections.abc import Sequence
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.ingest import decode_upload
from tryon.key_ring import SealError
from tryon.models import Garment, Look, Lookbook, LookPicture
from tryon.selectors.wearers import models_called, wearers_called

from .garment_files import files_delete
from .photo_store import object_open
from .work import work_restart

MOST_LOOKS = 12
MOST_WEARERS = 8
GONE = {"image": "", "error_code": "not_found"}
COLOUR = re.compile(r"#[0-9a-f]{6}\Z")


@transaction.atomic
def lookbook_create(
    *, name: str, garments: Sequence[Garment], samples: Sequence[str], user_id: int | None
) -> Lookbook:
    """`samples`: keys of `Wearer`. Raises TryOnError lookbook_empty, lookbook_full, lookbook_crowded,
    not_found for somebody who may not be shown, garment_not_ready.
    """
    if not garments or not samples:
        raise TryOnError("lookbook_empty")
    if len(garments) > MOST_LOOKS:
        raise TryOnError("lookbook_full")
    if len(set(samples)) > MOST_WEARERS:
        raise TryOnError("lookbook_crowded")
    list(models_called(samples).select_for_update(no_key=True, of=("self",)))
    chosen = [wearer.key for wearer in wearers_called(samples)]
    if set(chosen) != set(samples):
        raise TryOnError("not_found")
    _refuse_unready(garments)
    lookbook = Lookbook.objects.create(name=name, samples=chosen, created_by_id=user_id)
    Look.objects.bulk_create(Look(lookbook=lookbook, garment=garment) for garment in garments)
    announce_on_commit(Lookbook)
    return lookbook


def look_add(
    *, lookbook: Lookbook, garment: Garment, colour: str = "", motif: bytes = b"", repeat: bool = False
) -> Look:
    """Add a garment in another colour, with a print, or both.

    Raises TryOnError lookbook_full, variation_empty, garment_not_ready, colour_invalid; and as
    `decode_upload` for the print.
    """
    if not (colour or motif):
        raise TryOnError("variation_empty")
    if colour and not COLOUR.match(colour):
        raise TryOnError("colour_invalid")
    _refuse_unready([garment])
    picture = decode_upload(motif).data if motif else b""
    with transaction.atomic():
        _lock(lookbook.pk)
        if lookbook.looks.count() >= MOST_LOOKS:
            raise TryOnError("lookbook_full")
        look = Look(lookbook=lookbook, garment=garment, colour=colour, repeat=repeat)
        if picture:
            look.motif.save(f"{uuid.uuid4().hex}.jpg", ContentFile(picture), save=False)
        look.save(force_insert=True)
        _make_again(lookbook)
    return look


@transaction.atomic
def look_remove(*, look: Look) -> None:
    """Take a look out of its lookbook, with its pictures. Raises TryOnError lookbook_last_look for the one
    that would leave it empty."""
    lookbook = _lock(look.lookbook_id)
    if not lookbook.looks.exclude(pk=look.pk).exists():
        raise TryOnError("lookbook_last_look")
    names = _names(look)
    look.delete()
    transaction.on_commit(lambda: files_delete(names))
    _make_again(lookbook)


def _lock(lookbook_id: uuid.UUID) -> Lookbook:
    """Raises TryOnError not_found for a lookbook that was deleted meanwhile."""
    lookbook = Lookbook.objects.select_for_update().filter(pk=lookbook_id).first()
    if lookbook is None:
        raise TryOnError("not_found")
    return lookbook


@transaction.atomic
def lookbook_delete(*, lookbook: Lookbook) -> None:
    """Delete it with all its pictures; garments stay."""
    Lookbook.objects.select_for_update().filter(pk=lookbook.pk).first()
    looks = lookbook.looks.prefetch_related("pictures")
    names = [name for look in looks for name in _names(look)]
    names += [lookbook.sheet.name, lookbook.document.name]
    lookbook.delete()
    transaction.on_commit(lambda: files_delete(names))


def wearer_open(*, key: str) -> bytes:
    """The JPEG of a model, without face and surroundings. Raises TryOnError not_found for one who may not be
    shown (any more)."""
    sample = models_called([key]).select_related("sealed").first()
    if sample is None or sample.sealed is None:
        raise TryOnError("not_found")
    try:
        return object_open(sealed=sample.sealed)
    except SealError as error:
        raise TryOnError("not_found") from error


@transaction.atomic
def wearer_forget(*, key: str) -> None:
    """Take a model out of all lookbooks, with all pictures of theirs; the sheets are made anew. A lookbook
    that shows nobody else goes."""
    for lookbook in Lookbook.objects.select_for_update().filter(samples__contains=[key]):
        list(lookbook.looks.select_for_update())
        rest = [other for other in lookbook.samples if other != key]
        if not rest:
            lookbook_delete(lookbook=lookbook)
            continue
        pictures = LookPicture.objects.filter(look__lookbook=lookbook, sample=key)
        transaction.on_commit(partial(files_delete, [picture.image.name for picture in pictures]))
        pictures.delete()
        Lookbook.objects.filter(pk=lookbook.pk).update(samples=rest)
        _make_again(lookbook)


def picture_keep(*, look: Look, sample: str, png: bytes = b"", code: str = "") -> None:
    """Keep the picture of a look on somebody, or the code that says why there is none: not_found for a model
    who may not be shown any more."""
    name = default_storage.save(f"lookbooks/{uuid.uuid4().hex}.png", ContentFile(png)) if png else ""
    with transaction.atomic():
        there = Look.objects.select_for_update().filter(pk=look.pk).exists()
        if there:
            shown = {"image": name, "error_code": code} if wearers_called([sample]) else GONE
            LookPicture.objects.get_or_create(look=look, sample=sample, defaults=shown)
    if not LookPicture.objects.filter(image=name).exists():
        files_delete([name])


def cloth_keep(*, look: Look, webp: bytes) -> None:
    """Keep the picture of the varied garment."""
    name = default_storage.save(f"lookbooks/{uuid.uuid4().hex}.webp", ContentFile(webp))
    if not Look.objects.filter(pk=look.pk, cloth="").update(cloth=name):
        files_delete([name])


def _make_again(lookbook: Lookbook) -> None:
    """Sheets of what it was go; pictures that are there are kept."""
    names = [lookbook.sheet.name, lookbook.document.name]
    Lookbook.objects.filter(pk=lookbook.pk).update(sheet="", document="")
    transaction.on_commit(lambda: files_delete(names))
    work_restart(work=lookbook)
    announce_on_commit(Lookbook)


def _names(look: Look) -> list[str | None]:
    return [look.motif.name, look.cloth.name, *(picture.image.name for picture in look.pictures.all())]


def _refuse_unready(garments: Sequence[Garment]) -> None:
    if any(garment.status != Garment.Status.SUCCEEDED for garment in garments):
        raise TryOnError("garment_not_ready")
