"""What a shopper has agreed to."""

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.schema import refusals
from tryon.api.serializers import ConsentSerializer, ConsentsSerializer
from tryon.errors import TryOnError
from tryon.identity import shopper_for_request
from tryon.models import Consent
from tryon.selectors.consents import consents_active
from tryon.services.consents import consent_give, consent_withdraw

from .base import ShopperView


class ConsentsView(ShopperView):
    serializer_class = ConsentSerializer
    pagination_class = None

    @extend_schema(operation_id="consents_list", responses=ConsentsSerializer)
    def get(self, request: Request) -> Response:
        """The consents that stand, and the version of the text that is asked for."""
        given = consents_active(shopper=self.shopper())
        answer = {"version": settings.TRYON["CONSENT_VERSION"], "consents": given}
        return Response(ConsentsSerializer(answer).data)

    @extend_schema(operation_id="consents_give", responses={201: ConsentSerializer, **refusals(403, 409)})
    def post(self, request: Request) -> Response:
        """Agree to one purpose, in the version that was shown. This makes a shopper of a guest."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        shopper = shopper_for_request(request, create=True)
        consent = consent_give(shopper=shopper, **serializer.validated_data)
        return Response(ConsentSerializer(consent).data, status=status.HTTP_201_CREATED)


class ConsentView(ShopperView):
    @extend_schema(
        operation_id="consents_withdraw",
        parameters=[OpenApiParameter("purpose", location="path", enum=Consent.Purpose.values)],
        responses={204: None, **refusals(403, 404, 503)},
    )
    def delete(self, request: Request, purpose: str) -> Response:
        """Withdraw. Try-ons that wait or run are stopped."""
        shopper = self.shopper()
        if shopper is None or not consents_active(shopper=shopper).filter(purpose=purpose).exists():
            raise TryOnError("not_found")
        consent_withdraw(shopper=shopper, purpose=purpose)
        return Response(status=status.HTTP_204_NO_CONTENT)
