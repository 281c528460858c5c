"""The second factor of an account: when it is asked for, and how its secrets lie in the database."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.request import Request

from tryon.key_ring import text_open, text_seal

CONTEXT = b"second factor"


class SealedMFAAdapter(DefaultMFAAdapter):
    """Keeps the secrets of authenticators wrapped by the key ring."""

    def encrypt(self, text: str) -> str:
        return text_seal(text, CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        return text_open(encrypted_text, CONTEXT)


def is_enrolled(user: AbstractUser | AnonymousUser) -> bool:
    """Whether the account has an authenticator app."""
    return _authenticators(user).exists()


def is_staff(request: HttpRequest | Request) -> bool:
    """Whether this request has the rights of staff: the one place that says so, for pages and API alike.

    Under STAFF_MFA_REQUIRED a session must have passed the second factor, and a token must be younger than
    the authenticator: tokens of an enrolled account are only given out for a code.
    """
    user = request.user
    if not (user.is_active and user.is_staff):
        return False
    if not settings.STAFF_MFA_REQUIRED:
        return True
    token = getattr(request, "auth", None)
    if token is not None:
        return _authenticators(user).filter(created_at__lte=token.created).exists()
    passed = any(record["method"] == "mfa" for record in get_authentication_records(request, user))
    return passed and is_enrolled(user)


def code_accept(*, user: AbstractUser, code: str) -> bool:
    """Use up a code of the authenticator app or a recovery code. False: it is wrong, or too many were."""
    form = AuthenticateForm({"code": code}, user=user)
    if not form.is_valid():
        return False
    form.authenticator.record_usage()
    return True


def _authenticators(user: AbstractUser | AnonymousUser) -> "QuerySet[Authenticator]":
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP)
