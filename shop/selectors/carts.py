"""The cart of whoever sends a request."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from djmoney.money import Money

from shop.models import Cart, CartLine, User


@dataclass(frozen=True)
class CartSummary:
    """A cart as pages show it. `total` is None for an empty cart."""

    lines: tuple[CartLine, ...]

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def total(self) -> Money | None:
        if not self.lines:
            return None
        first, *others = (line.total for line in self.lines)
        return sum(others, start=first)

    @property
    def can_order(self) -> bool:
        return bool(self.lines) and all(line.quantity <= line.variant.stock for line in self.lines)


def cart_for(*, user: User | AnonymousUser, session_cart: int | None) -> Cart | None:
    """An account's cart, or the guest cart that the session names. Another account's cart is never found."""
    if user.is_authenticated:
        return Cart.objects.filter(user=user).first()
    if session_cart is None:
        return None
    return Cart.objects.filter(pk=session_cart, user=None).first()


def cart_summary(cart: Cart | None) -> CartSummary:
    """The lines of a cart with all that a page shows of them, in one query."""
    if cart is None:
        return CartSummary(())
    lines = CartLine.objects.filter(cart=cart).select_related("variant__colour__product")
    return CartSummary(tuple(lines))
