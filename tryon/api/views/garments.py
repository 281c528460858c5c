"""Garments: read by all, written by staff."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend, FilterSet, TypedChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tryon.api.schema import refusals
from tryon.api.serializers import GarmentSerializer, GarmentWriteSerializer
from tryon.models import Garment
from tryon.second_factor import is_staff
from tryon.selectors.garments import garment_get, garments_visible
from tryon.services.garments import garment_create, garment_update

from .base import Pages, ShopperView


class ByName(Pages):
    """The order of a catalogue."""

    ordering = ("name", "id")
    page_size = 48
    max_page_size = 200


class Filters(DjangoFilterBackend):
    """An empty value is refused like any other that is none."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        empty = [name for name in view.filterset_class.base_filters if request.query_params.get(name) == ""]
        if empty:
            raise ValidationError(dict.fromkeys(empty, _("This field may not be blank.")))
        filtered: QuerySet = super().filter_queryset(request, queryset, view)
        return filtered


class GarmentFilters(FilterSet):
    """The filter for booleans of the library takes any other value for none."""

    outer = extend_schema_field(OpenApiTypes.BOOL)(
        TypedChoiceFilter(choices=[("true", "true"), ("false", "false")], coerce="true".__eq__)
    )

    class Meta:
        model = Garment
        fields = ["category", "outer", "status"]


class MayWriteGarments(BasePermission):
    """Staff whose role includes it."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        verb = "add" if request.method == "POST" else "change"
        return is_staff(request) and request.user.has_perm(f"tryon.{verb}_garment")


class GarmentBase(ShopperView):
    parser_classes = [MultiPartParser]
    serializer_class = GarmentSerializer

    def get_permissions(self) -> list[BasePermission]:
        return [] if self.request is None or self.request.method == "GET" else [MayWriteGarments()]

    def write_fields(self, request: Request, *, partial: bool) -> dict[str, Any]:
        """The validated fields, the picture as bytes."""
        serializer = GarmentWriteSerializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        fields = dict(serializer.validated_data)
        return {**fields, "image": fields["image"].read()} if "image" in fields else fields


class GarmentsView(GarmentBase):
    queryset = Garment.objects.none()
    filter_backends = [Filters]
    filterset_class = GarmentFilters
    pagination_class = ByName

    @extend_schema(operation_id="garments_list", responses=GarmentSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Garments that can be tried on; staff see the others too."""
        garments = self.filter_queryset(garments_visible(is_staff=is_staff(request)))
        page = self.paginate_queryset(garments)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="garments_create",
        request={"multipart/form-data": GarmentWriteSerializer},
        responses={201: GarmentSerializer, **refusals(413, 422, 503)},
    )
    def post(self, request: Request) -> Response:
        """Add a garment (staff). A worker prepares its picture; then it can be tried on."""
        garment = garment_create(**self.write_fields(request, partial=False))
        return Response(self.get_serializer(garment).data, status=status.HTTP_201_CREATED)


class GarmentView(GarmentBase):
    @extend_schema(operation_id="garments_retrieve")
    def get(self, request: Request, garment_id: uuid.UUID) -> Response:
        """One garment."""
        garment = garment_get(garment_id=garment_id, is_staff=is_staff(request))
        return Response(self.get_serializer(garment).data)

    @extend_schema(
        operation_id="garments_update",
        request={"multipart/form-data": GarmentWriteSerializer(partial=True)},
        responses={200: GarmentSerializer, **refusals(413, 422, 503)},
    )
    def patch(self, request: Request, garment_id: uuid.UUID) -> Response:
        """Change a garment (staff). A new picture or category is prepared again."""
        garment = garment_get(garment_id=garment_id, is_staff=True)
        garment = garment_update(garment=garment, **self.write_fields(request, partial=True))
        return Response(self.get_serializer(garment).data)
