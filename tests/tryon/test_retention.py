"""What the sweep erases and what survives it, by name, at a frozen clock."""

import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from unittest.mock import patch

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection, transaction
from knox.models import AuthToken
from pytest_django import DjangoCaptureOnCommitCallbacks

from shop.models import Cart, Order
from tests.tryon import factories
from tryon.ledger import ledger_append, ledger_read
from tryon.models import Consent, ErasureReceipt, PendingDeletion, Photo, SealedObject, Shopper, TryOnJob
from tryon.services import retention
from tryon.services.retention import Overdue, Swept, retention_overdue, retention_sweep

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def noon() -> None:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def shopper() -> Shopper:
    return factories.shopper()


def test_photos_go_at_their_time_and_not_before(shopper: Shopper) -> None:
    survivor = factories.photo(shopper, expires_at=NOON + SECOND)
    factories.photo(shopper, expires_at=NOON)
    factories.photo(shopper, expires_at=NOON - timedelta(days=9))

    assert retention_sweep().photos == 2
    assert list(Photo.objects.all()) == [survivor]
    assert list(SealedObject.objects.all()) == [survivor.sealed]
    assert set(ErasureReceipt.objects.values_list("reason", flat=True)) == {"expired"}


@pytest.mark.parametrize("status", Photo.Status.values)
def test_no_state_keeps_a_photo_or_a_tryon_past_its_time(shopper: Shopper, status: str) -> None:
    photo = factories.photo(shopper, status=status, expires_at=NOON)
    factories.tryon(photo, status=status, expires_at=NOON)

    assert retention_sweep()[:2] == (1, 1)
    assert (Photo.objects.count(), TryOnJob.objects.count()) == (0, 0)


