"""The JSON of what staff do with one garment."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tryon.models import GarmentPreview

from .lookbook_serializers import on_sample
from .serializers import ReasonSerializer


class PreviewSerializer(serializers.Serializer):
    """A garment on one sample shopper. `status` is null where nobody has asked for it."""

    sample = serializers.CharField(source="sample.image")
    name = serializers.CharField(source="sample.name")
    status = serializers.ChoiceField(
        source="preview.status", choices=GarmentPreview.Status.choices, allow_null=True, default=None
    )
    error = serializers.SerializerMethodField()
    image_url = serializers.SerializerMethodField()

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_error(self, row: dict[str, Any]) -> dict[str, str] | None:
        return on_sample(row["preview"]) if row["preview"] else None

    def get_image_url(self, row: dict[str, Any]) -> str | None:
        return row["preview"].image.url if row["preview"] and row["preview"].image else None


class PreviewsSerializer(serializers.Serializer):
    done = serializers.BooleanField(help_text=_("Nothing more will happen by itself."))
    previews = PreviewSerializer(many=True)


class OutlineSerializer(serializers.Serializer):
    """Corners are pixels of the picture, x and y, by their names."""

    picture = serializers.CharField(help_text=_("Address of the picture."))
    start = serializers.CharField(help_text=_("Address of the mask drawn before, else of the cut-out."))
    drawn = serializers.BooleanField()
    landmarks = serializers.DictField(child=serializers.ListField(child=serializers.FloatField()))
    moved = serializers.DictField(child=serializers.ListField(child=serializers.FloatField()))


class OutlineDrawSerializer(serializers.Serializer):
    mask = serializers.FileField(
        required=False, help_text=_("A PNG as large as the picture, white on the garment; at most 4 MB.")
    )
    landmarks = serializers.CharField(
        required=False, default="{}", help_text=_("Corners as JSON: name to [x, y] in pixels of the picture.")
    )

    def validate_mask(self, mask: Any) -> bytes:
        data: bytes = mask.read()
        return data
