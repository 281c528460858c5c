"""Submitting under pressure: parallel requests, midnight, and a broker that is down."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.db import connection
from kombu import Message, Queue
from kombu.exceptions import OperationalError
from pytest_django import Settings

from tests.tryon import factories
from tryon.announce import announce
from tryon.errors import TryOnError
from tryon.models import Garment, GarmentPreview, Photo, Shopper, TryOnJob
from tryon.services.jobs import job_erase, job_submit, quota_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def submit(photo: Photo, **changes: Any) -> tuple[TryOnJob, bool]:
    fields = {"shopper": photo.shopper, "photo_id": photo.pk} | changes
    return job_submit(**{"garment_ids": [factories.garment().pk]} | fields)


def at_once(count: int, call: Callable[[], Any]) -> list[Any]:
    """The results, or errors, of `count` parallel calls, each on a connection of its own."""

    def run(_: int) -> Any:
        try:
            return call()
        except TryOnError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_one_key_from_parallel_requests_makes_one_job() -> None:
    photo, garment = factories.photo(factories.shopper()), factories.garment()
    answers = at_once(
        8,
        lambda: job_submit(
            shopper=photo.shopper, photo_id=photo.pk, garment_ids=[garment.pk], idempotency_key="k"
        ),
    )
    job = TryOnJob.objects.get()
    assert [answer[0] for answer in answers] == [job] * 8
    assert sum(created for _, created in answers) == 1
    assert Shopper.objects.get().quota_used == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_cannot_overdraw_the_quota(settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"DAILY_LIMIT_GUEST": 3}
    photo, garment = factories.photo(factories.shopper()), factories.garment()
    answers = at_once(
        8, lambda: job_submit(shopper=photo.shopper, photo_id=photo.pk, garment_ids=[garment.pk])
    )
    assert answers.count("quota_exceeded") == 5
    assert TryOnJob.objects.count() == 3


@pytest.mark.django_db
def test_all_shoppers_together_have_a_quota_of_the_shop(settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"DAILY_LIMIT_STORE": 2}
    with time_machine.travel(NOON, tick=False) as clock:
        photos = [factories.photo(factories.shopper()) for _ in range(3)]
        job, _ = submit(photos[0])
        submit(photos[1])
        with pytest.raises(TryOnError, match="store_quota_exceeded") as refused:
            submit(photos[2])
        assert refused.value.retry_after == 12 * 3600 + 1
        job_erase(job=job, reason="requested")
        with pytest.raises(TryOnError, match="store_quota_exceeded"):
            submit(photos[2])
        photos[2].shopper.refresh_from_db()
        assert photos[2].shopper.quota_used == 0
        clock.shift(timedelta(hours=12))
        submit(photos[2])


@pytest.mark.django_db
def test_the_quota_comes_back_at_midnight(settings: Settings) -> None:
    settings.TRYON = settings.TRYON | {"DAILY_LIMIT_GUEST": 1}
    with time_machine.travel(NOON, tick=False) as clock:
        photo = factories.photo(factories.shopper())
        submit(photo)
        with pytest.raises(TryOnError, match="quota_exceeded") as refused:
            submit(photo)
        assert refused.value.retry_after == 12 * 3600 + 1
        clock.shift(timedelta(hours=12))
        submit(photo)
        photo.shopper.refresh_from_db()
        assert quota_of(shopper=photo.shopper) == (1, 0, timedelta(hours=24))


@pytest.mark.django_db
def test_an_account_may_do_more_than_a_guest() -> None:
    assert quota_of(shopper=None).limit == 20
    assert quota_of(shopper=factories.shopper()).limit == 20
    assert quota_of(shopper=factories.shopper(user=factories.user())).limit == 100


@pytest.mark.django_db
def test_a_refused_submit_writes_nothing() -> None:
    photo = factories.photo(factories.shopper())
    garment = factories.garment(status=Garment.Status.QUEUED)
    with pytest.raises(TryOnError, match="garment_not_ready"):
        submit(photo, garment_ids=[garment.pk], idempotency_key="k")
    Garment.objects.update(status=Garment.Status.SUCCEEDED)
    _, created = submit(photo, garment_ids=[garment.pk], idempotency_key="k")
    assert created


@pytest.mark.django_db
def test_one_key_of_two_shoppers_is_two_jobs() -> None:
    photos = [factories.photo(factories.shopper()) for _ in range(2)]
    assert [submit(photo, idempotency_key="k")[1] for photo in photos] == [True, True]


@pytest.mark.django_db
def test_a_replay_needs_no_photo_any_more() -> None:
    photo, garment = factories.photo(factories.shopper()), factories.garment()
    request = {"garment_ids": [garment.pk], "idempotency_key": "k", "photo_id": photo.pk}
    job, _ = submit(photo, **request)
    photo.delete()
    assert submit(photo, **request) == (job, False)


@pytest.mark.django_db
def test_the_workers_are_told_after_the_commit(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, *, queue, **options: told.append((name, queue))
    )
    photo = factories.photo(factories.shopper())
    with django_capture_on_commit_callbacks(execute=True):
        submit(photo)
        assert told == []
    assert told == [("workers.run_tryons", "tryon")]


def test_shoppers_are_served_before_the_garments_of_a_large_import(valkey: str) -> None:
    heard: list[str] = []

    def hear(body: object, message: Message) -> None:
        heard.append(message.headers["task"])
        message.ack()

    queue = Queue("tryon")
    with current_app.connection_for_read() as broker:
        queue(broker).declare()
        queue(broker).purge()
        for model in (Garment, GarmentPreview, Garment, TryOnJob, Photo):
            announce(model)
        with broker.Consumer(queue, callbacks=[hear], prefetch_count=1):
            while len(heard) < 5:
                broker.drain_events(timeout=10)
    assert heard == [
        "workers.run_tryons",
        "workers.check_photos",
        "workers.prepare_garments",
        "workers.make_previews",
        "workers.prepare_garments",
    ]


def test_a_broker_that_is_down_is_survived(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise OperationalError("redis://secret@broker")

    monkeypatch.setattr(current_app, "send_task", fail)
    announce(TryOnJob)
    assert "workers.run_tryons" in caplog.text
    assert "secret" not in caplog.text
