"""Asking for a picture, waiting for it, getting it."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from tryon.api.schema import refusals
from tryon.api.serializers import JobErasureSerializer, TryOnSerializer, TryOnSubmitSerializer
from tryon.errors import TryOnError
from tryon.models import ErasureReceipt, TryOnJob
from tryon.selectors.jobs import job_get, jobs_of
from tryon.services.jobs import job_cancel, job_erase, job_submit, quota_of
from tryon.services.photo_store import object_open
from tryon.signals import tryon_submitted

from .base import PictureView, ShopperView

POLL_SECONDS = 1
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    type={"type": "string", "maxLength": 64, "pattern": "^[ -~]*$"},
    location="header",
    description=_("1 to 64 characters. The same key with the same body is the same try-on, sent again."),
)


class TryOnsView(ShopperView):
    queryset = TryOnJob.objects.none()  # only for the document: the selector decides
    serializer_class = TryOnSerializer

    @extend_schema(operation_id="tryons_list", responses=TryOnSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The shopper's try-ons, newest first."""
        page = self.paginate_queryset(jobs_of(shopper=self.shopper()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="tryons_submit",
        parameters=[IDEMPOTENCY_KEY],
        request=TryOnSubmitSerializer,
        responses={202: TryOnSerializer, **refusals(403, 404, 409, 410, 422, 503)},
    )
    def post(self, request: Request) -> Response:
        """Queue one picture of an outfit, one to three garments, on one photo; then poll it."""
        serializer = TryOnSubmitSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        shopper = self.shopper()
        if shopper is None:
            raise TryOnError("consent_required")
        job, created = job_submit(
            shopper=shopper,
            photo_id=serializer.validated_data["photo"],
            garment_ids=serializer.validated_data["garments"],
            idempotency_key=_idempotency_key(request),
        )
        if created:
            tryon_submitted.send_robust(type(self), request=request)
        headers = {"Location": reverse("api:tryon", args=[job.pk])}
        if not created:
            headers["Idempotency-Replayed"] = "true"
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED, headers=headers)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.method == "POST" and response.status_code in (202, 429):
            quota = quota_of(shopper=self.shopper())
            response["RateLimit-Limit"] = quota.limit
            response["RateLimit-Remaining"] = quota.remaining
            response["RateLimit-Reset"] = int(quota.reset.total_seconds()) + 1
        return response


class TryOnView(ShopperView):
    serializer_class = TryOnSerializer

    @extend_schema(operation_id="tryons_retrieve")
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """How far the try-on is. While it is not finished, `Retry-After` says when to ask again."""
        job = job_get(shopper=self.shopper(), job_id=job_id)
        waiting = job.status in (TryOnJob.Status.QUEUED, TryOnJob.Status.RUNNING)
        headers = {"Retry-After": str(POLL_SECONDS)} if waiting else None
        return Response(self.get_serializer(job).data, headers=headers)

    @extend_schema(operation_id="tryons_delete", responses={200: JobErasureSerializer, **refusals(403, 503)})
    def delete(self, request: Request, job_id: uuid.UUID) -> Response:
        """Stop the try-on if it runs, forget it and erase its picture."""
        job = job_get(shopper=self.shopper(), job_id=job_id)
        receipt = job_erase(job=job, reason=ErasureReceipt.Reason.REQUESTED)
        return Response(JobErasureSerializer({"receipt": receipt}).data)


class TryOnCancelView(ShopperView):
    serializer_class = TryOnSerializer

    @extend_schema(
        operation_id="tryons_cancel", request=None, responses={200: TryOnSerializer, **refusals(403)}
    )
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Stop the try-on. One that has finished stays as it is."""
        job = job_cancel(job=job_get(shopper=self.shopper(), job_id=job_id))
        return Response(self.get_serializer(job).data)


class TryOnResultView(PictureView):
    @extend_schema(
        operation_id="tryons_result",
        parameters=[OpenApiParameter("download", description=_("Any value: answer as a download."))],
        responses={(200, "image/png"): OpenApiTypes.BINARY, **refusals(404, 409, 410)},
    )
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponse:
        """The picture, for its owner alone. It says in its metadata that it was made by a machine."""
        job = job_get(shopper=self.shopper(), job_id=job_id)
        if job.result is not None and job.status == TryOnJob.Status.SUCCEEDED:
            return self.picture(
                object_open(sealed=job.result), media_type=job.result.media_type, filename="try-on.png"
            )
        gone = job.status in (TryOnJob.Status.SUCCEEDED, TryOnJob.Status.EXPIRED)
        raise TryOnError("result_expired" if gone else "result_not_ready")


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    limit = TryOnJob._meta.get_field("idempotency_key").max_length or 0
    if len(key) > limit or not (key.isascii() and key.isprintable()):
        message = _("At most %(limit)d printable characters.") % {"limit": limit}
        raise serializers.ValidationError({"Idempotency-Key": message})
    return key
