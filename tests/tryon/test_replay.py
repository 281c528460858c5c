"""The replay of the erasure ledger, after a backup has brought back what was erased."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from unittest.mock import patch

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.core.serializers import deserialize, serialize
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.tryon import factories
from tryon.ledger import ledger_append, ledger_read
from tryon.models import (
    Consent,
    ErasureReceipt,
    PendingDeletion,
    Photo,
    SealedObject,
    Shopper,
    TrainingSample,
    TryOnItem,
    TryOnJob,
)
from tryon.services import replay
from tryon.services.analyses import analysis_keep
from tryon.services.audit import audit_link
from tryon.services.consents import consent_give, consent_withdraw
from tryon.services.jobs import job_erase
from tryon.services.photo_store import object_open
from tryon.services.photos import photo_erase
from tryon.services.receipts import receipt_verify
from tryon.services.replay import erasures_replay
from tryon.services.shoppers import shopper_erase, shopper_merge

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_stores")]
REQUESTED = ErasureReceipt.Reason.REQUESTED
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BACKED_UP = (Shopper, Consent, SealedObject, Photo, TrainingSample, TryOnJob, TryOnItem, ErasureReceipt)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def shopper() -> Shopper:
    return factories.shopper()


class Backup:
    """The rows about shoppers and the bytes of their pictures as they are now, to be brought back later."""

    def __init__(self) -> None:
        rows = [row for model in BACKED_UP for row in model.objects.order_by("pk")]
        self.rows = serialize("python", rows)
        self.files = {row.storage_name: self._read(row.storage_name) for row in SealedObject.objects.all()}

    def _read(self, name: str) -> bytes:
        with storages["private"].open(name) as file:
            content: bytes = file.read()
            return content

    def restore_rows(self) -> None:
        for model in (*reversed(BACKED_UP[1:]), PendingDeletion):
            model.objects.all().delete()
        Shopper.objects.all().delete()
        for row in deserialize("python", self.rows):
            row.save()
        connection.check_constraints()

    def restore_files(self) -> None:
        for name, content in self.files.items():
            if not storages["private"].exists(name):
                storages["private"].save(name, ContentFile(content))

    def restore(self) -> None:
        self.restore_rows()
        self.restore_files()


def files() -> set[str]:
    store = storages["private"]
    return {f"{folder}/{name}" for folder in store.listdir("")[0] for name in store.listdir(folder)[1]}


def run(*arguments: str) -> dict:
    out = StringIO()
    call_command("replay_erasures", *arguments, stdout=out)
    report: dict = json.loads(out.getvalue())
    return report


def test_replay_erases_again_what_a_backup_brought_back(
    shopper: Shopper, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    erased, kept = factories.photo(shopper), factories.photo(shopper)
    assert analysis_keep(photo=erased, data=b"where the body is")
    first = factories.tryon(erased, status="succeeded", result=True)
    running = factories.tryon(erased, status="running")
    deleted = factories.tryon(kept, status="succeeded", result=True)
    survivor = factories.tryon(kept, status="succeeded", result=True)
    backup = Backup()
    with django_capture_on_commit_callbacks(execute=True):
        photo_erase(photo=erased, reason=REQUESTED)
        job_erase(job=deleted, reason=REQUESTED)
    receipts = list(ErasureReceipt.objects.order_by("pk").values())
    backup.restore()
    assert (Photo.objects.count(), TryOnJob.objects.count(), len(files())) == (2, 4, 6)
    assert object_open(sealed=Photo.objects.get(pk=erased.pk).sealed)

    with django_capture_on_commit_callbacks(execute=True):
        report = run()
    assert report["erased"] == {"photo": 1, "analysis": 1, "result": 2, "tryon": 1}
    assert list(Photo.objects.all()) == [kept]
    jobs = {job.pk: job.status for job in TryOnJob.objects.all()}
    assert jobs == {first.pk: "expired", running.pk: "cancelled", survivor.pk: "succeeded"}
    assert set(SealedObject.objects.all()) == {kept.sealed, survivor.result}
    assert files() == {kept.sealed.storage_name, survivor.result.storage_name}
    assert list(ErasureReceipt.objects.order_by("pk").values()) == receipts
    assert all(receipt_verify(receipt=receipt) for receipt in ErasureReceipt.objects.all())


def test_replay_again_changes_nothing(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    backup = Backup()
    photo_erase(photo=photo, reason=REQUESTED)
    backup.restore()
    assert run()["erased"] == {"photo": 1}
    before = (Backup().rows, ledger_read())

    assert run()["erased"] == {}
    assert (Backup().rows, ledger_read()) == before


def test_dry_run_counts_and_changes_nothing(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    backup = Backup()
    photo_erase(photo=photo, reason=REQUESTED)
    backup.restore()

    assert run("--dry-run") == {
        "dry_run": True, "entries": 1, "erased": {"photo": 1}, "failed": [], "foreign": [],
    }  # fmt: skip
    assert Backup().rows == backup.rows
    assert object_open(sealed=Photo.objects.get().sealed)


def test_bytes_without_a_row_go_when_the_store_alone_was_restored(
    shopper: Shopper, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    photo = factories.photo(shopper)
    backup = Backup()
    with django_capture_on_commit_callbacks(execute=True):
        photo_erase(photo=photo, reason=REQUESTED)
    backup.restore_files()
    storages["private"].save("zz/not-of-ours", ContentFile(b"?"))

    assert run()["erased"] == {"file": 1}
    assert files() == {"zz/not-of-ours"}


def test_a_shopper_who_came_back_goes_with_everything() -> None:
    shopper, other = factories.shopper(user=factories.user()), factories.shopper()
    factories.tryon(factories.photo(shopper), status="failed")
    kept = factories.photo(other)
    backup = Backup()
    shopper_erase(shopper=shopper)
    backup.restore()

    run()
    assert list(Shopper.objects.all()) == [other]
    assert [row.shopper for row in Consent.objects.all()] == [other]
    assert list(Photo.objects.all()) == [kept]
    assert TryOnJob.objects.count() == 0


def test_a_withdrawn_consent_stays_withdrawn(clock: time_machine.Traveller, shopper: Shopper) -> None:
    other = factories.shopper()
    backup = Backup()
    clock.shift(60)
    consent_withdraw(shopper=shopper, purpose="tryon")
    withdrawn_at = Consent.objects.get(shopper=shopper).withdrawn_at
    backup.restore()
    assert Consent.objects.filter(withdrawn_at=None).count() == 2

    clock.shift(60)
    assert run()["erased"] == {"consent": 1}
    assert Consent.objects.get(shopper=shopper).withdrawn_at == withdrawn_at
    assert Consent.objects.get(shopper=other).withdrawn_at is None


def test_a_consent_given_after_the_withdrawal_stands(clock: time_machine.Traveller, shopper: Shopper) -> None:
    clock.shift(60)
    consent_withdraw(shopper=shopper, purpose="tryon")
    clock.shift(60)
    again = consent_give(shopper=shopper, purpose="tryon", version="2026-11")
    backup = Backup()
    backup.restore()

    assert run()["erased"] == {}
    assert Consent.objects.get(withdrawn_at=None) == again


@pytest.mark.parametrize("linked", [True, False])
def test_a_guest_from_before_the_login_is_known_again(
    clock: time_machine.Traveller, shopper: Shopper, linked: bool
) -> None:
    """The backup is older than the login, the erasure younger."""
    account = factories.shopper(user=factories.user())
    factories.photo(shopper)
    backup = Backup()
    clock.shift(60)
    shopper_merge(guest=shopper, user=account.user)
    if linked:
        audit_link()
    consent_withdraw(shopper=account, purpose="tryon")
    backup.restore()
    assert run()["erased"] == {"photo": 1, "consent": 2}
    assert not Consent.objects.filter(withdrawn_at=None).exists()

    backup.restore()
    shopper_erase(shopper=Shopper.objects.get(pk=account.pk))
    backup.restore()
    run()
    assert not Shopper.objects.exists()


def test_the_last_withdrawal_of_a_day_counts(clock: time_machine.Traveller, shopper: Shopper) -> None:
    backups = []
    for _ in range(5):
        backups.append(Backup())
        clock.shift(60)
        consent_withdraw(shopper=shopper, purpose="tryon")
        clock.shift(60)
        consent_give(shopper=shopper, purpose="tryon", version="2026-11")
    consent_withdraw(shopper=shopper, purpose="tryon")
    for backup in backups:
        backup.restore()

        assert run()["erased"] == {"consent": 1}
        assert not Consent.objects.filter(withdrawn_at=None).exists()


def test_of_two_entries_about_an_object_the_later_has_the_receipt(
    clock: time_machine.Traveller, shopper: Shopper
) -> None:
    """The first was entered by an erasure that died before it was committed."""
    photo = factories.photo(shopper)
    backup = Backup()
    ledger_append(kind="photo", owner="", reason=REQUESTED, object_id=photo.pk, erased_at=NOON)
    clock.shift(60)
    receipt = photo_erase(photo=photo, reason=REQUESTED)
    backup.restore()

    assert run()["erased"] == {"photo": 1}
    assert list(ErasureReceipt.objects.values()) == [
        {name: getattr(receipt, name) for name in ErasureReceipt.objects.values()[0]}
    ]


def test_one_that_cannot_be_erased_does_not_keep_the_others(shopper: Shopper) -> None:
    stubborn, other = factories.photo(shopper), factories.photo(shopper)
    backup = Backup()
    for photo in (stubborn, other):
        photo_erase(photo=photo, reason=REQUESTED)
    backup.restore()
    erase = replay.photo_erase

    def photo_erase_or_fail(*, photo: Photo, reason: str) -> ErasureReceipt:
        if photo.pk == stubborn.pk:
            raise OSError("half way")
        return erase(photo=photo, reason=reason)

    with (
        patch.object(replay, "photo_erase", photo_erase_or_fail),
        pytest.raises(CommandError, match="1 could not be erased"),
    ):
        run()
    assert [photo.pk for photo in Photo.objects.all()] == [stubborn.pk]
    assert erasures_replay().erased == {"photo": 1}
    assert not Photo.objects.exists()


def test_verify_names_what_came_back(clock: time_machine.Traveller, shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    backup = Backup()
    photo_erase(photo=photo, reason=REQUESTED)
    backup.restore()
    clock.shift(timedelta(minutes=11))
    out = StringIO()

    with pytest.raises(CommandError, match="not in order"):
        call_command("verify", stdout=out)
    assert f"erased, says the ledger, and there all the same: 1 {photo.pk}\n" in out.getvalue()
