"""Shorthands for the OpenAPI document."""

from .errors import ErrorEnvelopeSerializer


def refusals(*statuses: int) -> dict[int, type[ErrorEnvelopeSerializer]]:
    """Responses with the error envelope, for statuses a view adds to those that every view can answer."""
    return dict.fromkeys(statuses, ErrorEnvelopeSerializer)
