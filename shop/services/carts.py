"""Fill, change and merge carts. Quantities never pass what is in stock."""

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from shop.models import Cart, CartLine, ProductVariant, User

MAX_PER_LINE = 10


class OutOfStockError(Exception):
    """There is not one piece left of what was asked for."""


@transaction.atomic
def cart_create(*, user: User | AnonymousUser) -> Cart:
    """A cart for an account (the one it has, if any) or a new one for a guest."""
    if user.is_authenticated:
        return Cart.objects.get_or_create(user=user)[0]
    return Cart.objects.create()


@transaction.atomic
def cart_add(*, cart: Cart, variant: ProductVariant, quantity: int = 1) -> CartLine:
    """Add pieces of a variant, as many as there are. Raises OutOfStockError when there are none."""
    _lock(cart)
    line = CartLine.objects.filter(cart=cart, variant=variant).first() or CartLine(cart=cart, variant=variant)
    line.quantity = _possible(variant, (line.quantity or 0) + quantity)
    line.save()
    return line


@transaction.atomic
def cart_set_quantity(*, line: CartLine, quantity: int) -> None:
    """Set how many pieces a line asks for; 0 removes it. Raises OutOfStockError when there are none."""
    _lock(line.cart)
    if quantity < 1:
        line.delete()
        return
    line.quantity = _possible(line.variant, quantity)
    line.save(update_fields=["quantity"])


@transaction.atomic
def cart_merge(*, guest: Cart, user: User) -> Cart:
    """Move a guest's lines into the account's cart and drop the guest's cart.

    A variant in both keeps the larger quantity: whoever filled the cart twice on two devices wants it once.
    """
    cart = cart_create(user=user)
    for each in sorted((cart, guest), key=lambda each: each.pk):
        _lock(each)
    owned = {line.variant_id: line for line in cart.lines.all()}
    for line in guest.lines.all():
        existing = owned.get(line.variant_id)
        if existing is None:
            line.cart = cart
            line.save(update_fields=["cart"])
        elif line.quantity > existing.quantity:
            existing.quantity = line.quantity
            existing.save(update_fields=["quantity"])
    guest.delete()
    return cart


def _possible(variant: ProductVariant, wanted: int) -> int:
    possible = min(wanted, variant.stock, MAX_PER_LINE)
    if possible < 1:
        raise OutOfStockError
    return possible


def _lock(cart: Cart) -> None:
    """Serialise changes of one cart: two clicks at once must not both insert the same line."""
    Cart.objects.select_for_update().get(pk=cart.pk)
    cart.save(update_fields=["updated_at"])
