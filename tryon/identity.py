"""Whose photos a request may touch: an account's, or those of a guest known by their session alone."""

from django.http import HttpRequest

from tryon.models import Shopper
from tryon.services.shoppers import shopper_merge

SESSION_KEY = "shopper_id"


def shopper_for_request(request: HttpRequest, *, create: bool = False) -> Shopper | None:
    """The shopper behind the request; None if there is none yet and `create` is false.

    On the first request after a login the guest of the session is merged into the account.
    """
    if request.user.is_authenticated:
        return _shopper_of_account(request, create)
    guest = _guest_of_session(request)
    if guest is None and create:
        guest = Shopper.objects.create()
        request.session[SESSION_KEY] = str(guest.pk)
    return guest


def _shopper_of_account(request: HttpRequest, create: bool) -> Shopper | None:
    guest = _guest_of_session(request)
    if guest is not None:
        shopper = shopper_merge(guest=guest, user=request.user)
    else:
        shopper = Shopper.objects.filter(user=request.user).first()
    if request.session.has_key(SESSION_KEY):
        del request.session[SESSION_KEY]
    if shopper is None and create:
        shopper, _ = Shopper.objects.get_or_create(user=request.user)
    return shopper


def _guest_of_session(request: HttpRequest) -> Shopper | None:
    """The session's guest. Never an account's shopper, whatever the session says."""
    guest_id = request.session.get(SESSION_KEY)
    return Shopper.objects.filter(pk=guest_id, user__isnull=True).first() if guest_id else None
