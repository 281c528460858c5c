"""Turn a cart into an order. Stock is taken under a lock, so the last piece is sold once."""

from collections.abc import Mapping

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import F

from shop.models import Cart, CartLine, Order, OrderLine, ProductVariant, User
from shop.selectors.carts import cart_summary


class EmptyCartError(Exception):
    """There is nothing to order."""


class NotEnoughStockError(Exception):
    """Some lines ask for more than is left. `lines` are those, with the stock that is there now."""

    def __init__(self, lines: list[CartLine]) -> None:
        self.lines = lines
        super().__init__([line.variant.sku for line in lines])


@transaction.atomic
def order_place(*, cart: Cart, user: User | AnonymousUser, address: Mapping[str, str]) -> Order:
    """Order all lines of a cart: take the stock, keep names and prices of the day, empty the cart.

    `address` has name, email, street, postal_code, city and country. All or nothing: raises EmptyCartError or
    NotEnoughStockError and changes nothing.
    """
    Cart.objects.select_for_update().get(pk=cart.pk)
    # Locks in the order of the key, so that two orders of the same variants cannot wait for each other.
    wanted = cart.lines.values("variant")
    list(ProductVariant.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    summary = cart_summary(cart)
    if summary.total is None:
        raise EmptyCartError
    short = [line for line in summary.lines if line.quantity > line.variant.stock]
    if short:
        raise NotEnoughStockError(short)
    owner = user if user.is_authenticated else None
    order = Order.objects.create(user=owner, total=summary.total, **address)
    for line in summary.lines:
        ProductVariant.objects.filter(pk=line.variant_id).update(stock=F("stock") - line.quantity)
    OrderLine.objects.bulk_create(_order_line(order, line) for line in summary.lines)
    cart.lines.all().delete()
    return order


def _order_line(order: Order, line: CartLine) -> OrderLine:
    variant = line.variant
    return OrderLine(
        order=order,
        variant=variant,
        sku=variant.sku,
        name=variant.colour.product.name,
        colour=variant.colour.name,
        size=variant.size,
        unit_price=variant.price,
        quantity=line.quantity,
    )
