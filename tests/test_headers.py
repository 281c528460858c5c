"""Headers of the main pages in production, scored as MDN's HTTP Observatory (Mozilla's before) does.

Its rules, as far as they can be seen from answers: a site begins at 100; faults take points away; from 90 on,
extra points are given. What only the list of browsers knows (HSTS preload) is not counted.
"""

import re
from collections.abc import Callable
from http.cookies import Morsel
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from shop.models import Category, Product
from tests.test_settings import PRODUCTION, load_settings
from tests.tryon import factories
from tests.tryon.test_views import browser_of

pytestmark = pytest.mark.django_db
SIX_MONTHS = 15_552_000
PAGES = [
    "/", "/products/", "/categories/tops/", "/products/linen-shirt/", "/cart/", "/privacy/", "/orders/",
    "/tryon/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/2fa/",
    "/api/docs/", "/api/v1/garments/", "/api/v1/me/", "/healthz", "/nowhere/",
]  # fmt: skip
ANSWERS = {"/nowhere/": 404, "/orders/": 302, "/accounts/2fa/": 302}
"""Everything else answers 200."""
Score = tuple[int, str]


@pytest.fixture(autouse=True)
def _production(settings: Settings, monkeypatch: pytest.MonkeyPatch, valkey: str) -> None:
    """The settings of browsers and cookies as production has them."""
    cache.clear()
    production = load_settings(monkeypatch, PRODUCTION)
    mine = re.compile(r"SECURE_|(SESSION|CSRF|LANGUAGE)_COOKIE_|X_FRAME|CONTENT_SECURITY|PERMISSIONS_")
    for name in filter(mine.match, dir(production)):
        setattr(settings, name, getattr(production, name))


@pytest.fixture
def shop_pages(db: None) -> None:
    tops = Category.objects.create(slug="tops", name="Tops")
    shirt = Product.objects.create(slug="linen-shirt", name="Linen shirt", category=tops)
    shirt.colours.create(slug="white", name="White", hex="#ffffff", image="a.jpg", alt="A shirt")


def policy_of(response: HttpResponse) -> dict[str, list[str]]:
    directives = response.headers.get("Content-Security-Policy", "").split(";")
    parts = [directive.split() for directive in directives if directive.strip()]
    return {name: sources for name, *sources in parts}


def content_security_policy(response: HttpResponse) -> Score:
    policy = policy_of(response)
    if not policy:
        return -25, "none"
    default = policy.get("default-src", ["*"])
    scripts, styles = policy.get("script-src", default), policy.get("style-src", default)
    if any(
        source in ("*", "data:", "http:", "https:")
        for source in [*scripts, *policy.get("object-src", default)]
    ):
        return -20, "any source of scripts"
    if "'unsafe-inline'" in scripts:
        return -20, "inline scripts"
    if "'unsafe-eval'" in scripts:
        return -10, "eval"
    if "'unsafe-inline'" in styles:
        return 0, "inline styles"
    return (10, "") if default == ["'none'"] else (5, "")


def cookies(response: HttpResponse) -> Score:
    found: list[Morsel[str]] = list(response.cookies.values())  # type: ignore[attr-defined]
    sessions = [cookie for cookie in found if "session" in cookie.key]
    if any(not cookie["secure"] for cookie in sessions):
        return -40, "a session over plain HTTP"
    if any(not cookie["httponly"] for cookie in sessions):
        return -30, "a session open to scripts"
    if any(not cookie["samesite"] for cookie in found if "csrf" in cookie.key):
        return -20, "a CSRF cookie for other sites"
    if any(not cookie["secure"] for cookie in found):
        return -20, "a cookie over plain HTTP"
    return (5, "") if all(cookie["samesite"] for cookie in found) else (0, "")


def strict_transport(response: HttpResponse) -> Score:
    age = re.search(r"max-age=(\d+)", response.headers.get("Strict-Transport-Security", ""))
    if not age:
        return -20, "none"
    return (0, "") if int(age[1]) >= SIX_MONTHS else (-10, "short")


def content_type(response: HttpResponse) -> Score:
    return (0, "") if response.headers.get("X-Content-Type-Options") == "nosniff" else (-5, "sniffing")


