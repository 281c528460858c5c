"""Erasing at a shopper's word: rows, keys and bytes go at once, a signed receipt stays."""

import json
import uuid
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.tryon import factories
from tryon.models import Consent, ErasureReceipt, PendingDeletion, Photo, SealedObject, Shopper, TryOnJob
from tryon.services.analyses import analysis_keep
from tryon.services.photo_store import object_erase, object_open
from tryon.services.photos import photo_erase
from tryon.services.receipts import receipt_document, receipt_verify
from tryon.services.shoppers import shopper_erase

pytestmark = pytest.mark.django_db
REQUESTED = ErasureReceipt.Reason.REQUESTED


@pytest.fixture
def shopper() -> Shopper:
    return factories.shopper()


def files_of(sealed: list[SealedObject]) -> list[bool]:
    return [storages["private"].exists(row.storage_name) for row in sealed]


def run(command: str, *arguments: str) -> list[str]:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_photo_goes_with_its_pictures_and_its_work(
    shopper: Shopper, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    photo, kept = factories.photo(shopper), factories.photo(shopper)
    jobs = {
        status: factories.tryon(photo, status=status)
        for status in ("queued", "running", "failed", "cancelled")
    }
    jobs["succeeded"] = factories.tryon(photo, status="succeeded", result=True)
    objects = [photo.sealed, jobs["succeeded"].result]
    with django_capture_on_commit_callbacks(execute=True):
        receipt = photo_erase(photo=photo, reason=REQUESTED)

    after = {before: TryOnJob.objects.get(pk=job.pk) for before, job in jobs.items()}
    assert {before: job.status for before, job in after.items()} == {
        "queued": "cancelled",
        "running": "cancelled",
        "failed": "failed",
        "cancelled": "cancelled",
        "succeeded": "expired",
    }
    assert all(job.photo is None and job.result is None and job.lease_until is None for job in after.values())
    assert list(Photo.objects.all()) == [kept]
    assert list(SealedObject.objects.all()) == [kept.sealed]
    assert files_of(objects) == [False, False]
    assert PendingDeletion.objects.count() == 0
    assert receipt.object_id == photo.pk
    assert {row.object_id for row in ErasureReceipt.objects.all()} == {row.pk for row in objects}


def test_erasing_a_photo_again_returns_its_receipt(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    first = photo_erase(photo=photo, reason=REQUESTED)

    assert photo_erase(photo=photo, reason=ErasureReceipt.Reason.EXPIRED) == first


def test_failed_erasure_leaves_everything(shopper: Shopper, settings: Settings) -> None:
    photo = factories.photo(shopper)
    settings.RECEIPT_KEY = b"too short"

    with pytest.raises(ValueError, match="32"):
        photo_erase(photo=photo, reason=REQUESTED)
    assert object_open(sealed=Photo.objects.get().sealed)
    assert PendingDeletion.objects.count() == 0


def test_receipt_tells_nothing_of_the_shopper(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    document = receipt_document(receipt=photo_erase(photo=photo, reason=REQUESTED))

    assert set(document) == {"id", "object_id", "kind", "reason", "erased_at", "signature", "public_key"}
    assert str(shopper.pk) not in json.dumps(document)


def test_receipt_of_another_installation_is_not_ours(shopper: Shopper, settings: Settings) -> None:
    receipt = photo_erase(photo=factories.photo(shopper), reason=REQUESTED)
    assert receipt_verify(receipt=receipt)

    settings.RECEIPT_KEY = bytes(32)
    assert not receipt_verify(receipt=receipt)


def test_shopper_goes_with_everything_and_leaves_others_alone(
    shopper: Shopper, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    other = factories.tryon(factories.photo(factories.shopper()), status="succeeded", result=True)
    first, second = factories.photo(shopper), factories.photo(shopper, status="failed")
    done = factories.tryon(first, status="succeeded", result=True)
    factories.tryon(first, status="running")
    objects = [first.sealed, second.sealed, done.result]
    with django_capture_on_commit_callbacks(execute=True):
        receipts = shopper_erase(shopper=shopper)

    assert {receipt.object_id for receipt in receipts} == {row.pk for row in objects}
    assert {receipt.reason for receipt in receipts} == {"account"}
    assert files_of(objects) == [False] * 3
    assert list(Shopper.objects.all()) == [other.shopper]
    assert list(TryOnJob.objects.all()) == [other]
    assert list(Photo.objects.all()) == [other.photo]
    assert Consent.objects.get().shopper == other.shopper
    assert shopper_erase(shopper=shopper) == []


def test_account_survives_the_erasure_of_its_shopper() -> None:
    user = factories.user()
    shopper_erase(shopper=factories.shopper(user=user))

    user.refresh_from_db()
    user.delete()


@pytest.mark.usefixtures("own_stores")
def test_verify_names_a_photo_with_anothers_analysis(shopper: Shopper) -> None:
    photo, other = factories.photo(shopper), factories.photo(factories.shopper())
    analysis_keep(photo=other, data=b"where the body is")
    other.refresh_from_db()
    Photo.objects.filter(pk=other.pk).update(analysis=None)
    Photo.objects.filter(pk=photo.pk).update(analysis=other.analysis)
    out = StringIO()

    with pytest.raises(CommandError, match="not in order"):
        call_command("verify", stdout=out)
    assert f"pictures that belong to somebody else: 1 {photo.id}" in out.getvalue()


def test_erase_command_erases_a_photo_and_prints_its_receipt(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    (line,) = run("erase", "--photo", str(photo.id))

    assert json.loads(line)["object_id"] == str(photo.id)
    assert Photo.objects.count() == 0


@pytest.mark.parametrize("by", ["shopper", "user"])
def test_erase_command_erases_a_shopper(by: str) -> None:
    shopper = factories.shopper(user=factories.user("ada"))
    factories.photo(shopper)
    lines = run("erase", f"--{by}", "ada" if by == "user" else str(shopper.id))

    assert [json.loads(line)["kind"] for line in lines] == ["photo"]
    assert not Shopper.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [["--photo", str(uuid.UUID(int=1))], ["--shopper", str(uuid.UUID(int=1))], ["--user", "nobody"]],
)
def test_erase_command_says_when_there_is_nobody(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="no such"):
        run("erase", *arguments)


@pytest.mark.usefixtures("own_stores")
def test_verify_finds_a_store_in_order(
    shopper: Shopper, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    factories.photo(shopper)
    with django_capture_on_commit_callbacks(execute=True):
        photo_erase(photo=factories.photo(shopper), reason=REQUESTED)

    assert run("verify") == [
        "key k1 wraps 1 objects",
        "keys that are not in the ring: 0",
        "objects that do not open as their row says: 0",
        "pictures that belong to somebody else: 0",
        "try-ons without their picture: 0",
        "training samples of shoppers who do not agree: 0",
        "files without a row: 0",
        "objects with old versions: 0",
        "receipts that are not ours: 0",
        "entries of the ledger that are not ours: 0",
        "erased, says the ledger, and there all the same: 0",
        "audit entries altered or missing: 0",
        "audit entries that wait for the chain: 0",
        "overdue erasures: 0",
    ]


def _swap_pictures(first: Photo, second: Photo) -> None:
    """Each row now shows the other's picture, and every object still opens for its own owner."""
    spare = factories.sealed(first.shopper)
    for row, sealed in ((first, spare), (second, first.sealed), (first, second.sealed)):
        Photo.objects.filter(pk=row.pk).update(sealed=sealed)
    object_erase(sealed=spare, reason=REQUESTED)


@pytest.mark.usefixtures("own_stores")
def test_verify_names_keys_that_are_missing(shopper: Shopper, settings: Settings) -> None:
    photo = factories.photo(shopper)
    settings.PHOTO_KEYS = {"k3": bytes(32), "k2": bytes(32)}
    kept = factories.photo(shopper)
    out = StringIO()

    with pytest.raises(CommandError, match="not in order"):
        call_command("verify", stdout=out)
    assert out.getvalue().splitlines()[:4] == [
        "key k1 wraps 1 objects",
        "key k3 wraps 1 objects",
        "keys that are not in the ring: 1 k1",
        f"objects that do not open as their row says: 1 {photo.id}",
    ]
    assert object_open(sealed=kept.sealed)


@pytest.mark.usefixtures("own_stores")
def test_verify_names_all_that_is_wrong(shopper: Shopper) -> None:
    photo, short = factories.photo(shopper), factories.photo(shopper)
    storages["private"].delete(photo.sealed.storage_name)
    storages["private"].save("zz/stray", ContentFile(b"?"))
    SealedObject.objects.filter(pk=short.pk).update(size=1)
    strangers = [factories.photo(factories.shopper()), factories.photo(factories.shopper())]
    _swap_pictures(*strangers)
    job = factories.tryon(short, status="succeeded", result=True)
    TryOnJob.objects.update(shopper=strangers[0].shopper)
    empty = factories.tryon(strangers[1], status="succeeded")
    ErasureReceipt.objects.all().delete()
    receipt = photo_erase(photo=factories.photo(shopper), reason=REQUESTED)
    ErasureReceipt.objects.update(kind="result")
    out = StringIO()

    with pytest.raises(CommandError, match="not in order"):
        call_command("verify", stdout=out)
    assert out.getvalue().splitlines()[1:] == [
        "keys that are not in the ring: 0",
        f"objects that do not open as their row says: 2 {photo.id} {short.id}",
        f"pictures that belong to somebody else: 3 {' '.join(sorted(str(row) for row in (*strangers, job)))}",
        f"try-ons without their picture: 1 {empty.id}",
        "training samples of shoppers who do not agree: 0",
        "files without a row: 1 zz/stray",
        "objects with old versions: 0",
        f"receipts that are not ours: 1 {receipt.id}",
        "entries of the ledger that are not ours: 0",
        "erased, says the ledger, and there all the same: 0",
        "audit entries altered or missing: 0",
        "audit entries that wait for the chain: 0",
        "overdue erasures: 0",
    ]


@pytest.mark.usefixtures("own_stores")
def test_verify_is_content_with_an_empty_store() -> None:
    assert run("verify")[-1] == "overdue erasures: 0"


def test_staff_see_facts_and_no_pictures_and_can_erase(client: Client, shopper: Shopper) -> None:
    job = factories.tryon(factories.photo(shopper), status="succeeded", result=True)
    photo_erase(photo=factories.photo(shopper), reason=REQUESTED)
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    rows = [shopper, job, job.photo, job.result, Consent.objects.get(), ErasureReceipt.objects.get()]
    for row in rows:
        name = row._meta.model_name
        for url in (
            reverse(f"admin:tryon_{name}_changelist"),
            reverse(f"admin:tryon_{name}_change", args=[row.pk]),
        ):
            page = client.get(url, follow=True)
            assert page.status_code == 200
            assert "/image/" not in page.text
            assert "/result/" not in page.text

    action = {"action": "erase", "_selected_action": [str(shopper.pk)]}
    client.post(reverse("admin:tryon_shopper_changelist"), action)
    assert not Shopper.objects.exists()
