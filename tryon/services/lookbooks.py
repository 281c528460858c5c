"""Lookbooks: garments, as they are or varied, on sample shoppers, and the pictures that a worker makes."""

import re
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.ingest import decode_upload
from tryon.models import Garment, Look, Lookbook, LookPicture

from .garment_files import files_delete
from .work import work_restart

MOST_LOOKS = 12
COLOUR = re.compile(r"#[0-9a-f]{6}\Z")


@transaction.atomic
def lookbook_create(
    *, name: str, garments: Sequence[Garment], samples: Sequence[str], user_id: int | None
) -> Lookbook:
    """Raises TryOnError lookbook_empty, lookbook_full, not_found for an unknown sample, garment_not_ready."""
    known = [each["image"] for each in settings.TRYON["SAMPLE_PHOTOS"]]
    if not garments or not samples:
        raise TryOnError("lookbook_empty")
    if len(garments) > MOST_LOOKS:
        raise TryOnError("lookbook_full")
    if not set(samples) <= set(known):
        raise TryOnError("not_found")
    _refuse_unready(garments)
    chosen = [sample for sample in known if sample in samples]
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
        Lookbook.objects.select_for_update().get(pk=lookbook.pk)
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
    """Take a look out of its lookbook, with its pictures."""
    names = _names(look)
    lookbook = look.lookbook
    look.delete()
    transaction.on_commit(lambda: files_delete(names))
    _make_again(lookbook)


@transaction.atomic
def lookbook_delete(*, lookbook: Lookbook) -> None:
    """Delete it with all its pictures; garments stay."""
    looks = lookbook.looks.prefetch_related("pictures")
    names = [name for look in looks for name in _names(look)]
    names += [lookbook.sheet.name, lookbook.document.name]
    lookbook.delete()
    transaction.on_commit(lambda: files_delete(names))


def picture_keep(*, look: Look, sample: str, png: bytes = b"", code: str = "") -> None:
    """Keep the picture of a look on a sample shopper, or the code that says why there is none."""
    name = default_storage.save(f"lookbooks/{uuid.uuid4().hex}.png", ContentFile(png)) if png else ""
    with transaction.atomic():
        there = Look.objects.select_for_update().filter(pk=look.pk).exists()
        if there:
            LookPicture.objects.get_or_create(
                look=look, sample=sample, defaults={"image": name, "error_code": code}
            )
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
