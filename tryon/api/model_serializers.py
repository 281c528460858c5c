"""The JSON of model versions."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tryon.models import ModelVersion
from tryon.services.model_versions import LONGEST_REASON


class ModelVersionSerializer(serializers.ModelSerializer):
    training_run = serializers.UUIDField(
        source="training_run.pk",
        default=None,
        read_only=True,
        allow_null=True,
        help_text=_("The run that it is the candidate of: there is its comparison."),
    )

    class Meta:
        model = ModelVersion
        fields = [
            "id", "name", "base", "training_run", "status", "share", "verdict", "metrics", "files",
            "tainted_at", "created_at", "promoted_at",
        ]  # fmt: skip
        read_only_fields = fields


class ManifestSerializer(serializers.Serializer):
    """What a training has seen: SHA-256 of each picture by the id of the garment or sample."""

    garments = serializers.DictField(child=serializers.CharField())
    samples = serializers.DictField(child=serializers.CharField(), help_text=_("Photos of people."))


class ModelPromoteSerializer(serializers.Serializer):
    override_reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_REASON,
        help_text=_(
            "Needed for a version that was judged worse, or compared with one that does not serve any more. "
            "The audit trail keeps it."
        ),
    )


class ModelCanarySerializer(serializers.Serializer):
    share = serializers.FloatField(min_value=0, max_value=1, help_text=_("0 ends the trial."))


class ModelRollbackSerializer(serializers.Serializer):
    model = ModelVersionSerializer(allow_null=True, help_text=_("What serves now; null: what is built in."))
