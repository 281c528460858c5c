"""A candidate compared with what serves: for staff with the right to see the run."""

import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.comparison_serializers import ComparisonSerializer
from tryon.selectors.comparisons import comparison_of
from tryon.services.training_runs import run_sheet

from .base import PictureView
from .training_runs import TrainingRunBase


class TrainingRunComparisonView(TrainingRunBase):
    serializer_class = ComparisonSerializer

    @extend_schema(operation_id="training_runs_comparison")
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """The table of the gate and its verdict (staff); 404 until the run has been compared."""
        return Response(self.get_serializer(comparison_of(run=self.run(run_id))).data)


class TrainingRunSheetView(PictureView, TrainingRunBase):
    @extend_schema(operation_id="training_runs_sheet", responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request, run_id: uuid.UUID) -> HttpResponse:
        """The newest sheet of samples (staff), in the end the one that compares; 404 until there is one.
        The store's garments on drawn people: nobody real is in it."""
        content = run_sheet(run=self.run(run_id))
        return self.picture(content, media_type="image/png", filename="sheet.png")
