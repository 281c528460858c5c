"""Tokens of an account. A token is known by the beginning of its digest, which opens nothing."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils import timezone
from knox.models import AuthToken

from tryon.errors import TryOnError

ID_LENGTH = 16


def tokens_of(*, user: AbstractBaseUser | AnonymousUser) -> "QuerySet[AuthToken]":
    """The tokens that still work, newest first, each with its `id`."""
    valid = Q(expiry__gt=timezone.now()) | Q(expiry__isnull=True)
    tokens = AuthToken.objects.filter(valid, user_id=user.pk)
    return tokens.annotate(id=Left("digest", ID_LENGTH)).order_by("-created")


def token_get(*, user: AbstractBaseUser | AnonymousUser, token_id: str) -> AuthToken:
    """One of them. Raises TryOnError `not_found`, also for somebody else's."""
    token = tokens_of(user=user).filter(id=token_id).first()
    if token is None:
        raise TryOnError("not_found")
    return token
