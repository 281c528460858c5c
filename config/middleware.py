"""What Django leaves to us: some headers, senseless questions, and the end of sessions that nobody uses."""

from collections.abc import Callable
from http import HTTPStatus

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class CrossOriginResourcePolicy:
    """Keeps pages of other sites from loading what we answer, pictures included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class AdminContentSecurityPolicy:
    """Loosens the policy under /admin/ alone: its theme evaluates Alpine expressions and inline scripts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
                "style-src": [SELF, UNSAFE_INLINE],
            }
        return response


class ApiOverTls:
    """Refuses requests of the API in the clear, where pages are redirected: a client that follows would go on
    sending its secrets so (OWASP ASVS 5.0, 4.1.2)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and request.path.startswith("/api/") and not request.is_secure():
            return HttpResponse("The API answers over https alone.", "text/plain", HTTPStatus.FORBIDDEN)
        return self.get_response(request)


class NullCharacters:
    """Refuses questions with a null character: PostgreSQL takes none, and filters of the admin would ask.

    The API knows every parameter that it reads, and answers in its own form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        texts = (text for name, values in request.GET.lists() for text in (name, *values))
        if not request.path.startswith("/api/") and any("\0" in text for text in texts):
            raise BadRequest("The query string has a null character.")
        return self.get_response(request)


class ClearSiteData:
    """Has the browser forget pages and what scripts stored when somebody logs out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and request.path == reverse("account_logout"):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class StaffTimeout:
    """Ends a session of staff after STAFF_IDLE without a request. Those of shoppers last: they own photos."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # What nobody has looked at stays so: looking makes an answer differ by cookie.
        if request.session.accessed and request.user.is_staff:
            request.session.set_expiry(int(settings.STAFF_IDLE.total_seconds()))
        return response
