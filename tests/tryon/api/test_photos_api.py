"""Photos over HTTP: in as multipart, back as bytes for their owner alone, gone on request."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from tests.tryon import factories
from tests.tryon.api.browsers import browser_of
from tryon.errors import ERRORS
from tryon.models import Photo, SealedObject, Shopper, TryOnJob

PHOTOS = "/api/v1/photos/"


def upload(client: APIClient, data: bytes, name: str = "me.jpg") -> "object":
    return client.post(PHOTOS, {"image": SimpleUploadedFile(name, data)}, format="multipart")


def test_a_photo_is_taken_in_and_waits_for_its_check(guest: APIClient, shopper: Shopper) -> None:
    response = upload(guest, factories.encoded(factories.picture()))
    photo = Photo.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": str(photo.id),
        "status": "queued",
        "checks": [{"name": "file", "status": "passed"}, {"name": "person", "status": "pending"}],
        "error": None,
        "width": 60,
        "height": 80,
        "created_at": response.json()["created_at"],
        "expires_at": response.json()["expires_at"],
        "image_url": f"/api/v1/photos/{photo.id}/image/",
    }
    assert photo.shopper == shopper
    assert response["Cache-Control"] == "no-store"


def test_without_consent_nothing_is_read(visitor: APIClient) -> None:
    response = upload(visitor, b"not even a picture")
    assert response.status_code == 403
    assert response.json() == {
        "type": "client_error",
        "code": "consent_required",
        "detail": str(ERRORS["consent_required"].message),
        "errors": [
            {"code": "consent_required", "detail": str(ERRORS["consent_required"].message), "attr": None}
        ],
    }


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 400, "unsupported_image"),
        (b"", 400, "empty"),
        (b"\xff\xd8" + bytes(15 * 1024 * 1024), 413, "image_too_large"),
        (bytes(16 * 1024 * 1024), 413, "image_too_large"),
    ],
)
def test_what_is_no_photo_gets_its_typed_error(guest: APIClient, data: bytes, status: int, code: str) -> None:
    response = upload(guest, data)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Photo.objects.exists()
    assert not SealedObject.objects.exists()


def test_a_field_that_is_missing_is_named(guest: APIClient) -> None:
    response = guest.post(PHOTOS, {}, format="multipart")
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"code": "required", "detail": "No file was submitted.", "attr": "image"}
    ]


def test_json_is_not_a_way_to_send_a_photo(guest: APIClient) -> None:
    response = guest.post(PHOTOS, {"image": "x"}, format="json")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_a_refused_photo_says_why(guest: APIClient, shopper: Shopper) -> None:
    photo = factories.photo(shopper, status="failed", error_code="several_people")
    answer = guest.get(f"{PHOTOS}{photo.id}/").json()
    assert answer["status"] == "failed"
    assert answer["checks"][1] == {"name": "person", "status": "failed"}
    assert answer["error"] == {
        "code": "several_people",
        "detail": str(ERRORS["several_people"].message),
    }


def test_the_owner_gets_the_bytes_and_no_cache_keeps_them(guest: APIClient, shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    response = guest.get(f"{PHOTOS}{photo.id}/image/", headers={"accept": "image/*"})
    assert response.content == factories.encoded(factories.picture())
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("method", ["get", "delete"])
@pytest.mark.parametrize("path", ["", "image/"])
def test_anothers_photo_is_like_one_that_never_was(guest: APIClient, method: str, path: str) -> None:
    theirs = factories.photo(factories.shopper())
    never = "00000000-0000-4000-8000-000000000000"
    answers = [getattr(guest, method)(f"{PHOTOS}{photo_id}/{path}") for photo_id in (theirs.id, never)]
    expected = 404 if (method, path) != ("delete", "image/") else 405
    assert [answer.status_code for answer in answers] == [expected, expected]
    assert answers[0].json() == answers[1].json()
    assert Photo.objects.filter(pk=theirs.pk).exists()


def test_deleting_erases_the_photo_and_its_results_and_gives_a_receipt(
    guest: APIClient, shopper: Shopper
) -> None:
    photo = factories.photo(shopper)
    job = factories.tryon(photo, status="succeeded", result=True)
    response = guest.delete(f"{PHOTOS}{photo.id}/")
    assert response.status_code == 200
    receipt = response.json()
    assert (receipt["object_id"], receipt["kind"], receipt["reason"]) == (str(photo.id), "photo", "requested")
    assert receipt["signature"]
    assert not SealedObject.objects.exists()
    assert TryOnJob.objects.get(pk=job.pk).status == "expired"
    assert guest.get(f"{PHOTOS}{photo.id}/").status_code == 404


def test_the_list_holds_ones_own_newest_first(guest: APIClient, shopper: Shopper) -> None:
    older, newer = factories.photo(shopper), factories.photo(shopper)
    factories.photo(factories.shopper())
    results = guest.get(PHOTOS).json()["results"]
    assert [photo["id"] for photo in results] == [str(newer.id), str(older.id)]


def test_a_guest_session_needs_the_csrf_token(shopper: Shopper) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.cookies = browser_of(shopper).cookies
    response = upload(client, factories.encoded(factories.picture()))
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert not Photo.objects.exists()


def test_with_the_csrf_token_the_guest_gets_through(shopper: Shopper) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.cookies = browser_of(shopper).cookies
    client.cookies["csrftoken"] = "a" * 32
    response = client.post(
        PHOTOS,
        {"image": SimpleUploadedFile("me.jpg", factories.encoded(factories.picture()))},
        format="multipart",
        headers={"X-CSRFToken": "a" * 32},
    )
    assert response.status_code == 201


def test_a_plain_browser_form_is_refused_too(shopper: Shopper) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = browser_of(shopper).cookies
    assert client.delete(f"{PHOTOS}{factories.photo(shopper).id}/").status_code == 403
    assert Photo.objects.count() == 1
