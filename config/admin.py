"""The admin behind the login of the shop: the same limits on guessing, the same second factor."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from tryon.second_factor import is_enrolled, is_staff


class AdminSite(UnfoldAdminSite):
    """Has no login form of its own."""

    index_title = _("Overview")

    def has_permission(self, request: HttpRequest) -> bool:
        return is_staff(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send a visitor to the login of the shop, and staff without their second factor to it."""
        response: HttpResponse = secure_admin_login(self._staff_login)(request)
        return response

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """On the page of the shop, which has limits on guessing and ends tokens."""
        return redirect("account_change_password")

    def _staff_login(self, request: HttpRequest) -> HttpResponse:
        if not self.has_permission(request):
            page = "mfa_reauthenticate" if is_enrolled(request.user) else "mfa_activate_totp"
            return redirect(f"{reverse(page)}?{urlencode({REDIRECT_FIELD_NAME: self._next(request)})}")
        return redirect(self._next(request))

    def _next(self, request: HttpRequest) -> str:
        """Where staff wanted to go; never another site."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        hosts = {request.get_host()}
        if url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure()):
            return wanted
        return reverse("admin:index")
