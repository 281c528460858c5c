"""Many garments over HTTP: what is sent, and by whom."""

import io
import stat
import zipfile
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from knox.models import AuthToken
from pytest_django import Settings
from rest_framework.test import APIClient

from shop.roles import TRAINER
from tests.tryon import factories
from tests.tryon.api.browsers import browser_in, browser_with
from tryon import import_forms
from tryon.errors import ERRORS
from tryon.models import GarmentImport

IMPORTS = "/api/v1/garment-imports/"
TOKEN = "a" * 32
MEGABYTE = 1024 * 1024


def jpeg(name: str = "blue_shirt.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, factories.encoded(factories.picture()))


def link() -> SimpleUploadedFile:
    """A ZIP file with a symbolic link in it."""
    target = io.BytesIO()
    entry = zipfile.ZipInfo("a.jpg")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return SimpleUploadedFile("a.zip", target.getvalue())


def bomb() -> SimpleUploadedFile:
    """A small ZIP file that unpacks to 300 MB."""
    pictures = {f"{number}.jpg": b"\0" * 15 * MEGABYTE for number in range(20)}
    return factories.zipped(pictures, compression=zipfile.ZIP_DEFLATED)


def planned(answer: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (item["source"], item["name"], item["status"], (item["error"] or {}).get("code", ""))
        for item in answer["items"]
    ]


def test_a_zip_file_with_a_list_is_planned(staff: APIClient) -> None:
    factories.garment(sku="OLD")
    table = b"file,name,sku,category\na.jpg,Shirt,NEW,\nb.jpg,Skirt,OLD,\nc.jpg,Hat,,hats\nd.jpg,Cap,,\n"
    archive = factories.zipped({"list.csv": table, "a.jpg": b"x", "b.jpg": b"y", "c.jpg": b"z"})
    response = staff.post(IMPORTS, {"files": [archive]}, format="multipart")
    answer = response.json()
    assert response.status_code == 201
    assert planned(answer) == [
        ("a.jpg", "Shirt", "queued", ""),
        ("b.jpg", "Skirt", "failed", "sku_duplicate"),
        ("c.jpg", "Hat", "failed", "category_unsupported"),
        ("d.jpg", "Cap", "failed", "file_missing"),
    ]
    figures = {"total": 4, "settled": 3, "usable": 0, "refused": 3, "added": 0, "done": False}
    assert answer["figures"] == figures
    batch = GarmentImport.objects.get()
    assert (answer["id"], answer["status"], batch.created_by.username) == (str(batch.pk), "queued", "staff")
    assert staff.get(f"{IMPORTS}{batch.pk}/").json() == answer


def test_pictures_are_packed(staff: APIClient) -> None:
    response = staff.post(IMPORTS, {"files": [jpeg(), jpeg("../x/coat.png")]}, format="multipart")
    assert planned(response.json()) == [
        ("blue_shirt.jpg", "Blue shirt", "queued", ""),
        ("coat.png", "Coat", "queued", ""),
    ]
    with GarmentImport.objects.get().archive.open() as file, zipfile.ZipFile(file) as archive:
        assert archive.read("coat.png") == jpeg().read()


def test_addresses_are_planned_without_a_look(staff: APIClient) -> None:
    address = "https://cdn.example/linen_shirt.jpg"
    answer = staff.post(IMPORTS, {"addresses": [address, "http://10.0.0.1/a.jpg", address]}).json()
    assert planned(answer) == [
        (address, "Linen shirt", "queued", ""),
        ("http://10.0.0.1/a.jpg", "A", "queued", ""),
        (address, "Linen shirt", "failed", "file_duplicate"),
    ]
    assert GarmentImport.objects.get().archive.name == ""


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (list, "import_empty"),
        (lambda: [jpeg(), factories.zipped({"a.jpg": b"x"})], "import_mixed"),
        (lambda: [SimpleUploadedFile("a.zip", b"PK")], "archive_unreadable"),
        (lambda: [factories.zipped({"../a.jpg": b"x"})], "archive_unsafe"),
        (lambda: [factories.zipped({"/etc/a.jpg": b"x"})], "archive_unsafe"),
        (lambda: [link()], "archive_unsafe"),
        (lambda: [bomb()], "archive_too_large"),
        (lambda: [factories.zipped({"l.csv": b"file,price\n", "a.jpg": b"x"})], "csv_columns"),
        (lambda: [factories.zipped({"l.csv": b"\xff\xfe\0", "a.jpg": b"x"})], "csv_unreadable"),
        (lambda: [factories.zipped({"l.csv": b"", "m.csv": b"", "a.jpg": b"x"})], "csv_several"),
        (lambda: [jpeg(f"{number}.jpg") for number in range(201)], "import_too_many"),
        (lambda: [factories.zipped({f"{number}.jpg": b"x" for number in range(201)})], "import_too_many"),
    ],
)
def test_files_that_cannot_be_used_are_refused_and_nothing_is_kept(
    staff: APIClient, files: Any, code: str
) -> None:
    refused = staff.post(IMPORTS, {"files": files()}, format="multipart")
    answer = refused.json()
    assert (refused.status_code, answer["code"]) == (ERRORS[code].status, code)
    assert answer["detail"] == str(ERRORS[code].message)
    assert not GarmentImport.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "code", "attr"),
    [
        ({}, 400, "import_empty", None),
        ({"addresses": []}, 400, "import_empty", None),
        ({"addresses": ["https://cdn.example/a.jpg"] * 10_000}, 413, "import_too_many", None),
        ({"addresses": ["https://cdn.example/" + "a" * 10_000] * 300}, 413, "import_too_large", None),
        ({"addresses": "https://cdn.example/a.jpg"}, 400, "not_a_list", "addresses"),
        ({"addresses": ["a" * 501]}, 400, "max_length", "addresses.0"),
        ({"files": ["a.zip"]}, 400, "invalid", "files.0"),
        ([], 400, "invalid", "non_field_errors"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_addresses_that_cannot_be_used_are_refused(
    staff: APIClient, body: Any, status: int, code: str, attr: str | None
) -> None:
    refused = staff.post(IMPORTS, body)
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["code"], error["attr"]) == (status, code, attr)
    assert not GarmentImport.objects.exists()


def test_too_large_an_upload_is_refused(staff: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_forms, "MOST_BYTES", -import_forms.FRAME_BYTES + 100)
    refused = staff.post(IMPORTS, {"files": [jpeg()]}, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (413, "import_too_large")


def test_an_import_may_be_larger_than_a_photo(staff: APIClient, settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"MAX_UPLOAD_BYTES": -65_000}
    refused = staff.post("/api/v1/garments/", {"image": jpeg()}, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (413, "image_too_large")
    assert staff.post(IMPORTS, {"files": [jpeg()]}, format="multipart").status_code == 201


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much of uploads was received."""
    sizes: list[int] = []
    receive = import_forms.ImportUploadHandler.receive_data_chunk

    def spy(self: Any, raw_data: bytes, start: int) -> None:
        sizes.append(len(raw_data))
        receive(self, raw_data, start)

    monkeypatch.setattr(import_forms.ImportUploadHandler, "receive_data_chunk", spy)
    return sizes


def test_a_token_of_a_merchant_may_send(staff: APIClient, received: list[int]) -> None:
    factories.user("ada")
    answers = []
    for account in get_user_model().objects.order_by("username"):
        _token, text = AuthToken.objects.create(user=account)
        client = APIClient(enforce_csrf_checks=True, headers={"Authorization": f"Token {text}"})
        answers.append(client.post(IMPORTS, {"files": [jpeg()]}, format="multipart").status_code)
    assert answers == [404, 201]
    assert len(received) == 1


def strictly(browser: APIClient) -> APIClient:
    """The same browser, with a token against forgery that has to be sent along."""
    strict = APIClient(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    strict.cookies["csrftoken"] = TOKEN
    return strict


def test_nothing_is_received_from_others(guest: APIClient, received: list[int]) -> None:
    """Before the check for forgery would read the body."""
    others = (guest, 404), (browser_in(TRAINER), 404), (browser_with("view_garmentimport"), 403)
    for browser, status in others:
        response = strictly(browser).post(IMPORTS, {"files": [jpeg()]}, format="multipart")
        assert response.status_code == status
    assert received == []


def test_a_forged_request_adds_nothing(staff: APIClient) -> None:
    strict = strictly(staff)
    assert strict.post(IMPORTS, {"files": [jpeg()]}, format="multipart").status_code == 403
    assert not GarmentImport.objects.exists()
    body = {"files": [jpeg()]}
    assert strict.post(IMPORTS, body, format="multipart", headers={"X-CSRFToken": TOKEN}).status_code == 201
