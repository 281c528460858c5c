"""Liveness and readiness, for whoever restarts processes and sends them traffic."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .selectors.health import readiness


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Says nothing of what it depends on: restarting it would not help there."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything needed is there, else 503 with what is missing.

    `retention` is false when something should have been erased long ago, `audit` when something was recorded
    long ago and is not in the chain yet, `webhooks` when a delivery was due long ago and nobody tried: sweeps
    that cannot be forgotten.
    """
    checks = readiness()
    ready = all(checks.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "checks": checks}, status=200 if ready else 503
    )
