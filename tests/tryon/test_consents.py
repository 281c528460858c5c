"""Consent is recorded in the version shown, ends when withdrawn, and takes the photos with it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import Consent, ErasureReceipt, Photo, SealedObject, Shopper, TryOnJob
from tryon.selectors.consents import consent_require, consents_active
from tryon.services.consents import consent_give, consent_withdraw

pytestmark = pytest.mark.django_db
TRYON, TRAINING = Consent.Purpose.TRYON, Consent.Purpose.TRAINING
VERSION = "2026-11"


@pytest.fixture
def shopper() -> Shopper:
    return factories.shopper(consent=False)


@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_consent_is_recorded(shopper: Shopper) -> None:
    consent_give(shopper=shopper, purpose=TRYON, version=VERSION)

    consent = Consent.objects.get()
    assert (consent.shopper, consent.purpose, consent.version) == (shopper, "tryon", VERSION)
    assert (consent.given_at, consent.withdrawn_at) == (timezone.now(), None)
    consent_require(shopper=shopper)


def test_agreeing_twice_is_one_record(shopper: Shopper) -> None:
    first = consent_give(shopper=shopper, purpose=TRYON, version=VERSION)

    assert consent_give(shopper=shopper, purpose=TRYON, version=VERSION) == first


def test_another_text_than_todays_is_refused(shopper: Shopper) -> None:
    with pytest.raises(TryOnError, match="consent_outdated"):
        consent_give(shopper=shopper, purpose=TRYON, version="2025-01")
    assert not Consent.objects.exists()


def test_consent_to_the_new_text_ends_the_old(shopper: Shopper, settings: Settings) -> None:
    old = consent_give(shopper=shopper, purpose=TRYON, version=VERSION)
    settings.TRYON = settings.TRYON | {"CONSENT_VERSION": "2027-01"}
    with pytest.raises(TryOnError, match="consent_required"):
        consent_require(shopper=shopper)
    new = consent_give(shopper=shopper, purpose=TRYON, version="2027-01")

    old.refresh_from_db()
    assert old.withdrawn_at == new.given_at
    assert list(consents_active(shopper=shopper)) == [new]


def test_purposes_are_apart(shopper: Shopper) -> None:
    consent_give(shopper=shopper, purpose=TRYON, version=VERSION)

    with pytest.raises(TryOnError, match="consent_required"):
        consent_require(shopper=shopper, purpose=TRAINING)
    consent_give(shopper=shopper, purpose=TRAINING, version=VERSION)
    consent_withdraw(shopper=shopper, purpose=TRAINING)
    consent_require(shopper=shopper)


def test_nobody_has_agreed_to_nothing() -> None:
    with pytest.raises(TryOnError, match="consent_required"):
        consent_require(shopper=None)


def test_withdrawal_erases_photos_and_stops_their_work() -> None:
    shopper, other = factories.shopper(), factories.shopper()
    photo, others = factories.photo(shopper), factories.photo(other)
    jobs = [factories.tryon(photo, status=status) for status in ("queued", "running")]
    kept = factories.tryon(others)
    receipts = consent_withdraw(shopper=shopper, purpose=TRYON)

    assert [(receipt.object_id, receipt.reason) for receipt in receipts] == [(photo.id, "withdrawn")]
    assert {job.status for job in TryOnJob.objects.filter(pk__in=[job.pk for job in jobs])} == {"cancelled"}
    assert list(Photo.objects.all()) == [others]
    kept.refresh_from_db()
    assert kept.status == "queued"
    with pytest.raises(TryOnError, match="consent_required"):
        consent_require(shopper=shopper)


def test_withdrawing_training_consent_touches_no_photo() -> None:
    shopper = factories.shopper()
    factories.photo(shopper)

    assert consent_withdraw(shopper=shopper, purpose=TRAINING) == []
    assert (Photo.objects.count(), ErasureReceipt.objects.count()) == (1, 0)


def test_withdrawing_twice_keeps_the_first_time() -> None:
    shopper = factories.shopper()
    factories.photo(shopper)
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False) as clock:
        consent_withdraw(shopper=shopper, purpose=TRYON)
        first = Consent.objects.get().withdrawn_at
        clock.shift(60)
        assert consent_withdraw(shopper=shopper, purpose=TRYON) == []

    assert Consent.objects.get().withdrawn_at == first
    assert SealedObject.objects.count() == 0
