"""Tokens for clients that are no browsers: for a password and a second factor, revoked by their owner."""

from django.contrib.auth.signals import user_logged_out
from drf_spectacular.utils import extend_schema
from knox.auth import TokenAuthentication
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from tryon.api.schema import refusals
from tryon.api.serializers import TokenInfoSerializer, TokenRequestSerializer, TokenSerializer
from tryon.selectors.tokens import token_get, tokens_of
from tryon.services.tokens import token_create

from .base import ShopperView


class TokenView(ShopperView):
    authentication_classes = [TokenAuthentication]
    serializer_class = TokenRequestSerializer
    write_scope = "token"

    def get_permissions(self) -> list:
        return [IsAuthenticated()] if self.request and self.request.method == "DELETE" else []

    @extend_schema(
        operation_id="auth_token_create", auth=[], responses={200: TokenSerializer, **refusals(401, 403)}
    )
    def post(self, request: Request) -> Response:
        """Exchange name, password and, if the account has one, the second factor for a token:
        `Authorization: Token <token>`. The oldest of many go."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        instance, token = token_create(request=request._request, **serializer.validated_data)
        return Response(TokenSerializer({"token": token, "expiry": instance.expiry}).data)

    @extend_schema(operation_id="auth_token_delete", request=None, responses={204: None, **refusals(403)})
    def delete(self, request: Request) -> Response:
        """Make the token that was sent worthless."""
        request.auth.delete()
        user_logged_out.send(sender=type(request.user), request=request, user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokensView(ShopperView):
    permission_classes = [IsAuthenticated]
    pagination_class = None

    @extend_schema(
        operation_id="auth_tokens_list", responses={200: TokenInfoSerializer(many=True), **refusals(403)}
    )
    def get(self, request: Request) -> Response:
        """Your tokens that still work, newest first. The tokens themselves are not kept."""
        current = request.auth
        tokens = [
            {
                "id": token.id,
                "created": token.created,
                "expiry": token.expiry,
                "current": current is not None and token.pk == current.pk,
            }
            for token in tokens_of(user=request.user)
        ]
        return Response(TokenInfoSerializer(tokens, many=True).data)

    @extend_schema(operation_id="auth_tokens_revoke_all", responses={204: None, **refusals(403)})
    def delete(self, request: Request) -> Response:
        """Make all your tokens worthless."""
        tokens_of(user=request.user).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokenRevokeView(ShopperView):
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="auth_tokens_revoke", responses={204: None, **refusals(403)})
    def delete(self, request: Request, token_id: str) -> Response:
        """Make one of your tokens worthless."""
        token_get(user=request.user, token_id=token_id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
