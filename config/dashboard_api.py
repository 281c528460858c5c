"""The first page of the admin as JSON. Here, since it shows figures of the shop and of the try-on."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shop.selectors.exposure import Figures
from tryon.api.schema import refusals
from tryon.api.views.base import StaffView

from .dashboard import exposure_in_force, overview


class WorkLineSerializer(serializers.Serializer):
    """A kind of work: rows that wait and run, seconds the oldest has waited and whether that is too long;
    what ended well in 24 hours, and the seconds that took on average."""

    kind = serializers.CharField(source="figures.kind")
    queued = serializers.IntegerField(source="figures.queued")
    running = serializers.IntegerField(source="figures.running")
    oldest_seconds = serializers.FloatField(source="figures.oldest_seconds")
    late = serializers.BooleanField()
    done = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True)


class FailureSerializer(serializers.Serializer):
    """How many times this kind of work failed so in 24 hours."""

    kind = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField(source="message")
    times = serializers.IntegerField()


class HourSerializer(serializers.Serializer):
    """What ended well in the hour that begins then."""

    begin = serializers.DateTimeField()
    done = serializers.IntegerField()


class OverdueSerializer(serializers.Serializer):
    """What should have been erased already."""

    photos = serializers.IntegerField()
    tryons = serializers.IntegerField()
    samples = serializers.IntegerField()
    deletions = serializers.IntegerField()
    unreferenced = serializers.IntegerField()


class RetentionSerializer(serializers.Serializer):
    """Photos that are kept, and when the next one goes."""

    kept = serializers.IntegerField()
    next_at = serializers.DateTimeField(allow_null=True)
    on_time = serializers.BooleanField()
    overdue = OverdueSerializer()


class ServingModelSerializer(serializers.Serializer):
    """What makes the pictures."""

    name = serializers.CharField()
    promoted_at = serializers.DateTimeField()


class TrialModelSerializer(serializers.Serializer):
    """What makes this share of the pictures on trial, 0 to 1."""

    name = serializers.CharField()
    share = serializers.FloatField()


class ServingSerializer(serializers.Serializer):
    """No `current`: the built-in version serves."""

    current = ServingModelSerializer(allow_null=True)
    canary = TrialModelSerializer(allow_null=True)


class AttentionSerializer(serializers.Serializer):
    """A garment that cannot be tried on (`bad`), or that could be better."""

    garment = serializers.UUIDField(source="garment.pk")
    name = serializers.CharField(source="garment.name")
    reason = serializers.CharField()
    bad = serializers.BooleanField()


class EstimateSerializer(serializers.Serializer):
    """A share or a difference of shares, with its 95 % interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ArmSerializer(serializers.Serializer):
    """Visitors who opened a product, tried something on, and added something to the cart."""

    opened = serializers.IntegerField()
    tried = serializers.IntegerField()
    added = serializers.IntegerField()
    tried_share = EstimateSerializer(allow_null=True)
    added_share = EstimateSerializer(allow_null=True)


class ExposureSerializer(serializers.Serializer):
    """Visitors who were offered the try-on, and those from whom it was hidden; `in_force`: now, not in the
    last comparison there was. Without `compares` they say nothing about what the try-on is good for.
    `verdict` is more, less or unclear."""

    percent = serializers.IntegerField()
    in_force = serializers.SerializerMethodField()
    compares = serializers.BooleanField()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    offered = ArmSerializer()
    hidden = ArmSerializer()
    gain = EstimateSerializer(allow_null=True)
    verdict = serializers.CharField()

    def get_in_force(self, exposure: Figures) -> bool:
        return exposure_in_force(exposure)


class OverviewSerializer(serializers.Serializer):
    """How the work goes. `garments` and `exposure` are null for who may not see garments or products."""

    work = WorkLineSerializer(many=True)
    failures = FailureSerializer(many=True)
    throughput = HourSerializer(many=True)
    retention = RetentionSerializer()
    health = serializers.DictField(child=serializers.BooleanField())
    models = ServingSerializer()
    garments = AttentionSerializer(many=True, allow_null=True)
    exposure = ExposureSerializer(allow_null=True)


class DashboardView(StaffView):
    serializer_class = OverviewSerializer

    @extend_schema(operation_id="dashboard", responses={200: OverviewSerializer, **refusals(404)})
    def get(self, request: Request) -> Response:
        """What waits, what failed, what is healthy and what serves (staff): counts and times alone."""
        return Response(self.get_serializer(overview(**self.asker)).data)
