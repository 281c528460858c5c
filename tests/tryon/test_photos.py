"""A photo comes in with consent alone, encrypted and announced; its owner alone can see it."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import MagicMock, patch

import pytest
import time_machine
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.ingest import CleanImage
from tryon.models import Consent, Photo, SealedObject, Shopper
from tryon.selectors.photos import photo_get, photos_of
from tryon.services import photos
from tryon.services.consents import consent_withdraw
from tryon.services.photos import photo_create, photo_open

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper() -> Shopper:
    return factories.shopper()


def upload(data: bytes | None = None) -> SimpleUploadedFile:
    content = factories.encoded(factories.picture()) if data is None else data
    return SimpleUploadedFile("me at home.jpg", content)


@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_photo_is_stored_encrypted_and_announced(
    shopper: Shopper, django_capture_on_commit_callbacks: Callable
) -> None:
    with patch("tryon.announce.announce") as announce, django_capture_on_commit_callbacks(execute=True):
        photo = photo_create(shopper=shopper, upload=upload())

    row = Photo.objects.get()
    assert (row.shopper, row.status, row.width, row.height) == (shopper, "queued", 60, 80)
    assert row.expires_at == timezone.now() + timedelta(hours=24)
    assert row.id == row.sealed_id == photo.id
    with storages["private"].open(row.sealed.storage_name) as file:
        assert b"\xff\xd8\xff" not in file.read()
    assert Image.open(io.BytesIO(photo_open(photo=row))).size == (60, 80)
    announce.assert_called_once_with(Photo)


def test_nothing_is_even_decoded_without_consent() -> None:
    file = MagicMock()

    with pytest.raises(TryOnError, match="consent_required"):
        photo_create(shopper=factories.shopper(consent=False), upload=file)
    file.read.assert_not_called()


def test_consent_to_an_older_text_is_none(shopper: Shopper, settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"CONSENT_VERSION": "2027-01"}

    with pytest.raises(TryOnError, match="consent_required"):
        photo_create(shopper=shopper, upload=upload())


def test_consent_withdrawn_while_the_picture_is_decoded_leaves_nothing(
    shopper: Shopper, django_capture_on_commit_callbacks: Callable
) -> None:
    def withdraw(data: bytes) -> CleanImage:
        consent_withdraw(shopper=shopper, purpose=Consent.Purpose.TRYON)
        return CleanImage(data, 60, 80)

    with (
        patch.object(photos, "decode_upload", withdraw),
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(TryOnError, match="consent_required"),
    ):
        photo_create(shopper=shopper, upload=upload())
    assert Photo.objects.count() == SealedObject.objects.count() == 0


def test_too_large_upload_is_not_read(shopper: Shopper) -> None:
    file = MagicMock(size=15 * 1024 * 1024 + 1)

    with pytest.raises(TryOnError, match="image_too_large"):
        photo_create(shopper=shopper, upload=file)
    file.read.assert_not_called()


@pytest.mark.parametrize("data", [b"", b"text"])
def test_bad_upload_leaves_nothing(shopper: Shopper, data: bytes) -> None:
    with pytest.raises(TryOnError, match="unsupported_image"):
        photo_create(shopper=shopper, upload=upload(data))
    assert SealedObject.objects.count() == 0


def test_photo_past_its_time_is_not_shown_even_before_the_sweep(shopper: Shopper) -> None:
    photo = factories.photo(shopper, expires_at=timezone.now())

    with pytest.raises(TryOnError, match="photo_expired"):
        photo_open(photo=photo)


def test_only_the_owner_finds_a_photo(shopper: Shopper) -> None:
    photo = factories.photo(shopper)

    assert photo_get(shopper=shopper, photo_id=photo.id) == photo
    for other in (None, factories.shopper()):
        assert not photos_of(shopper=other).exists()
        with pytest.raises(TryOnError, match="not_found"):
            photo_get(shopper=other, photo_id=photo.id)
    with pytest.raises(TryOnError, match="not_found"):
        photo_get(shopper=shopper, photo_id=uuid.uuid4())


def test_photos_are_listed_newest_first(shopper: Shopper) -> None:
    older, newer = factories.photo(shopper), factories.photo(shopper)

    assert list(photos_of(shopper=shopper)) == [newer, older]
