"""Pictures to train on: for staff with the right to see that there are some. None is ever shown."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from tryon.api.sample_serializers import (
    SampleAddSerializer,
    SampleErasedSerializer,
    SampleSerializer,
    SamplesReportSerializer,
)
from tryon.api.schema import refusals
from tryon.models import AuditEntry, ErasureReceipt, TrainingSample
from tryon.pseudonyms import shopper_pseudonym
from tryon.selectors.garment_pages import garment_of_staff
from tryon.selectors.samples import sample_get, samples_report, samples_visible
from tryon.services.audit import audit_record
from tryon.services.samples import sample_add, sample_erase

from .base import StaffView

KIND = "trainingsample"
Action = AuditEntry.Action


class SampleBase(StaffView):
    serializer_class: type[Serializer] = SampleSerializer
    queryset = TrainingSample.objects.none()  # only for the document: the selector decides

    def sample(self, sample_id: uuid.UUID) -> TrainingSample:
        return sample_get(sample_id=sample_id, **self.asker)


class SamplesView(SampleBase):
    parser_classes = [MultiPartParser]
    write_scope = "upload"

    @extend_schema(
        operation_id="training_samples_list",
        responses={200: SampleSerializer(many=True), **refusals(404)},
    )
    def get(self, request: Request) -> Response:
        """Every sample, newest first (staff). The audit trail keeps who looked."""
        page = self.paginate_queryset(samples_visible(**self.asker))
        audit_record(action=Action.LIST, object_kind=KIND)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="training_samples_add",
        request={"multipart/form-data": SampleAddSerializer},
        responses={201: SampleSerializer, **refusals(403, 404, 413, 503)},
    )
    def post(self, request: Request) -> Response:
        """Send a photo of a model who wears a garment, and what permits its use (staff). A worker replaces
        face and surroundings; the photo itself is erased."""
        samples_visible(**self.asker)
        self.require("add_trainingsample")
        sent = SampleAddSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        fields = sent.validated_data
        garment = garment_of_staff(garment_id=fields["garment"], **self.asker)
        sample = sample_add(picture=fields["picture"], licence_note=fields["licence_note"], garment=garment)
        return Response(self.get_serializer(sample).data, status=status.HTTP_201_CREATED)


class SampleView(SampleBase):
    @extend_schema(operation_id="training_samples_retrieve")
    def get(self, request: Request, sample_id: uuid.UUID) -> Response:
        """One sample: where it came from and what was measured (staff). The audit trail keeps who looked."""
        sample = self.sample(sample_id)
        subject = shopper_pseudonym(sample.shopper_id) if sample.shopper_id else ""
        audit_record(action=Action.VIEW, object_kind=KIND, object_id=sample.pk, subject=subject)
        return Response(self.get_serializer(sample).data)

    @extend_schema(
        operation_id="training_samples_erase",
        responses={200: SampleErasedSerializer, **refusals(403, 503)},
    )
    def delete(self, request: Request, sample_id: uuid.UUID) -> Response:
        """Erase the sample and mark the models that saw it (staff). The receipt is signed proof."""
        sample = self.sample(sample_id)
        self.require("delete_trainingsample")
        receipt = sample_erase(sample=sample, reason=ErasureReceipt.Reason.REQUESTED)
        return Response(SampleErasedSerializer({"receipt": receipt}).data)


class SamplesReportView(SampleBase):
    serializer_class = SamplesReportSerializer

    @extend_schema(
        operation_id="training_samples_report", responses={200: SamplesReportSerializer, **refusals(404)}
    )
    def get(self, request: Request) -> Response:
        """What there is to train on, and what is repeated, blurred, small, or rare (staff)."""
        samples_visible(**self.asker)
        audit_record(action=Action.LIST, object_kind=KIND)
        return Response(self.get_serializer(samples_report()).data)
