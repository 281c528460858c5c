"""Rotation of the short secrets that rows hold sealed: of authenticator apps, recovery codes and webhooks."""

import logging
from collections.abc import Callable
from typing import TypeVar

from allauth.mfa.models import Authenticator
from django.db import models, transaction
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from tryon.key_ring import SealError, UnknownKeyError, key_manager, text_rewrap
from tryon.models import WebhookEndpoint
from tryon.second_factor import CONTEXT

from .webhooks import secret_context

Row = TypeVar("Row", bound=models.Model)
logger = logging.getLogger(__name__)


def texts_rotate() -> tuple[int, int]:
    """Seal again what older keys sealed; returns how many rows were, and how many did not open. Idempotent.

    Left alone is what keys that are not in the ring sealed, as with the keys of pictures.
    """
    current = f"{key_manager().current_id}:"
    endpoints = WebhookEndpoint.objects.exclude(secret__startswith=current)
    sealed = Coalesce(KT("data__secret"), KT("data__seed"))
    authenticators = Authenticator.objects.annotate(sealed=sealed).exclude(sealed__startswith=current)
    counts = [_rotate(endpoints, _endpoint_rewrap), _rotate(authenticators, _authenticator_rewrap)]
    return sum(rewrapped for rewrapped, _ in counts), sum(broken for _, broken in counts)


def _rotate(stale: models.QuerySet[Row], rewrap: Callable[[Row], None]) -> tuple[int, int]:
    rewrapped = broken = 0
    for pk in list(stale.values_list("pk", flat=True)):
        with transaction.atomic():
            row = stale.select_for_update().filter(pk=pk).first()
            if row is None:
                continue
            try:
                rewrap(row)
                rewrapped += 1
            except UnknownKeyError:
                continue
            except SealError as error:
                logger.error("A secret of %s %s is not sealed again: %s", type(row).__name__, pk, error)
                broken += 1
    return rewrapped, broken


def _endpoint_rewrap(endpoint: WebhookEndpoint) -> None:
    endpoint.secret = text_rewrap(endpoint.secret, secret_context(endpoint))
    endpoint.save(update_fields=["secret"])


def _authenticator_rewrap(authenticator: Authenticator) -> None:
    for name in {"secret", "seed"} & authenticator.data.keys():
        authenticator.data[name] = text_rewrap(authenticator.data[name], CONTEXT)
    authenticator.save(update_fields=["data"])
