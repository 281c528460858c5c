"""Lookbooks and previews over HTTP: garments on the sample shoppers, for merchants."""

import threading
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from shop.roles import MERCHANT
from tests.tryon import factories
from tests.tryon.api.browsers import browser_with
from tryon.errors import ON_SAMPLES, TryOnError
from tryon.models import Garment, Look, Lookbook
from tryon.services.lookbooks import look_add, look_remove, lookbook_create, picture_keep

LOOKBOOKS = "/api/v1/lookbooks/"
SAMPLES = [each["image"] for each in settings.TRYON["SAMPLE_PHOTOS"]]
NAMES = [each["name"] for each in settings.TRYON["SAMPLE_PHOTOS"]]


@pytest.fixture
def garment(db: None) -> Garment:
    return factories.garment()


@pytest.fixture
def lookbook(garment: Garment) -> Lookbook:
    return lookbook_create(name="Spring", garments=[garment], samples=SAMPLES[:2], user_id=None)


def address_of(lookbook: Lookbook, page: str = "") -> str:
    return f"{LOOKBOOKS}{lookbook.pk}/{page}"


def test_garments_are_put_on_sample_shoppers(staff: APIClient, garment: Garment) -> None:
    coat = factories.garment(name="Coat")
    body = {"name": "Spring", "garments": [str(coat.pk), str(garment.pk)], "samples": SAMPLES[1::-1]}
    response = staff.post(LOOKBOOKS, body)
    answer = response.json()
    lookbook = Lookbook.objects.get()
    assert response.status_code == 201
    assert answer == {
        "id": str(lookbook.pk),
        "name": "Spring",
        "status": "queued",
        "progress": 0.0,
        "error": None,
        "created_at": answer["created_at"],
        "finished_at": None,
        "samples": SAMPLES[:2],
        "looks": [
            {
                "id": look.pk,
                "garment": str(look.garment_id),
                "colour": "",
                "motif_url": None,
                "repeat": False,
                "pictures": [],
            }
            for look in lookbook.looks.all()
        ],
        "sheet_url": None,
        "document_url": None,
    }
    assert [look["garment"] for look in answer["looks"]] == body["garments"]
    assert lookbook.created_by is not None
    assert lookbook.created_by.username == "staff"
    (listed,) = staff.get(LOOKBOOKS).json()["results"]
    assert listed == {key: answer[key] for key in listed}
    assert set(answer) - set(listed) == {"samples", "looks", "sheet_url", "document_url"}


@pytest.mark.parametrize(
    ("changes", "status", "code", "attr"),
    [
        ({"name": " "}, 400, "blank", "name"),
        ({"name": "x" * 121}, 400, "max_length", "name"),
        ({"garments": []}, 422, "lookbook_empty", None),
        ({"samples": []}, 422, "lookbook_empty", None),
        ({"samples": ["samples/nobody.jpg"]}, 404, "not_found", None),
        ({"garments": ["x"]}, 400, "invalid", "garments.0"),
        ({"garments": ["00000000-0000-4000-8000-000000000000"]}, 404, "not_found", None),
        ({"garments": None}, 400, "null", "garments"),
    ],
    ids=str,
)
def test_a_lookbook_of_nothing_or_nobody_is_refused(
    staff: APIClient, garment: Garment, changes: dict[str, Any], status: int, code: str, attr: str | None
) -> None:
    body = {"name": "Spring", "garments": [str(garment.pk)], "samples": SAMPLES} | changes
    refused = staff.post(LOOKBOOKS, body)
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["code"], error["attr"]) == (status, code, attr)
    assert not Lookbook.objects.exists()


def test_a_lookbook_has_room_for_twelve_that_are_ready_each_once(staff: APIClient) -> None:
    ids = [str(factories.garment().pk) for _ in range(13)]
    body = {"name": "Spring", "samples": SAMPLES}
    full = staff.post(LOOKBOOKS, body | {"garments": ids})
    assert (full.status_code, full.json()["code"]) == (422, "lookbook_full")
    twice = staff.post(LOOKBOOKS, body | {"garments": [ids[0], ids[0]]})
    assert (twice.status_code, twice.json()["code"]) == (400, "duplicate")
    waiting = factories.garment(status="queued")
    refused = staff.post(LOOKBOOKS, body | {"garments": [ids[0], str(waiting.pk)]})
    assert (refused.status_code, refused.json()["code"]) == (409, "garment_not_ready")
    assert not Lookbook.objects.exists()
    assert staff.post(LOOKBOOKS, body | {"garments": ids[:12]}).status_code == 201


