"""What the database itself refuses, and that the migrations are complete."""

import uuid

import pytest
from django.core.management import call_command
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from tests.tryon import factories
from tryon.models import Consent, ErasureReceipt, Photo, SealedObject, TryOnItem, TryOnJob

pytestmark = pytest.mark.django_db


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "tryon", check=True, dry_run=True)


@pytest.mark.parametrize(
    "change", [{"status": "running", "lease_until": None}, {"status": "failed", "error_code": ""}], ids=str
)
@pytest.mark.parametrize("model", [Photo, TryOnJob])
def test_running_needs_a_lease_and_failed_a_reason(
    model: type[models.Model], change: dict[str, object]
) -> None:
    photo = factories.photo(factories.shopper())
    factories.tryon(photo)

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**change)


def test_one_agreement_to_a_purpose_is_in_force() -> None:
    shopper = factories.shopper()

    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(shopper=shopper, purpose="tryon", version="1", given_at=timezone.now())
    Consent.objects.create(shopper=shopper, purpose="training", version="1", given_at=timezone.now())


def test_one_job_for_an_idempotency_key() -> None:
    photo = factories.photo(factories.shopper())
    factories.tryon(photo, idempotency_key="a")
    factories.tryon(photo)
    factories.tryon(photo)
    factories.tryon(factories.photo(factories.shopper()), idempotency_key="a")

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.tryon(photo, idempotency_key="a")


def test_one_garment_in_a_place() -> None:
    job = factories.tryon(factories.photo(factories.shopper()))

    with pytest.raises(IntegrityError), transaction.atomic():
        TryOnItem.objects.create(job=job, garment=factories.garment(), position=0)


def test_one_receipt_for_an_object() -> None:
    receipt = {"object_id": uuid.uuid4(), "kind": "photo", "reason": "expired", "erased_at": timezone.now()}
    ErasureReceipt.objects.create(**receipt)

    with pytest.raises(IntegrityError), transaction.atomic():
        ErasureReceipt.objects.create(**receipt)


def test_an_account_with_photos_cannot_be_deleted_past_the_erasure() -> None:
    """A cascade would leave bytes in the store that no row names."""
    user = factories.user()
    factories.photo(factories.shopper(user=user))

    with pytest.raises(models.ProtectedError):
        user.delete()
    assert SealedObject.objects.count() == 1
