"""Whose photos a request may touch: an account's, or those of a guest known by their session alone."""

from typing import Literal, overload

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest

from tryon.models import Shopper
from tryon.services.shoppers import shopper_merge

SESSION_KEY = "shopper_id"


@overload
def shopper_for_request(request: HttpRequest, *, create: Literal[True]) -> Shopper: ...


@overload
def shopper_for_request(request: HttpRequest, *, create: bool = False) -> Shopper | None: ...


def shopper_for_request(request: HttpRequest, *, create: bool = False) -> Shopper | None:
    """The shopper behind the request; None if there is none yet and `create` is false.

    On the first request after a login the guest of the session is merged into the account.
    """
    guest = _guest_of_session(request)
    if isinstance(request.user, AbstractBaseUser):
        return _shopper_of_account(request, request.user, guest, create)
    if guest is None and create:
        guest = Shopper.objects.create()
        request.session[SESSION_KEY] = str(guest.pk)
    return guest


def _shopper_of_account(
    request: HttpRequest, user: AbstractBaseUser, guest: Shopper | None, create: bool
) -> Shopper | None:
    request.session.pop(SESSION_KEY, None)
    if guest is not None:
        shopper = shopper_merge(guest=guest, user=user)
    else:
        shopper = Shopper.objects.filter(user_id=user.pk).first()
    if shopper is None and create:
        shopper, _ = Shopper.objects.get_or_create(user_id=user.pk)
    return shopper


def _guest_of_session(request: HttpRequest) -> Shopper | None:
    """The session's guest. Never an account's shopper, whatever the session says."""
    guest_id = request.session.get(SESSION_KEY)
    return Shopper.objects.filter(pk=guest_id, user__isnull=True).first() if guest_id else None
