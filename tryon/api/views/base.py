"""What all views of the API share."""

from typing import Any

from django.http import HttpResponse
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.throttles import VisitorThrottle
from tryon.errors import TryOnError
from tryon.identity import shopper_for_request
from tryon.models import Shopper


class NewestFirst(CursorPagination):
    """Pages that stay put while new rows arrive."""

    ordering = ("-created_at", "id")
    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100


class ShopperView(GenericAPIView):
    """A view for one shopper, account or guest. Its answers are never kept by a cache."""

    filter_backends: list = []
    pagination_class: type[CursorPagination] | None = NewestFirst
    throttle_classes = [VisitorThrottle]
    write_scope = "write"

    @property
    def throttle_scope(self) -> str:
        """The name of the rate: reads are polled, writes cost more."""
        method = self.request.method if self.request is not None else "GET"
        return "read" if method in SAFE_METHODS else self.write_scope

    def shopper(self) -> Shopper | None:
        """Who is asking; None for a visitor who owns nothing yet."""
        return shopper_for_request(self.request, create=False)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class PictureView(ShopperView):
    """Hands out the bytes of a picture, whatever type the client says it accepts."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)

    def picture(self, data: bytes, *, media_type: str, filename: str) -> HttpResponse:
        """Picture bytes; a download when the query says `download`."""
        response = HttpResponse(data, content_type=media_type)
        disposition = "attachment" if "download" in self.request.query_params else "inline"
        response["Content-Disposition"] = f'{disposition}; filename="{filename}"'
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["X-Content-Type-Options"] = "nosniff"
        return response


class UnknownView(ShopperView):
    """Every other address, ids that are none included: the same refusal as for what is not yours."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse whatever the method."""
        raise TryOnError("not_found")
