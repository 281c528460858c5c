"""What all views of the API share."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.throttles import VisitorThrottle
from tryon.errors import TryOnError
from tryon.identity import shopper_for_request
from tryon.models import Shopper
from tryon.second_factor import is_staff


class Pages(CursorPagination):
    """Pages that stay put while new rows arrive. A `page_size` that cannot be had is refused."""

    page_size_query_param = "page_size"
    max_page_size: int = 100

    def get_page_size(self, request: Request) -> int | None:
        """Raises ValidationError for anything but one whole number from 1 to `max_page_size`."""
        asked = request.query_params.getlist(self.page_size_query_param)
        if asked and (len(asked) > 1 or asked[0] not in map(str, range(1, self.max_page_size + 1))):
            message = _("A whole number from 1 to %(most)d.") % {"most": self.max_page_size}
            raise ValidationError({self.page_size_query_param: message})
        return super().get_page_size(request)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"minimum": 1, "maximum": self.max_page_size}
        return parameters


class NewestFirst(Pages):
    """What a shopper has, newest first."""

    ordering = ("-created_at", "id")
    page_size = 24


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


class StaffView(ShopperView):
    """A view for staff whose role includes it; for everybody else the selectors find nothing here."""

    @property
    def asker(self) -> dict[str, Any]:
        """What selectors want to know of whoever asks."""
        return {"user": self.request.user, "is_staff": is_staff(self.request)}

    def require(self, permission: str) -> None:
        """Raises PermissionDenied for those who may look and not do this."""
        if not self.request.user.has_perm(f"tryon.{permission}"):
            raise PermissionDenied


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
