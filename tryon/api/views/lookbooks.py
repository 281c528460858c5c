"""Lookbooks: for staff with the right to see them; to everybody else there are none."""

import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from tryon.api.lookbook_serializers import (
    LookAddSerializer,
    LookbookDetailSerializer,
    LookbookMakeSerializer,
    LookbookSerializer,
)
from tryon.api.schema import refusals
from tryon.models import Lookbook
from tryon.selectors.garments import garments_to_wear
from tryon.selectors.lookbooks import look_get, lookbook_file, lookbook_get, lookbooks_visible
from tryon.services.lookbooks import look_add, look_remove, lookbook_create, lookbook_delete

from .base import PictureView, StaffView


class LookbookBase(StaffView):
    serializer_class: type[Serializer] = LookbookDetailSerializer
    queryset = Lookbook.objects.none()  # only for the document: the selector decides

    def lookbook(self, lookbook_id: uuid.UUID) -> Lookbook:
        return lookbook_get(lookbook_id=lookbook_id, **self.asker)


class LookbooksView(LookbookBase):
    @extend_schema(
        operation_id="lookbooks_list", responses={200: LookbookSerializer(many=True), **refusals(404)}
    )
    def get(self, request: Request) -> Response:
        """Every lookbook, newest first (staff)."""
        page = self.paginate_queryset(lookbooks_visible(**self.asker))
        return self.get_paginated_response(LookbookSerializer(page, many=True).data)

    @extend_schema(
        operation_id="lookbooks_create",
        request=LookbookMakeSerializer,
        responses={201: LookbookDetailSerializer, **refusals(403, 404, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Put garments on sample shoppers (staff). A worker makes the pictures, then the sheets."""
        lookbooks_visible(**self.asker)
        self.require("add_lookbook")
        sent = LookbookMakeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        fields = sent.validated_data
        garments = garments_to_wear(garment_ids=fields["garments"])
        lookbook = lookbook_create(
            name=fields["name"], garments=garments, samples=fields["samples"], user_id=request.user.pk
        )
        return Response(self.get_serializer(lookbook).data, status=status.HTTP_201_CREATED)


class LookbookView(LookbookBase):
    @extend_schema(operation_id="lookbooks_retrieve")
    def get(self, request: Request, lookbook_id: uuid.UUID) -> Response:
        """One lookbook with its looks and the pictures that are there (staff)."""
        return Response(self.get_serializer(self.lookbook(lookbook_id)).data)

    @extend_schema(operation_id="lookbooks_delete", responses={204: None, **refusals(403)})
    def delete(self, request: Request, lookbook_id: uuid.UUID) -> Response:
        """Delete it with all its pictures; garments stay (staff)."""
        lookbook = self.lookbook(lookbook_id)
        self.require("delete_lookbook")
        lookbook_delete(lookbook=lookbook)
        return Response(status=status.HTTP_204_NO_CONTENT)


class LooksView(LookbookBase):
    parser_classes = [MultiPartParser]
    write_scope = "upload"

    @extend_schema(
        operation_id="lookbooks_vary",
        request={"multipart/form-data": LookAddSerializer},
        responses={201: LookbookDetailSerializer, **refusals(403, 409, 413, 422, 503)},
    )
    def post(self, request: Request, lookbook_id: uuid.UUID) -> Response:
        """Add a garment in another colour, with a print, or both (staff). The sheets are made anew."""
        lookbook = self.lookbook(lookbook_id)
        self.require("change_lookbook")
        sent = LookAddSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        fields = dict(sent.validated_data)
        (garment,) = garments_to_wear(garment_ids=[fields.pop("garment")])
        look_add(lookbook=lookbook, garment=garment, **fields)
        lookbook.refresh_from_db()
        return Response(self.get_serializer(lookbook).data, status=status.HTTP_201_CREATED)


class LookView(LookbookBase):
    @extend_schema(operation_id="lookbooks_take_out", responses={204: None, **refusals(403, 409)})
    def delete(self, request: Request, lookbook_id: uuid.UUID, look_id: int) -> Response:
        """Take a look out with its pictures; the last one stays (staff). The sheets are made anew."""
        lookbook = self.lookbook(lookbook_id)
        self.require("change_lookbook")
        look_remove(look=look_get(lookbook=lookbook, look_id=look_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LookbookSheetView(PictureView, LookbookBase):
    @extend_schema(
        operation_id="lookbooks_sheet",
        responses={(200, "image/png"): OpenApiTypes.BINARY, **refusals(409)},
    )
    def get(self, request: Request, lookbook_id: uuid.UUID) -> HttpResponse:
        """All its pictures on one sheet (staff); with `?download`, as a file."""
        content = lookbook_file(lookbook=self.lookbook(lookbook_id), name="sheet")
        return self.picture(content, media_type="image/png", filename="lookbook.png")


class LookbookDocumentView(PictureView, LookbookBase):
    @extend_schema(
        operation_id="lookbooks_document",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **refusals(409)},
    )
    def get(self, request: Request, lookbook_id: uuid.UUID) -> HttpResponse:
        """The same as pages (staff); with `?download`, as a file."""
        content = lookbook_file(lookbook=self.lookbook(lookbook_id), name="document")
        return self.picture(content, media_type="application/pdf", filename="lookbook.pdf")
