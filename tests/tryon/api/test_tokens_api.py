"""Tokens: made for a password and a second factor, kept as digests, seen and revoked by their owner."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from knox.models import AuthToken
from knox.settings import knox_settings
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.authenticators import code_of, enrol, recovery_codes
from tests.tryon import factories

TOKEN = "/api/v1/auth/token/"
TOKENS = "/api/v1/auth/tokens/"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def with_token(token: str) -> APIClient:
    return APIClient(headers={"Authorization": f"Token {token}"})


def test_a_token_opens_ones_own_account(visitor: APIClient) -> None:
    user = factories.user(password="correct horse")
    shopper = factories.shopper(user=user)
    photo = factories.photo(shopper)
    response = visitor.post(TOKEN, {"username": user.username, "password": "correct horse"}, format="json")
    assert response.status_code == 200
    client = APIClient(headers={"Authorization": f"Token {response.json()['token']}"})
    assert client.get(f"/api/v1/photos/{photo.pk}/").status_code == 200
    assert client.delete(TOKEN).status_code == 204
    refused = client.get(f"/api/v1/photos/{photo.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (401, "authentication_failed")


def test_of_many_tokens_the_oldest_go(visitor: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knox_settings, "TOKEN_LIMIT_PER_USER", 2)
    user = factories.user(password="correct horse")
    login = {"username": user.username, "password": "correct horse"}
    tokens = [visitor.post(TOKEN, login, format="json").json()["token"] for _ in range(3)]
    answers = [
        APIClient(headers={"Authorization": f"Token {token}"}).get("/api/v1/me/").status_code
        for token in tokens
    ]
    assert answers == [401, 200, 200]


def test_a_wrong_password_gets_no_token(visitor: APIClient) -> None:
    factories.user("ada", password="correct horse")
    refused = visitor.post(TOKEN, {"username": "ada", "password": "wrong"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (401, "authentication_failed")


def test_only_a_digest_of_a_token_is_kept_and_it_expires(visitor: APIClient) -> None:
    user = factories.user(password="correct horse")
    token = visitor.post(TOKEN, {"username": user.username, "password": "correct horse"}).json()["token"]
    row = AuthToken.objects.get()
    assert token not in (row.digest, row.token_key)
    assert len(row.token_key) < len(token) / 4
    assert timedelta(days=29) < row.expiry - timezone.now() < timedelta(days=30)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert with_token(token).get("/api/v1/me/").status_code == 401


@time_machine.travel(NOW, tick=False)
def test_after_five_wrong_passwords_the_right_one_is_refused_too(visitor: APIClient) -> None:
    factories.user("ada", password="correct horse")
    factories.user("bob", password="correct horse")
    guesses = [visitor.post(TOKEN, {"username": "ada", "password": str(guess)}) for guess in range(5)]
    assert [guess.status_code for guess in guesses] == [401] * 5
    refused = visitor.post(TOKEN, {"username": "ada", "password": "correct horse"})
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert visitor.post(TOKEN, {"username": "bob", "password": "correct horse"}).status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=16), tick=False):
        assert visitor.post(TOKEN, {"username": "ada", "password": "correct horse"}).status_code == 200


@time_machine.travel(NOW, tick=False)
def test_trying_one_password_on_many_names_is_throttled(visitor: APIClient) -> None:
    guesses = [visitor.post(TOKEN, {"username": f"name{number}", "password": "x"}) for number in range(11)]
    assert [guess.status_code for guess in guesses] == [401] * 10 + [429]
    assert guesses[-1]["Retry-After"] == "60"


@time_machine.travel(NOW, tick=False)
def test_an_account_with_a_second_factor_gets_no_token_for_a_password_alone(visitor: APIClient) -> None:
    user = factories.user(password="correct horse")
    secret = enrol(user)
    login = {"username": user.username, "password": "correct horse"}
    refused = visitor.post(TOKEN, login)
    assert (refused.status_code, refused.json()["code"]) == (401, "second_factor_required")
    wrong = visitor.post(TOKEN, login | {"code": "000000" if code_of(secret) != "000000" else "111111"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "authentication_failed")
    assert not AuthToken.objects.exists()
    answers = [visitor.post(TOKEN, login | {"code": code_of(secret)}).status_code for _ in range(2)]
    assert answers == [200, 401]
    code = recovery_codes(user)[0]
    assert visitor.post(TOKEN, login | {"code": code}).status_code == 200
    assert visitor.post(TOKEN, login | {"code": code}).status_code == 401


def test_codes_cannot_be_guessed_for_ever(visitor: APIClient) -> None:
    user = factories.user(password="correct horse")
    enrol(user)
    login = {"username": user.username, "password": "correct horse"}
    right = recovery_codes(user)[0]
    for _ in range(5):
        assert visitor.post(TOKEN, login | {"code": "not a code"}).status_code == 401
    assert visitor.post(TOKEN, login | {"code": right}).status_code == 401
    assert right in recovery_codes(user)


def test_the_owner_sees_and_revokes_tokens_and_nobody_else(visitor: APIClient) -> None:
    ada, bob = factories.user("ada"), factories.user("bob")
    (old, old_token), (_new, new_token), (foreign, foreign_token) = [
        AuthToken.objects.create(user=user) for user in (ada, ada, bob)
    ]
    AuthToken.objects.create(user=ada, expiry=timedelta(seconds=-1))
    client = with_token(new_token)
    listed = client.get(TOKENS).json()
    assert [token["current"] for token in listed] == [True, False]
    assert set(listed[0]) == {"id", "created", "expiry", "current"}
    assert listed[1]["id"] == old.digest[:16]
    missing = client.delete(f"{TOKENS}{'0' * 16}/")
    refused = client.delete(f"{TOKENS}{foreign.digest[:16]}/")
    assert (refused.status_code, refused.json()) == (missing.status_code, missing.json())
    assert missing.status_code == 404
    assert with_token(foreign_token).get("/api/v1/me/").status_code == 200
    assert client.delete(f"{TOKENS}{listed[1]['id']}/").status_code == 204
    assert with_token(old_token).get("/api/v1/me/").status_code == 401
    assert [client.get(TOKENS).status_code, visitor.get(TOKENS).status_code] == [200, 403]


def test_all_tokens_can_be_revoked_at_once(visitor: APIClient) -> None:
    ada, bob = factories.user("ada"), factories.user("bob")
    for user in (ada, ada, bob):
        AuthToken.objects.create(user=user)
    visitor.force_login(ada)
    assert visitor.delete(TOKENS).status_code == 204
    assert [token.user for token in AuthToken.objects.all()] == [bob]
