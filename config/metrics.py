"""Prometheus metrics for whoever holds the token."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from tryon.metrics import work_metrics


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer `Authorization: Bearer METRICS_TOKEN`; to everyone else the page does not exist."""
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    given = request.headers.get("Authorization", "").encode()
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given, expected):
        raise Http404
    response = ExportToDjangoView(request)
    response.write(work_metrics())
    return response
