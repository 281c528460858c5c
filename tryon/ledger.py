"""The erasure ledger: what was erased, kept where no restore of the database reaches it.

A backup brings back what was erased after it was made. `manage.py replay_erasures` reads the ledger and
erases it again.

What always holds:
- An entry is stored before the erasure is committed. A crash between the two leaves an entry too many, never
  one too few: at worst the replay erases what somebody had asked to erase.
- Entries are only added, each a file of its own and signed. One that was altered or forged is not believed.
- An entry names no person: the object's own id, and a keyed hash of its owner.
- What left no trace in any backup any more needs no entry: days older than LEDGER_TTL are dropped.
"""

import hmac
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any, NamedTuple, Self

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from tryon.pseudonyms import signature

PURPOSE = "erasure ledger"


class ForeignEntryError(Exception):
    """The file is no entry of ours: altered, forged, or signed by another RECEIPT_KEY."""


class LedgerDownError(Exception):
    """The store of the ledger does not take an entry. Nothing may be erased without one."""


class Kind(models.TextChoices):
    """What can be erased. The order is that of a replay: what is part of something else comes after it."""

    PHOTO = "photo", _("Photo")
    RESULT = "result", _("Result")
    ANALYSIS = "analysis", _("What was found in a photo")
    SAMPLE = "sample", _("Training sample")
    TRYON = "tryon", _("Try-on")
    CONSENT = "consent", _("Consent that was withdrawn")
    SHOPPER = "shopper", _("Everything of a shopper")
    ACCOUNT = "account", _("Account")


class Entry(NamedTuple):
    """One erasure. `id` is that of the receipt, if there is one. `object_id` is the id of the object, the
    purpose of a consent, or empty where the owner's hash says all."""

    id: uuid.UUID
    kind: str
    object_id: str
    owner: str
    reason: str
    erased_at: datetime

    @property
    def name(self) -> str:
        """Where it lies: a folder for each day (UTC)."""
        return f"{self.erased_at.astimezone(UTC):%Y/%m/%d}/{self.id}.json"

    def to_bytes(self) -> bytes:
        """A JSON object with the fields and their signature."""
        facts = self._facts()
        return json.dumps(facts | {"signature": _sign(facts)}, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Undo `to_bytes`. Raises ForeignEntryError unless the signature is ours and covers every field."""
        try:
            facts: dict[str, Any] = json.loads(data)
            given = str(facts.pop("signature"))
            if not hmac.compare_digest(given.encode(), _sign(facts).encode()):
                raise ForeignEntryError("The signature is not ours.")
            return cls(
                **facts
                | {"id": uuid.UUID(facts["id"]), "erased_at": datetime.fromisoformat(facts["erased_at"])}
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ForeignEntryError("This is no entry of a ledger.") from error

    def _facts(self) -> dict[str, str]:
        erased_at = self.erased_at.astimezone(UTC).isoformat(timespec="microseconds")
        return self._asdict() | {"id": str(self.id), "erased_at": erased_at}


class Ledger(NamedTuple):
    """What the ledger says, oldest first, and the names of files that are no entries of ours."""

    entries: list[Entry]
    foreign: list[str]


def ledger_append(
    *,
    kind: str,
    owner: str,
    reason: str,
    erased_at: datetime,
    object_id: object = "",
    entry_id: uuid.UUID | None = None,
) -> Entry:
    """Store one entry. To be called inside the transaction that erases: if this fails, nothing is erased.

    Raises LedgerDownError.
    """
    entry = Entry(entry_id or uuid.uuid4(), kind, str(object_id), owner, reason, erased_at)
    try:
        _store().save(entry.name, ContentFile(entry.to_bytes()))
    except Exception as error:  # Each store has errors of its own.
        raise LedgerDownError(entry.name) from error
    return entry


def ledger_read() -> Ledger:
    """Everything in the ledger."""
    ledger, store = Ledger([], []), _store()
    for day in _days(store):
        for file_name in sorted(store.listdir(day)[1]):
            name = f"{day}/{file_name}"
            try:
                with store.open(name) as file:
                    entry = Entry.from_bytes(file.read())
                if not name.endswith(entry.name):
                    raise ForeignEntryError("It lies under another entry's name.")
            except ForeignEntryError:
                ledger.foreign.append(name)
            else:
                ledger.entries.append(entry)
    ledger.entries.sort(key=attrgetter("erased_at"))
    return ledger


def ledger_prune(*, before: date) -> int:
    """Drop the entries of days before `before` (UTC); returns how many."""
    store, dropped = _store(), 0
    for day in _days(store):
        if day >= f"{before:%Y/%m/%d}":
            continue
        for file_name in store.listdir(day)[1]:
            store.delete(f"{day}/{file_name}")
            dropped += 1
    return dropped


def _store() -> Storage:
    return storages["ledger"]


def _days(store: Storage) -> Iterator[str]:
    """The folders with entries, by date."""
    for year in _folders(store, ""):
        for month in _folders(store, year):
            for day in _folders(store, f"{year}/{month}"):
                yield f"{year}/{month}/{day}"


def _folders(store: Storage, path: str) -> list[str]:
    try:
        return sorted(name for name in store.listdir(path)[0] if name.isdecimal())
    except FileNotFoundError:  # Nothing has been erased yet.
        return []


def _sign(facts: dict[str, str]) -> str:
    return signature(PURPOSE, json.dumps(facts, sort_keys=True, separators=(",", ":")).encode())
