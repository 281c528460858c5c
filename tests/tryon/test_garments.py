"""Taking garments in, changing and deleting them, from code and in the admin."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ProtectedError
from django.test import Client
from PIL import Image

from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import Garment
from tryon.selectors.garments import garment_get, garments_to_wear
from tryon.services.garments import garment_create, garment_delete, garment_prepare

pytestmark = pytest.mark.django_db
ADD = "/admin/tryon/garment/add/"


@pytest.fixture
def picture() -> bytes:
    """A PNG with transparency and something in its metadata."""
    image = factories.picture(300, 400).convert("RGBA")
    return factories.encoded(image, "PNG", exif=b"Exif\x00\x00MM\x00*secret place")


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(factories.user("admin", is_staff=True, is_superuser=True))
    return client


def test_the_picture_is_kept_encoded_anew(picture: bytes) -> None:
    garment = garment_create(name="Shirt", category="upper_body", image=picture)
    stored = garment.image.read()
    image = Image.open(io.BytesIO(stored))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (300, 400))
    assert b"secret place" not in stored
    assert (garment.status, garment.cutout.name) == ("queued", "")


def test_the_worker_is_told(picture: bytes, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        garment_create(name="Shirt", category="upper_body", image=picture)
    assert [callback.args for callback in callbacks] == [(Garment,)]


def test_an_unknown_category_is_refused(picture: bytes) -> None:
    with pytest.raises(TryOnError, match="category_unsupported"):
        garment_create(name="Hat", category="hats", image=picture)
    assert not Garment.objects.exists()


def test_preparing_again_starts_from_the_beginning() -> None:
    garment = factories.garment(status="failed", error_code="cloth_not_found", attempts=3, fencing_token=3)
    garment_prepare(garment=garment)
    assert (garment.status, garment.error_code, garment.attempts, garment.fencing_token) == (
        "queued",
        "",
        0,
        4,
    )


def test_deleting_takes_the_pictures_along(picture: bytes, django_capture_on_commit_callbacks: Any) -> None:
    garment = garment_create(name="Shirt", category="upper_body", image=picture)
    name = garment.image.name
    with django_capture_on_commit_callbacks(execute=True):
        garment_delete(garment=garment)
    assert not default_storage.exists(name)


def test_a_garment_that_was_tried_on_stays(picture: bytes) -> None:
    garment = garment_create(name="Shirt", category="upper_body", image=picture)
    factories.tryon(factories.photo(factories.shopper()), garment=garment)
    with pytest.raises(ProtectedError):
        garment_delete(garment=garment)
    assert default_storage.exists(garment.image.name)


def test_an_outfit_keeps_the_order_asked_for() -> None:
    shirt, skirt = factories.garment(), factories.garment()
    assert garments_to_wear(garment_ids=[skirt.pk, shirt.pk]) == [skirt, shirt]


def test_staff_alone_find_what_is_not_ready() -> None:
    garment = factories.garment(status="running")
    assert garment_get(garment_id=garment.pk, is_staff=True) == garment
    with pytest.raises(TryOnError, match="not_found"):
        garment_get(garment_id=garment.pk, is_staff=False)


def test_the_admin_adds_changes_and_deletes(
    admin: Client, picture: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    form = {"name": "Shirt", "category": "upper_body", "image": SimpleUploadedFile("a.png", picture)}
    assert admin.post(ADD, form).status_code == 302
    garment = Garment.objects.get()
    assert Path(garment.image.name).suffix == ".jpg"
    page = f"/admin/tryon/garment/{garment.pk}/change/"
    assert admin.get(page).status_code == 200
    Garment.objects.update(status="succeeded")
    assert admin.post(page, {"name": "Blouse", "category": "upper_body"}).status_code == 302
    garment.refresh_from_db()
    assert (garment.name, garment.status) == ("Blouse", "succeeded")
    assert admin.post(page, {"name": "Blouse", "category": "dresses"}).status_code == 302
    garment.refresh_from_db()
    assert (garment.category, garment.status) == ("dresses", "queued")
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"/admin/tryon/garment/{garment.pk}/delete/", {"post": "yes"})
    assert not default_storage.exists(garment.image.name)


def test_the_admin_marks_outer_garments_and_says_what_cannot_be_one(admin: Client, picture: bytes) -> None:
    form = {"name": "Coat", "category": "dresses", "outer": "on"}
    page = admin.post(ADD, form | {"image": SimpleUploadedFile("a.png", picture)})
    assert (page.status_code, Garment.objects.exists()) == (200, False)
    assert b"Only tops can be outer garments" in page.content
    form["category"] = "upper_body"
    assert admin.post(ADD, form | {"image": SimpleUploadedFile("a.png", picture)}).status_code == 302
    assert Garment.objects.get().outer


@pytest.mark.parametrize(("fields", "category"), [({}, ""), ({"outer": "on"}, "upper_body")])
def test_the_category_may_be_left_open_where_a_garment_is_added(
    admin: Client, picture: bytes, fields: dict[str, str], category: str
) -> None:
    assert "Guess it from the picture" in admin.get(ADD).text
    form = {"name": "Shirt", "category": "", "image": SimpleUploadedFile("a.png", picture)} | fields
    assert admin.post(ADD, form).status_code == 302
    garment = Garment.objects.get()
    assert (garment.category, garment.status) == (category, "queued")
    assert admin.get("/api/v1/garments/").json()["results"][0]["category"] == category
    page = f"/admin/tryon/garment/{garment.pk}/change/"
    assert b"This field is required" in admin.post(page, {"name": "Blouse", "category": ""}).content


def test_the_admin_says_why_a_picture_is_refused(admin: Client) -> None:
    broken = SimpleUploadedFile("a.png", b"GIF89a")
    page = admin.post(ADD, {"name": "Shirt", "category": "upper_body", "image": broken})
    assert page.status_code == 200
    assert b"cannot be read" in page.content
    assert not Garment.objects.exists()


def test_the_admin_lists_reasons_and_prepares_again(admin: Client) -> None:
    garment = factories.garment(status="failed", error_code="cloth_not_found")
    page = admin.get("/admin/tryon/garment/")
    assert b"could not find a garment" in page.content
    action = {"action": "prepare_again", "_selected_action": [str(garment.pk)]}
    assert admin.post("/admin/tryon/garment/", action).status_code == 302
    garment.refresh_from_db()
    assert garment.status == "queued"


def test_the_admin_gives_advice_about_a_garment_that_is_ready(admin: Client) -> None:
    factories.garment(warnings=["category_mismatch", "retired_code"])
    assert b"Check its category" in admin.get("/admin/tryon/garment/").content
