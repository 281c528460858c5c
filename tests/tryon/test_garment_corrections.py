"""A mask and corners that a merchant has drawn: what is accepted, what is kept, what becomes of it."""

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from shop.roles import MERCHANT
from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import Garment
from tryon.services.garment_corrections import garment_correct
from tryon.services.garments import garment_update

pytestmark = pytest.mark.django_db
SIZE = (60, 80)


@pytest.fixture
def garment() -> Garment:
    row = factories.garment(
        landmarks={"left_collar": [20.0, 10.0, 0.9], "crotch": [30.0, 70.0, 0.1]}, analysis="x.analysis"
    )
    row.image.save("a.jpg", ContentFile(factories.encoded(factories.picture(*SIZE))))
    return row


def mask(size: tuple[int, int] = SIZE, box: tuple[int, int, int, int] = (10, 10, 50, 70)) -> bytes:
    picture = Image.new("L", size, 0)
    picture.paste(255, box)
    return factories.encoded(picture, "PNG")


def test_what_is_drawn_is_kept_and_the_garment_prepared_again(
    garment: Garment, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        garment_correct(garment=garment, mask=mask(), landmarks={"left_collar": [21, 12.34]})
    garment.refresh_from_db()
    assert (garment.status, garment.analysis.name) == ("queued", "")
    assert garment.drawn_landmarks == {"left_collar": [21.0, 12.3]}
    with garment.drawn_mask.open() as file:
        kept = Image.open(io.BytesIO(file.read()))
    assert (kept.format, kept.mode, kept.size) == ("PNG", "L", SIZE)
    assert kept.histogram()[255] == 40 * 60
    assert kept.histogram()[0] == 60 * 80 - 40 * 60


def test_another_drawing_takes_the_place_of_the_first_and_nothing_brings_the_network_back(
    garment: Garment, django_capture_on_commit_callbacks: Any
) -> None:
    names = []
    for data in (mask(), mask(box=(0, 0, 30, 80)), b""):
        with django_capture_on_commit_callbacks(execute=True):
            names.append(garment_correct(garment=garment, mask=data, landmarks={}).drawn_mask.name)
    assert [bool(name) and default_storage.exists(name) for name in names] == [False, False, False]
    garment.refresh_from_db()
    assert (garment.drawn_mask.name, garment.drawn_landmarks) == ("", {})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GIF89a", "mask_invalid"),
        (factories.encoded(Image.new("L", SIZE, 255)), "mask_invalid"),
        (mask()[:60], "mask_invalid"),
        (mask((80, 60)), "mask_invalid"),
        (mask((6000, 8000)), "mask_invalid"),
        (b"\x89PNG\r\n\x1a\n" + bytes(4 * 1024 * 1024), "mask_invalid"),
        (mask(box=(0, 0, 6, 6)), "mask_empty"),
        (mask(box=(0, 0, 0, 0)), "mask_empty"),
    ],
    ids=["no picture", "no PNG", "cut off", "another size", "huge", "heavy", "hardly anything", "nothing"],
)
def test_what_is_no_mask_is_refused(garment: Garment, data: bytes, code: str) -> None:
    with pytest.raises(TryOnError, match=code):
        garment_correct(garment=garment, mask=data, landmarks={})
    assert Garment.objects.get().status == "succeeded"


@pytest.mark.parametrize(
    "landmarks",
    [
        {"left_ear": [1, 1]},
        {"left_collar": [60, 10]},
        {"left_collar": [-0.1, 10]},
        {"left_collar": [10, 80]},
        {"left_collar": [float("nan"), 1]},
        {"left_collar": [float("inf"), 1]},
        {"left_collar": ["1", 1]},
        {"left_collar": [True, 1]},
        {"left_collar": [1]},
        {"left_collar": [1, 1, 1]},
        {"left_collar": {"x": 1}},
    ],
)
def test_corners_are_known_and_inside_of_the_picture(garment: Garment, landmarks: dict[str, Any]) -> None:
    with pytest.raises(TryOnError, match="landmark_invalid"):
        garment_correct(garment=garment, mask=b"", landmarks=landmarks)
    assert Garment.objects.get().drawn_landmarks == {}


def test_another_picture_makes_an_end_of_what_was_drawn(
    garment: Garment, django_capture_on_commit_callbacks: Any
) -> None:
    garment_correct(garment=garment, mask=mask(), landmarks={"left_collar": [1, 1]})
    garment.refresh_from_db()
    name = garment.drawn_mask.name
    with django_capture_on_commit_callbacks(execute=True):
        garment_update(garment=garment, image=factories.encoded(factories.picture()))
    garment.refresh_from_db()
    assert (garment.drawn_mask.name, garment.drawn_landmarks, garment.landmarks) == ("", {}, {})
    assert not default_storage.exists(name)


def test_the_page_shows_corners_that_are_seen_and_saves(client: Client, garment: Garment) -> None:
    user = factories.user("merchant", is_staff=True)
    user.groups.add(Group.objects.get(name=MERCHANT))
    client.force_login(user)
    page = f"/admin/tryon/garment/{garment.pk}/outline/"
    settings = json.loads(client.get(page).context["editor"])
    assert settings == {
        "picture": garment.image.url,
        "start": "",
        "drawn": False,
        "landmarks": {"left_collar": [20.0, 10.0]},
        "moved": {},
    }
    refused = client.post(page, {"landmarks": "[" * 100_000})
    assert (refused.status_code, refused.json()["code"]) == (422, "landmark_invalid")
    upload = SimpleUploadedFile("mask.png", mask())
    saved = client.post(page, {"landmarks": '{"left_collar": [3, 4]}', "mask": upload})
    assert saved.json() == {"url": f"/admin/tryon/garment/{garment.pk}/change/"}
    settings = json.loads(client.get(page).context["editor"])
    assert (settings["drawn"], settings["moved"]) == (True, {"left_collar": [3.0, 4.0]})
    assert "corrected by hand" in client.get(f"/admin/tryon/garment/{garment.pk}/change/").text
