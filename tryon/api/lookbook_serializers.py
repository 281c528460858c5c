"""The JSON of lookbooks."""

import uuid
from typing import Any

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tryon.errors import sample_message_for
from tryon.models import GarmentPreview, Look, Lookbook, LookPicture

from .serializers import ReasonSerializer, WorkSerializer

SAMPLES = ", ".join(each["image"] for each in settings.TRYON["SAMPLE_PHOTOS"])


def on_sample(picture: LookPicture | GarmentPreview) -> dict[str, str] | None:
    """Why there is no picture on this sample shopper, if there is none."""
    if not picture.error_code:
        return None
    return {"code": picture.error_code, "detail": str(sample_message_for(picture.error_code))}


class LookPictureSerializer(serializers.ModelSerializer):
    image_url = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = LookPicture
        fields = ["sample", "image_url", "error"]

    def get_image_url(self, picture: LookPicture) -> str | None:
        return picture.image.url if picture.image else None

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_error(self, picture: LookPicture) -> dict[str, str] | None:
        return on_sample(picture)


class LookSerializer(serializers.ModelSerializer):
    """A garment as it is or varied, and the pictures that are made of it so far."""

    motif_url = serializers.SerializerMethodField()
    pictures = LookPictureSerializer(many=True)

    class Meta:
        model = Look
        fields = ["id", "garment", "colour", "motif_url", "repeat", "pictures"]

    def get_motif_url(self, look: Look) -> str | None:
        return look.motif.url if look.motif else None


class LookbookSerializer(WorkSerializer):
    """A lookbook and how far it is."""

    class Meta:
        model = Lookbook
        fields = ["id", "name", "status", "progress", "error", "created_at", "finished_at"]


class LookbookDetailSerializer(LookbookSerializer):
    """A lookbook with its looks."""

    samples = serializers.ListField(child=serializers.CharField())
    looks = LookSerializer(many=True)
    sheet_url = serializers.SerializerMethodField()
    document_url = serializers.SerializerMethodField()

    class Meta(LookbookSerializer.Meta):
        fields = [*LookbookSerializer.Meta.fields, "samples", "looks", "sheet_url", "document_url"]

    def get_sheet_url(self, lookbook: Lookbook) -> str | None:
        return self.link("api:lookbook-sheet", lookbook) if lookbook.sheet else None

    def get_document_url(self, lookbook: Lookbook) -> str | None:
        return self.link("api:lookbook-document", lookbook) if lookbook.document else None


class LookbookMakeSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    garments = serializers.ListField(
        child=serializers.UUIDField(), help_text=_("Garments that can be tried on, up to 12.")
    )
    samples = serializers.ListField(
        child=serializers.CharField(), help_text=format_lazy(_("Who wears them: {}."), SAMPLES)
    )

    def validate_garments(self, garments: list[uuid.UUID]) -> list[uuid.UUID]:
        if len(set(garments)) < len(garments):
            raise serializers.ValidationError(_("Name each garment once."), code="duplicate")
        return garments


class LookAddSerializer(serializers.Serializer):
    garment = serializers.UUIDField()
    colour = serializers.CharField(
        required=False, allow_blank=True, default="", help_text=_("As # and six digits, such as #1f4e79.")
    )
    motif = serializers.FileField(required=False, help_text=_("A print; white is no ink."))
    repeat = serializers.BooleanField(default=False, help_text=_("The print all over the garment, not once."))

    def validate_motif(self, motif: Any) -> bytes:
        picture: bytes = motif.read()
        return picture
