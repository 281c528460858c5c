"""The JSON of training samples."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tryon.models import TrainingSample

from .serializers import ReceiptSerializer, WorkSerializer


class SampleSerializer(WorkSerializer):
    """Of a sample. Nobody is told whose it is, nor shown the picture."""

    class Meta:
        model = TrainingSample
        fields = [
            "id", "source", "status", "error", "garment", "licence_note", "sha256", "quality", "created_at",
            "finished_at", "expires_at",
        ]  # fmt: skip


class SampleAddSerializer(serializers.Serializer):
    picture = serializers.FileField(
        help_text=_("A model who wears the garment, from the front. Face and surroundings are replaced.")
    )
    garment = serializers.UUIDField()
    licence_note = serializers.CharField(
        max_length=255,
        allow_blank=True,
        help_text=_("What permits training on this picture: contract with model and photographer, and when."),
    )

    def validate_picture(self, picture: Any) -> bytes:
        data: bytes = picture.read()
        return data


class SampleErasedSerializer(serializers.Serializer):
    receipt = ReceiptSerializer(allow_null=True, help_text=_("Null when no picture had been made."))


class CountsField(serializers.DictField):
    """How many there are of each group."""

    child = serializers.IntegerField()


class IdsField(serializers.ListField):
    """Samples to look at."""

    child = serializers.UUIDField()


class SamplesReportSerializer(serializers.Serializer):
    """Of samples that may be used now."""

    total = serializers.IntegerField()
    sources = CountsField()
    categories = CountsField()
    sizes = CountsField()
    tones = CountsField()
    sleeves = CountsField()
    rare = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text=_("Groups with fewer than half of an even share, or none, by what is counted."),
    )
    repeated = IdsField(help_text=_("Repeated, byte for byte"))
    alike = IdsField(help_text=_("Nearly alike"))
    blurred = IdsField(help_text=_("Blurred"))
    small = IdsField(help_text=_("Too small"))
    other_worn = IdsField(help_text=_("Something else is worn than the garment"))
    refused = CountsField(help_text=_("Of pictures that gave no sample, by the code of the reason."))
