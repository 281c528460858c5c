"""After a restore: what the ledger says is erased is erased again. Dangerous code, as erasing is.

Invariants:
- Only what an entry of ours names is touched. Ids of objects and shoppers are never used twice; of consents
  and accounts only those are touched that are older than the entry.
- Idempotent, and each erasure is a transaction of its own: a replay that was stopped goes on where it was,
  and one object that cannot be erased does not keep the others.
- Receipts come back as they were, to the signature.
"""

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, TypeVar

from django.contrib.auth import get_user_model
from django.core.files.storage import storages
from django.db.models import Model

from tryon.ledger import Entry, Kind, Ledger, ledger_read
from tryon.models import AuditEntry, Consent, Photo, SealedObject, Shopper, TrainingSample, TryOnJob
from tryon.pseudonyms import account_pseudonym, shopper_pseudonym
from tryon.selectors.stored import files_unnamed, old_versions

from .accounts import account_erase
from .audit import audit_record
from .jobs import job_erase
from .photo_store import object_erase, storage_name
from .photos import photo_erase
from .receipts import receipts_restore
from .samples import sample_erase
from .shoppers import shopper_erase

OBJECTS = (Kind.PHOTO, Kind.RESULT, Kind.ANALYSIS, Kind.SAMPLE)
"""What has bytes in the private store, and a receipt."""
FILE = "file"
Row = TypeVar("Row", bound=Model)
logger = logging.getLogger(__name__)


class Undone(NamedTuple):
    """Something that the ledger says is erased and that is there all the same. `erase` ends that."""

    kind: str
    name: str
    erase: Callable[[], object]


class Replayed(NamedTuple):
    """How many things of each kind were erased again, and the names of those that could not be."""

    erased: dict[str, int]
    failed: list[str]


def erasures_undone(*, ledger: Ledger) -> list[Undone]:
    """What is there although the ledger says that it is erased. In the order in which it has to go."""
    return [undone for find in FINDERS for undone in find(ledger.entries)]


def erasures_replay(*, ledger: Ledger | None = None) -> Replayed:
    """Erase again what the ledger says is erased, and bring back the receipts. Idempotent."""
    ledger = ledger or ledger_read()
    # Of two erasures of one object only the later can have been committed, and it has the receipt.
    receipts_restore(entries=[entry for entry in reversed(ledger.entries) if entry.kind in OBJECTS])
    replayed = Replayed({}, [])
    for kind, name, erase in erasures_undone(ledger=ledger):
        try:
            erase()
        except Exception:  # Whatever is wrong with one object, the others still have to go.
            logger.exception("%s %s cannot be erased again.", kind, name)
            replayed.failed.append(name)
        else:
            replayed.erased[kind] = replayed.erased.get(kind, 0) + 1
    if replayed.erased:
        note = f"{sum(replayed.erased.values())} erased again"
        audit_record(action=AuditEntry.Action.REPLAY, object_kind="ledger", note=note)
    return replayed


def _by_id(entries: Iterable[Entry], *kinds: str) -> dict[uuid.UUID, Entry]:
    return {uuid.UUID(entry.object_id): entry for entry in entries if entry.kind in kinds}


def _there(model: type[Row], erased: dict[uuid.UUID, Entry]) -> Iterator[tuple[Row, Entry]]:
    """Rows that should not be: few are alive at a time, so they are looked up in the ledger."""
    for pk in model._default_manager.order_by("pk").values_list("pk", flat=True):
        if pk in erased:
            yield model(pk=pk), erased[pk]


def _photos(entries: list[Entry]) -> Iterator[Undone]:
    for photo, entry in _there(Photo, _by_id(entries, Kind.PHOTO)):
        yield Undone(entry.kind, str(photo.pk), partial(photo_erase, photo=photo, reason=entry.reason))


def _samples(entries: list[Entry]) -> Iterator[Undone]:
    """Samples whose picture is erased. That of a mere upload leaves the sample, as it did then."""
    erased = _by_id(entries, Kind.SAMPLE)
    for sample in TrainingSample.objects.order_by("pk") if erased else ():
        if sample.sealed_id and (entry := erased.get(sample.sealed_id)):
            yield Undone(
                entry.kind, str(sample.pk), partial(sample_erase, sample=sample, reason=entry.reason)
            )


def _objects(entries: list[Entry]) -> Iterator[Undone]:
    """Results, analyses, uploads, and photos and samples of which no other row is left."""
    with_row = set(Photo.objects.values_list("sealed_id", flat=True))
    with_row |= set(TrainingSample.objects.values_list("sealed_id", flat=True))
    for sealed, entry in _there(SealedObject, _by_id(entries, *OBJECTS)):
        if sealed.pk not in with_row:
            yield Undone(entry.kind, str(sealed.pk), partial(_object_erase, sealed, entry.reason))


def _object_erase(sealed: SealedObject, reason: str) -> None:
    TryOnJob.objects.filter(result=sealed).update(status=TryOnJob.Status.EXPIRED)
    object_erase(sealed=sealed, reason=reason)


def _tryons(entries: list[Entry]) -> Iterator[Undone]:
    for job, entry in _there(TryOnJob, _by_id(entries, Kind.TRYON)):
        yield Undone(entry.kind, str(job.pk), partial(job_erase, job=job, reason=entry.reason))


def _consents(entries: list[Entry]) -> Iterator[Undone]:
    ended = {
        (entry.owner, entry.object_id): entry.erased_at for entry in entries if entry.kind == Kind.CONSENT
    }
    for consent in Consent.objects.filter(withdrawn_at__isnull=True).order_by("pk") if ended else ():
        at = ended.get((shopper_pseudonym(consent.shopper_id), consent.purpose))
        if at is not None and consent.given_at <= at:
            row = Consent.objects.filter(pk=consent.pk)
            yield Undone(Kind.CONSENT, str(consent.pk), partial(row.update, withdrawn_at=at))


def _shoppers(entries: list[Entry]) -> Iterator[Undone]:
    erased = {entry.owner: entry for entry in entries if entry.kind == Kind.SHOPPER}
    for pk in Shopper.objects.order_by("pk").values_list("pk", flat=True) if erased else ():
        if entry := erased.get(shopper_pseudonym(pk)):
            yield Undone(
                Kind.SHOPPER, str(pk), partial(shopper_erase, shopper=Shopper(pk=pk), reason=entry.reason)
            )


def _accounts(entries: list[Entry]) -> Iterator[Undone]:
    """Accounts have numbers, and a restored database counts on from the backup: the newer ones are others."""
    erased = {entry.owner: entry for entry in entries if entry.kind == Kind.ACCOUNT}
    users = get_user_model()._default_manager.order_by("pk")
    for user in users.iterator() if erased else ():
        entry = erased.get(account_pseudonym(user.pk))
        if entry and user.date_joined <= entry.erased_at:
            yield Undone(Kind.ACCOUNT, str(user.pk), partial(account_erase, user=user, reason=entry.reason))


def _files(entries: list[Entry]) -> Iterator[Undone]:
    """Bytes that came back without a row, since the private store was restored too, or in old versions."""
    names = {storage_name(object_id) for object_id in _by_id(entries, *OBJECTS)}
    for name in sorted({*files_unnamed(), *old_versions()}) if names else ():
        if name in names:
            yield Undone(FILE, name, partial(storages["private"].delete, name))


FINDERS: tuple[Callable[[list[Entry]], Iterator[Undone]], ...] = (
    _photos,
    _samples,
    _objects,
    _tryons,
    _consents,
    _shoppers,
    _accounts,
    _files,
)
