"""The first page of the admin says how the work goes, and nothing about anybody."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config.dashboard import bars
from shop.roles import MERCHANT, PRIVACY_OFFICER, TRAINER
from tests.tryon import factories
from tryon.announce import TASKS
from tryon.models import Garment, TryOnJob
from tryon.selectors import dashboard
from tryon.selectors.dashboard import KINDS, SERVICES, Hour
from tryon.selectors.health import CHECKS
from tryon.templatetags.tryon import duration

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)


def browser(role: str) -> Client:
    user = factories.user(role.replace(" ", "-"), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def test_every_kind_of_work_and_every_check_has_a_name_for_people() -> None:
    assert set(KINDS) == {model._meta.model_name for model in TASKS}
    assert set(SERVICES) == set(CHECKS)


def test_what_is_done_is_counted_by_the_hour() -> None:
    for minutes, status in ((0, "succeeded"), (29, "succeeded"), (31, "succeeded"), (5, "failed")):
        end = NOON - timedelta(minutes=minutes)
        factories.garment(status=status, started_at=end - timedelta(seconds=4), finished_at=end)
    old = NOON - timedelta(hours=24)
    factories.garment(started_at=old, finished_at=old)
    factories.garment(finished_at=NOON)
    hours = dashboard.throughput(now=NOON)
    assert (len(hours), hours[0].begin, hours[-1].begin) == (
        24,
        datetime(2026, 3, 3, 13, tzinfo=UTC),
        datetime(2026, 3, 4, 12, tzinfo=UTC),
    )
    assert [hour.done for hour in hours] == [0] * 22 + [1, 2]


def test_a_line_says_how_long_a_piece_takes_and_what_waits_too_long() -> None:
    with time_machine.travel(NOON, tick=False):
        for seconds in (2, 4):
            factories.garment(started_at=NOON - timedelta(seconds=seconds), finished_at=NOON)
        factories.garment(status="queued")
        Garment.objects.filter(status="queued").update(created_at=NOON - timedelta(seconds=61))
        photos, garments, *_others = dashboard.work_lines()
    assert (photos.done, photos.seconds, photos.late) == (0, None, False)
    assert (garments.done, garments.seconds, garments.late) == (2, 3.0, True)


def test_failures_are_explained_the_most_frequent_first() -> None:
    photo = factories.photo(factories.shopper())
    for code in ("no_person", "worker_lost", "no_person"):
        factories.tryon(photo, status="failed", error_code=code, finished_at=timezone.now())
    found = dashboard.failures(dashboard.work_lines())
    assert [(each.code, each.times) for each in found] == [("no_person", 2), ("worker_lost", 1)]
    assert str(found[0].message).startswith("We could not find a person")


def test_garments_that_need_a_merchant_come_first_when_they_are_bad() -> None:
    factories.garment(name="good")
    factories.garment(name="bad", status="failed", error_code="cloth_blurred")
    factories.garment(name="soft", warnings=["cloth_low_resolution"])
    factories.garment(name="busy", status="queued")
    found = dashboard.garments_to_look_at()
    assert [(garment.name, bad) for garment, _reason, bad in found] == [("bad", True), ("soft", False)]


def test_bars_are_as_high_as_what_they_count() -> None:
    hours = [Hour(NOON, count) for count in (0, 1, 4)]
    found = bars(hours)
    assert [bar["height"] for bar in found] == [1, 29, 116]
    assert all(bar["y"] + bar["height"] == 120 for bar in found)
    assert bars([Hour(NOON, 0), Hour(NOON, 0)])[0]["height"] == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "119 min"), (7200, "2 h"), (172_800, "2 days")],
)
def test_times_are_short(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_page_shows_it_to_staff_and_garments_only_to_whom_they_concern(settings: Settings) -> None:
    photo = factories.photo(factories.shopper())
    factories.tryon(photo, status="failed", error_code="low_confidence", finished_at=timezone.now())
    factories.garment(name="Blurred coat", status="failed", error_code="cloth_blurred")
    merchant, officer = (browser(role).get("/admin/").text for role in (MERCHANT, PRIVACY_OFFICER))
    for page in (merchant, officer):
        assert "low_confidence" in page
        assert str(photo.pk) not in page
        assert str(TryOnJob.objects.get().pk) not in page
    assert "Blurred coat" in merchant
    assert "Blurred coat" not in officer


def test_the_model_in_service_is_named_and_leads_on_only_where_one_may_follow() -> None:
    merchant, trainer = browser(MERCHANT), browser(TRAINER)
    assert "The built-in version" in merchant.get("/admin/").text
    with time_machine.travel(NOON, tick=False):
        current = factories.model_version("autumn", status="current")
    factories.model_version("winter", status="canary", share=0.25)
    link = f'href="/admin/tryon/modelversion/{current.pk}/change/"'
    for client, leads in ((merchant, False), (trainer, True)):
        page = client.get("/admin/").text
        assert "autumn" in page
        assert "since 03/04/2026 12:30 p.m." in page
        assert "On trial: winter, 25% of the try-ons" in page
        assert (link in page) is leads


def test_an_erasure_that_is_late_is_seen(settings: Settings) -> None:
    late = timezone.now() - settings.TRYON["SWEEP_OVERDUE_ALARM"] - timedelta(minutes=1)
    factories.photo(factories.shopper(), expires_at=late)
    page = browser(PRIVACY_OFFICER).get("/admin/").text
    assert "Not erased in time: 1 photos, 0 try-ons" in page
