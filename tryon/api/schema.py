"""Shorthands for the OpenAPI document, and what it would leave unsaid."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from .errors import ErrorEnvelopeSerializer

BLANK = r"\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What `str.strip` takes away; `\\s` means other characters in other dialects of regular expressions."""
ANY_TEXT = r"^[^\u0000]+$"
SOME_TEXT = rf"^[{BLANK}]*[^\u0000{BLANK}][^\u0000]*$"


def refusals(*statuses: int) -> dict[int, type[ErrorEnvelopeSerializer]]:
    """Responses with the error envelope, for statuses a view adds to those that every view can answer."""
    return dict.fromkeys(statuses, ErrorEnvelopeSerializer)


class TextExtension(OpenApiSerializerFieldExtension):
    """Says of text that is sent what its field refuses: null characters, and nothing but white space."""

    target_class = "rest_framework.fields.CharField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer_field(
            self.target, direction, bypass_extensions=True
        )
        if direction == "request":
            trimmed = self.target.trim_whitespace and not self.target.allow_blank
            schema["pattern"] = SOME_TEXT if trimmed else ANY_TEXT
        return schema
