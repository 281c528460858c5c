"""The JSON of a candidate compared with what serves."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tryon.models import ModelVersion


class ComparisonRowSerializer(serializers.Serializer):
    """A measure of both networks on the same pairs: means, and the mean difference with its 95 % interval."""

    hold_out = serializers.ChoiceField(choices=["product", "store", "worn"])
    name = serializers.CharField()
    unit = serializers.CharField()
    pairs = serializers.IntegerField()
    current = serializers.FloatField()
    candidate = serializers.FloatField()
    difference = serializers.FloatField(help_text=_("Candidate less current."))
    low = serializers.FloatField()
    high = serializers.FloatField()
    verdict = serializers.ChoiceField(choices=ModelVersion.Verdict.choices)
    enough = serializers.BooleanField(help_text=_("Whether there are pairs enough to decide anything."))


class ComparisonSerializer(serializers.Serializer):
    candidate = serializers.UUIDField(allow_null=True)
    against = serializers.CharField(help_text=_("The name of what served then, or built-in."))
    outdated = serializers.BooleanField(help_text=_("Something else serves now, so this says nothing of it."))
    verdict = serializers.ChoiceField(choices=ModelVersion.Verdict.choices)
    why = serializers.CharField()
    comparisons = ComparisonRowSerializer(many=True)
