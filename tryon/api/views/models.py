"""Model versions: for staff with the right to see them; to everybody else there are none."""

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from tryon.api.schema import refusals
from tryon.api.serializers import (
    ModelCanarySerializer,
    ModelPromoteSerializer,
    ModelRollbackSerializer,
    ModelVersionSerializer,
)
from tryon.models import ModelVersion
from tryon.second_factor import is_staff
from tryon.selectors.model_versions import may_promote, model_get, models_visible
from tryon.services.model_versions import model_canary, model_promote, model_rollback

from .base import ShopperView


class ModelBase(ShopperView):
    serializer_class: type[Serializer] = ModelVersionSerializer
    queryset = ModelVersion.objects.none()  # only for the document: the selector decides

    def visible(self, request: Request) -> QuerySet[ModelVersion]:
        """Raises TryOnError `not_found` for those who may see none."""
        return models_visible(user=request.user, is_staff=is_staff(request))

    def version(self, request: Request, model_id: uuid.UUID) -> ModelVersion:
        return model_get(user=request.user, is_staff=is_staff(request), model_id=model_id)

    def fields(self, request: Request, serializer: Any) -> dict[str, Any]:
        """What was sent, validated, from those who may promote. Raises PermissionDenied."""
        if not may_promote(user=request.user):
            raise PermissionDenied
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class ModelsView(ModelBase):
    @extend_schema(
        operation_id="models_list", responses={200: ModelVersionSerializer(many=True), **refusals(404)}
    )
    def get(self, request: Request) -> Response:
        """Every version, newest first (staff). Where none is `current`, the built-in version serves."""
        page = self.paginate_queryset(self.visible(request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ModelView(ModelBase):
    @extend_schema(operation_id="models_retrieve")
    def get(self, request: Request, model_id: uuid.UUID) -> Response:
        """One version (staff)."""
        return Response(self.get_serializer(self.version(request, model_id)).data)


class ModelPromoteView(ModelBase):
    @extend_schema(
        operation_id="models_promote",
        request=ModelPromoteSerializer,
        responses={200: ModelVersionSerializer, **refusals(403, 409)},
    )
    def post(self, request: Request, model_id: uuid.UUID) -> Response:
        """Put the version into service (staff): the next try-on is made by it."""
        version = self.version(request, model_id)
        fields = self.fields(request, ModelPromoteSerializer(data=request.data))
        return Response(self.get_serializer(model_promote(version=version, **fields)).data)


class ModelCanaryView(ModelBase):
    @extend_schema(
        operation_id="models_canary",
        request=ModelCanarySerializer,
        responses={200: ModelVersionSerializer, **refusals(403, 409)},
    )
    def post(self, request: Request, model_id: uuid.UUID) -> Response:
        """Try the version on a share of the try-ons (staff), in the place of another on trial."""
        version = self.version(request, model_id)
        fields = self.fields(request, ModelCanarySerializer(data=request.data))
        return Response(self.get_serializer(model_canary(version=version, **fields)).data)


class ModelRollbackView(ModelBase):
    @extend_schema(
        operation_id="models_rollback",
        request=None,
        responses={200: ModelRollbackSerializer, **refusals(403, 404, 409)},
    )
    def post(self, request: Request) -> Response:
        """Put the version before the one in service back (staff)."""
        self.visible(request)
        if not may_promote(user=request.user):
            raise PermissionDenied
        return Response(ModelRollbackSerializer({"model": model_rollback()}).data)
