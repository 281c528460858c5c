"""What staff do with one garment: see it on the sample shoppers, correct its outline, prepare it again."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.garment_serializers import OutlineDrawSerializer, OutlineSerializer, PreviewsSerializer
from tryon.api.schema import refusals
from tryon.api.serializers import GarmentSerializer
from tryon.models import Garment
from tryon.selectors.garment_pages import garment_of_staff, garment_outline, page_settled, previews_of
from tryon.services.garment_corrections import garment_correct, landmarks_parse
from tryon.services.garment_previews import previews_request
from tryon.services.garments import garment_prepare

from .base import StaffView


class PreviewsView(StaffView):
    serializer_class = PreviewsSerializer
    pagination_class = None

    @extend_schema(operation_id="garments_previews")
    def get(self, request: Request, garment_id: uuid.UUID) -> Response:
        """The garment on each sample shopper, where that was asked for (staff). Nobody real is in it."""
        return Response(self.shown(garment_of_staff(garment_id=garment_id, **self.asker)))

    @extend_schema(
        operation_id="garments_preview",
        request=None,
        responses={202: PreviewsSerializer, **refusals(403, 409)},
    )
    def post(self, request: Request, garment_id: uuid.UUID) -> Response:
        """Have the garment put on every sample shopper, anew (staff); then poll."""
        garment = garment_of_staff(garment_id=garment_id, **self.asker)
        self.require("change_garment")
        previews_request(garment=garment)
        return Response(self.shown(garment), status=status.HTTP_202_ACCEPTED)

    def shown(self, garment: Garment) -> dict[str, Any]:
        rows = {"done": page_settled(garment), "previews": previews_of(garment)}
        return dict(self.get_serializer(rows).data)


class OutlineView(StaffView):
    parser_classes = [MultiPartParser]
    serializer_class = OutlineSerializer
    pagination_class = None
    write_scope = "upload"

    @extend_schema(operation_id="garments_outline")
    def get(self, request: Request, garment_id: uuid.UUID) -> Response:
        """What is needed to correct the outline of a garment, or its corners (staff)."""
        garment = garment_of_staff(garment_id=garment_id, **self.asker)
        return Response(self.get_serializer(garment_outline(garment=garment)).data)

    @extend_schema(
        operation_id="garments_correct",
        request={"multipart/form-data": OutlineDrawSerializer},
        responses={202: GarmentSerializer, **refusals(403, 413, 422)},
    )
    def post(self, request: Request, garment_id: uuid.UUID) -> Response:
        """Send what was drawn (staff): it is believed, and a worker prepares the garment again by it. What is
        left out is forgotten."""
        garment = garment_of_staff(garment_id=garment_id, **self.asker)
        self.require("change_garment")
        sent = OutlineDrawSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        fields = sent.validated_data
        landmarks = landmarks_parse(fields["landmarks"])
        garment = garment_correct(garment=garment, mask=fields.get("mask", b""), landmarks=landmarks)
        return Response(GarmentSerializer(garment).data, status=status.HTTP_202_ACCEPTED)


class PrepareView(StaffView):
    serializer_class = GarmentSerializer

    @extend_schema(
        operation_id="garments_prepare", request=None, responses={202: GarmentSerializer, **refusals(403)}
    )
    def post(self, request: Request, garment_id: uuid.UUID) -> Response:
        """Have a worker look at the picture once more (staff), for instance after an update."""
        garment = garment_of_staff(garment_id=garment_id, **self.asker)
        self.require("change_garment")
        garment_prepare(garment=garment)
        return Response(self.get_serializer(garment).data, status=status.HTTP_202_ACCEPTED)
