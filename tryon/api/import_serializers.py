"""The JSON of imports of many garments."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tryon.errors import ADVICE
from tryon.import_files import NAME_LENGTH, SOURCE_LENGTH
from tryon.models import Garment, GarmentImport, GarmentImportItem
from tryon.selectors.garment_imports import ImportFigures, import_figures

from .serializers import GarmentSerializer, ReasonSerializer, WorkSerializer


class ImportAddressesSerializer(serializers.Serializer):
    """Pictures to fetch."""

    addresses = serializers.ListField(
        child=serializers.CharField(max_length=SOURCE_LENGTH, trim_whitespace=False),
        required=False,
        default=list,
        help_text=_("Public https addresses of pictures, up to 200."),
    )


class ImportSendSerializer(ImportAddressesSerializer):
    """Pictures, or one ZIP file, or addresses: one of these at a time."""

    files = serializers.ListField(
        child=serializers.FileField(),
        required=False,
        default=list,
        help_text=_(
            "Up to 200 pictures, or one ZIP file, at most 200 MB. A CSV file in it has the columns file and "
            "name; sku, category and outer may be left out."
        ),
    )


class ImportItemSerializer(WorkSerializer):
    """One picture, and what is to become of it."""

    advice = serializers.SerializerMethodField()
    image_url = serializers.SerializerMethodField()

    class Meta:
        model = GarmentImportItem
        fields = [
            "position", "source", "status", "error", "advice", "name", "sku", "category", "certainty",
            "outer", "image_url", "garment",
        ]  # fmt: skip

    @extend_schema_field(ReasonSerializer(many=True))
    def get_advice(self, item: GarmentImportItem) -> list[dict[str, str]]:
        return [{"code": code, "detail": str(ADVICE[code])} for code in item.warnings if code in ADVICE]

    def get_image_url(self, item: GarmentImportItem) -> str | None:
        return item.image.url if item.image else None


class ImportFiguresSerializer(serializers.Serializer):
    """How many pictures there are, have a verdict, may be added, are refused, and are garments already."""

    total = serializers.IntegerField()
    settled = serializers.IntegerField()
    usable = serializers.IntegerField()
    refused = serializers.IntegerField()
    added = serializers.IntegerField()
    done = serializers.BooleanField(help_text=_("Nothing more will happen by itself."))


class ImportSerializer(WorkSerializer):
    """An import; its state is that of the fetching of its pictures."""

    class Meta:
        model = GarmentImport
        fields = ["id", "status", "error", "created_at", "finished_at"]


class ImportDetailSerializer(ImportSerializer):
    """An import with its pictures."""

    figures = serializers.SerializerMethodField()
    items = ImportItemSerializer(many=True)

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "figures", "items"]

    @extend_schema_field(ImportFiguresSerializer)
    def get_figures(self, batch: GarmentImport) -> dict[str, Any]:
        figures: ImportFigures = import_figures(batch=batch)
        return figures._asdict()


class ImportChoiceSerializer(serializers.Serializer):
    """A picture to make a garment of; what is left out stays as planned or guessed."""

    position = serializers.IntegerField(min_value=0)
    name = serializers.CharField(required=False, allow_blank=True, max_length=NAME_LENGTH)
    sku = serializers.CharField(required=False, allow_blank=True)
    category = serializers.ChoiceField(choices=Garment.Category.choices, required=False)
    outer = serializers.BooleanField(required=False)


class ImportAddSerializer(serializers.Serializer):
    garments = ImportChoiceSerializer(many=True)

    def validate_garments(self, chosen: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({each["position"] for each in chosen}) < len(chosen):
            raise serializers.ValidationError(_("Name each picture once."), code="duplicate")
        return chosen


class ImportAddedSerializer(serializers.Serializer):
    garments = GarmentSerializer(many=True)