def test_pictures_come_one_by_one_and_then_the_sheets(staff: APIClient, lookbook: Lookbook) -> None:
    look = lookbook.looks.get()
    picture_keep(look=look, sample=SAMPLES[0], png=b"picture")
    picture_keep(look=look, sample=SAMPLES[1], code="person_cropped")
    answer = staff.get(address_of(lookbook)).json()
    assert answer["looks"][0]["pictures"] == [
        {"sample": SAMPLES[0], "image_url": look.pictures.all()[0].image.url, "error": None},
        {
            "sample": SAMPLES[1],
            "image_url": None,
            "error": {"code": "person_cropped", "detail": str(ON_SAMPLES["person_cropped"])},
        },
    ]
    for page in ("sheet/", "document/"):
        early = staff.get(address_of(lookbook, page))
        assert (early.status_code, early.json()["code"]) == (409, "result_not_ready")
    lookbook.sheet.save("a.png", ContentFile(b"\x89PNG"))
    lookbook.document.save("a.pdf", ContentFile(b"%PDF-"))
    answer = staff.get(address_of(lookbook)).json()
    sheet, document = staff.get(answer["sheet_url"]), staff.get(answer["document_url"] + "?download")
    assert (sheet.content, sheet["Content-Type"]) == (b"\x89PNG", "image/png")
    assert (document.content, document["Content-Type"]) == (b"%PDF-", "application/pdf")
    assert sheet["Content-Disposition"] == 'inline; filename="lookbook.png"'
    assert document["Content-Disposition"] == 'attachment; filename="lookbook.pdf"'
    assert sheet["Cache-Control"] == "no-store"
    default_storage.delete(lookbook.sheet.name)
    assert staff.get(answer["sheet_url"]).json()["code"] == "result_not_ready"


def vary(client: APIClient, lookbook: Lookbook, **fields: Any) -> Any:
    return client.post(address_of(lookbook, "looks/"), fields, format="multipart")


