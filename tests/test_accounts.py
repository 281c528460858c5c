"""Logins: limits on guessing, the second factor, and staff who have to have one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from knox.models import AuthToken
from pytest_django import Settings
from redis import ConnectionError as ValkeyDown
from rest_framework.test import APIClient

from tests.authenticators import code_of, enrol, recovery_codes
from tests.test_settings import PRODUCTION, load_settings
from tests.tryon import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOGIN = "/accounts/login/"
RIGHT = {"login": "ada", "password": "correct horse"}


@pytest.fixture(autouse=True)
def _fresh(valkey: str, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def ada(db: None) -> Any:
    return factories.user("ada", password="correct horse", is_staff=True, is_superuser=True)


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@time_machine.travel(NOW, tick=False)
def test_after_five_wrong_passwords_the_account_is_locked_for_a_quarter_of_an_hour(
    client: Client, ada: Any
) -> None:
    for guess in range(5):
        client.post(LOGIN, RIGHT | {"password": str(guess)})
    locked = client.post(LOGIN, RIGHT)
    assert "Too many failed login attempts" in locked.text
    assert not is_logged_in(client)
    with time_machine.travel(NOW + timedelta(minutes=16), tick=False):
        client.post(LOGIN, RIGHT)
    assert is_logged_in(client)


def test_without_its_counters_nobody_logs_in(
    client: Client, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise ValkeyDown

    monkeypatch.setattr(ratelimit.cache, "add", fail)
    client.raise_request_exception = False
    assert client.post(LOGIN, RIGHT).status_code == 500
    assert not is_logged_in(client)


def test_the_admin_has_no_login_form_of_its_own(client: Client, ada: Any) -> None:
    sent = client.get("/admin/shop/order/", follow=True)
    assert sent.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2Fshop%2Forder%2F"
    for method in (client.get, client.post):
        response = method("/admin/login/", {"username": "ada", "password": "correct horse"})
        assert response["Location"].startswith("/accounts/login/?next=")
    assert not is_logged_in(client)
    client.post(sent.redirect_chain[-1][0], RIGHT)
    assert client.get("/admin/shop/order/").status_code == 200


def test_a_shopper_is_refused_by_the_admin(client: Client) -> None:
    client.force_login(factories.user("bob"))
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_second_factor_is_set_up_on_pages_and_then_asked_for(client: Client, ada: Any) -> None:
    client.post(LOGIN, RIGHT)
    asked_again = client.get("/accounts/2fa/totp/activate/")["Location"]
    page = client.post(asked_again, {"password": RIGHT["password"]}, follow=True)
    assert "data:image/svg+xml;base64," in page.text
    secret = client.session["mfa.totp.secret"]
    codes = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}, follow=True)
    assert recovery_codes(ada)[0] in codes.text
    browser = Client()
    assert browser.post(LOGIN, RIGHT)["Location"] == "/accounts/2fa/authenticate/"
    assert not is_logged_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not is_logged_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": recovery_codes(ada)[0]})
    assert is_logged_in(browser)
    assert len(recovery_codes(ada)) == 9


def test_secrets_of_the_second_factor_are_sealed_in_the_database(ada: Any) -> None:
    secret = enrol(ada)
    kept = Authenticator.objects.values_list("data", flat=True)
    assert not any(secret in str(data) for data in kept)
    assert all((data.get("secret") or data.get("seed")).startswith("k1:") for data in kept)


def test_the_admin_shows_no_secret_and_takes_a_lost_factor_away(client: Client, ada: Any) -> None:
    enrol(factories.user("bob"))
    row = Authenticator.objects.filter(type="totp").get()
    client.force_login(ada)
    page = client.get(f"/admin/mfa/authenticator/{row.pk}/change/")
    assert page.status_code == 200
    assert row.data["secret"] not in page.text
    assert client.get("/admin/knox/authtoken/add/").status_code == 403
    client.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    ("value", "required"),
    [(None, True), ("yes", True), ("", True), ("ture", True), ("no", False), ("False", False), ("0", False)],
)
def test_staff_need_a_second_factor_unless_that_is_clearly_unwanted(
    monkeypatch: pytest.MonkeyPatch, value: str | None, required: bool
) -> None:
    monkeypatch.delenv("STAFF_MFA_REQUIRED", raising=False)
    variables = PRODUCTION if value is None else PRODUCTION | {"STAFF_MFA_REQUIRED": value}
    assert load_settings(monkeypatch, variables).STAFF_MFA_REQUIRED is required


def test_a_new_password_ends_tokens(client: Client, ada: Any) -> None:
    AuthToken.objects.create(user=ada)
    client.force_login(ada)
    new = "another correct horse"
    form = {"oldpassword": "correct horse", "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", form).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(new)
    assert not AuthToken.objects.exists()


def test_a_new_mail_address_needs_the_password_again(client: Client, ada: Any) -> None:
    client.post(LOGIN, RIGHT)
    asked = client.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not ada.emailaddress_set.filter(email="new@example.com").exists()


def test_an_account_that_is_switched_off_is_logged_out_everywhere(client: Client, ada: Any) -> None:
    _row, token = AuthToken.objects.create(user=ada)
    client.force_login(ada)
    api = APIClient(headers={"Authorization": f"Token {token}"})
    assert [client.get("/orders/").status_code, api.get("/api/v1/me/").status_code] == [200, 200]
    ada.is_active = False
    ada.save()
    assert [client.get("/orders/").status_code, api.get("/api/v1/me/").status_code] == [302, 401]


@time_machine.travel(NOW, tick=False)
def test_login_and_logout_change_the_session(client: Client, ada: Any) -> None:
    client.get("/accounts/login/")
    session = client.session
    session["cart"] = 1
    session.save()
    before = client.cookies["sessionid"].value
    client.post(LOGIN, RIGHT)
    during = client.cookies["sessionid"].value
    assert "Clear-Site-Data" not in client.get("/orders/").headers
    answer = client.post("/accounts/logout/")
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (302, '"cache", "storage"')
    assert before != during
    client.cookies["sessionid"] = during
    assert not is_logged_in(client)


@pytest.mark.parametrize(
    "page", ["/", "/products/", "/cart/", "/orders/", "/tryon/", "/privacy/", "/accounts/2fa/"]
)
def test_every_page_lets_the_owner_sign_out(client: Client, ada: Any, page: str) -> None:
    button = '<form method="post" action="/accounts/logout/">'
    assert button not in client.get(page, follow=True).text
    client.force_login(ada)
    assert button in client.get(page, follow=True).text


@pytest.mark.parametrize(
    ("is_staff", "minutes", "lasts"), [(True, 59, True), (True, 61, False), (False, 61, True)]
)
def test_a_session_of_staff_ends_after_an_hour_without_a_request(
    client: Client, ada: Any, is_staff: bool, minutes: int, lasts: bool
) -> None:
    ada.is_staff = is_staff
    ada.save()
    with time_machine.travel(NOW, tick=False) as clock:
        client.post(LOGIN, RIGHT)
        for _ in range(2):
            clock.shift(timedelta(minutes=50))
            assert client.get("/orders/").status_code == 200
        clock.shift(timedelta(minutes=minutes))
        assert client.get("/orders/").status_code == (200 if lasts else 302)


def test_pages_that_look_at_no_session_are_the_same_for_all(client: Client) -> None:
    assert "Cookie" not in client.get("/healthz").headers.get("Vary", "")


class TestStaffWhoMustHaveASecondFactor:
    @pytest.fixture(autouse=True)
    def _required(self, settings: Settings) -> None:
        settings.STAFF_MFA_REQUIRED = True

    def test_without_one_they_are_led_to_it(self, client: Client, ada: Any) -> None:
        client.post(LOGIN, RIGHT)
        sent = client.get("/admin/shop/order/", follow=True)
        assert any(address.startswith("/accounts/2fa/totp/activate/") for address, _ in sent.redirect_chain)
        assert client.get("/admin/shop/user/").status_code == 302

    def test_one_that_this_session_has_not_passed_does_not_count(self, client: Client, ada: Any) -> None:
        client.post(LOGIN, RIGHT)
        secret = enrol(ada)
        sent = client.get("/admin/shop/order/", follow=True)
        address = sent.redirect_chain[-1][0]
        assert address == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2Fshop%2Forder%2F"
        passed = client.post(address, {"code": code_of(secret), "next": "/admin/shop/order/"})
        assert passed["Location"] == "/admin/shop/order/"
        assert client.get("/admin/shop/order/").status_code == 200
        Authenticator.objects.all().delete()
        assert client.get("/admin/shop/order/").status_code == 302

    def test_the_way_back_leads_to_no_other_site(self, client: Client, ada: Any) -> None:
        client.post(LOGIN, RIGHT)
        enrol(ada)
        response = client.get("/admin/login/?next=https://elsewhere.example/")
        assert response["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"

    def test_the_api_gives_them_no_rights_before(self, client: Client, ada: Any) -> None:
        hidden = factories.garment(status="failed")
        api = APIClient()
        api.post(LOGIN, RIGHT, format="multipart")
        address = f"/api/v1/garments/{hidden.pk}/"
        assert api.get(address).status_code == 404
        assert api.patch(address, {"name": "x"}, format="multipart").status_code == 403
        _row, early = AuthToken.objects.create(user=ada)
        enrol(ada)
        _row, late = AuthToken.objects.create(user=ada)
        answers = [
            APIClient(headers={"Authorization": f"Token {token}"}).get(address).status_code
            for token in (early, late)
        ]
        assert answers == [404, 200]
        picture = SimpleUploadedFile("shirt.png", factories.encoded(factories.picture(), "PNG"))
        form = {"name": "Shirt", "category": "upper_body", "image": picture}
        assert api.post("/api/v1/garments/", form, format="multipart").status_code == 403


@pytest.mark.parametrize(
    ("password", "refused"),
    [
        ("Atelier2026", True),
        ("try-on-try-on-1", True),
        ("shopper!!!!!", True),
        ("atelier-blue-canary", False),
    ],
)
def test_a_password_is_more_than_a_word_of_the_shop(password: str, refused: bool) -> None:
    codes = []
    try:
        validate_password(password)
    except ValidationError as error:
        codes = [each.code for each in error.error_list]
    assert codes == (["password_of_shop"] if refused else [])
