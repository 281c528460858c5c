"""Many garments at once, on the side of the web: what is sent, shown, and added, all of it or nothing."""

import zipfile
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from shop.roles import MERCHANT
from tests.tryon import factories
from tests.tryon.factories import zipped
from tryon import import_forms
from tryon.import_files import plan_addresses
from tryon.ingest import CleanImage
from tryon.models import Garment, GarmentImport, GarmentImportItem
from tryon.selectors.garment_imports import import_figures
from tryon.services.garment_imports import (
    import_create,
    import_delete,
    imports_forget,
    item_keep_picture,
    item_refuse,
)

pytestmark = pytest.mark.django_db
ADD = "/admin/tryon/garmentimport/add/"


@pytest.fixture
def merchant(client: Client) -> Client:
    user = factories.user("merchant", is_staff=True)
    user.groups.add(Group.objects.get(name=MERCHANT))
    client.force_login(user)
    return client


@pytest.fixture
def looked_at() -> GarmentImport:
    return factories.looked_at_import()


def page_of(batch: GarmentImport) -> str:
    return f"/admin/tryon/garmentimport/{batch.pk}/change/"


def answers(**changes: str) -> dict[str, str]:
    """The form of `looked_at`, filled in."""
    return {
        "item-0-chosen": "on",
        "item-0-name": "Coat",
        "item-0-sku": "C-1",
        "item-0-category": "upper_body",
        "item-0-outer": "on",
        "item-1-chosen": "on",
        "item-1-name": "Evening dress",
        "item-1-sku": "",
        "item-1-category": "dresses",
    } | changes


def jpeg(name: str = "blue_shirt.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, factories.encoded(factories.picture()))


def planned(batch: GarmentImport) -> list[tuple[str, str, str, str]]:
    return list(batch.items.values_list("source", "name", "status", "error_code"))


def test_pictures_are_packed_for_a_worker_to_fetch(
    merchant: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        response = merchant.post(ADD, {"pictures": [jpeg(), jpeg(), jpeg("../x/coat.png")], "addresses": ""})
    batch = GarmentImport.objects.get()
    assert (response.status_code, response["Location"]) == (302, page_of(batch))
    assert [each.args for each in callbacks if isinstance(each, partial)] == [(GarmentImport,)]
    assert batch.created_by is not None
    assert planned(batch) == [
        ("blue_shirt.jpg", "Blue shirt", "queued", ""),
        ("2 blue_shirt.jpg", "2 blue shirt", "queued", ""),
        ("coat.png", "Coat", "queued", ""),
    ]
    with batch.archive.open() as file, zipfile.ZipFile(file) as archive:
        assert archive.read("2 blue_shirt.jpg") == jpeg().read()
    assert merchant.get(f"/media/{batch.archive.name}").status_code == 404
    assert merchant.get(f"/media/x/../{batch.archive.name}").status_code == 404
    assert not Garment.objects.exists()


def test_a_zip_file_with_a_list_is_planned(merchant: Client) -> None:
    factories.garment(sku="OLD")
    table = b"file,name,sku\na.jpg,Shirt,NEW\nb.jpg,Skirt,OLD\n"
    merchant.post(ADD, {"pictures": [zipped({"list.csv": table, "a.jpg": b"x", "b.jpg": b"y"})]})
    assert planned(GarmentImport.objects.get()) == [
        ("a.jpg", "Shirt", "queued", ""),
        ("b.jpg", "Skirt", "failed", "sku_duplicate"),
    ]


def test_addresses_are_planned_without_a_look(merchant: Client) -> None:
    merchant.post(ADD, {"addresses": "https://cdn.example/shirt.jpg\nhttp://10.0.0.1/a.jpg"})
    batch = GarmentImport.objects.get()
    assert (batch.archive.name, batch.items.count()) == ("", 2)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "There is nothing in it"),
        ({"pictures": [jpeg(), zipped({"a.jpg": b""})]}, "one of these at a time"),
        ({"pictures": [jpeg()], "addresses": "https://cdn.example/a.jpg"}, "one of these at a time"),
        ({"pictures": [SimpleUploadedFile("a.zip", b"PK")]}, "cannot be read as a ZIP file"),
        ({"pictures": [zipped({"../a.jpg": b"x"})]}, "lead outside"),
        ({"pictures": [zipped({"l.csv": b"file,price\n", "a.jpg": b""})]}, "needs the columns file and name"),
        ({"addresses": "https://cdn.example/a.jpg\n" * 10_000}, "Add up to 200 garments or photos at a time"),
        ({"pictures": [jpeg(f"{n}.jpg") for n in range(201)]}, "Add up to 200 garments or photos at a time"),
    ],
)
def test_what_cannot_be_used_is_explained_and_nothing_is_kept(
    merchant: Client, data: dict[str, Any], words: str
) -> None:
    for file in data.get("pictures", []):
        file.seek(0)
    response = merchant.post(ADD, data)
    assert response.status_code in (200, 413)
    assert words in response.text
    assert not GarmentImport.objects.exists()


def test_too_large_an_upload_is_explained(merchant: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_forms, "MOST_BYTES", -import_forms.FRAME_BYTES + 100)
    response = merchant.post(ADD, {"pictures": [jpeg()]})
    assert (response.status_code, "Send up to 200 MB at a time" in response.text) == (413, True)


