"""Many photos of models at once, to train on: all of them or none.

The ZIP file is in memory only. Its photos are sealed as they are, one by one; whatever stops this before the
rows are committed leaves sealed objects that no row names, which are erased at once or by the next sweep.
"""

import uuid
from collections.abc import Sequence
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tryon.announce import announce_on_commit
from tryon.import_files import member_bytes, opened
from tryon.models import AuditEntry, ErasureReceipt, SealedObject, TrainingSample
from tryon.photo_files import PlannedPhoto, plan_photos
from tryon.selectors.garments import garments_called

from .audit import audit_record
from .photo_store import object_erase, object_seal
from .samples import UNDECODED


class PhotosRefusedError(Exception):
    """Nothing was taken in. `rows`: all that the list names, with what is wrong with some of them."""

    def __init__(self, rows: Sequence[PlannedPhoto]) -> None:
        self.rows = rows
        super().__init__([row.error_code for row in rows])


def samples_add(*, archive: IO[bytes], licence_note: str = "", in_lookbooks: bool = False) -> uuid.UUID:
    """Take in the photos that the CSV file in a ZIP file names, and ask the workers for samples of them;
    returns the `batch` of these. `licence_note` and `in_lookbooks` are as for `sample_add`, the note for
    lines without one.

    Not to be called inside a transaction (see `object_seal`). Raises PhotosRefusedError if anything is wrong
    with a line; TryOnError as `plan_photos` and `member_bytes` do.
    """
    uploads: list[SealedObject] = []
    batch = uuid.uuid4()
    kept = False
    try:
        with opened(archive) as packed:
            rows = _with_garments(plan_photos(packed, licence_note))
            if any(row.error_code for row in rows):
                raise PhotosRefusedError(rows)
            most = settings.TRYON["MAX_UPLOAD_BYTES"]
            for row in rows:
                data = member_bytes(packed, row.source, most=most, code="image_too_large")
                kind = SealedObject.Kind.SAMPLE
                uploads.append(object_seal(shopper=None, kind=kind, media_type=UNDECODED, data=data))
        _keep(batch, rows, uploads, in_lookbooks)
        kept = True
    finally:
        if not kept:
            _forget(uploads)
    return batch


def _with_garments(rows: Sequence[PlannedPhoto]) -> list[PlannedPhoto]:
    """The rows, refused where nothing or more than one thing is called so."""
    known = garments_called(row.garment for row in rows)
    return [
        row if row.error_code or row.garment in known else row._replace(error_code="garment_unknown")
        for row in rows
    ]


@transaction.atomic
def _keep(
    batch: uuid.UUID, rows: Sequence[PlannedPhoto], uploads: Sequence[SealedObject], in_lookbooks: bool
) -> None:
    garments = garments_called(row.garment for row in rows)
    if any(row.garment not in garments for row in rows):  # One was deleted meanwhile.
        raise PhotosRefusedError(_with_garments(rows))
    TrainingSample.objects.bulk_create(
        TrainingSample(
            source=TrainingSample.Source.MERCHANT,
            upload=upload,
            garment=garments[row.garment],
            licence_note=row.licence_note,
            in_lookbooks=in_lookbooks,
            batch=batch,
            source_name=row.source,
            expires_at=timezone.now() + settings.TRYON["PHOTO_TTL"],
        )
        for row, upload in zip(rows, uploads, strict=True)
    )
    note = f"{len(rows)} photos"
    audit_record(action=AuditEntry.Action.CREATE, object_kind="trainingsample", object_id=batch, note=note)
    announce_on_commit(TrainingSample)


@transaction.atomic
def _forget(uploads: Sequence[SealedObject]) -> None:
    for upload in uploads:
        object_erase(sealed=upload, reason=ErasureReceipt.Reason.STALE)
