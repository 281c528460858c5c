"""Guests are known by their session; a login brings what was theirs into the account, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils import timezone
from pytest_django import Settings

from tests.tryon import factories
from tryon.identity import SESSION_KEY, shopper_for_request
from tryon.models import Consent, Photo, SealedObject, Shopper, TryOnJob
from tryon.services.photo_store import object_open
from tryon.services.shoppers import shopper_merge

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


def request_of(user: Any = None, **session: Any) -> HttpRequest:
    request = HttpRequest()
    request.user = user or AnonymousUser()
    request.session = SessionStore()
    request.session.update(session)
    return request


def guest_request(guest: Shopper, user: Any = None) -> HttpRequest:
    return request_of(user, **{SESSION_KEY: str(guest.pk)})


def test_looking_makes_nobody_a_shopper() -> None:
    for request in (request_of(), request_of(factories.user())):
        assert shopper_for_request(request) is None
    assert not Shopper.objects.exists()


def test_guest_is_remembered_by_the_session() -> None:
    request = request_of()
    guest = shopper_for_request(request, create=True)

    assert guest is not None
    assert guest.user is None
    assert shopper_for_request(request) == shopper_for_request(request, create=True) == guest


def test_account_has_one_shopper_in_all_sessions() -> None:
    user = factories.user()
    shopper = shopper_for_request(request_of(user), create=True)

    assert shopper is not None
    assert shopper.user == user
    assert shopper_for_request(request_of(user)) == shopper


def test_a_guest_who_was_erased_starts_afresh() -> None:
    guest = factories.shopper()
    request = guest_request(guest)
    guest.delete()

    assert shopper_for_request(request) is None
    assert shopper_for_request(request, create=True) == Shopper.objects.get()


def test_a_guests_session_never_opens_an_account() -> None:
    account = factories.shopper(user=factories.user())

    assert shopper_for_request(guest_request(account)) is None


def test_login_to_an_account_without_photos_takes_the_guest_as_it_is() -> None:
    guest, user = factories.shopper(), factories.user()
    photo = factories.photo(guest)
    request = guest_request(guest, user)

    assert shopper_for_request(request) == guest
    assert Shopper.objects.get().user == user
    assert SESSION_KEY not in request.session
    assert object_open(sealed=Photo.objects.get().sealed) == object_open(sealed=photo.sealed)


def test_login_moves_photos_tryons_and_consent_to_the_account() -> None:
    user = factories.user()
    account, guest = factories.shopper(user=user, consent=False), factories.shopper()
    job = factories.tryon(factories.photo(guest), status="succeeded", result=True)
    pictures = {sealed.pk: object_open(sealed=sealed) for sealed in SealedObject.objects.all()}

    assert shopper_for_request(guest_request(guest, user)) == account
    assert list(Shopper.objects.all()) == [account]
    assert (
        Photo.objects.get().shopper
        == TryOnJob.objects.get().shopper
        == Consent.objects.get().shopper
        == account
    )
    assert {sealed.pk: object_open(sealed=sealed) for sealed in account.sealed_objects.all()} == pictures
    assert job.pk == account.tryons.get().pk


def test_login_of_another_account_does_not_take_what_the_first_owns() -> None:
    first, second = factories.user("ada"), factories.user("bob")
    guest = factories.shopper()
    shopper_for_request(guest_request(guest, first))

    assert shopper_for_request(guest_request(guest, second)) is None
    assert guest.pk == Shopper.objects.get(user=first).pk


def test_merging_again_changes_nothing() -> None:
    user = factories.user()
    account, guest = factories.shopper(user=user), factories.shopper()
    factories.photo(guest)

    assert shopper_merge(guest=guest, user=user) == shopper_merge(guest=guest, user=user) == account
    assert account.photos.count() == 1


def test_same_idempotency_key_on_both_sides_survives_the_merge() -> None:
    user = factories.user()
    account, guest = factories.shopper(user=user), factories.shopper()
    for owner in (account, guest):
        factories.tryon(factories.photo(owner), idempotency_key="a")
    factories.tryon(factories.photo(guest), idempotency_key="b")
    shopper_merge(guest=guest, user=user)

    assert sorted(account.tryons.values_list("idempotency_key", flat=True)) == ["", "a", "b"]


def test_last_word_on_a_purpose_counts() -> None:
    """Hours since account and guest agreed and withdrew -> hours since the agreement that is in force."""
    now = timezone.now()
    cases = {
        ((5, None), (3, None)): 3,
        ((3, None), (5, None)): 3,
        ((5, 4), (3, None)): 3,
        ((5, 2), (3, None)): None,
        ((5, None), (3, 2)): 5,
    }
    for number, (words, expected) in enumerate(cases.items()):
        user = factories.user(f"user{number}")
        owners = factories.shopper(user=user, consent=False), factories.shopper(consent=False)
        for owner, (given, withdrawn) in zip(owners, words, strict=True):
            Consent.objects.create(
                shopper=owner,
                purpose="tryon",
                version="1",
                given_at=now - timedelta(hours=given),
                withdrawn_at=withdrawn and now - timedelta(hours=withdrawn),
            )
        shopper_merge(guest=owners[1], user=user)

        consents = owners[0].consents.all()
        assert consents.count() == 2
        active = [consent.given_at for consent in consents if consent.withdrawn_at is None]
        assert active == ([] if expected is None else [now - timedelta(hours=expected)]), words


@pytest.mark.parametrize(
    ("account", "guest", "expected"),
    [
        ((None, 0), (TODAY, 4), (TODAY, 4)),
        ((TODAY, 3), (TODAY, 4), (TODAY, 7)),
        ((TODAY - timedelta(days=1), 9), (TODAY, 4), (TODAY, 4)),
        ((TODAY, 3), (TODAY - timedelta(days=1), 9), (TODAY, 3)),
        ((TODAY, 3), (None, 0), (TODAY, 3)),
    ],
)
def test_login_gives_no_second_quota(account: tuple, guest: tuple, expected: tuple) -> None:
    user = factories.user()
    owners = factories.shopper(user=user), factories.shopper()
    for owner, (day, used) in zip(owners, (account, guest), strict=True):
        Shopper.objects.filter(pk=owner.pk).update(quota_day=day, quota_used=used)
    merged = shopper_merge(guest=owners[1], user=user)

    merged.refresh_from_db()
    assert (merged.quota_day, merged.quota_used) == expected


def test_a_key_that_is_gone_leaves_guest_and_account_as_they_were(settings: Settings) -> None:
    user = factories.user()
    account, guest = factories.shopper(user=user), factories.shopper()
    factories.photo(guest)
    settings.PHOTO_KEYS = {"k2": bytes(32)}

    with pytest.raises(Exception, match="k1"):
        shopper_merge(guest=guest, user=user)
    assert (guest.photos.count(), account.photos.count()) == (1, 0)
