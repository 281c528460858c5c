"""Consents, one's own data, and what all answers have in common."""

import io
import uuid
import zipfile

import pytest
from django.core.cache import cache
from redis import ConnectionError as ValkeyDown
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle

from tests.tryon import factories
from tests.tryon.api.browsers import browser_of
from tryon.identity import SESSION_KEY
from tryon.models import Consent, Photo, SealedObject, Shopper

CONSENTS = "/api/v1/consents/"


def test_agreeing_makes_a_shopper_of_a_visitor(visitor: APIClient) -> None:
    assert visitor.get(CONSENTS).json() == {"version": "2026-11", "consents": []}
    response = visitor.post(CONSENTS, {"purpose": "tryon", "version": "2026-11"}, format="json")
    assert response.status_code == 201
    shopper = Shopper.objects.get()
    assert visitor.session[SESSION_KEY] == str(shopper.pk)
    assert visitor.get(CONSENTS).json()["consents"] == [response.json()]
    assert visitor.get("/api/v1/me/").json()["shopper"] == str(shopper.pk)


def test_only_the_text_of_today_can_be_agreed_to(visitor: APIClient) -> None:
    response = visitor.post(CONSENTS, {"purpose": "tryon", "version": "2020-01"}, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "consent_outdated")
    response = visitor.post(CONSENTS, {"purpose": "spying", "version": "2026-11"}, format="json")
    assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "purpose")


def test_withdrawing_what_was_never_given_is_not_found(guest: APIClient) -> None:
    assert guest.delete(f"{CONSENTS}training/").status_code == 404
    assert guest.delete(f"{CONSENTS}tryon/").status_code == 204
    assert Consent.objects.get().withdrawn_at is not None


def test_the_quota_can_be_asked_for(guest: APIClient, shopper: Shopper) -> None:
    answer = guest.get("/api/v1/me/").json()
    assert (answer["shopper"], answer["quota"]["limit"], answer["quota"]["remaining"]) == (
        str(shopper.pk),
        20,
        20,
    )


def test_the_export_is_a_zip_for_its_owner(guest: APIClient, visitor: APIClient, shopper: Shopper) -> None:
    factories.photo(shopper)
    response = guest.get("/api/v1/me/export/")
    assert response["Content-Type"] == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(response.getvalue())).testzip() is None
    assert visitor.get("/api/v1/me/export/").json()["code"] == "not_found"


def test_erasing_oneself_leaves_receipts_and_nothing_else(guest: APIClient, shopper: Shopper) -> None:
    photo = factories.photo(shopper)
    factories.tryon(photo, status="succeeded", result=True)
    receipts = guest.delete("/api/v1/me/").json()["receipts"]
    assert sorted(receipt["kind"] for receipt in receipts) == ["photo", "result"]
    assert not Shopper.objects.exists()
    assert not Photo.objects.exists()
    assert not SealedObject.objects.exists()
    assert guest.delete("/api/v1/me/").json() == {"receipts": []}


def test_no_address_is_kept_for_throttling(visitor: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []
    get = cache.get
    monkeypatch.setattr(
        SimpleRateThrottle.cache, "get", lambda key, *args: keys.append(key) or get(key, *args)
    )
    visitor.get(CONSENTS)
    assert len(keys) == 1
    assert "127.0.0.1" not in keys[0]


def test_guests_behind_one_address_do_not_slow_each_other_down(
    guest: APIClient, visitor: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "parse_rate", lambda self, rate: (1, 60))
    other = browser_of(factories.shopper())
    assert [client.get(CONSENTS).status_code for client in (guest, other, visitor)] == [200, 200, 200]
    assert [client.get(CONSENTS).status_code for client in (guest, other, visitor)] == [429, 429, 429]


def test_without_the_cache_nobody_is_held_back(visitor: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise ValkeyDown

    monkeypatch.setattr(SimpleRateThrottle.cache, "get", fail)
    assert visitor.get(CONSENTS).status_code == 200


@pytest.mark.parametrize("path", ["", "tryons/x/", "photos/x/image/", "no%0Athing"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_unknown_addresses_are_like_what_is_not_yours(guest: APIClient, method: str, path: str) -> None:
    missing = guest.get(f"/api/v1/tryons/{uuid.uuid4()}/")
    unknown = getattr(guest, method)(f"/api/v1/{path}")
    assert (unknown.status_code, unknown.json()) == (404, missing.json())


def test_malformed_json_is_explained(visitor: APIClient) -> None:
    response = visitor.post(CONSENTS, "{", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")
