"""What every request brings along for the services."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .actors import Actor, acting
from .identity import SESSION_KEY
from .pseudonyms import account_pseudonym, shopper_pseudonym


class ActorMiddleware:
    """Tells the audit trail who is behind a request. Stands after the one that knows the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting(lambda: actor_of(request)):
            return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor:
    """Staff, account, guest or visitor, by pseudonym."""
    if request.user.is_authenticated:
        return Actor("staff" if request.user.is_staff else "account", account_pseudonym(request.user.pk))
    guest = request.session.get(SESSION_KEY)
    return Actor("guest", shopper_pseudonym(guest)) if guest else Actor("visitor")
