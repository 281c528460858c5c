"""A person's copy of everything, made while it is sent."""

import io
import json
import zipfile
from unittest.mock import patch

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from shop.models import Cart, Order
from tests.tryon import factories
from tests.tryon.api.browsers import browser_of
from tryon.key_ring import SealError
from tryon.models import ErasureReceipt, SealedObject, Shopper
from tryon.services import export
from tryon.services.analyses import analysis_keep
from tryon.services.consents import consent_give, consent_withdraw
from tryon.services.export import person_export
from tryon.services.photo_store import object_erase, object_open

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper() -> Shopper:
    return factories.shopper()


def archive_of(shopper: Shopper | None, user: object = None) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(person_export(shopper=shopper, user=user))))
    assert archive.testzip() is None
    return archive


def facts_of(archive: zipfile.ZipFile) -> dict:
    facts: dict = json.loads(archive.read("data.json"))
    return facts


def test_it_holds_all_facts_and_pictures_and_nobody_elses(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    job = factories.tryon(photo, status="succeeded", result=True)
    factories.photo(factories.shopper())
    archive = archive_of(shopper)
    facts = facts_of(archive)

    names = [f"photos/{photo.id}.jpg", f"results/{job.result_id}.png"]
    assert archive.namelist() == ["data.json", *names]
    assert archive.read(names[0]) == object_open(sealed=photo.sealed)
    assert archive.read(names[1]) == object_open(sealed=job.result)
    assert list(facts) == [
        "format",
        "made_at",
        "audit",
        "shopper",
        "consents",
        "photos",
        "tryons",
        "samples",
        "files",
    ]
    assert facts["format"] == 1
    assert facts["shopper"]["id"] == str(shopper.id)
    assert [row["id"] for row in facts["photos"]] == [str(photo.id)]
    assert [(row["id"], row["garments"]) for row in facts["tryons"]] == [(str(job.id), ["Striped shirt"])]
    assert [(file["name"], file["media_type"]) for file in facts["files"]] == [
        (names[0], "image/jpeg"),
        (names[1], "image/png"),
    ]


def test_consents_come_with_their_versions_and_their_ends(shopper: Shopper) -> None:
    consent_withdraw(shopper=shopper, purpose="tryon")
    consent_give(shopper=shopper, purpose="training", version="2026-11")
    ended, standing = facts_of(archive_of(shopper))["consents"]

    assert (ended["purpose"], ended["version"], ended["withdrawn_at"] is None) == ("tryon", "2026-11", False)
    assert (standing["purpose"], standing["version"], standing["withdrawn_at"]) == (
        "training",
        "2026-11",
        None,
    )


def test_what_was_found_in_a_photo_is_in_it(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    assert analysis_keep(photo=photo, data=b"where the body is")
    photo.refresh_from_db()
    archive = archive_of(shopper)

    assert archive.read(f"analyses/{photo.analysis_id}.bin") == b"where the body is"
    assert facts_of(archive)["photos"][0]["analysis"] == str(photo.analysis_id)


def test_an_account_gets_what_the_shop_keeps_too() -> None:
    user = factories.user("ada")
    user.set_password("correct horse")
    user.save()
    order = Order.objects.create(user=user, total=5, name="Ada", email="a@example.com", street="1 Way")
    Order.objects.create(total=7)
    Cart.objects.create(user=user)
    text = archive_of(None, user).read("data.json").decode()
    shop = json.loads(text)["shop"]

    assert shop["account"]["username"] == "ada"
    assert [(row["id"], row["street"]) for row in shop["orders"]] == [(str(order.pk), "1 Way")]
    assert shop["cart"] == []
    assert user.password not in text


def test_one_picture_is_decrypted_at_a_time(shopper: Shopper) -> None:
    for _ in range(3):
        factories.photo(shopper)
    opened: list[SealedObject] = []

    def counting(*, sealed: SealedObject) -> bytes:
        opened.append(sealed)
        return object_open(sealed=sealed)

    with patch.object(export, "object_open", counting):
        pieces = person_export(shopper=shopper, user=None)
        seen = [len(opened) for _ in pieces]
    assert seen == [0, 1, 2, 3, 3]


def test_what_is_erased_meanwhile_is_left_out(shopper: Shopper) -> None:
    kept, erased = factories.sealed(shopper), factories.sealed(shopper)
    pieces = person_export(shopper=shopper, user=None)
    start = next(pieces) + next(pieces)
    storages["private"].delete(erased.storage_name)
    object_erase(sealed=erased, reason=ErasureReceipt.Reason.REQUESTED)

    archive = zipfile.ZipFile(io.BytesIO(start + b"".join(pieces)))
    assert archive.namelist() == ["data.json", f"photos/{kept.pk}.jpg"]


def test_a_picture_that_does_not_open_leaves_no_archive_that_looks_whole(shopper: Shopper) -> None:
    sealed = factories.sealed(shopper)
    storages["private"].delete(sealed.storage_name)
    storages["private"].save(sealed.storage_name, ContentFile(b"rubbish"))
    received = b""

    with pytest.raises(SealError):  # noqa: PT012
        for piece in person_export(shopper=shopper, user=None):
            received += piece
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(received))


@pytest.mark.usefixtures("valkey")
def test_the_api_streams_it_to_guests_and_accounts(shopper: Shopper) -> None:
    answer = browser_of(shopper).get("/api/v1/me/export/")
    assert answer.streaming
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "no-store")
    assert facts_of(zipfile.ZipFile(io.BytesIO(answer.getvalue())))["shopper"]["id"] == str(shopper.pk)

    account = APIClient()
    account.force_login(factories.user("ada"))
    facts = facts_of(zipfile.ZipFile(io.BytesIO(account.get("/api/v1/me/export/").getvalue())))
    assert facts["shop"]["account"]["username"] == "ada"
    assert APIClient().get("/api/v1/me/export/").status_code == 404


@pytest.mark.parametrize("by", ["shopper", "user"])
def test_the_command_writes_it_to_standard_output(by: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    shopper = factories.shopper(user=factories.user("ada"))
    photo = factories.photo(shopper)
    call_command("export", f"--{by}", "ada" if by == "user" else str(shopper.pk))

    archive = zipfile.ZipFile(io.BytesIO(capfdbinary.readouterr().out))
    assert archive.namelist() == ["data.json", f"photos/{photo.pk}.jpg"]
    assert facts_of(archive)["shop"]["account"]["username"] == "ada"


def test_the_command_says_when_there_is_nobody() -> None:
    with pytest.raises(CommandError, match="no such"):
        call_command("export", "--user", "nobody")
