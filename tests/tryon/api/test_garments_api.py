"""Garments over HTTP: shoppers read what is ready, staff write."""

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from tests.tryon import factories
from tryon.models import Garment
from tryon.services.work import work_claim, work_succeed

GARMENTS = "/api/v1/garments/"


def form(**changes: object) -> dict[str, object]:
    picture = SimpleUploadedFile("shirt.png", factories.encoded(factories.picture(), "PNG"))
    return {"name": "Linen shirt", "category": "upper_body", "image": picture} | changes


def test_shoppers_see_what_is_ready_by_category(visitor: APIClient) -> None:
    shirt = factories.garment(name="Shirt")
    skirt = factories.garment(name="A skirt", category="lower_body", cutout="cutouts/skirt.webp")
    factories.garment(status="queued")
    factories.garment(status="failed")
    everything = visitor.get(GARMENTS).json()
    assert [garment["id"] for garment in everything["results"]] == [str(skirt.pk), str(shirt.pk)]
    (found,) = visitor.get(f"{GARMENTS}?category=lower_body").json()["results"]
    assert found == {
        "id": str(skirt.pk),
        "name": "A skirt",
        "category": "lower_body",
        "outer": False,
        "status": "succeeded",
        "error": None,
        "image_url": "/media/garments/a.png",
        "cutout_url": "/media/cutouts/skirt.webp",
        "created_at": found["created_at"],
    }
    assert visitor.get(f"{GARMENTS}{skirt.pk}/").json() == found


def test_an_unknown_category_is_explained(visitor: APIClient) -> None:
    refused = visitor.get(f"{GARMENTS}?category=hats")
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "category")


@pytest.mark.parametrize("value", ["-1", "1", "True", "null", ""])
def test_outer_is_true_or_false(visitor: APIClient, value: str) -> None:
    factories.garment()
    refused = visitor.get(f"{GARMENTS}?outer={value}")
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "outer")


def test_what_is_not_outer_is_found(visitor: APIClient) -> None:
    factories.garment(name="Coat", outer=True)
    shirt = factories.garment()
    (found,) = visitor.get(f"{GARMENTS}?outer=false").json()["results"]
    assert found["id"] == str(shirt.pk)


def test_what_is_not_ready_is_not_there_for_shoppers(visitor: APIClient) -> None:
    garment = factories.garment(status="failed")
    assert visitor.get(f"{GARMENTS}{garment.pk}/").json()["code"] == "not_found"


def test_staff_see_what_went_wrong(staff: APIClient) -> None:
    factories.garment()
    garment = factories.garment(status="failed", error_code="cloth_not_found")
    (found,) = staff.get(f"{GARMENTS}?status=failed").json()["results"]
    assert (found["id"], found["error"]["code"]) == (str(garment.pk), "cloth_not_found")


def test_staff_add_a_garment_that_a_worker_prepares(staff: APIClient) -> None:
    response = staff.post(GARMENTS, form(), format="multipart")
    garment = Garment.objects.get()
    assert response.status_code == 201
    assert (response.json()["status"], garment.name) == ("queued", "Linen shirt")
    assert garment.image.read()[:2] == b"\xff\xd8"


@pytest.mark.parametrize("method", ["post", "patch"])
def test_shoppers_write_nothing(guest: APIClient, method: str) -> None:
    garment = factories.garment()
    url = GARMENTS if method == "post" else f"{GARMENTS}{garment.pk}/"
    refused = getattr(guest, method)(url, form(), format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    client = APIClient()
    client.force_login(factories.user())
    refused = getattr(client, method)(url, form(), format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert Garment.objects.get().name == "Striped shirt"


def test_a_new_name_needs_no_new_preparation(staff: APIClient) -> None:
    garment = factories.garment()
    response = staff.patch(f"{GARMENTS}{garment.pk}/", {"name": "Checked shirt"}, format="multipart")
    assert (response.json()["name"], response.json()["status"]) == ("Checked shirt", "succeeded")


def test_staff_mark_outer_garments_and_anyone_finds_them(staff: APIClient, visitor: APIClient) -> None:
    coat = staff.post(GARMENTS, form(name="Coat", outer=True), format="multipart").json()
    assert coat["outer"] is True
    refused = staff.patch(f"{GARMENTS}{coat['id']}/", {"category": "dresses"}, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (422, "outer_unsupported")
    unchanged = staff.patch(f"{GARMENTS}{coat['id']}/", {"name": "Long coat"}, format="multipart").json()
    assert (unchanged["name"], unchanged["outer"]) == ("Long coat", True)
    Garment.objects.update(status="succeeded")
    factories.garment()
    found = visitor.get(f"{GARMENTS}?outer=true").json()["results"]
    assert [garment["name"] for garment in found] == ["Long coat"]


def test_a_new_picture_is_prepared_again_and_the_old_one_goes(
    staff: APIClient, django_capture_on_commit_callbacks: object
) -> None:
    staff.post(GARMENTS, form(), format="multipart")
    (work,) = work_claim(model=Garment, limit=1)
    garment = Garment.objects.get()
    old = garment.image.name
    with django_capture_on_commit_callbacks(execute=True):
        response = staff.patch(f"{GARMENTS}{garment.pk}/", {"image": form()["image"]}, format="multipart")
    garment.refresh_from_db()
    assert response.json()["status"] == "queued"
    assert not work_succeed(work=work, cutout="cutouts/of-the-old-picture.webp")
    assert garment.image.name != old
    assert not default_storage.exists(old)


def test_a_picture_that_cannot_be_read_is_refused(staff: APIClient) -> None:
    broken = form(image=SimpleUploadedFile("shirt.png", b"GIF89a"))
    refused = staff.post(GARMENTS, broken, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (400, "unsupported_image")
    assert not Garment.objects.exists()


def test_an_empty_filter_is_refused(visitor: APIClient) -> None:
    response = visitor.get("/api/v1/garments/?status=")
    assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "status")
