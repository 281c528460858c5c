"""Garments on the sample shoppers: for staff who may see garments; to everybody else there are none."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.lookbook_serializers import PreviewsSerializer
from tryon.api.schema import refusals
from tryon.models import Garment
from tryon.selectors.garment_pages import page_settled, previews_of
from tryon.selectors.garments import garment_of_staff
from tryon.services.garment_previews import previews_request

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
