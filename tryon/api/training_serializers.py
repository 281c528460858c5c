"""The JSON of retrainings, and of what they have seen."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tryon.models import DataSource, Garment, TrainingRun

from .serializers import WorkSerializer


class DataFilterSerializer(serializers.Serializer):
    """What a training was to learn from."""

    categories = serializers.ListField(child=serializers.ChoiceField(choices=Garment.Category.choices))
    sources = serializers.ListField(child=serializers.ChoiceField(choices=DataSource.choices))
    since = serializers.DateField(allow_null=True, help_text=_("Added on this day or later."))


class ManifestSerializer(serializers.Serializer):
    """What a training has seen: SHA-256 of each picture by the id of the garment or sample."""

    filter = DataFilterSerializer(
        allow_null=True, help_text=_("Null: not written down, or nothing seen yet.")
    )
    garments = serializers.DictField(child=serializers.CharField())
    samples = serializers.DictField(child=serializers.CharField(), help_text=_("Photos of people."))


class TrainingRunSerializer(WorkSerializer):
    verdict = serializers.CharField(
        source="report.verdict",
        default="",
        read_only=True,
        help_text=_("better, same or worse; empty before."),
    )
    why = serializers.CharField(source="report.why", default="", read_only=True)

    class Meta:
        model = TrainingRun
        fields = [
            "id", "name", "status", "stage", "progress", "step", "eta_seconds", "error", "base", "categories",
            "sources", "since", "minutes", "steps", "device", "seed", "curve", "candidate", "verdict", "why",
            "created_at", "started_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class TrainingStartSerializer(serializers.ModelSerializer):
    categories = serializers.ListField(
        child=serializers.ChoiceField(choices=Garment.Category.choices),
        required=False,
        default=list,
        help_text=_("Of garments to learn from; none: all."),
    )
    sources = serializers.ListField(
        child=serializers.ChoiceField(choices=DataSource.choices),
        required=False,
        default=list,
        help_text=_("Of what to learn from; none: all."),
    )
    seed = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)

    class Meta:
        model = TrainingRun
        fields = ["base", "categories", "sources", "since", "minutes", "steps", "device", "seed"]


class TrainingSteerSerializer(serializers.Serializer):
    deed = serializers.ChoiceField(choices=["pause", "resume", "cancel"])
