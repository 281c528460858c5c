"""A turn of deliveries: what receivers and name servers may do, and what becomes of the rows."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from pytest_django import Settings

from tests.tryon import factories
from tryon.models import TryOnJob, WebhookDelivery
from tryon.outbound import OutboundError
from tryon.services.webhooks import endpoint_create, message_of
from workers import tasks, webhooks

pytestmark = pytest.mark.django_db
URL = "https://hooks.example/in"
Send = Callable[..., int]


@pytest.fixture
def delivery(db: None) -> WebhookDelivery:
    owner = factories.user("merchant", is_staff=True)
    endpoint_create(owner_id=owner.pk, url=URL)
    factories.tryon(factories.photo(factories.shopper()))
    TryOnJob.objects.update(status="succeeded")
    return WebhookDelivery.objects.get()


@pytest.fixture
def receive(monkeypatch: pytest.MonkeyPatch) -> Callable[[Send], None]:
    return lambda send: monkeypatch.setattr(webhooks, "post", send)


def row() -> tuple[str, int, str]:
    kept = WebhookDelivery.objects.get()
    return kept.status, kept.attempts, kept.last_error


def test_what_is_due_is_sent_signed_and_finished(
    delivery: WebhookDelivery, receive: Callable[[Send], None]
) -> None:
    sent: list[tuple[str, bytes, dict[str, str], list[int]]] = []

    def post(url: str, body: bytes, headers: dict[str, str], *, ports: list[int], seconds: float) -> int:
        sent.append((url, body, headers, ports))
        return 204

    receive(post)
    assert webhooks.deliver() == 1
    (url, body, headers, ports) = sent[0]
    assert (url, body, ports) == (URL, message_of(delivery), [443])
    assert headers["webhook-id"] == f"msg_{delivery.pk.hex}"
    assert row() == ("delivered", 1, "")
    assert webhooks.deliver() == 0
    assert len(sent) == 1


@pytest.mark.parametrize("status", [301, 302, 400, 404, 410, 500, 503])
def test_any_answer_but_success_comes_again(
    delivery: WebhookDelivery, receive: Callable[[Send], None], status: int
) -> None:
    receive(lambda *_args, **_options: status)
    webhooks.deliver()
    assert row() == ("pending", 1, f"http_{status}")


def test_what_does_not_arrive_is_told_by_its_code(
    delivery: WebhookDelivery, receive: Callable[[Send], None]
) -> None:
    def post(*_args: Any, **_options: Any) -> int:
        raise OutboundError("address_refused")

    receive(post)
    webhooks.deliver()
    assert row() == ("pending", 1, "address_refused")


def test_a_receiver_that_hangs_does_not_keep_the_turn(
    delivery: WebhookDelivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread is left to itself; the delivery has failed and comes again."""
    never: Future[int] = Future()
    monkeypatch.setattr(webhooks, "_start", lambda pool, delivery: never)
    monkeypatch.setattr(webhooks, "TURN_SECONDS", 0.0)
    webhooks.deliver()
    assert row() == ("pending", 1, "timed_out")


def test_a_secret_that_does_not_open_sends_nothing(
    delivery: WebhookDelivery, receive: Callable[[Send], None], settings: Settings
) -> None:
    settings.PHOTO_KEYS = {"k9": bytes(32)}
    receive(lambda *_args, **_options: pytest.fail("sent"))
    webhooks.deliver()
    assert row() == ("pending", 1, "secret_lost")


def test_one_bad_receiver_does_not_keep_the_others(
    delivery: WebhookDelivery, receive: Callable[[Send], None]
) -> None:
    endpoint_create(owner_id=delivery.endpoint.owner_id, url="https://good.example/")
    TryOnJob.objects.update(status="expired")
    receive(lambda url, *_args, **_options: 200 if "good" in url else 500)
    assert webhooks.deliver() == 3
    found = WebhookDelivery.objects.values_list("endpoint__url", "event", "status")
    assert set(found) == {
        (URL, "tryon.succeeded", "pending"),
        (URL, "tryon.expired", "pending"),
        ("https://good.example/", "tryon.expired", "delivered"),
    }


def test_a_turn_that_sent_something_calls_the_next_one(
    delivery: WebhookDelivery, receive: Callable[[Send], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.deliver_webhooks, "apply_async", lambda **options: called.append(options))
    receive(lambda *_args, **_options: 200)
    assert [tasks.deliver_webhooks(), tasks.deliver_webhooks()] == [1, 0]
    assert len(called) == 1
