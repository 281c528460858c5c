"""The erasure ledger: what an entry says, whom it names, and which entries are believed."""

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.tryon import factories
from tryon.ledger import Entry, ForeignEntryError, Kind, ledger_append, ledger_prune, ledger_read
from tryon.models import (
    ErasureReceipt,
    Shopper,
)
from tryon.pseudonyms import derived_key, shopper_pseudonym
from tryon.services.analyses import analysis_keep
from tryon.services.photos import photo_erase
from tryon.services.shoppers import shopper_erase

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_stores")]
REQUESTED = ErasureReceipt.Reason.REQUESTED
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def shopper() -> Shopper:
    return factories.shopper()


def an_entry(**changes: object) -> Entry:
    entry = Entry(uuid.UUID(int=1), Kind.PHOTO, str(uuid.UUID(int=2)), "ab" * 32, REQUESTED, NOON)
    return entry._replace(**changes)


def test_an_entry_names_the_object_and_nobody(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    receipt = photo_erase(photo=photo, reason=REQUESTED)

    (entry,) = ledger_read().entries
    assert entry == Entry(
        receipt.pk, "photo", str(photo.pk), shopper_pseudonym(shopper.pk), "requested", receipt.erased_at
    )
    with storages["ledger"].open(entry.name) as file:
        text = file.read().decode()
    assert str(shopper.pk) not in text
    assert shopper.pk.hex not in text
    assert set(json.loads(text)) == {
        "id", "kind", "object_id", "owner", "reason", "erased_at", "signature",
    }  # fmt: skip


def test_everything_erased_has_its_entry(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    assert analysis_keep(photo=photo, data=b"where the body is")
    photo.refresh_from_db()
    done = factories.tryon(photo, status="succeeded", result=True)
    waiting = factories.tryon(photo)
    owner = shopper_pseudonym(shopper.pk)
    shopper_erase(shopper=shopper)

    assert sorted((entry.kind, entry.object_id) for entry in ledger_read().entries) == sorted(
        [
            ("photo", str(photo.pk)),
            ("analysis", str(photo.analysis_id)),
            ("result", str(done.result_id)),
            ("tryon", str(done.pk)),
            ("tryon", str(waiting.pk)),
            ("shopper", ""),
        ]
    )
    assert {entry.owner for entry in ledger_read().entries} == {owner}


@pytest.mark.parametrize(
    "changes",
    [
        {"object_id": str(uuid.UUID(int=3))},
        {"kind": "result"},
        {"owner": "cd" * 32},
        {"reason": "expired"},
        {"id": uuid.UUID(int=9)},
        {"erased_at": NOON + timedelta(microseconds=1)},
    ],
)
def test_an_altered_entry_is_not_believed(changes: dict) -> None:
    signed = json.loads(an_entry().to_bytes())
    altered = json.loads(an_entry(**changes).to_bytes()) | {"signature": signed["signature"]}

    assert Entry.from_bytes(an_entry().to_bytes()) == an_entry()
    with pytest.raises(ForeignEntryError):
        Entry.from_bytes(json.dumps(altered).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", an_entry().to_bytes()[:-9], b'{"id": 1}'])
def test_rubbish_is_no_entry(data: bytes) -> None:
    with pytest.raises(ForeignEntryError):
        Entry.from_bytes(data)


def test_an_entry_under_anothers_name_is_not_believed() -> None:
    storages["ledger"].save(f"2026/11/22/{uuid.UUID(int=7)}.json", ContentFile(an_entry().to_bytes()))

    assert ledger_read().entries == []
    assert ledger_read().foreign == [f"2026/11/22/{uuid.UUID(int=7)}.json"]


def test_an_entry_of_another_key_is_named_and_the_replay_fails(shopper: Shopper, settings: Settings) -> None:
    photo_erase(photo=factories.photo(shopper), reason=REQUESTED)
    settings.RECEIPT_KEY = bytes(32)

    with pytest.raises(CommandError, match="1 entries of the ledger are not ours"):
        call_command("replay_erasures", stdout=StringIO())


def test_keys_of_two_purposes_have_nothing_in_common(settings: Settings) -> None:
    keys = {derived_key("erasure ledger"), derived_key("pseudonym"), bytes(settings.RECEIPT_KEY)}
    assert [len(key) for key in keys] == [32, 32, 32]


def test_days_before_the_limit_are_dropped() -> None:
    for days in (0, 1, 40):
        ledger_append(kind=Kind.TRYON, owner="", reason=REQUESTED, erased_at=NOON - timedelta(days=days))

    assert ledger_prune(before=date(2026, 11, 22)) == 2
    assert [entry.erased_at for entry in ledger_read().entries] == [NOON]
    assert ledger_prune(before=date(2026, 11, 22)) == 0


def test_verify_names_entries_that_are_not_ours(shopper: Shopper) -> None:
    storages["ledger"].save("2026/11/22/a.json", ContentFile(b"{}"))
    out = StringIO()

    with pytest.raises(CommandError, match="not in order"):
        call_command("verify", stdout=out)
    assert "entries of the ledger that are not ours: 1 2026/11/22/a.json\n" in out.getvalue()
