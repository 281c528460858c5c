"""Retrainings: for staff with the right to see them; to everybody else there are none."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from tryon.api.schema import refusals
from tryon.api.training_serializers import (
    TrainingRunSerializer,
    TrainingStartSerializer,
    TrainingSteerSerializer,
)
from tryon.models import TrainingRun
from tryon.selectors.training_runs import run_get, runs_visible
from tryon.services.training_runs import run_cancel, run_pause, run_resume, run_start

from .base import StaffView

DEEDS = {"pause": run_pause, "resume": run_resume, "cancel": run_cancel}


class TrainingRunBase(StaffView):
    serializer_class: type[Serializer] = TrainingRunSerializer
    queryset = TrainingRun.objects.none()  # only for the document: the selector decides

    def run(self, run_id: uuid.UUID) -> TrainingRun:
        return run_get(run_id=run_id, **self.asker)


class TrainingRunsView(TrainingRunBase):
    @extend_schema(
        operation_id="training_runs_list",
        responses={200: TrainingRunSerializer(many=True), **refusals(404)},
    )
    def get(self, request: Request) -> Response:
        """Every retraining, newest first (staff)."""
        page = self.paginate_queryset(runs_visible(**self.asker))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="training_runs_start",
        request=TrainingStartSerializer,
        responses={201: TrainingRunSerializer, **refusals(403, 404, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Start a retraining on the store's prepared garments (staff). A device does one at a time."""
        runs_visible(**self.asker)
        self.require("add_trainingrun")
        order = TrainingStartSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        fields: dict[str, Any] = order.validated_data
        run = run_start(**fields, created_by=request.user)  # type: ignore[arg-type]  # staff are logged in
        return Response(self.get_serializer(run).data, status=status.HTTP_201_CREATED)


class TrainingRunView(TrainingRunBase):
    @extend_schema(operation_id="training_runs_retrieve")
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """One retraining (staff)."""
        return Response(self.get_serializer(self.run(run_id)).data)

    @extend_schema(
        operation_id="training_runs_steer",
        request=TrainingSteerSerializer,
        responses={200: TrainingRunSerializer, **refusals(403, 409)},
    )
    def post(self, request: Request, run_id: uuid.UUID) -> Response:
        """Pause, resume or cancel (staff)."""
        run = self.run(run_id)
        self.require("change_trainingrun")
        order = TrainingSteerSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        DEEDS[order.validated_data["deed"]](run=run)
        return Response(self.get_serializer(run).data)
