"""Giving out tokens, under the limits on guessing that the login page has."""

from allauth.account.adapter import get_adapter
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from knox.models import AuthToken
from knox.settings import knox_settings
from rest_framework.exceptions import AuthenticationFailed, Throttled

from tryon.errors import TryOnError
from tryon.second_factor import code_accept, is_enrolled


def token_create(
    *, request: HttpRequest, username: str, password: str, code: str = ""
) -> tuple[AuthToken, str]:
    """Make a token for the account; returns its row and the token, which is not kept.

    Raises AuthenticationFailed for a wrong name, password or code, Throttled after too many, and TryOnError
    `second_factor_required` when the account has a second factor and no code was sent.
    """
    user = _authenticate(request, username, password)
    if is_enrolled(user):
        if not code:
            raise TryOnError("second_factor_required")
        if not code_accept(user=user, code=code):
            raise AuthenticationFailed
    created: tuple[AuthToken, str] = AuthToken.objects.create(user=user)
    tokens = AuthToken.objects.filter(user=user)
    newest = tokens.order_by("-created")[: knox_settings.TOKEN_LIMIT_PER_USER]
    tokens.exclude(pk__in=newest.values("pk")).delete()
    return created


def _authenticate(request: HttpRequest, username: str, password: str) -> AbstractUser:
    try:
        user: AbstractUser | None = get_adapter(request).authenticate(
            request, username=username, password=password
        )
    except ValidationError as error:
        raise Throttled from error
    if user is None or not user.is_active:
        raise AuthenticationFailed
    return user
