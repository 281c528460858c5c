"""Who is asking: an account by token or session, or a guest by session."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from drf_spectacular.authentication import SessionScheme
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class GuestSessionAuthentication(SessionAuthentication):
    """A browser's session, logged in or not. A guest's session owns photos too: CSRF is enforced for both."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser | AnonymousUser, None]:
        user = getattr(request._request, "user", None) or AnonymousUser()
        self.enforce_csrf(request)
        return user if user.is_active else AnonymousUser(), None


class GuestSessionScheme(SessionScheme):
    """Documents it as what it is: the session cookie."""

    target_class = "tryon.api.authentication.GuestSessionAuthentication"
