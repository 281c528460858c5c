"""Many garments at once: what is planned, fetched, looked at, and at last added, all of it or nothing."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import IO, NamedTuple

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.import_files import NAME_LENGTH, SKU_LENGTH, Planned
from tryon.ingest import CleanImage
from tryon.models import AuditEntry, Garment, GarmentImport, GarmentImportItem
from tryon.selectors.garment_imports import items_to_add

from .audit import audit_record
from .garment_files import files_delete
from .garments import garment_adopt

Status = GarmentImportItem.Status
KEPT_FOR = timedelta(days=14)
"""How long a merchant may think about an import; garments that were added stay, of course."""


class Choice(NamedTuple):
    """What a merchant says of one item."""

    name: str
    sku: str
    category: str
    outer: bool


class ChoicesRefusedError(Exception):
    """Nothing was added. `codes`: the error of each item, by position."""

    def __init__(self, codes: dict[int, str]) -> None:
        self.codes = codes
        super().__init__(codes)


@transaction.atomic
def import_create(
    *, rows: Sequence[Planned], user_id: int | None, archive: IO[bytes] | None = None
) -> GarmentImport:
    """Keep the plan, and the archive with its pictures if they are no addresses; a worker fetches them."""
    batch = GarmentImport(created_by_id=user_id)
    if archive is not None:
        batch.archive.save(f"{uuid.uuid4().hex}.zip", File(archive), save=False)
    batch.save(force_insert=True)
    skus = [row.sku for row in rows if row.sku]
    taken = set(Garment.objects.filter(sku__in=skus).values_list("sku", flat=True))
    GarmentImportItem.objects.bulk_create(
        _item(batch, position, row, taken) for position, row in enumerate(rows)
    )
    note = f"{len(rows)} pictures"
    audit_record(action=AuditEntry.Action.CREATE, object_kind="garmentimport", object_id=batch.pk, note=note)
    announce_on_commit(GarmentImport)
    return batch


def _item(batch: GarmentImport, position: int, row: Planned, taken: set[str]) -> GarmentImportItem:
    fields = row._asdict()
    if not row.error_code and row.sku in taken:
        fields["error_code"] = "sku_duplicate"
    if fields["error_code"]:
        fields |= {"status": Status.FAILED, "finished_at": timezone.now()}
    return GarmentImportItem(batch=batch, position=position, **fields)


def item_refuse(*, item: GarmentImportItem, code: str) -> None:
    """End an item that nobody has looked at yet."""
    waiting = GarmentImportItem.objects.filter(pk=item.pk, status=Status.QUEUED)
    waiting.update(status=Status.FAILED, error_code=code, finished_at=Now())


def item_keep_picture(*, item: GarmentImportItem, picture: CleanImage) -> None:
    """Keep the decoded picture of an item, or refuse it if the import has the very same already."""
    digest = hashlib.sha256(picture.data).hexdigest()
    if GarmentImportItem.objects.filter(batch=item.batch_id, digest=digest).exists():
        return item_refuse(item=item, code="picture_duplicate")
    name = default_storage.save(f"garments/{uuid.uuid4().hex}.jpg", ContentFile(picture.data))
    waiting = GarmentImportItem.objects.filter(pk=item.pk, status=Status.QUEUED, image="")
    if not waiting.update(image=name, digest=digest):
        default_storage.delete(name)
    return None


def import_forget_archive(*, batch: GarmentImport) -> None:
    """Delete what was sent, once all pictures in it are fetched."""
    name = batch.archive.name
    GarmentImport.objects.filter(pk=batch.pk).update(archive="")
    if name:
        default_storage.delete(name)


@transaction.atomic
def import_add(*, batch: GarmentImport, choices: dict[int, Choice]) -> list[Garment]:
    """Make garments of the chosen items, all or none; workers prepare them.

    Raises ChoicesRefusedError; TryOnError import_unfinished or, without a choice, import_empty.
    """
    items = {item.position: item for item in items_to_add(batch=batch).select_for_update(of=("self",))}
    if not choices:
        raise TryOnError("import_empty")
    if not set(choices) <= set(items):
        raise TryOnError("import_unfinished")
    if codes := _refused(choices):
        raise ChoicesRefusedError(codes)
    garments = []
    for position, choice in choices.items():
        item = items[position]
        garment = garment_adopt(image_name=str(item.image.name), **choice._asdict())
        changed = {"garment": garment, "image": "", **choice._asdict()}
        GarmentImportItem.objects.filter(pk=item.pk).update(**changed)
        garments.append(garment)
    note = f"{len(garments)} garments added"
    audit_record(action=AuditEntry.Action.CHANGE, object_kind="garmentimport", object_id=batch.pk, note=note)
    return garments


def _refused(choices: dict[int, Choice]) -> dict[int, str]:
    """The error of each choice that has one."""
    skus = [choice.sku for choice in choices.values() if choice.sku]
    taken = set(Garment.objects.filter(sku__in=skus).values_list("sku", flat=True))
    codes = {}
    for position, choice in choices.items():
        errors = {
            "name_missing": not 0 < len(choice.name) <= NAME_LENGTH,
            "sku_invalid": len(choice.sku) > SKU_LENGTH,
            "sku_duplicate": choice.sku in taken or skus.count(choice.sku) > 1,
            "category_unsupported": choice.category not in Garment.Category.values,
            "outer_unsupported": choice.outer and choice.category != Garment.Category.UPPER_BODY,
        }
        if code := next((code for code, wrong in errors.items() if wrong), ""):
            codes[position] = code
    return codes


@transaction.atomic
def import_delete(*, batch: GarmentImport) -> None:
    """Delete the import with its pictures; what was added stays."""
    items = GarmentImportItem.objects.select_for_update().filter(batch=batch)
    names = [item.image.name for item in items] + [batch.archive.name]
    batch.delete()
    transaction.on_commit(lambda: files_delete(names))


def imports_forget() -> int:
    """Delete imports that are older than two weeks; returns how many."""
    old = list(GarmentImport.objects.filter(created_at__lt=timezone.now() - KEPT_FOR))
    for batch in old:
        import_delete(batch=batch)
    return len(old)
