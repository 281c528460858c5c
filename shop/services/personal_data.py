"""What the shop keeps about an account: to hand over, and to let go."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from shop.models import Cart, Order, OrderLine


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


def _order_facts(order: Order) -> dict[str, Any]:
    fields = ("id", "status", "name", "email", "street", "postal_code", "city", "country", "placed_at")
    facts = {name: getattr(order, name) for name in fields}
    return facts | {"total": str(order.total), "lines": [_line_facts(line) for line in order.lines.all()]}


def _line_facts(line: OrderLine) -> dict[str, Any]:
    fields = ("sku", "name", "colour", "size", "quantity")
    return {name: getattr(line, name) for name in fields} | {"unit_price": str(line.unit_price)}
