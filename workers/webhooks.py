"""Sending what is due to stores, from a process that consumes the queue `maintenance` and holds no models.

Sweeps and erasures wait in the same queue, so a turn is short, whatever the receivers do: the requests of a
batch run side by side, and who has not answered in time has failed.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from time import monotonic

from django.conf import settings
from django.utils import timezone

from tryon.key_ring import SealError
from tryon.models import WebhookDelivery
from tryon.outbound import OutboundError, post
from tryon.services.webhooks import (
    deliveries_claim,
    delivery_fail,
    delivery_succeed,
    headers_of,
    message_of,
)

BATCH_SIZE = 16
ANSWER_SECONDS = 3.0
TURN_SECONDS = 7.0
"""Time for the look-up and for two addresses of a name."""
logger = logging.getLogger(__name__)


def deliver() -> int:
    """Send one batch of what is due; returns how many were claimed."""
    claimed = deliveries_claim(limit=BATCH_SIZE)
    if not claimed:
        return 0
    end = monotonic() + TURN_SECONDS
    pool = ThreadPoolExecutor(len(claimed), thread_name_prefix="webhook")
    try:
        sent = [(delivery, _start(pool, delivery)) for delivery in claimed]
        for delivery, future in sent:
            _finish(delivery, future, seconds=max(0.0, end - monotonic()))
    finally:
        # Nobody waits for a thread that hangs in a look-up: its delivery has failed and comes again.
        pool.shutdown(wait=False, cancel_futures=True)
    return len(claimed)


def _start(pool: ThreadPoolExecutor, delivery: WebhookDelivery) -> "Future[int] | None":
    """Sign here, where the database is; None if the secret does not open."""
    body = message_of(delivery)
    try:
        headers = headers_of(delivery, body, now=timezone.now())
    except SealError as error:
        logger.error("The secret of webhook endpoint %s does not open: %s", delivery.endpoint_id, error)
        return None
    return pool.submit(
        post,
        delivery.endpoint.url,
        body,
        headers,
        ports=settings.WEBHOOK_PORTS,
        seconds=ANSWER_SECONDS,
    )


def _finish(delivery: WebhookDelivery, future: "Future[int] | None", *, seconds: float) -> None:
    error = _error(future, seconds)
    if error:
        delivery_fail(delivery=delivery, code=error)
        logger.info("Webhook %s was not delivered: %s", delivery.pk, error)
    else:
        delivery_succeed(delivery=delivery)


def _error(future: "Future[int] | None", seconds: float) -> str:
    """Why it was not delivered; empty when it was. A redirect is no delivery."""
    if future is None:
        return "secret_lost"
    try:
        status = future.result(timeout=seconds)
    except OutboundError as error:
        return error.code
    except FutureTimeoutError:
        return "timed_out"
    return "" if 200 <= status < 300 else f"http_{status}"
