"""Where a guest's cart and orders are remembered: by id in the session."""

from uuid import UUID

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from shop.models import Cart, User
from shop.selectors.carts import cart_for
from shop.services.carts import cart_create, cart_merge

CART = "cart"
ORDERS = "orders"
ORDERS_KEPT = 20


def cart_of(request: HttpRequest) -> Cart | None:
    """The cart of this visitor, or None while they have put nothing in it."""
    return cart_for(user=request.user, session_cart=request.session.get(CART))


def cart_of_or_new(request: HttpRequest) -> Cart:
    """The cart of this visitor; a new one is remembered in the session."""
    cart = cart_of(request) or cart_create(user=request.user)
    if cart.user_id is None:
        request.session[CART] = cart.pk
    return cart


def order_ids(request: HttpRequest) -> list[str]:
    """The orders that this session placed as a guest."""
    return request.session.get(ORDERS, [])


def order_remember(request: HttpRequest, order_id: UUID) -> None:
    """Let this session see the order it has just placed."""
    request.session[ORDERS] = [*order_ids(request), str(order_id)][-ORDERS_KEPT:]


@receiver(user_logged_in)
def take_cart_along(request: HttpRequest, user: User, **_kwargs: object) -> None:
    """A guest who logs in keeps what is in the cart."""
    cart_id = request.session.pop(CART, None)
    guest = Cart.objects.filter(pk=cart_id, user=None).first() if cart_id else None
    if guest:
        cart_merge(guest=guest, user=user)
