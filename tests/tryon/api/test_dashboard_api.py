"""The first page of the admin as JSON: each role gets what it sees there, and nothing about anybody."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings
from rest_framework.test import APIClient

from shop.models import ExposureDay
from shop.roles import MERCHANT, PRIVACY_OFFICER, TRAINER
from tests.tryon import factories
from tests.tryon.api.browsers import browser_in, browser_with
from tryon.announce import TASKS
from tryon.errors import ERRORS
from tryon.models import Garment, Photo
from tryon.selectors.health import CHECKS

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/dashboard/"
NOON = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)
IDLE = {"queued": 0, "running": 0, "oldest_seconds": 0.0, "late": False, "done": 0, "seconds": None}


def test_where_nothing_happened_it_says_so() -> None:
    with time_machine.travel(NOON, tick=False):
        answer = browser_with().get(ADDRESS)
    found = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert found.pop("work") == [{"kind": model._meta.model_name} | IDLE for model in TASKS]
    assert [hour["done"] for hour in found["throughput"]] == [0] * 24
    first, last = (found["throughput"][place]["begin"] for place in (0, -1))
    assert (first, last) == ("2026-03-03T13:00:00Z", "2026-03-04T12:00:00Z")
    del found["throughput"]
    assert list(found["health"]) == list(CHECKS)
    assert found.pop("health")["database"] is True
    overdue = {"photos": 0, "tryons": 0, "samples": 0, "deletions": 0, "unreferenced": 0}
    assert found == {
        "failures": [],
        "retention": {"kept": 0, "next_at": None, "on_time": True, "overdue": overdue},
        "models": {"current": None, "canary": None},
        "garments": None,
        "exposure": None,
    }


def test_what_waits_what_was_done_and_what_failed() -> None:
    with time_machine.travel(NOON, tick=False):
        client = browser_in(PRIVACY_OFFICER)
        for seconds in (2, 4):
            factories.garment(started_at=NOON - timedelta(seconds=seconds), finished_at=NOON)
        factories.garment(status="running")
        factories.garment(status="queued")
        Garment.objects.filter(status="queued").update(created_at=NOON - timedelta(seconds=61))
        photo = factories.photo(factories.shopper(), finished_at=NOON - timedelta(days=2))
        for code in ("worker_lost", "no_person", "no_person"):
            factories.tryon(photo, status="failed", error_code=code, finished_at=NOON)
        old = NOON - timedelta(hours=24, seconds=1)
        factories.tryon(photo, status="failed", error_code="timed_out", finished_at=old)
        answer = client.get(ADDRESS)
    found = answer.json()
    (garments,) = [line for line in found["work"] if line["kind"] == "garment"]
    assert garments == {
        "kind": "garment",
        "queued": 1,
        "running": 1,
        "oldest_seconds": 61.0,
        "late": True,
        "done": 2,
        "seconds": 3.0,
    }
    assert found["throughput"][-1] == {"begin": "2026-03-04T12:00:00Z", "done": 2}
    assert found["failures"] == [
        {"kind": "tryonjob", "code": code, "detail": str(ERRORS[code].message), "times": times}
        for code, times in (("no_person", 2), ("worker_lost", 1))
    ]
    assert str(photo.pk) not in answer.text


def test_what_is_kept_and_what_should_be_gone(settings: Settings) -> None:
    late = NOON - settings.TRYON["SWEEP_OVERDUE_ALARM"] - timedelta(seconds=1)
    with time_machine.travel(NOON, tick=False):
        shopper = factories.shopper()
        factories.photo(shopper, expires_at=late)
        factories.photo(shopper, expires_at=NOON)
        client = browser_in(PRIVACY_OFFICER)
        found = client.get(ADDRESS).json()
        Photo.objects.filter(expires_at=late).delete()
        better = client.get(ADDRESS).json()
    assert found["retention"] == {
        "kept": 2,
        "next_at": late.isoformat().replace("+00:00", "Z"),
        "on_time": False,
        "overdue": {"photos": 1, "tryons": 0, "samples": 0, "deletions": 0, "unreferenced": 0},
    }
    assert (found["health"]["retention"], better["health"]["retention"]) == (False, True)
    assert (better["retention"]["kept"], better["retention"]["next_at"]) == (1, "2026-03-04T12:30:00Z")


def test_what_serves_and_what_is_on_trial() -> None:
    with time_machine.travel(NOON, tick=False):
        factories.model_version("autumn", status="current")
        factories.model_version("winter", status="canary", share=0.25)
    assert browser_in(MERCHANT).get(ADDRESS).json()["models"] == {
        "current": {"name": "autumn", "promoted_at": "2026-03-04T12:30:00Z"},
        "canary": {"name": "winter", "share": 0.25},
    }


def test_each_role_gets_what_it_sees_in_the_admin(settings: Settings) -> None:
    settings.SHOP = settings.SHOP | {"EXPOSURE_PERCENT": 50}
    coat = factories.garment(name="Coat", status="failed", error_code="cloth_blurred")
    for offered, counts in ((True, (500, 180, 100)), (False, (500, 2, 60))):
        opened, tried, added = counts
        ExposureDay.objects.create(
            day=date(2026, 3, 3), percent=50, offered=offered, opened=opened, tried=tried, added=added
        )
    merchant, trainer, officer = (
        browser_in(role).get(ADDRESS).json() for role in (MERCHANT, TRAINER, PRIVACY_OFFICER)
    )
    reason = str(ERRORS["cloth_blurred"].message)
    garments = [{"garment": str(coat.pk), "name": "Coat", "reason": reason, "bad": True}]
    assert [each["garments"] for each in (merchant, trainer, officer)] == [garments, garments, None]
    assert [each["exposure"] for each in (trainer, officer)] == [None, None]
    exposure = merchant["exposure"]
    gain = exposure.pop("gain")
    sides = [exposure.pop("offered"), exposure.pop("hidden")]
    assert exposure == {
        "percent": 50,
        "in_force": True,
        "compares": True,
        "first_day": "2026-03-03",
        "last_day": "2026-03-03",
        "verdict": "more",
    }
    assert [(side["opened"], side["tried"], side["added"]) for side in sides] == [
        (500, 180, 100),
        (500, 2, 60),
    ]
    # Wilson's interval of 180 of 500, and Newcombe's method 10 of 100 of 500 and 60 of 500.
    shares = [sides[0]["tried_share"], gain]
    assert [[round(each[key], 3) for key in ("value", "low", "high")] for each in shares] == [
        [0.36, 0.319, 0.403],
        [0.08, 0.035, 0.125],
    ]
    settings.SHOP = settings.SHOP | {"EXPOSURE_PERCENT": 100}
    past = browser_with("view_product").get(ADDRESS).json()["exposure"]
    assert (past["percent"], past["in_force"], past["offered"]) == (50, False, sides[0])


def test_it_is_for_staff_alone_and_to_read(guest: APIClient, settings: Settings) -> None:
    answers = [APIClient().get(ADDRESS), guest.get(ADDRESS)]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "not_found")] * 2
    staff = browser_with()
    assert staff.post(ADDRESS).status_code == 405
    settings.STAFF_MFA_REQUIRED = True  # and this session has passed no second factor
    assert staff.get(ADDRESS).json()["code"] == "not_found"
