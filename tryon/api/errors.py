"""One envelope for every refusal, with a stable `code` at the top.

{"type": "client_error", "code": "consent_required", "detail": "...",
 "errors": [{"code": "consent_required", "detail": "...", "attr": null}]}
"""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from tryon.errors import ERRORS, TryOnError
from tryon.ledger import LedgerDownError
from tryon.metrics import REFUSALS

logger = logging.getLogger(__name__)


class Refused(exceptions.APIException):
    """A TryOnError on its way out of the API."""

    def __init__(self, error: TryOnError) -> None:
        super().__init__(detail=str(error.message), code=error.code)
        self.status_code = error.status
        self.wait = error.retry_after


class TryOnExceptionHandler(ExceptionHandler):
    """Knows the refusals of this app."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, RequestDataTooBig):
            exc = TryOnError("image_too_large")
        if isinstance(exc, LedgerDownError):
            logger.error("The ledger takes no entry, so nothing is erased.", exc_info=exc)
            exc = TryOnError("erasure_failed")
        if isinstance(exc, TryOnError):
            REFUSALS.labels(exc.code).inc()
            return Refused(exc)
        return super().convert_known_exceptions(exc)

    def report_exception(self, exc: exceptions.APIException, response: Response) -> None:
        """A refusal is an answer, not an incident: a full queue raises no alarm of its own."""
        if isinstance(exc, Refused):
            response._has_been_logged = True  # type: ignore[attr-defined]  # or Django logs it too
        else:
            super().report_exception(exc, response)


class TryOnExceptionFormatter(ExceptionFormatter):
    """Puts the first error's code and sentence where a client can read them without a loop."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        envelope = super().format_error_response(error_response)
        first = envelope["errors"][0]
        return {
            "type": envelope["type"],
            "code": first["code"],
            "detail": first["detail"],
            "errors": envelope["errors"],
        }


class ErrorItemSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True, help_text=_("The field of the request that is wrong."))


class ErrorEnvelopeSerializer(serializers.Serializer):
    """Every answer with a status of 400 or more."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    code = serializers.CharField(
        help_text=format_lazy(_("Stable, for programs. Refusals: {}."), ", ".join(sorted(ERRORS)))
    )
    detail = serializers.CharField(help_text=_("A sentence that tells a person what to do."))
    errors = ErrorItemSerializer(many=True)  # type: ignore[assignment]  # a field of ours, not the property
