"""A shopper's own data."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.schema import refusals
from tryon.api.serializers import MeSerializer, ReceiptsSerializer
from tryon.errors import TryOnError
from tryon.identity import SESSION_KEY
from tryon.services.export import person_export
from tryon.services.jobs import quota_of
from tryon.services.shoppers import shopper_erase

from .base import PictureView, ShopperView


class MeView(ShopperView):
    serializer_class = MeSerializer

    @extend_schema(operation_id="me_retrieve")
    def get(self, request: Request) -> Response:
        """Who we take you for, and what is left of today's try-ons."""
        shopper = self.shopper()
        quota = quota_of(shopper=shopper)
        answer = {
            "shopper": shopper.pk if shopper else None,
            "quota": {
                "limit": quota.limit,
                "remaining": quota.remaining,
                "reset_s": int(quota.reset.total_seconds()) + 1,
            },
        }
        return Response(MeSerializer(answer).data)

    @extend_schema(operation_id="me_erase", responses={200: ReceiptsSerializer, **refusals(403, 503)})
    def delete(self, request: Request) -> Response:
        """Erase every photo, picture, try-on and consent of yours, now."""
        shopper = self.shopper()
        receipts = shopper_erase(shopper=shopper) if shopper else []
        request.session.pop(SESSION_KEY, None)
        return Response(ReceiptsSerializer({"receipts": receipts}).data)


class ExportView(PictureView):
    @extend_schema(
        operation_id="me_export", responses={(200, "application/zip"): OpenApiTypes.BINARY, **refusals(404)}
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Everything we hold about you, as a zip: `data.json`, your photos and your pictures."""
        shopper, user = self.shopper(), request.user if request.user.is_authenticated else None
        if shopper is None and user is None:
            raise TryOnError("not_found")
        pieces = person_export(shopper=shopper, user=user)
        response = StreamingHttpResponse(pieces, content_type="application/zip")
        response["Content-Disposition"] = 'attachment; filename="try-on-data.zip"'
        response["X-Content-Type-Options"] = "nosniff"
        return response
