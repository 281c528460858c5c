"""Whom the product pages offer the try-on, and what is counted of it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from shop.exposure import visit_of
from shop.models import ExposureDay, Product, ProductColour, ProductVariant, User
from tests.tryon import factories
from tryon.identity import SESSION_KEY
from tryon.models import Garment

pytestmark = pytest.mark.django_db
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
PAGE = "/products/linen-shirt/?colour=white"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _frozen(valkey: str) -> Any:
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def garment(shirt: Product) -> Garment:
    """The white shirt can be tried on."""
    row = factories.garment()
    ProductColour.objects.filter(slug="white").update(garment=row)
    return row


def offer_to(settings: Settings, percent: int) -> None:
    settings.SHOP = settings.SHOP | {"EXPOSURE_PERCENT": percent}


def visitor(*, offered: bool = True) -> Client:
    """A browser of the wanted side, which has shown the page of the shirt and run its script."""
    while True:
        client = Client(headers=BROWSER)
        page = client.get(PAGE)
        if page.context["offers_tryon"] == offered:
            assert client.post("/opened/").status_code == 204
            return client


def counts() -> list[tuple[int, bool, int, int, int]]:
    return list(
        ExposureDay.objects.order_by("day", "percent", "-offered").values_list(
            "percent", "offered", "opened", "tried", "added"
        )
    )


def try_on(client: Client, garment: Garment) -> None:
    session = client.session
    session[SESSION_KEY] = str((shopper := factories.shopper()).pk)
    session.save()
    body = {"photo": str(factories.photo(shopper).pk), "garments": [str(garment.pk)]}
    assert client.post("/api/v1/tryons/", body, content_type="application/json").status_code == 202


def add(client: Client) -> None:
    client.post("/cart/add/", {"variant": ProductVariant.objects.get(sku="linen-shirt-white-M").pk})


def test_without_an_experiment_everybody_is_offered_it_and_counted(garment: Garment) -> None:
    client = visitor()
    try_on(client, garment)
    add(client)
    visitor()
    assert counts() == [(100, True, 2, 1, 1)]


def test_the_page_of_the_hidden_side_offers_nothing_and_the_api_stays_open(
    settings: Settings, garment: Garment
) -> None:
    offer_to(settings, 50)
    sides = {offered: visitor(offered=offered) for offered in (True, False)}
    pages = {offered: client.get(PAGE).text for offered, client in sides.items()}
    for mark in ("data-tryon-open=", '<dialog class="tryon"', "tryon/tryon.js", "tryon/tryon.css"):
        assert (mark in pages[True], mark in pages[False]) == (True, False)
    assert "Add to cart" in pages[False]
    try_on(sides[False], garment)
    assert counts()[1][:4] == (50, False, ExposureDay.objects.get(offered=False).opened, 1)


def test_each_event_counts_once_a_day_and_visitor(settings: Settings, garment: Garment) -> None:
    client = visitor()
    for _ in range(3):
        client.get(PAGE)
        client.post("/opened/")
        try_on(client, garment)
        add(client)
    assert counts() == [(100, True, 1, 1, 1)]
    with time_machine.travel(datetime(2026, 3, 5, 0, 1, tzinfo=UTC), tick=False):
        add(client)
        client.post("/opened/")
        assert counts() == [(100, True, 1, 1, 1)]
        client.get(PAGE)
        client.post("/opened/")
        add(client)
    assert counts() == [(100, True, 1, 1, 1), (100, True, 1, 0, 1)]


def test_nothing_counts_before_a_browser_has_shown_a_product() -> None:
    client = Client(headers=BROWSER)
    add(client)
    client.post("/opened/")
    client.get(PAGE)
    add(client)
    assert counts() == []
    client.post("/opened/")
    add(client)
    assert counts() == [(100, True, 1, 0, 1)]


def test_a_refused_tryon_and_a_full_cart_count_nothing(garment: Garment) -> None:
    client = visitor()
    client.post("/api/v1/tryons/", {}, content_type="application/json")
    client.post("/cart/add/", {"variant": ProductVariant.objects.get(sku="linen-shirt-white-S").pk})
    assert counts() == [(100, True, 1, 0, 0)]


def test_the_script_is_on_the_page_until_the_visit_is_counted() -> None:
    client = Client(headers=BROWSER)
    assert ("shop/opened.js" in client.get(PAGE).text, "shop/opened.js" in client.get(PAGE).text) == (
        True,
        True,
    )
    client.post("/opened/")
    assert "opened.js" not in client.get(PAGE).text
    assert "data-opened" not in client.get(PAGE).text


def test_a_colour_that_cannot_be_tried_on_is_no_visit(garment: Garment) -> None:
    client = Client(headers=BROWSER)
    assert "opened.js" not in client.get("/products/linen-shirt/?colour=navy").text
    Garment.objects.update(status="queued")
    assert "This colour can be tried on soon" in client.get(PAGE).text
    client.post("/opened/")
    assert counts() == []
    assert not Session.objects.exists()


def test_staff_always_see_it_and_never_count(settings: Settings) -> None:
    offer_to(settings, 0)
    client = Client(headers=BROWSER)
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    page = client.get(PAGE)
    client.post("/opened/")
    add(client)
    assert "data-tryon-open=" in page.text
    assert "opened.js" not in page.text
    assert counts() == []


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "Mozilla/5.0 HeadlessChrome/140.0",
        "python-requests/2.32",
        "Mozilla/5.0 Some-Crawler",
        "Mozilla/5.0 (compatible; Baiduspider)",
    ],
)
def test_programs_are_neither_counted_nor_given_a_session(settings: Settings, agent: str) -> None:
    offer_to(settings, 0)
    client = Client(headers={"User-Agent": agent})
    assert "data-tryon-open=" in client.get(PAGE).text
    client.post("/opened/")
    assert counts() == []
    assert not Session.objects.exists()


def test_a_telephone_that_is_named_like_a_program_is_a_browser() -> None:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 50) Chrome/140.0"})
    assert "opened.js" in client.get(PAGE).text


def test_the_side_is_kept_through_login_and_the_day(settings: Settings, user: User) -> None:
    offer_to(settings, 50)
    for offered in (True, False):
        client = visitor(offered=offered)
        client.force_login(user)
        assert client.get(PAGE).context["offers_tryon"] is offered


def request_of(number: int) -> Any:
    """A stub of a request, of an account that nobody has."""
    user = SimpleNamespace(pk=number, is_staff=False, is_authenticated=True)
    return SimpleNamespace(user=user, headers=BROWSER, session={})


def test_chance_follows_the_share_and_an_account_is_always_on_the_same_side(settings: Settings) -> None:
    settings.RECEIPT_KEY = bytes(32)
    sides = {}
    for percent in (0, 30, 60, 100):
        offer_to(settings, percent)
        sides[percent] = {number for number in range(1000) if visit_of(request_of(number))["offered"]}
        assert sides[percent] == {number for number in range(1000) if visit_of(request_of(number))["offered"]}
    assert sides[0] <= sides[30] <= sides[60] <= sides[100]
    assert [len(side) for side in sides.values()] == [0, 286, 606, 1000]


def test_the_hash_cannot_be_made_without_the_key(settings: Settings) -> None:
    offer_to(settings, 50)
    sides = []
    for key in (bytes(32), bytes([1]) * 32):
        settings.RECEIPT_KEY = key
        sides.append([visit_of(request_of(number))["offered"] for number in range(64)])
    assert sides[0] != sides[1]


def test_a_changed_share_decides_and_counts_anew(settings: Settings) -> None:
    client = visitor()
    offer_to(settings, 0)
    add(client)
    assert counts() == [(100, True, 1, 0, 0)]
    assert client.get(PAGE).context["offers_tryon"] is False
    client.post("/opened/")
    add(client)
    assert counts() == [(0, False, 1, 0, 1), (100, True, 1, 0, 0)]


def test_only_counts_are_kept_and_nothing_leads_to_anybody(settings: Settings) -> None:
    offer_to(settings, 50)
    client = visitor()
    assert [field.name for field in ExposureDay._meta.fields] == [
        "id", "day", "percent", "offered", "opened", "tried", "added",
    ]  # fmt: skip
    assert client.session["exposure"] == {
        "day": "2026-03-04", "percent": 50, "offered": True, "counted": ["opened"],
    }  # fmt: skip


def test_an_error_of_the_counting_does_not_stop_a_tryon(
    monkeypatch: pytest.MonkeyPatch, garment: Garment
) -> None:
    client = visitor()

    def failing_stub(**_kwargs: object) -> None:
        raise RuntimeError("no room for a count")

    monkeypatch.setattr("shop.exposure.exposure_count", failing_stub)
    try_on(client, garment)
