"""Many garments at once: for staff with the right to see imports; to everybody else there are none."""

import uuid
from typing import Any, cast

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from tryon.api.import_serializers import (
    ImportAddedSerializer,
    ImportAddressesSerializer,
    ImportAddSerializer,
    ImportDetailSerializer,
    ImportSendSerializer,
    ImportSerializer,
)
from tryon.api.schema import refusals
from tryon.errors import ERRORS, TryOnError
from tryon.import_forms import ImportUploadHandler, planned
from tryon.models import Garment, GarmentImport
from tryon.second_factor import is_staff
from tryon.selectors.garment_imports import import_get, imports_visible, items_to_add
from tryon.services.garment_imports import (
    Choice,
    ChoicesRefusedError,
    import_add,
    import_create,
    import_delete,
)

from .base import StaffView


def require_adding(request: HttpRequest | Request) -> None:
    """Raises TryOnError `not_found` for those who may see no import, else PermissionDenied."""
    imports_visible(user=request.user, is_staff=is_staff(request))
    if not request.user.has_perm("tryon.add_garmentimport"):
        raise PermissionDenied


class MerchantUploadHandler(ImportUploadHandler):
    """Receives so much from those alone who may send it."""

    def handle_raw_input(self, *args: Any) -> None:
        require_adding(cast(HttpRequest, self.request))
        super().handle_raw_input(*args)


class ImportBase(StaffView):
    serializer_class: type[Serializer] = ImportDetailSerializer
    queryset = GarmentImport.objects.none()  # only for the document: the selector decides

    def batch(self, import_id: uuid.UUID) -> GarmentImport:
        return import_get(import_id=import_id, **self.asker)


class ImportsView(ImportBase):
    parser_classes = [MultiPartParser, JSONParser]
    write_scope = "upload"

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Room for the files, before the check for forgery reads them."""
        request.upload_handlers = [MerchantUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """In the words of an import."""
        if isinstance(exc, RequestDataTooBig):
            exc = TryOnError("import_too_large")
        if isinstance(exc, TooManyFilesSent):
            exc = TryOnError("import_too_many")
        return super().handle_exception(exc)

    @extend_schema(
        operation_id="garment_imports_list",
        responses={200: ImportSerializer(many=True), **refusals(404)},
    )
    def get(self, request: Request) -> Response:
        """Every import, newest first (staff). One that nobody finishes is forgotten after 14 days."""
        page = self.paginate_queryset(imports_visible(**self.asker))
        return self.get_paginated_response(ImportSerializer(page, many=True).data)

    @extend_schema(
        operation_id="garment_imports_create",
        request={"multipart/form-data": ImportSendSerializer, "application/json": ImportAddressesSerializer},
        responses={201: ImportDetailSerializer, **refusals(403, 404, 413)},
    )
    def post(self, request: Request) -> Response:
        """Send pictures, a ZIP file or addresses (staff). Workers fetch and look at each; then choose what
        to add."""
        require_adding(request)
        sent = ImportSendSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        files, addresses = sent.validated_data["files"], sent.validated_data["addresses"]
        archive, rows = planned(files, "\n".join(addresses))
        batch = import_create(rows=rows, archive=archive, user_id=request.user.pk)
        return Response(self.get_serializer(batch).data, status=status.HTTP_201_CREATED)


class ImportView(ImportBase):
    @extend_schema(operation_id="garment_imports_retrieve")
    def get(self, request: Request, import_id: uuid.UUID) -> Response:
        """One import with the verdict about each picture (staff)."""
        return Response(self.get_serializer(self.batch(import_id)).data)

    @extend_schema(operation_id="garment_imports_delete", responses={204: None, **refusals(403)})
    def delete(self, request: Request, import_id: uuid.UUID) -> Response:
        """Forget the import and its pictures; garments that were added stay (staff)."""
        batch = self.batch(import_id)
        self.require("delete_garmentimport")
        import_delete(batch=batch)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImportAddView(ImportBase):
    @extend_schema(
        operation_id="garment_imports_add",
        request=ImportAddSerializer,
        responses={201: ImportAddedSerializer, **refusals(403, 409)},
    )
    def post(self, request: Request, import_id: uuid.UUID) -> Response:
        """Make garments of the pictures that are named, all or none (staff). Workers prepare them."""
        batch = self.batch(import_id)
        self.require("change_garmentimport")
        sent = ImportAddSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        garments = _added(batch, sent.validated_data["garments"])
        return Response(ImportAddedSerializer({"garments": garments}).data, status=status.HTTP_201_CREATED)


def _added(batch: GarmentImport, chosen: list[dict[str, Any]]) -> list[Garment]:
    items = {item.position: item for item in items_to_add(batch=batch)}
    if not {each["position"] for each in chosen} <= set(items):
        raise TryOnError("import_unfinished")
    choices = {
        each["position"]: Choice(
            *(each.get(name, getattr(items[each["position"]], name)) for name in Choice._fields)
        )
        for each in chosen
    }
    try:
        return import_add(batch=batch, choices=choices)
    except ChoicesRefusedError as error:
        raise ValidationError(_by_place(error.codes, [each["position"] for each in chosen])) from error


def _by_place(codes: dict[int, str], positions: list[int]) -> dict[str, Any]:
    """What is wrong, at its place in the list that was sent."""
    wrong = {
        str(place): [ErrorDetail(str(ERRORS[codes[position]].message), codes[position])]
        for place, position in enumerate(positions)
        if position in codes
    }
    return {"garments": wrong}
