from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shop.exposure import Event, event_count
from shop.forms import QuantityForm
from shop.models import CartLine, ProductVariant
from shop.selectors.carts import cart_summary
from shop.services import carts
from shop.sessions import cart_of, cart_of_or_new


@require_safe
def cart_detail(request: HttpRequest) -> HttpResponse:
    """What is in the cart."""
    return render(request, "shop/cart.html", {"cart": cart_summary(cart_of(request))})


@require_POST
def cart_add(request: HttpRequest) -> HttpResponse:
    """Put one piece of the posted `variant` into the cart and go back to its product."""
    pk = request.POST.get("variant", "")
    on_sale = ProductVariant.objects.filter(colour__product__active=True)
    variant: ProductVariant = get_object_or_404(
        on_sale.select_related("colour__product"), pk=int(pk) if pk.isdecimal() else None
    )
    try:
        line = carts.cart_add(cart=cart_of_or_new(request), variant=variant)
    except carts.OutOfStockError:
        messages.error(request, _("This size is sold out."))
    else:
        event_count(request, Event.ADDED)
        text = _("Added to your cart: %(product)s, %(colour)s, size %(size)s.")
        names = {"product": variant.colour.product, "colour": variant.colour.name, "size": variant.size}
        messages.success(request, text % names, extra_tags="cart")
        if line.quantity == variant.stock:
            messages.info(request, _("That is all we have of this size."))
    return redirect(variant.colour)


@require_POST
def cart_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the posted `quantity` of one of this cart's lines; 0 removes it."""
    lines = CartLine.objects.select_related("cart", "variant")
    line = get_object_or_404(lines, pk=pk, cart=cart_of(request))
    form = QuantityForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a whole number of pieces."))
        return redirect("shop:cart")
    wanted = form.cleaned_data["quantity"]
    try:
        carts.cart_set_quantity(line=line, quantity=wanted)
    except carts.OutOfStockError:
        messages.error(request, _("This size is sold out."))
    else:
        if line.quantity < wanted:
            messages.info(request, _("You can order %(count)s of these at most.") % {"count": line.quantity})
    return redirect("shop:cart")