def test_a_garment_is_varied_before_it_exists(staff: APIClient, lookbook: Lookbook, garment: Garment) -> None:
    Lookbook.objects.update(status="succeeded")
    motif = SimpleUploadedFile("m.png", factories.encoded(factories.picture(), "PNG"))
    response = vary(staff, lookbook, garment=garment.pk, colour="#c02030", motif=motif, repeat=True)
    assert response.status_code == 201
    as_it_is, varied = response.json()["looks"]
    motif_url = Look.objects.latest("pk").motif.url
    assert (as_it_is["colour"], as_it_is["motif_url"]) == ("", None)
    assert (varied["garment"], varied["colour"]) == (str(garment.pk), "#c02030")
    assert (varied["motif_url"], varied["repeat"], varied["pictures"]) == (motif_url, True, [])
    assert response.json()["status"] == "queued"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 422, "variation_empty"),
        ({"colour": "red"}, 422, "colour_invalid"),
        ({"colour": "#C02030"}, 422, "colour_invalid"),
        ({"motif": SimpleUploadedFile("m.png", b"GIF89a")}, 400, "unsupported_image"),
        ({"motif": "m.png"}, 400, "invalid"),
        ({"garment": "00000000-0000-4000-8000-000000000000", "colour": "#c02030"}, 404, "not_found"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_variation_that_cannot_be_made_is_refused(
    staff: APIClient, lookbook: Lookbook, garment: Garment, fields: dict[str, Any], status: int, code: str
) -> None:
    refused = vary(staff, lookbook, **{"garment": garment.pk} | fields)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert lookbook.looks.count() == 1


def test_deleting_takes_the_pictures_along(
    staff: APIClient, lookbook: Lookbook, django_capture_on_commit_callbacks: Any
) -> None:
    look = lookbook.looks.get()
    picture_keep(look=look, sample=SAMPLES[0], png=b"picture")
    name = look.pictures.get().image.name
    with django_capture_on_commit_callbacks(execute=True):
        assert staff.delete(address_of(lookbook)).status_code == 204
    assert not default_storage.exists(name)
    assert not Lookbook.objects.exists()


def test_a_look_is_taken_out_with_its_pictures_and_the_sheets_are_made_anew(
    staff: APIClient, lookbook: Lookbook, garment: Garment, django_capture_on_commit_callbacks: Any
) -> None:
    kept = lookbook.looks.get()
    look = look_add(lookbook=lookbook, garment=garment, colour="#c02030")
    picture_keep(look=kept, sample=SAMPLES[0], png=b"kept")
    picture_keep(look=look, sample=SAMPLES[0], png=b"gone")
    lookbook.sheet.save("a.png", ContentFile(b"sheet"))
    gone = [look.pictures.get().image.name, lookbook.sheet.name]
    Lookbook.objects.update(status="succeeded")
    with django_capture_on_commit_callbacks(execute=True):
        answer = staff.delete(address_of(lookbook, f"looks/{look.pk}/"))
    assert (answer.status_code, answer.content) == (204, b"")
    assert [default_storage.exists(name) for name in gone] == [False, False]
    assert default_storage.exists(kept.pictures.get().image.name)
    left = staff.get(address_of(lookbook)).json()
    assert [each["id"] for each in left["looks"]] == [kept.pk]
    assert (left["status"], left["sheet_url"]) == ("queued", None)


def test_the_last_look_stays(staff: APIClient, lookbook: Lookbook) -> None:
    Lookbook.objects.update(status="succeeded")
    refused = staff.delete(address_of(lookbook, f"looks/{lookbook.looks.get().pk}/"))
    assert (refused.status_code, refused.json()["code"]) == (409, "lookbook_last_look")
    assert refused.json()["detail"] == "This is the last look. Delete the whole lookbook instead."
    lookbook.refresh_from_db()
    assert (lookbook.looks.count(), lookbook.status) == (1, "succeeded")


@pytest.mark.django_db(transaction=True)
def test_of_all_looks_taken_out_at_once_one_stays(lookbook: Lookbook, garment: Garment) -> None:
    for digit in range(5):
        look_add(lookbook=lookbook, garment=garment, colour=f"#c0203{digit}")
    looks = list(lookbook.looks.all())
    together = threading.Barrier(len(looks))
    outcomes: list[str] = []

    def take_out(look: Look) -> None:
        together.wait()
        try:
            look_remove(look=look)
            outcomes.append("gone")
        except TryOnError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take_out, args=[look]) for look in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["gone"] * 5 + ["lookbook_last_look"]
    assert lookbook.looks.count() == 1


def test_a_look_is_found_in_its_own_lookbook_alone(
    staff: APIClient, lookbook: Lookbook, garment: Garment
) -> None:
    other = lookbook_create(name="Autumn", garments=[garment, garment], samples=SAMPLES[:1], user_id=None)
    strange = other.looks.latest("pk")
    for look_id in (strange.pk, 0, 2**63):
        answer = staff.delete(address_of(lookbook, f"looks/{look_id}/"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Look.objects.count() == 3


def test_in_the_admin_the_last_look_stays_too(lookbook: Lookbook, garment: Garment) -> None:
    merchant = factories.user("merchant", is_staff=True)
    merchant.groups.add(Group.objects.get(name=MERCHANT))
    browser = Client()
    browser.force_login(merchant)
    first, second = lookbook.looks.get(), look_add(lookbook=lookbook, garment=garment, colour="#c02030")
    pages = [
        browser.post(f"/admin/tryon/lookbook/{lookbook.pk}/remove/{look.pk}/", follow=True).text
        for look in (first, second)
    ]
    said = "This is the last look. Delete the whole lookbook instead."
    assert [said in page for page in pages] == [False, True]
    assert list(lookbook.looks.all()) == [second]


def test_who_may_look_may_not_write(lookbook: Lookbook, garment: Garment) -> None:
    reader = browser_with("view_lookbook")
    assert reader.get(address_of(lookbook)).status_code == 200
    refused = [
        reader.post(LOOKBOOKS, {}),
        vary(reader, lookbook, garment=garment.pk, colour="#c02030"),
        reader.delete(address_of(lookbook)),
        reader.delete(address_of(lookbook, f"looks/{lookbook.looks.get().pk}/")),
    ]
    assert [each.json()["code"] for each in refused] == ["permission_denied"] * 4
    assert lookbook.looks.count() == 1
