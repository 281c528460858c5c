"""What a training has seen: for staff with the right to see the run or the version."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.training_serializers import ManifestSerializer
from tryon.selectors.manifests import manifest_plain

from .models import ModelBase
from .training_runs import TrainingRunBase


class ModelManifestView(ModelBase):
    serializer_class = ManifestSerializer

    @extend_schema(operation_id="models_manifest")
    def get(self, request: Request, model_id: uuid.UUID) -> Response:
        """What the version was trained on (staff)."""
        return Response(manifest_plain(self.version(request, model_id).manifest))


class TrainingRunManifestView(TrainingRunBase):
    serializer_class = ManifestSerializer

    @extend_schema(operation_id="training_runs_manifest")
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """What the retraining has seen (staff); empty until it has ended."""
        return Response(manifest_plain(self.run(run_id).manifest))
