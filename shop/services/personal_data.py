"""What the shop keeps about people: to hand over, to let go, and not to keep for ever."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from shop.models import Cart, Order, OrderLine

PERSONAL = ("name", "email", "street", "postal_code", "city")
"""What on an order says whose it is. The country stays: taxes hang on it."""


def account_facts(user: AbstractBaseUser) -> dict[str, Any]:
    """Login, cart and orders, as JSON; never the password."""
    account = {
        name: getattr(user, name)
        for name in ("username", "email", "first_name", "last_name", "date_joined", "last_login")
    }
    cart = Cart.objects.filter(user_id=user.pk).first()
    orders = Order.objects.filter(user_id=user.pk).prefetch_related("lines")
    return {
        "account": account,
        "cart": [{"sku": line.variant.sku, "quantity": line.quantity} for line in cart.lines.all()]
        if cart
        else [],
        "orders": [_order_facts(order) for order in orders],
    }


@transaction.atomic
def account_release(user: AbstractBaseUser) -> int:
    """Delete the cart and cut the orders off the account; returns how many of both.

    Orders stay, with the address on the invoice: books have to be kept. They name no photo and no try-on.
    """
    carts = Cart.objects.filter(user_id=user.pk)
    count = carts.count() + Order.objects.filter(user_id=user.pk).update(user=None)
    carts.delete()
    return count


def stale_forget(now: datetime) -> int:
    """Delete guests' carts that nobody has touched for long, and take the person off orders whose time in the
    books is up; returns how many of both. What was sold, when and for how much stays.
    """
    carts = Cart.objects.filter(user=None, updated_at__lt=now - settings.SHOP["CART_TTL"])
    old = Order.objects.filter(placed_at__lt=now - settings.SHOP["ORDER_TTL"])
    named = old.exclude(user=None, **dict.fromkeys(PERSONAL, ""))
    count = carts.count() + named.update(user=None, **dict.fromkeys(PERSONAL, ""))
    carts.delete()
    return count


def _order_facts(order: Order) -> dict[str, Any]:
    fields = ("id", "status", "name", "email", "street", "postal_code", "city", "country", "placed_at")
    facts = {name: getattr(order, name) for name in fields}
    return facts | {"total": str(order.total), "lines": [_line_facts(line) for line in order.lines.all()]}


def _line_facts(line: OrderLine) -> dict[str, Any]:
    fields = ("sku", "name", "colour", "size", "quantity")
    return {name: getattr(line, name) for name in fields} | {"unit_price": str(line.unit_price)}