def test_tryons_go_at_their_time_with_their_picture(shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    survivor = factories.tryon(photo, status="succeeded", result=True, expires_at=NOON + SECOND)
    gone = factories.tryon(photo, status="succeeded", result=True, expires_at=NOON)

    assert retention_sweep().tryons == 1
    assert list(TryOnJob.objects.all()) == [survivor]
    assert set(SealedObject.objects.all()) == {photo.sealed, survivor.result}
    assert ErasureReceipt.objects.get().object_id == gone.result_id


def test_photo_that_expires_takes_its_pictures_and_its_waiting_work(shopper: Shopper) -> None:
    photo = factories.photo(shopper, expires_at=NOON)
    done = factories.tryon(photo, status="succeeded", result=True)
    waiting = factories.tryon(photo)
    failed = factories.tryon(photo, status="failed")
    retention_sweep()

    jobs = TryOnJob.objects.in_bulk()
    assert [jobs[job.pk].status for job in (done, waiting, failed)] == ["expired", "cancelled", "failed"]
    assert all(job.photo is None and job.result is None for job in jobs.values())
    assert SealedObject.objects.count() == 0


def test_bytes_are_gone_after_the_commit(
    shopper: Shopper, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    photo = factories.photo(shopper, expires_at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        retention_sweep()

    assert not storages["private"].exists(photo.sealed.storage_name)
    assert PendingDeletion.objects.count() == 0


def test_sealed_object_without_owner_row_goes_after_an_hour(shopper: Shopper) -> None:
    """A worker that died between sealing a result and saving its job."""
    kept = factories.tryon(factories.photo(shopper), status="succeeded", result=True)
    factories.sealed(shopper, SealedObject.Kind.RESULT)

    assert retention_sweep(now=NOON + timedelta(hours=1)).unreferenced == 0
    assert retention_sweep(now=NOON + timedelta(hours=1) + SECOND).unreferenced == 1
    assert set(SealedObject.objects.all()) == {kept.result, kept.photo.sealed}


def test_guests_who_left_nothing_are_forgotten_with_their_session() -> None:
    factories.shopper()
    with_photo = factories.shopper()
    account = factories.shopper(user=factories.user())
    later = NOON + timedelta(days=14)
    factories.photo(with_photo, expires_at=later + timedelta(days=1))
    returned = factories.shopper()
    Consent.objects.filter(shopper=returned).update(given_at=later)

    assert retention_sweep(now=later).guests == 0
    assert retention_sweep(now=later + SECOND).guests == 1
    assert set(Shopper.objects.all()) == {with_photo, account, returned}


def test_empty_sweep_erases_nothing() -> None:
    assert retention_sweep() == Swept(*[0] * 10)


def test_more_than_a_batch_goes_in_one_sweep(shopper: Shopper) -> None:
    for _ in range(5):
        factories.photo(shopper, expires_at=NOON)

    with patch.object(retention, "BATCH_SIZE", 2):
        assert retention_sweep().photos == 5


def test_one_photo_that_cannot_be_erased_does_not_keep_the_others(
    shopper: Shopper, caplog: pytest.LogCaptureFixture
) -> None:
    stubborn, *_ = [factories.photo(shopper, expires_at=NOON - SECOND * age) for age in (9, 8, 7)]
    erase = retention.photo_erase

    def photo_erase(*, photo: Photo, reason: str) -> ErasureReceipt:
        receipt = erase(photo=photo, reason=reason)
        if photo == stubborn:
            raise RuntimeError("half way")
        return receipt

    with patch.object(retention, "photo_erase", photo_erase), patch.object(retention, "BATCH_SIZE", 1):
        assert retention_sweep().photos == 2
    assert list(Photo.objects.all()) == [stubborn]
    assert str(stubborn.pk) in caplog.text
    assert retention_overdue(now=NOON + timedelta(hours=1)).photos == 1


@pytest.mark.django_db(transaction=True)
def test_sweep_skips_what_another_sweep_holds(shopper: Shopper) -> None:
    held, free = (factories.photo(shopper, expires_at=NOON) for _ in range(2))
    swept: list[Swept] = []

    def sweep() -> None:
        try:
            swept.append(retention_sweep())
        finally:
            connection.close()

    with transaction.atomic():
        Photo.objects.select_for_update().get(pk=held.pk)
        other = threading.Thread(target=sweep)
        other.start()
        other.join(timeout=600)
    assert swept[0].photos == 1
    assert list(Photo.objects.all()) == [held]
    assert not storages["private"].exists(free.sealed.storage_name)


@pytest.mark.parametrize(
    ("late", "overdue"), [(timedelta(minutes=30) - SECOND, 0), (timedelta(minutes=30), 1)]
)
def test_alarm_after_half_an_hour(shopper: Shopper, late: timedelta, overdue: int) -> None:
    photo = factories.photo(shopper, expires_at=NOON)
    factories.tryon(photo, expires_at=NOON)
    factories.sample(expires_at=NOON)
    PendingDeletion.objects.create(storage_name="aa/forgotten")
    unreferenced = factories.sealed(shopper)
    made_at = NOON - retention.UNREFERENCED_AFTER - timedelta(microseconds=1)
    SealedObject.objects.filter(pk=unreferenced.pk).update(created_at=made_at)

    assert retention_overdue(now=NOON + late) == Overdue(*[overdue] * 5)
    retention_sweep(now=NOON + late)
    assert retention_overdue(now=NOON + late) == Overdue(*[0] * 5)


def test_sessions_and_tokens_go_when_they_are_over() -> None:
    user = factories.user()
    for late in (-SECOND, SECOND):
        Session.objects.create(session_key=str(late), session_data="", expire_date=NOON + late)
        AuthToken.objects.create(user=user, expiry=None)
        AuthToken.objects.filter(expiry=None).update(expiry=NOON + late)
    swept = retention_sweep()

    assert (swept.sessions, swept.tokens) == (1, 1)
    assert [session.expire_date for session in Session.objects.all()] == [NOON + SECOND]
    assert [token.expiry for token in AuthToken.objects.all()] == [NOON + SECOND]


def test_a_guests_cart_goes_and_an_accounts_stays() -> None:
    kept = [Cart.objects.create(user=factories.user()), Cart.objects.create()]
    old = Cart.objects.create()
    ttl = timedelta(days=30)
    Cart.objects.filter(pk__in=[kept[0].pk, old.pk]).update(updated_at=NOON - ttl - SECOND)
    Cart.objects.filter(pk=kept[1].pk).update(updated_at=NOON - ttl)

    assert retention_sweep().other_apps == 1
    assert list(Cart.objects.order_by("pk")) == kept


def test_an_order_loses_the_person_when_its_time_in_the_books_is_up() -> None:
    address = {"name": "Ada", "email": "a@example.com", "street": "1 Way", "postal_code": "1", "city": "A"}
    old, kept = (
        Order.objects.create(user=factories.user(name), total=5, country="C", **address)
        for name in ("ada", "bob")
    )
    Order.objects.filter(pk=old.pk).update(placed_at=NOON - timedelta(days=3653) - SECOND)
    assert retention_sweep().other_apps == 1

    old.refresh_from_db()
    kept.refresh_from_db()
    assert (old.user, old.name, old.email, old.street, old.postal_code, old.city) == (None, *[""] * 5)
    assert (old.country, old.total.amount) == ("C", 5)
    assert (kept.user is None, kept.street) == (False, "1 Way")
    assert retention_sweep().other_apps == 0


@pytest.mark.usefixtures("own_stores")
def test_the_ledger_remembers_as_long_as_the_oldest_backup() -> None:
    for days in (400, 401):
        at = NOON - timedelta(days=days)
        ledger_append(kind="tryon", owner="", reason="requested", erased_at=at)

    assert retention_sweep().ledger == 1
    assert [entry.erased_at for entry in ledger_read().entries] == [NOON - timedelta(days=400)]


def test_purge_reports_what_it_erased(shopper: Shopper) -> None:
    factories.photo(shopper, expires_at=NOON)
    out = StringIO()
    call_command("purge", stdout=out)

    assert out.getvalue().splitlines() == [
        "photos: 1",
        "tryons: 0",
        "samples: 0",
        "unreferenced: 0",
        "deletions: 0",
        "guests: 0",
        "sessions: 0",
        "tokens: 0",
        "other_apps: 0",
        "ledger: 0",
    ]
