"""What staff do with one garment over HTTP: previews, the outline, another preparation."""

from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from shop.roles import MERCHANT, TRAINER
from tests.tryon import factories
from tests.tryon.api.browsers import browser_in
from tryon.errors import ERRORS
from tryon.models import Garment, GarmentPreview

SAMPLES = [each["image"] for each in settings.TRYON["SAMPLE_PHOTOS"]]
NAMES = [each["name"] for each in settings.TRYON["SAMPLE_PHOTOS"]]
SIZE = (60, 80)


@pytest.fixture
def garment(db: None) -> Garment:
    row = factories.garment(landmarks={"left_collar": [20.0, 10.0, 0.9], "right_collar": [30.0, 12.0, 0.9]})
    row.image.save("a.jpg", ContentFile(factories.encoded(factories.picture(*SIZE))))
    return row


def previews_address(garment: Garment) -> str:
    return f"/api/v1/garments/{garment.pk}/previews/"


def row(place: int, **changes: Any) -> dict[str, Any]:
    empty = {"status": None, "error": None, "image_url": None}
    return {"sample": SAMPLES[place], "name": NAMES[place]} | empty | changes


def test_a_garment_is_previewed_on_every_sample_shopper(staff: APIClient, garment: Garment) -> None:
    address = previews_address(garment)
    everybody = range(len(SAMPLES))
    assert staff.get(address).json() == {"done": True, "previews": [row(place) for place in everybody]}
    response = staff.post(address)
    assert response.status_code == 202
    assert response.json() == {
        "done": False,
        "previews": [row(place, status="queued") for place in everybody],
    }
    first, second, *_rest = GarmentPreview.objects.order_by("sample")
    first.image.save("a.png", ContentFile(b"\x89PNG"))
    GarmentPreview.objects.update(status="succeeded")
    GarmentPreview.objects.filter(pk=second.pk).update(status="failed", error_code="timed_out")
    answer = browser_in(TRAINER).get(address).json()
    reason = {"code": "timed_out", "detail": str(ERRORS["timed_out"].message)}
    assert answer["done"] is True
    assert answer["previews"][:2] == [
        row(0, status="succeeded", image_url=first.image.url),
        row(1, status="failed", error=reason),
    ]


def test_what_is_not_ready_has_no_preview(staff: APIClient) -> None:
    waiting = factories.garment(status="queued")
    refused = staff.post(previews_address(waiting))
    assert (refused.status_code, refused.json()["code"]) == (409, "garment_not_ready")
    assert staff.get(previews_address(waiting)).json()["done"] is False


def test_shoppers_see_no_previews_and_trainers_start_none(guest: APIClient, garment: Garment) -> None:
    assert guest.get(previews_address(garment)).json()["code"] == "not_found"
    assert guest.post(previews_address(garment)).json()["code"] == "not_found"
    refused = browser_in(TRAINER).post(previews_address(garment))
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert not GarmentPreview.objects.exists()
    assert browser_in(MERCHANT).post(previews_address(garment)).status_code == 202


def address_of(garment: Garment, page: str) -> str:
    return f"/api/v1/garments/{garment.pk}/{page}/"


def mask(size: tuple[int, int] = SIZE) -> SimpleUploadedFile:
    picture = Image.new("L", size, 0)
    picture.paste(255, (10, 10, 50, 70))
    return SimpleUploadedFile("mask.png", factories.encoded(picture, "PNG"))


def test_an_outline_is_read_and_corrected(staff: APIClient, garment: Garment) -> None:
    address = address_of(garment, "outline")
    found = {"left_collar": [20.0, 10.0], "right_collar": [30.0, 12.0]}
    assert staff.get(address).json() == {
        "picture": garment.image.url,
        "start": "",
        "drawn": False,
        "landmarks": found,
        "moved": {},
    }
    body = {"mask": mask(), "landmarks": '{"left_collar": [21, 12.34]}'}
    response = staff.post(address, body, format="multipart")
    garment.refresh_from_db()
    assert (response.status_code, response.json()["status"]) == (202, "queued")
    assert staff.get(address).json() == {
        "picture": garment.image.url,
        "start": garment.drawn_mask.url,
        "drawn": True,
        "landmarks": found | {"left_collar": [21.0, 12.3]},
        "moved": {"left_collar": [21.0, 12.3]},
    }
    assert staff.post(address, {}, format="multipart").status_code == 202
    answer = staff.get(address).json()
    assert (answer["drawn"], answer["moved"]) == (False, {})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"mask": SimpleUploadedFile("m.png", b"GIF89a")}, 422, "mask_invalid"),
        ({"mask": mask((80, 60))}, 422, "mask_invalid"),
        ({"mask": "m.png"}, 400, "invalid"),
        ({"landmarks": "x"}, 422, "landmark_invalid"),
        ({"landmarks": "[" * 100_000}, 422, "landmark_invalid"),
        ({"landmarks": "[]"}, 422, "landmark_invalid"),
        ({"landmarks": '{"nose": [1, 1]}'}, 422, "landmark_invalid"),
        ({"landmarks": '{"left_collar": [60, 1]}'}, 422, "landmark_invalid"),
        ({"landmarks": '{"left_collar": [NaN, 1]}'}, 422, "landmark_invalid"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_a_garment_is_refused(
    staff: APIClient, garment: Garment, body: dict[str, Any], status: int, code: str
) -> None:
    refused = staff.post(address_of(garment, "outline"), body, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    garment.refresh_from_db()
    assert (garment.status, garment.drawn_mask.name, garment.drawn_landmarks) == ("succeeded", "", {})


def test_a_garment_is_prepared_again(staff: APIClient, guest: APIClient, garment: Garment) -> None:
    address = address_of(garment, "prepare")
    assert guest.post(address).json()["code"] == "not_found"
    assert browser_in(TRAINER).post(address).json()["code"] == "permission_denied"
    garment.refresh_from_db()
    assert garment.status == "succeeded"
    response = staff.post(address)
    assert (response.status_code, response.json()["status"]) == (202, "queued")
