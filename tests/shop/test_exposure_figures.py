"""What the counts of visitors say, and how the dashboard puts it."""

import re
from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import Settings

from shop.models import ExposureDay, User
from shop.selectors.exposure import exposure_figures, last_comparison
from tests.shop.test_exposure import offer_to

pytestmark = pytest.mark.django_db


def days(percent: int, **sides: tuple[int, int, int]) -> None:
    for day in (3, 4):
        for offered, (opened, tried, added) in sides.items():
            ExposureDay.objects.create(
                day=date(2026, 3, day), percent=percent, offered=offered == "offered",
                opened=opened, tried=tried, added=added,
            )  # fmt: skip


def test_days_of_the_same_share_are_added_up_and_no_others() -> None:
    days(50, offered=(100, 30, 20), hidden=(50, 1, 5))
    days(90, offered=(9, 9, 9), hidden=(9, 9, 9))
    found = exposure_figures(percent=50)
    assert (found.offered, found.hidden) == ((200, 60, 40), (100, 2, 10))
    assert (found.first_day, found.last_day) == (date(2026, 3, 3), date(2026, 3, 4))
    assert found.gain is not None
    # Newcombe's method 10 of 40/200 and 10/100.
    assert [round(number, 4) for number in found.gain] == [0.1, 0.0106, 0.1755]
    assert found.verdict == "more"
    newest = last_comparison()
    assert newest is not None
    assert newest.percent == 90


@pytest.mark.parametrize(
    ("offered", "hidden", "verdict"),
    [
        ((500, 0, 100), (500, 0, 60), "more"),
        ((500, 0, 60), (500, 0, 100), "less"),
        ((500, 0, 80), (500, 0, 76), "unclear"),
        ((5, 0, 5), (0, 0, 0), "unclear"),
    ],
)
def test_the_verdict_follows_the_interval(
    offered: tuple[int, int, int], hidden: tuple[int, int, int], verdict: str
) -> None:
    days(50, offered=offered, hidden=hidden)
    assert exposure_figures(percent=50).verdict == verdict


@pytest.mark.parametrize("percent", [0, 100])
def test_where_chance_did_not_decide_nothing_is_compared(percent: int) -> None:
    days(percent, offered=(500, 0, 100), hidden=(500, 0, 10))
    assert (exposure_figures(percent=percent).gain, last_comparison()) == (None, None)


def dashboard(role: str = "") -> str:
    client = Client()
    user = User.objects.create_user(f"staff-{role}", is_staff=True, is_superuser=not role)
    if role:
        user.groups.set(Group.objects.filter(name=role))
    client.force_login(user)
    return " ".join(re.sub(r"<[^>]+>", " ", client.get("/admin/").text).split())


def test_the_dashboard_says_what_the_figures_say(settings: Settings) -> None:
    offer_to(settings, 50)
    days(50, offered=(250, 90, 50), hidden=(250, 1, 30))
    page = dashboard()
    assert "with the try-on 500 180 36.0 % (31.9 % – 40.3 %) 100 20.0 % (16.7 % – 23.7 %)" in page
    assert "more visitors put something into the cart, and chance alone does not explain that" in page
    assert "Difference: +8.0 percentage points (+3.5 to +12.5)." in page


def test_the_dashboard_says_when_the_figures_compare_nothing(settings: Settings) -> None:
    assert "Nobody has been counted yet." in dashboard()
    days(100, offered=(250, 90, 50))
    page = dashboard("merchant")
    assert "these figures do not say what it is good for" in page
    assert "with the try-on 500" in page
    assert "percentage points" not in page
    days(50, offered=(250, 90, 50), hidden=(250, 1, 49))
    assert "put something into the cart" not in dashboard("trainer")


def test_the_last_comparison_stays_to_be_seen(settings: Settings) -> None:
    days(50, offered=(250, 90, 50), hidden=(250, 1, 49))
    page = dashboard()
    assert "No comparison runs now. These are the figures of the last one." in page
    assert "The difference cannot be told from chance." in page