def test_a_forged_request_adds_nothing(merchant: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = merchant.cookies
    assert strict.post(ADD, {"pictures": [jpeg()]}).status_code == 403
    assert not GarmentImport.objects.exists()


def test_the_page_shows_verdicts_and_asks_about_guesses(merchant: Client, looked_at: GarmentImport) -> None:
    page = merchant.get(page_of(looked_at)).text
    assert "guessed 87\N{NO-BREAK SPACE}%" in page
    assert page.count("guessed") == 1
    assert "Somebody wears this garment" in page
    assert "A larger picture would look better" in page
    assert 'name="item-2-chosen"' not in page
    assert "data-live=" not in page


def test_while_it_runs_the_page_polls_its_status(merchant: Client, looked_at: GarmentImport) -> None:
    GarmentImportItem.objects.filter(position=1).update(status="queued")
    page = merchant.get(page_of(looked_at)).text
    address = f"/admin/tryon/garmentimport/{looked_at.pk}/status/"
    assert f'data-live="{address}"' in page
    assert "item-0-chosen" not in page
    answer = merchant.get(address).json()
    assert (answer["done"], "being looked at" in answer["html"]) == (False, True)
    GarmentImportItem.objects.filter(position=1).update(status="succeeded")
    assert merchant.get(address).json()["done"] is True


def test_adding_makes_garments_of_the_chosen_with_their_pictures(
    merchant: Client, looked_at: GarmentImport, django_capture_on_commit_callbacks: Any
) -> None:
    names = [item.image.name for item in looked_at.items.all()]
    with django_capture_on_commit_callbacks() as callbacks:
        response = merchant.post(page_of(looked_at), answers())
    assert response.status_code == 302
    assert [each.args for each in callbacks if isinstance(each, partial)] == [(Garment,), (Garment,)]
    found = Garment.objects.order_by("name").values_list(
        "name", "sku", "category", "outer", "image", "status"
    )
    assert list(found) == [
        ("Coat", "C-1", "upper_body", True, names[0], "queued"),
        ("Evening dress", "", "dresses", False, names[1], "queued"),
    ]
    assert import_figures(batch=looked_at)[:5] == (3, 3, 0, 1, 2)
    again = merchant.post(page_of(looked_at), answers())
    assert "There is nothing in it" in again.text
    assert Garment.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"item-1-name": " "}, "This garment has no name"),
        ({"item-1-sku": "C-1"}, "Another garment has this article number"),
        ({"item-1-outer": "on"}, "Only tops can be outer garments"),
    ],
)
def test_one_that_is_wrong_keeps_all_from_being_added(
    merchant: Client, looked_at: GarmentImport, changes: dict[str, str], words: str
) -> None:
    page = merchant.post(page_of(looked_at), answers(**changes))
    assert (page.status_code, Garment.objects.count()) == (200, 0)
    assert "Nothing was added yet" in page.text
    assert words in page.text


def test_a_number_that_is_taken_meanwhile_is_noticed(merchant: Client, looked_at: GarmentImport) -> None:
    factories.garment(sku="C-1")
    page = merchant.post(page_of(looked_at), answers())
    assert "Another garment has this article number" in page.text
    assert Garment.objects.count() == 1


def test_the_same_picture_twice_is_refused_once() -> None:
    batch = import_create(rows=plan_addresses("https://a.example/1\nhttps://a.example/2"), user_id=None)
    first, second = batch.items.all()
    for item in (first, second):
        item_keep_picture(item=item, picture=CleanImage(b"same", 1, 1))
    second.refresh_from_db()
    assert (second.status, second.error_code, second.image.name) == ("failed", "picture_duplicate", "")


def test_a_verdict_is_not_overwritten() -> None:
    batch = import_create(rows=plan_addresses("https://a.example/1"), user_id=None)
    batch.items.update(status="succeeded")
    item_refuse(item=batch.items.get(), code="download_failed")
    assert batch.items.get().error_code == ""


def test_deleting_takes_pictures_along_but_not_those_of_garments(
    merchant: Client, looked_at: GarmentImport, django_capture_on_commit_callbacks: Any
) -> None:
    names = [item.image.name for item in looked_at.items.all()]
    merchant.post(page_of(looked_at), answers(**{"item-1-chosen": ""}))
    with django_capture_on_commit_callbacks(execute=True):
        import_delete(batch=looked_at)
    assert [default_storage.exists(name) for name in names] == [True, False, False]
    assert Garment.objects.count() == 1


def test_old_imports_are_forgotten(looked_at: GarmentImport) -> None:
    with time_machine.travel(looked_at.created_at + timedelta(days=13, hours=23), tick=False):
        assert imports_forget() == 0
    with time_machine.travel(looked_at.created_at + timedelta(days=14, hours=1), tick=False):
        assert imports_forget() == 1
    assert not GarmentImport.objects.exists()


def test_no_other_page_takes_uploads_of_this_size(merchant: Client, settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"MAX_UPLOAD_BYTES": -65_000}
    assert merchant.post("/admin/tryon/garment/add/", {"image": jpeg()}).status_code == 400
