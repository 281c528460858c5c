"""What the service says of itself."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.tryon import factories
from tryon.models import TryOnJob, WebhookDelivery, WebhookEndpoint
from tryon.selectors import health
from tryon.selectors.health import WorkFigures, delivery_figures, stage_seconds, work_figures
from tryon.services.webhooks import endpoint_create


def test_a_living_process_says_so_without_asking_anyone(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_when_everything_is_there(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {
            "status": "ok",
            "checks": {
                "database": True,
                "broker": True,
                "photo_store": True,
                "retention": True,
                "audit": True,
                "webhooks": True,
            },
        },
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(health.CHECKS))
def test_not_ready_when_one_thing_is_missing(
    client: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail() -> bool:
        raise OSError("with an address that nobody needs to know")

    monkeypatch.setitem(health.CHECKS, name, fail)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [check for check, passed in response.json()["checks"].items() if not passed] == [name]
    assert b"address" not in response.content


@pytest.mark.django_db
def test_a_broker_that_is_gone_is_noticed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = "redis://127.0.0.1:1/0"
    connect = health.current_app.connection_for_write
    monkeypatch.setattr(health.current_app, "connection_for_write", lambda: connect(closed))
    assert client.get("/readyz").json()["checks"]["broker"] is False


@pytest.mark.django_db
def test_a_photo_that_should_be_gone_is_an_alarm(client: Client, settings: Settings) -> None:
    late = timezone.now() - settings.TRYON["SWEEP_OVERDUE_ALARM"] - timedelta(minutes=1)
    factories.photo(factories.shopper(), expires_at=late)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["checks"]["retention"]) == (503, False)


@pytest.mark.django_db
def test_the_figures_count_what_is_there() -> None:
    photo = factories.photo(factories.shopper())
    now = timezone.now()
    for status in ("queued", "queued", "running", "succeeded", "cancelled"):
        factories.tryon(photo, status=status)
    for code, hours in (("no_person", 1), ("no_person", 2), ("worker_lost", 3), ("no_person", 25)):
        factories.tryon(photo, status="failed", error_code=code, finished_at=now - timedelta(hours=hours))
    TryOnJob.objects.filter(pk=TryOnJob.objects.filter(status="queued").last().pk).update(
        created_at=now - timedelta(seconds=90)
    )
    photos, garments, tryons, samples, *_others = work_figures()
    assert (photos.kind, photos.queued, photos.oldest_seconds) == ("photo", 0, 0.0)
    assert garments == WorkFigures("garment", 0, 0, 0.0, {})
    assert samples == WorkFigures("trainingsample", 0, 0, 0.0, {})
    assert (tryons.kind, tryons.queued, tryons.running) == ("tryonjob", 2, 1)
    assert 90 <= tryons.oldest_seconds < 120
    assert tryons.failures == {"no_person": 2, "worker_lost": 1}


@pytest.mark.django_db
def test_the_metrics_are_for_whoever_holds_the_token(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "metrics"
    factories.garment(status="queued")
    assert client.get("/metrics").status_code == 404
    page = client.get("/metrics", headers={"Authorization": "Bearer metrics"}).content.decode()
    assert 'tryon_work_rows{kind="garment",status="queued"} 1.0' in page
    assert 'tryon_work_rows{kind="tryonjob",status="running"} 0.0' in page
    assert 'tryon_webhook_deliveries{status="dead"} 0.0' in page
    assert "django_http_requests_total_by_method_total" in page


@pytest.mark.django_db
def test_a_webhook_that_nobody_sends_is_an_alarm_and_one_that_nobody_wants_is_none(
    client: Client, settings: Settings
) -> None:
    endpoint, _ = endpoint_create(
        owner_id=factories.user("merchant", is_staff=True).pk, url="https://a.example/"
    )
    late = timezone.now() - settings.TRYON["SWEEP_OVERDUE_ALARM"] - timedelta(minutes=1)
    WebhookDelivery.objects.create(
        endpoint=endpoint, event="tryon.succeeded", job_id=endpoint.pk, occurred_at=late, next_attempt_at=late
    )
    assert client.get("/readyz").json()["checks"]["webhooks"] is False
    assert delivery_figures() == {"pending": 1, "delivered": 0, "dead": 0}
    WebhookEndpoint.objects.update(active=False)
    assert client.get("/readyz").json()["checks"]["webhooks"] is True


@pytest.mark.django_db
def test_the_seconds_of_a_stage_are_those_of_recent_pictures() -> None:
    photo, now = factories.photo(factories.shopper()), timezone.now()
    for seconds in (0.1, 0.2, 0.9):
        factories.tryon(photo, status="succeeded", finished_at=now, timings={"warp": seconds, "pose": 2.0})
    factories.tryon(photo, status="queued", timings={"warp": 50.0})
    assert stage_seconds() == {"pose": 2.0, "warp": 0.2}


@pytest.mark.django_db
def test_refusals_are_counted_by_their_code(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "metrics"
    labels = {"code": "not_found"}
    before = REGISTRY.get_sample_value("tryon_refusals_total", labels) or 0.0
    assert client.get(f"/api/v1/tryons/{uuid.uuid4()}/").status_code == 404
    assert REGISTRY.get_sample_value("tryon_refusals_total", labels) == before + 1
    page = client.get("/metrics", headers={"Authorization": "Bearer metrics"}).content.decode()
    assert f'tryon_refusals_total{{code="not_found"}} {before + 1}' in page
