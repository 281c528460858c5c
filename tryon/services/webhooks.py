"""Telling stores how try-ons end, signed as Standard Webhooks says (https://www.standardwebhooks.com).

Events are written by the database itself (`WebhookDelivery`); here they are claimed, signed and
finished. At least once: a worker that dies after sending leaves a delivery that is sent again, under the same
id. A message names a try-on and how it ended, and nothing about a person.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from tryon.key_ring import text_open, text_seal
from tryon.models import WebhookDelivery, WebhookEndpoint
from tryon.outbound import target_of

Status = WebhookDelivery.Status

SECRET_BYTES = 32
PREFIX = "whsec_"
MAX_ATTEMPTS = 9
FIRST_PAUSE = timedelta(seconds=30)
"""Three times as long after each failure: the last of nine attempts comes after more than a day."""
CLAIM = timedelta(minutes=1)
"""An attempt that has not finished by then is lost; longer than any attempt can take."""
KEPT = timedelta(days=30)


def endpoint_create(*, owner_id: int, url: str) -> tuple[WebhookEndpoint, str]:
    """Register an address; returns it and its secret, which is never shown again.

    Raises OutboundError `url_refused`.
    """
    target_of(url, ports=settings.WEBHOOK_PORTS)
    endpoint = WebhookEndpoint(owner_id=owner_id, url=url)
    secret = _secret_make(endpoint)
    endpoint.save(force_insert=True)
    return endpoint, secret


def endpoint_update(*, endpoint: WebhookEndpoint, url: str, active: bool) -> None:
    """Change the address, or switch it on and off. Raises OutboundError `url_refused`."""
    target_of(url, ports=settings.WEBHOOK_PORTS)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=url, active=active)


def endpoint_renew_secret(*, endpoint: WebhookEndpoint) -> str:
    """Make a new secret and return it; the old one signs nothing from now on."""
    secret = _secret_make(endpoint)
    endpoint.save(update_fields=["secret"])
    return secret


def deliveries_claim(*, limit: int) -> Sequence[WebhookDelivery]:
    """Claim up to `limit` deliveries that are due, longest due first, skipping what another worker claims."""
    due = _deliverable().select_for_update(skip_locked=True, of=("self",)).filter(next_attempt_at__lte=Now())
    with transaction.atomic():
        ids = [delivery.pk for delivery in due.order_by("next_attempt_at")[:limit]]
        claimed = WebhookDelivery.objects.filter(pk__in=ids)
        claimed.update(attempts=F("attempts") + 1, next_attempt_at=Now() + CLAIM)
        return list(claimed.select_related("endpoint"))


def deliveries_overdue(*, before: datetime) -> int:
    """How many deliveries were due before then and nobody has tried: whoever sends them is not there."""
    return _deliverable().filter(next_attempt_at__lte=before).count()


def delivery_succeed(*, delivery: WebhookDelivery) -> bool:
    """Finish it. False: it was claimed again meanwhile, nothing was written."""
    return _held(delivery).update(status=Status.DELIVERED, last_error="") == 1


def delivery_fail(*, delivery: WebhookDelivery, code: str) -> bool:
    """Try again later, or give up after the last attempt. False: it was claimed again meanwhile."""
    if delivery.attempts >= MAX_ATTEMPTS:
        return _held(delivery).update(status=Status.DEAD, last_error=code) == 1
    pause = FIRST_PAUSE * 3 ** (delivery.attempts - 1)
    return _held(delivery).update(next_attempt_at=Now() + pause, last_error=code) == 1


def delivery_resend(*, delivery: WebhookDelivery) -> None:
    """Send it once more, under the same id, as if it were new."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        status=Status.PENDING, attempts=0, next_attempt_at=Now(), last_error=""
    )


def deliveries_forget() -> int:
    """Delete deliveries older than `KEPT`, whatever became of them; returns how many."""
    return WebhookDelivery.objects.filter(occurred_at__lt=Now() - KEPT).delete()[0]


def message_of(delivery: WebhookDelivery) -> bytes:
    """The body: the same at each attempt."""
    data = {
        "id": str(delivery.job_id),
        "status": delivery.event.removeprefix("tryon."),
        "error_code": delivery.error_code or None,
    }
    occurred_at = delivery.occurred_at.astimezone(UTC).isoformat(timespec="seconds")
    return json.dumps({"type": delivery.event, "timestamp": occurred_at, "data": data}).encode()


def headers_of(delivery: WebhookDelivery, body: bytes, *, now: datetime) -> dict[str, str]:
    """The headers of an attempt at `now`, signature included."""
    message_id, timestamp = f"msg_{delivery.pk.hex}", int(now.timestamp())
    secret = text_open(delivery.endpoint.secret, secret_context(delivery.endpoint))
    return {
        "Content-Type": "application/json",
        "User-Agent": "tryon-webhooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and HMAC-SHA256 of "id.timestamp.body" in base64; `secret` is "whsec_" and the key in base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def secret_context(endpoint: WebhookEndpoint) -> bytes:
    """What a sealed secret is bound to: its own endpoint."""
    return f"webhook|{endpoint.pk}".encode()


def _deliverable() -> QuerySet[WebhookDelivery]:
    """What waits for an endpoint that wants it."""
    return WebhookDelivery.objects.filter(
        status=Status.PENDING, endpoint__active=True, endpoint__owner__is_active=True
    )


def _secret_make(endpoint: WebhookEndpoint) -> str:
    secret = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    endpoint.secret = text_seal(secret, secret_context(endpoint))
    return secret


def _held(delivery: WebhookDelivery) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(pk=delivery.pk, status=Status.PENDING, attempts=delivery.attempts)
