"""A shopper's photos: sealed as they arrive, checked by a worker, gone when they ask."""

import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.schema import refusals
from tryon.api.serializers import PhotoSerializer, PhotoUploadSerializer, ReceiptSerializer
from tryon.errors import TryOnError
from tryon.models import ErasureReceipt, Photo
from tryon.selectors.photos import photo_get, photos_of
from tryon.services.photos import photo_create, photo_erase, photo_open

from .base import PictureView, ShopperView


class PhotosView(ShopperView):
    parser_classes = [MultiPartParser]
    serializer_class = PhotoSerializer
    queryset = Photo.objects.none()  # only for the document: the selector decides
    write_scope = "upload"

    @extend_schema(operation_id="photos_list", responses=PhotoSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The shopper's photos, newest first."""
        page = self.paginate_queryset(photos_of(shopper=self.shopper()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="photos_create",
        request={"multipart/form-data": PhotoUploadSerializer},
        responses={201: PhotoSerializer, **refusals(403, 413, 503)},
    )
    def post(self, request: Request) -> Response:
        """Send a photo. A worker checks it; a try-on may be asked for at once and waits for the check."""
        serializer = PhotoUploadSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        shopper = self.shopper()
        if shopper is None:
            raise TryOnError("consent_required")
        photo = photo_create(shopper=shopper, upload=serializer.validated_data["image"])
        return Response(self.get_serializer(photo).data, status=status.HTTP_201_CREATED)


class PhotoView(ShopperView):
    serializer_class = PhotoSerializer

    @extend_schema(operation_id="photos_retrieve")
    def get(self, request: Request, photo_id: uuid.UUID) -> Response:
        """One photo and the state of its check."""
        photo = photo_get(shopper=self.shopper(), photo_id=photo_id)
        return Response(self.get_serializer(photo).data)

    @extend_schema(operation_id="photos_erase", responses={200: ReceiptSerializer, **refusals(403, 503)})
    def delete(self, request: Request, photo_id: uuid.UUID) -> Response:
        """Erase the photo and every picture made from it, now. The receipt is signed proof."""
        photo = photo_get(shopper=self.shopper(), photo_id=photo_id)
        receipt = photo_erase(photo=photo, reason=ErasureReceipt.Reason.REQUESTED)
        return Response(ReceiptSerializer(receipt).data)


class PhotoImageView(PictureView):
    @extend_schema(
        operation_id="photos_image",
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY, **refusals(404, 410)},
    )
    def get(self, request: Request, photo_id: uuid.UUID) -> HttpResponse:
        """The photo itself, for its owner alone."""
        photo = photo_get(shopper=self.shopper(), photo_id=photo_id)
        return self.picture(photo_open(photo=photo), media_type=photo.sealed.media_type, filename="photo.jpg")
