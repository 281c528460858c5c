"""Events are written with the change itself, whoever makes it, and sent until they arrive or are given up."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.authenticators import enrol
from tests.tryon import factories
from tryon.key_ring import text_open
from tryon.models import ErasureReceipt, TryOnJob, WebhookDelivery, WebhookEndpoint
from tryon.outbound import OutboundError
from tryon.second_factor import CONTEXT
from tryon.selectors.keys import keys_missing, objects_by_key
from tryon.services.jobs import job_cancel, job_erase
from tryon.services.key_rotation import Rotated, keys_rotate
from tryon.services.photos import photo_erase
from tryon.services.retention import retention_sweep
from tryon.services.shoppers import shopper_erase
from tryon.services.webhooks import (
    FIRST_PAUSE,
    KEPT,
    MAX_ATTEMPTS,
    deliveries_claim,
    deliveries_forget,
    delivery_fail,
    delivery_resend,
    delivery_succeed,
    endpoint_create,
    endpoint_renew_secret,
    endpoint_update,
    headers_of,
    message_of,
    secret_context,
    signature,
)
from tryon.services.work import work_claim, work_fail, work_retry, work_succeed, work_sweep

pytestmark = pytest.mark.django_db
URL = "https://hooks.example/in"
Status = WebhookDelivery.Status


@pytest.fixture
def endpoint(db: None) -> WebhookEndpoint:
    return endpoint_create(owner_id=factories.user("merchant", is_staff=True).pk, url=URL)[0]


@pytest.fixture
def job(db: None) -> TryOnJob:
    return factories.tryon(factories.photo(factories.shopper()))


@pytest.fixture
def delivery(endpoint: WebhookEndpoint, job: TryOnJob) -> WebhookDelivery:
    """One that is waiting."""
    finish(job)
    return WebhookDelivery.objects.get()


def finish(job: TryOnJob) -> None:
    (work,) = work_claim(model=TryOnJob, limit=1)
    assert work.pk == job.pk
    assert work_succeed(work=work)


def events() -> list[tuple[str, str]]:
    rows = WebhookDelivery.objects.order_by("occurred_at", "event")
    return list(rows.values_list("event", "error_code"))


def make_due() -> None:
    WebhookDelivery.objects.update(next_attempt_at=Now())


def test_each_address_hears_of_each_end(endpoint: WebhookEndpoint, job: TryOnJob) -> None:
    other, _ = endpoint_create(owner_id=endpoint.owner_id, url="https://other.example/")
    silent, _ = endpoint_create(owner_id=endpoint.owner_id, url="https://silent.example/")
    endpoint_update(endpoint=silent, url=silent.url, active=False)
    finish(job)
    rows = WebhookDelivery.objects.all()
    assert {row.endpoint_id for row in rows} == {endpoint.pk, other.pk}
    assert {(row.event, row.job_id, row.status, row.attempts) for row in rows} == {
        ("tryon.succeeded", job.pk, "pending", 0)
    }


def test_a_refusal_is_told_with_its_code(endpoint: WebhookEndpoint, job: TryOnJob) -> None:
    (work,) = work_claim(model=TryOnJob, limit=1)
    work_fail(work=work, code="no_person")
    assert events() == [("tryon.failed", "no_person")]


def test_work_that_is_lost_for_good_is_told(endpoint: WebhookEndpoint, job: TryOnJob) -> None:
    work_claim(model=TryOnJob, limit=1)
    TryOnJob.objects.update(attempts=3, lease_until=Now() - timedelta(seconds=1))
    work_sweep(model=TryOnJob)
    assert events() == [("tryon.failed", "worker_lost")]


def test_what_is_not_an_end_is_not_told(endpoint: WebhookEndpoint, job: TryOnJob) -> None:
    (work,) = work_claim(model=TryOnJob, limit=1)
    work_retry(work=work, code="internal_error")
    job_cancel(job=job)
    job_erase(job=job, reason=ErasureReceipt.Reason.REQUESTED)
    assert events() == []


def test_an_end_that_is_rolled_back_is_not_told(endpoint: WebhookEndpoint, job: TryOnJob) -> None:
    with transaction.atomic():
        finish(job)
        assert len(events()) == 1
        transaction.set_rollback(True)
    assert events() == []


def test_a_picture_that_is_erased_with_its_photo_has_expired(
    endpoint: WebhookEndpoint, job: TryOnJob
) -> None:
    TryOnJob.objects.all().delete()
    done = factories.tryon(factories.photo(factories.shopper()), status="succeeded", result=True)
    photo_erase(photo=done.photo, reason=ErasureReceipt.Reason.REQUESTED)
    assert events() == [("tryon.expired", "")]
    TryOnJob.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    retention_sweep()
    assert not TryOnJob.objects.exists()
    assert len(events()) == 1


def test_a_try_on_whose_time_is_up_has_expired_and_a_deleted_one_has_not(endpoint: WebhookEndpoint) -> None:
    photo = factories.photo(factories.shopper())
    old = timezone.now() - timedelta(minutes=1)
    expired = factories.tryon(photo, status="succeeded", result=True, expires_at=old)
    factories.tryon(photo, status="failed", expires_at=old)
    job = factories.tryon(photo, status="succeeded", result=True)
    job_erase(job=job, reason=ErasureReceipt.Reason.REQUESTED)
    retention_sweep()
    assert [(row.event, row.job_id) for row in WebhookDelivery.objects.all()] == [
        ("tryon.expired", expired.pk)
    ]


def test_without_addresses_nothing_is_written(job: TryOnJob) -> None:
    finish(job)
    assert events() == []


def test_the_message_holds_no_personal_data_and_is_the_same_each_time(
    delivery: WebhookDelivery, job: TryOnJob
) -> None:
    assert json.loads(message_of(delivery)) == {
        "type": "tryon.succeeded",
        "timestamp": delivery.occurred_at.astimezone(UTC).isoformat(timespec="seconds"),
        "data": {"id": str(job.pk), "status": "succeeded", "error_code": None},
    }
    columns = {field.name for field in WebhookDelivery._meta.get_fields()}
    assert not columns & {"shopper", "user", "photo", "result"}
    delivery.attempts = 5
    assert message_of(delivery) == message_of(WebhookDelivery.objects.get())


def test_a_delivery_outlives_the_erasure_of_the_shopper(delivery: WebhookDelivery, job: TryOnJob) -> None:
    shopper_erase(shopper=job.shopper)
    assert WebhookDelivery.objects.get().job_id == job.pk


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the reference implementations of Standard Webhooks."""
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_headers_carry_id_time_and_signature(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
    secret = endpoint_renew_secret(endpoint=endpoint)
    delivery = WebhookDelivery.objects.get()
    body, now = message_of(delivery), datetime(2026, 11, 25, 12, tzinfo=UTC)
    headers = headers_of(delivery, body, now=now)
    message_id = f"msg_{delivery.pk.hex}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (message_id, str(int(now.timestamp())))
    assert headers["webhook-signature"] == signature(secret, message_id, int(now.timestamp()), body)
    other = endpoint_renew_secret(endpoint=endpoint)
    assert signature(other, message_id, int(now.timestamp()), body) != headers["webhook-signature"]


def test_the_secret_is_sealed_and_bound_to_its_address(endpoint: WebhookEndpoint) -> None:
    secret = endpoint_renew_secret(endpoint=endpoint)
    row = WebhookEndpoint.objects.get()
    assert secret not in row.secret
    assert text_open(row.secret, secret_context(row)) == secret
    other, _ = endpoint_create(owner_id=endpoint.owner_id, url=URL)
    with pytest.raises(Exception, match="context"):
        text_open(row.secret, secret_context(other))


def test_an_address_that_could_be_abused_is_not_registered(endpoint: WebhookEndpoint) -> None:
    for url in ("http://hooks.example/", "https://127.0.0.1/", "https://hooks.example:8443/"):
        with pytest.raises(OutboundError, match="url_refused"):
            endpoint_create(owner_id=endpoint.owner_id, url=url)
        with pytest.raises(OutboundError, match="url_refused"):
            endpoint_update(endpoint=endpoint, url=url, active=True)
    assert WebhookEndpoint.objects.get().url == URL


def test_a_claimed_delivery_is_not_claimed_again_until_it_counts_as_lost(delivery: WebhookDelivery) -> None:
    (first,) = deliveries_claim(limit=5)
    assert list(deliveries_claim(limit=5)) == []
    make_due()
    (second,) = deliveries_claim(limit=5)
    assert (first.attempts, second.attempts) == (1, 2)
    assert not delivery_succeed(delivery=first)
    assert not delivery_fail(delivery=first, code="timed_out")
    assert WebhookDelivery.objects.get().status == Status.PENDING
    assert delivery_succeed(delivery=second)
    assert WebhookDelivery.objects.get().status == Status.DELIVERED


def test_claims_pass_over_rows_that_are_locked(delivery: WebhookDelivery) -> None:
    with connection.execute_wrapper(lambda execute, sql, *rest: claims.append(sql) or execute(sql, *rest)):
        claims: list[str] = []
        deliveries_claim(limit=5)
    assert any("FOR UPDATE" in sql and "SKIP LOCKED" in sql for sql in claims)


@pytest.mark.parametrize("silence", ["endpoint", "owner"])
def test_nothing_is_sent_for_who_is_switched_off(delivery: WebhookDelivery, silence: str) -> None:
    row = delivery.endpoint if silence == "endpoint" else delivery.endpoint.owner
    field = "active" if silence == "endpoint" else "is_active"
    setattr(row, field, False)
    row.save()
    assert list(deliveries_claim(limit=5)) == []


def test_pauses_grow_until_the_delivery_is_given_up_and_may_be_resent(delivery: WebhookDelivery) -> None:
    pauses = []
    for _ in range(MAX_ATTEMPTS):
        make_due()
        (claimed,) = deliveries_claim(limit=1)
        assert delivery_fail(delivery=claimed, code="http_500")
        row = WebhookDelivery.objects.get()
        pauses.append(round((row.next_attempt_at - timezone.now()) / FIRST_PAUSE))
    assert pauses[:-1] == [3**attempt for attempt in range(MAX_ATTEMPTS - 1)]
    assert (row.status, row.last_error, row.attempts) == (Status.DEAD, "http_500", MAX_ATTEMPTS)
    make_due()
    assert list(deliveries_claim(limit=1)) == []
    delivery_resend(delivery=row)
    (again,) = deliveries_claim(limit=1)
    assert (again.pk, again.attempts, again.last_error) == (delivery.pk, 1, "")


def test_old_deliveries_are_forgotten(delivery: WebhookDelivery) -> None:
    assert deliveries_forget() == 0
    WebhookDelivery.objects.update(occurred_at=timezone.now() - KEPT - timedelta(minutes=1))
    assert deliveries_forget() == 1
    assert not WebhookDelivery.objects.exists()


def test_rotation_seals_secrets_again_and_tells_which_keys_are_needed(
    endpoint: WebhookEndpoint, settings: Settings
) -> None:
    ring = {"k1": settings.PHOTO_KEYS["k1"], "k2": b"2" * 32}
    secret = endpoint_renew_secret(endpoint=endpoint)
    app = enrol(endpoint.owner)
    assert objects_by_key() == {"k1": 3}
    settings.PHOTO_KEYS = {"k2": ring["k2"]}
    assert (keys_missing(), keys_rotate()) == (["k1"], Rotated(0, 0))
    settings.PHOTO_KEYS = {"k2": ring["k2"], "k1": ring["k1"]}
    assert keys_rotate() == Rotated(rewrapped=3, broken=0)
    settings.PHOTO_KEYS = {"k2": ring["k2"]}
    assert (objects_by_key(), keys_missing(), keys_rotate()) == ({"k2": 3}, [], Rotated(0, 0))
    row = WebhookEndpoint.objects.get()
    assert text_open(row.secret, secret_context(row)) == secret
    kept = endpoint.owner.authenticator_set.get(type="totp").data["secret"]
    assert text_open(kept, CONTEXT) == app


class TestAdmin:
    @pytest.fixture
    def admin(self, client: Client) -> Client:
        client.force_login(factories.user("root", is_staff=True, is_superuser=True))
        return client

    def test_the_secret_is_shown_once(self, admin: Client) -> None:
        page = admin.post("/admin/tryon/webhookendpoint/add/", {"url": URL, "active": "on"}, follow=True)
        row = WebhookEndpoint.objects.get()
        secret = text_open(row.secret, secret_context(row))
        assert row.owner.username == "root"
        assert page.text.count(secret.replace("+", "&#x2B;")) + page.text.count(secret) >= 1
        for address in ("", f"{row.pk}/change/"):
            assert secret not in admin.get(f"/admin/tryon/webhookendpoint/{address}").text
        action = {"action": "renew_secret", "_selected_action": [str(row.pk)]}
        assert secret not in admin.post("/admin/tryon/webhookendpoint/", action, follow=True).text
        row.refresh_from_db()
        assert text_open(row.secret, secret_context(row)) != secret

    def test_an_address_that_could_be_abused_is_explained(self, admin: Client) -> None:
        page = admin.post("/admin/tryon/webhookendpoint/add/", {"url": "https://10.0.0.1/", "active": "on"})
        assert "the public name of a host" in page.text
        assert not WebhookEndpoint.objects.exists()

    def test_dead_deliveries_are_seen_and_sent_again(self, admin: Client, delivery: WebhookDelivery) -> None:
        WebhookDelivery.objects.update(status=Status.DEAD, last_error="http_500", attempts=9)
        page = admin.get("/admin/tryon/webhookdelivery/?status__exact=dead")
        assert "http_500" in page.text
        assert admin.get(f"/admin/tryon/webhookdelivery/{delivery.pk}/change/").status_code == 200
        action = {"action": "resend", "_selected_action": [str(delivery.pk)]}
        admin.post("/admin/tryon/webhookdelivery/", action)
        row = WebhookDelivery.objects.get()
        assert (row.status, row.attempts, row.last_error) == (Status.PENDING, 0, "")
