"""Fetching the pictures of an import, in a process that consumes the queue `maintenance` and holds no models.

Sweeps and erasures wait in the same queue, so a turn is short; the next one goes on where it ended. A picture
is decoded in the same limited child as any other.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from django.conf import settings

from tryon.announce import announce
from tryon.errors import TryOnError
from tryon.import_files import member_bytes, opened
from tryon.ingest import decode_upload
from tryon.models import GarmentImport, GarmentImportItem
from tryon.outbound import OutboundError, get
from tryon.services.garment_imports import import_forget_archive, item_keep_picture, item_refuse
from tryon.services.work import work_return, work_succeed

from .runner import LeaseLostError, Progress

TURN_SECONDS = 7.0
ANSWER_SECONDS = 10.0
PORTS = [443]


def collect(batch: GarmentImport, progress: Progress[GarmentImport]) -> None:
    """Fetch pictures for a turn, one at least; the import succeeds when it waits for none."""
    end = monotonic() + TURN_SECONDS
    waiting = batch.items.filter(status=GarmentImportItem.Status.QUEUED, image="")
    total = batch.items.count()
    with _archive_of(batch) as archive:
        for item in waiting.all():
            progress("collect", 1 - waiting.count() / total)
            _collect(item, archive)
            if monotonic() > end:
                break
    announce(GarmentImportItem)
    if waiting.exists():
        work_return(work=batch)
        return
    if not work_succeed(work=batch):
        raise LeaseLostError
    import_forget_archive(batch=batch)


@contextmanager
def _archive_of(batch: GarmentImport) -> Iterator[zipfile.ZipFile | None]:
    """What was sent; None for an import of addresses. Raises TryOnError archive_unreadable."""
    if not batch.archive:
        yield None
        return
    with batch.archive.open() as file, opened(file) as archive:
        yield archive


def _collect(item: GarmentImportItem, archive: zipfile.ZipFile | None) -> None:
    try:
        data = _fetched(item.source) if archive is None else _unpacked(archive, item.source)
        picture = decode_upload(data)
    except TryOnError as refusal:
        item_refuse(item=item, code=refusal.code)
    else:
        item_keep_picture(item=item, picture=picture)


def _unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    return member_bytes(archive, name, most=settings.TRYON["MAX_UPLOAD_BYTES"], code="image_too_large")


def _fetched(url: str) -> bytes:
    """Raises TryOnError url_refused, download_failed or image_too_large."""
    try:
        answer = get(url, ports=PORTS, seconds=ANSWER_SECONDS, most=settings.TRYON["MAX_UPLOAD_BYTES"])
    except OutboundError as error:
        codes = {
            "too_large": "image_too_large",
            "url_refused": "url_refused",
            "address_refused": "url_refused",
        }
        raise TryOnError(codes.get(error.code, "download_failed")) from error
    if answer.status != 200:
        raise TryOnError("download_failed")
    return answer.body
