"""Orders, seen only by those who placed them."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from shop.models import Order, User


def order_get(*, order_id: UUID, user: User | AnonymousUser, session_orders: Collection[str]) -> Order:
    """An order of this account, or one that this session placed as a guest. Raises Order.DoesNotExist."""
    visible = Q(user=None, pk__in=[each for each in session_orders if each == str(order_id)])
    if user.is_authenticated:
        visible |= Q(user=user)
    return Order.objects.prefetch_related("lines__variant__colour__product").get(visible, pk=order_id)


def orders_of(user: User | AnonymousUser) -> QuerySet[Order]:
    """The orders of an account, newest first; none for a guest."""
    if not user.is_authenticated:
        return Order.objects.none()
    return Order.objects.filter(user=user).prefetch_related("lines__variant__colour__product")
