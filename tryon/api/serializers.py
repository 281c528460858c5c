"""The JSON of the API. Nothing is decided here: services write, selectors authorise."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from tryon.errors import message_for
from tryon.models import (
    Consent,
    ErasureReceipt,
    Garment,
    LeasedWork,
    ModelVersion,
    Photo,
    TryOnJob,
)
from tryon.selectors.jobs import eta_seconds, queue_position
from tryon.services.model_versions import LONGEST_REASON

MAX_GARMENTS = 3


class ReasonSerializer(serializers.Serializer):
    """Why something failed."""

    code = serializers.CharField()
    detail = serializers.CharField()


class WorkSerializer(serializers.ModelSerializer):
    """What all leased work shows of itself."""

    error = serializers.SerializerMethodField()

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_error(self, work: LeasedWork) -> dict[str, str] | None:
        if not work.error_code:
            return None
        return {"code": work.error_code, "detail": str(message_for(work.error_code))}

    def link(self, name: str, work: LeasedWork) -> str:
        """The path of a page about this row; relative, so that it holds behind any proxy."""
        return reverse(name, args=[work.pk])


class ConsentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Consent
        fields = ["purpose", "version", "given_at"]
        read_only_fields = ["given_at"]


class ConsentsSerializer(serializers.Serializer):
    version = serializers.CharField(help_text=_("The version of the text that is shown now."))
    consents = ConsentSerializer(many=True)


class PhotoUploadSerializer(serializers.Serializer):
    image = serializers.FileField(help_text=_("JPEG, PNG, WebP, HEIC or AVIF; at most 15 MB and 40 MP."))


class PhotoCheckSerializer(serializers.Serializer):
    name = serializers.ChoiceField(choices=["file", "person"])
    status = serializers.ChoiceField(choices=["pending", "passed", "failed"])


class PhotoSerializer(WorkSerializer):
    checks = serializers.SerializerMethodField()
    image_url = serializers.SerializerMethodField()

    class Meta:
        model = Photo
        fields = [
            "id", "status", "checks", "error", "width", "height", "created_at", "expires_at", "image_url",
        ]  # fmt: skip

    @extend_schema_field(PhotoCheckSerializer(many=True))
    def get_checks(self, photo: Photo) -> list[dict[str, str]]:
        person = {Photo.Status.SUCCEEDED: "passed", Photo.Status.FAILED: "failed"}.get(
            Photo.Status(photo.status), "pending"
        )
        return [{"name": "file", "status": "passed"}, {"name": "person", "status": person}]

    def get_image_url(self, photo: Photo) -> str:
        return self.link("api:photo-image", photo)


class ReceiptSerializer(serializers.ModelSerializer):
    class Meta:
        model = ErasureReceipt
        fields = ["id", "object_id", "kind", "reason", "erased_at", "signature"]


class ReceiptsSerializer(serializers.Serializer):
    receipts = ReceiptSerializer(many=True)


class JobErasureSerializer(serializers.Serializer):
    receipt = ReceiptSerializer(allow_null=True, help_text=_("Null when no picture had been made."))


class GarmentSerializer(WorkSerializer):
    category = serializers.ChoiceField(
        Garment.Category.choices, allow_blank=True, help_text=_("Empty until a worker has guessed it.")
    )
    image_url = serializers.SerializerMethodField()
    cutout_url = serializers.SerializerMethodField()

    class Meta:
        model = Garment
        fields = [
            "id", "name", "category", "outer", "status", "error", "image_url", "cutout_url", "created_at",
        ]  # fmt: skip

    def get_image_url(self, garment: Garment) -> str:
        return garment.image.url

    def get_cutout_url(self, garment: Garment) -> str | None:
        return garment.cutout.url if garment.cutout else None


class GarmentWriteSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    category = serializers.ChoiceField(choices=Garment.Category.choices)
    outer = serializers.BooleanField(
        default=False, help_text=_("A jacket, coat or cardigan: worn over a top or a dress.")
    )
    image = serializers.FileField(help_text=_("One garment, laid flat, on a plain background."))


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "format": "uuid"},
        "minItems": 1,
        "maxItems": MAX_GARMENTS,
        "uniqueItems": True,
    }
)
class GarmentIdsField(serializers.ListField):
    """One to three garments, each once."""

    child = serializers.UUIDField()


class TryOnSubmitSerializer(serializers.Serializer):
    photo = serializers.UUIDField()
    garments = GarmentIdsField(
        allow_empty=False,
        max_length=MAX_GARMENTS,
        help_text=_(
            "An outfit, in any order: at most one lower garment, one top and one outer garment, or a dress "
            "and an outer garment."
        ),
    )

    def validate_garments(self, garments: list[Any]) -> list[Any]:
        if len(set(garments)) < len(garments):
            raise serializers.ValidationError(_("Name each garment once."), code="duplicate")
        return garments


class TryOnSerializer(WorkSerializer):
    queue_position = serializers.SerializerMethodField()
    eta_s = serializers.SerializerMethodField()
    result_url = serializers.SerializerMethodField()
    garments = serializers.SerializerMethodField()

    class Meta:
        model = TryOnJob
        fields = [
            "id", "status", "stage", "progress", "queue_position", "eta_s", "error", "result_url",
            "confidence", "photo", "garments", "model_version", "created_at", "finished_at", "expires_at",
        ]  # fmt: skip

    def get_queue_position(self, job: TryOnJob) -> int | None:
        return queue_position(job=job)

    def get_eta_s(self, job: TryOnJob) -> int | None:
        return eta_seconds(job=job, position=queue_position(job=job))

    def get_result_url(self, job: TryOnJob) -> str | None:
        if job.status != TryOnJob.Status.SUCCEEDED or job.result_id is None:
            return None
        return self.link("api:tryon-result", job)

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_garments(self, job: TryOnJob) -> list[str]:
        return [str(item.garment_id) for item in job.items.all()]


class QuotaSerializer(serializers.Serializer):
    limit = serializers.IntegerField()
    remaining = serializers.IntegerField()
    reset_s = serializers.IntegerField()


class MeSerializer(serializers.Serializer):
    shopper = serializers.UUIDField(allow_null=True)
    quota = QuotaSerializer()


class TokenRequestSerializer(serializers.Serializer):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False, style={"input_type": "password"})
    code = serializers.CharField(
        required=False,
        max_length=32,
        help_text=_("From the authenticator app, or a recovery code, if the account has a second factor."),
    )


class TokenSerializer(serializers.Serializer):
    token = serializers.CharField(help_text=_("Shown this once; we keep only its digest."))
    expiry = serializers.DateTimeField(allow_null=True)


class TokenInfoSerializer(serializers.Serializer):
    """A token as its owner may see it again."""

    id = serializers.CharField()
    created = serializers.DateTimeField()
    expiry = serializers.DateTimeField(allow_null=True)
    current = serializers.BooleanField(help_text=_("Whether this request was made with it."))


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
