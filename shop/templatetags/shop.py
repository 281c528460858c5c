"""What templates of the storefront need beyond Django's own tags."""

from collections.abc import Iterable
from decimal import Decimal

from django import template
from django.conf import settings
from django.template.context import Context
from djmoney.money import Money

from shop.models import Product, ProductColour
from shop.selectors.carts import cart_summary
from shop.selectors.catalogue import category_list
from shop.sessions import cart_of

register = template.Library()


@register.simple_tag(takes_context=True)
def cart_count(context: Context) -> int:
    """Pieces in the visitor's cart. 0 on pages rendered without a session, such as error pages."""
    request = context.get("request")
    if request is None or not hasattr(request, "session"):
        return 0
    return cart_summary(cart_of(request)).count


@register.simple_tag
def shop_categories() -> list:
    """The categories of the menu."""
    return list(category_list())


@register.filter
def price(amount: Money | Decimal) -> str:
    """An amount as people write it; a bare number is in the shop's currency."""
    return str(amount if isinstance(amount, Money) else Money(amount, settings.DEFAULT_CURRENCY))


@register.simple_tag
def shown_colour(product: Product, wanted: Iterable[str] = ()) -> ProductColour | None:
    """The first of the wanted colours (slugs), else the first of all; from the prefetched ones."""
    colours = list(product.colours.all())
    return next((colour for colour in colours if colour.slug in wanted), next(iter(colours), None))


@register.filter
def percent_of(share: float) -> str:
    """0.0345 -> 3.5 %"""
    return f"{share:.1%}".replace("%", "\N{NO-BREAK SPACE}%")


@register.filter
def points(share: float) -> str:
    """0.0345 -> +3.5, in percentage points"""
    return f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")