def framing(response: HttpResponse) -> Score:
    if policy_of(response).get("frame-ancestors") == ["'none'"]:
        return 5, ""
    return (5, "") if response.headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN") else (-20, "framed")


def referrer(response: HttpResponse) -> Score:
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    value = response.headers.get("Referrer-Policy")
    return (5, "") if value in private else (-5 if value else 0, "leaks addresses")


def resource_policy(response: HttpResponse) -> Score:
    value = response.headers.get("Cross-Origin-Resource-Policy")
    return (10, "") if value in ("same-origin", "same-site") else (0, "")


def sharing(response: HttpResponse) -> Score:
    return (-50, "any origin") if response.headers.get("Access-Control-Allow-Origin") else (0, "")


def integrity(response: HttpResponse) -> Score:
    page = "" if response.streaming else response.content.decode(errors="replace")
    foreign = re.findall(r"<script[^>]+src=[\"'](?:https?:)?//", page)
    return (-5 if foreign else 0, ", ".join(foreign))


RULES: list[Callable[[Any], Score]] = [
    content_security_policy, cookies, strict_transport, content_type, framing, referrer, resource_policy,
    sharing, integrity,
]  # fmt: skip
BEST = 100 + 10 + 5 + 5 + 5 + 10
"""Policy, cookies, framing, referrer, resource policy."""


def score(response: HttpResponse) -> tuple[int, dict[str, str]]:
    """The points, and what took some away."""
    scores = {rule.__name__: rule(response) for rule in RULES}
    points = 100 + sum(min(0, value) for value, _reason in scores.values())
    if points >= 90:
        points += sum(max(0, value) for value, _reason in scores.values())
    return points, {name: reason for name, (value, reason) in scores.items() if value < 0}


@pytest.mark.parametrize("address", PAGES)
def test_every_main_page_has_the_best_score(
    shop_pages: None, address: str, record_property: Callable[[str, object], None]
) -> None:
    response = Client().get(address, secure=True)
    assert response.status_code == ANSWERS.get(address, 200)
    record_property("score", score(response)[0])
    assert score(response) == (BEST, {})
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in response.headers["Permissions-Policy"]


def test_the_admin_has_a_good_score_in_spite_of_its_theme(db: None) -> None:
    browser = Client()
    browser.force_login(factories.user("root", is_staff=True, is_superuser=True))
    response = browser.get("/admin/", secure=True)
    assert response.status_code == 200
    assert score(response) == (80, {"content_security_policy": "inline scripts"})


def test_a_picture_of_a_shopper_may_only_be_used_here_and_is_not_kept(db: None) -> None:
    photo = factories.photo(factories.shopper())
    client = browser_of(photo.shopper)
    response = client.get(f"/api/v1/photos/{photo.pk}/image/", secure=True)
    assert response.status_code == 200
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "no-store"
    assert score(response)[1] == {}


def test_cookies_are_bound_to_this_host_and_to_tls(db: None) -> None:
    factories.user("ada", password="correct horse")
    browser = Client()
    browser.get("/accounts/login/", secure=True)
    browser.post("/accounts/login/", {"login": "ada", "password": "correct horse"}, secure=True)
    browser.post("/i18n/setlang/", {"language": "zh-hans"}, secure=True)
    found = browser.cookies
    # Django gives the one that carries a message to the next page no prefix.
    assert set(found) == {"__Host-sessionid", "__Host-csrftoken", "__Host-language", "messages"}
    for cookie in found.values():
        assert (cookie["secure"], cookie["path"], cookie["domain"], cookie["samesite"]) == (
            True,
            "/",
            "",
            "Lax",
        )
    assert {name for name, cookie in found.items() if not cookie["httponly"]} == {"__Host-csrftoken"}


def test_plain_http_leads_to_https(db: None) -> None:
    response = Client().get("/products/")
    assert (response.status_code, response["Location"]) == (301, "https://testserver/products/")


def test_the_score_notices_what_is_missing() -> None:
    assert score(HttpResponse())[0] == 100 - 25 - 20 - 5 - 20
