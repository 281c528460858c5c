from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from shop.forms import AddressForm
from shop.models import Order
from shop.selectors.carts import cart_summary
from shop.selectors.orders import order_get, orders_of
from shop.services.orders import EmptyCartError, NotEnoughStockError, order_place
from shop.sessions import cart_of, order_ids, order_remember


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Ask for an address and place the order."""
    cart = cart_of(request)
    summary = cart_summary(cart)
    if cart is None or not summary.can_order:
        return redirect("shop:cart")
    form = AddressForm(request.POST or None, initial=_known_address(request))
    if request.method != "POST" or not form.is_valid():
        return render(request, "shop/checkout.html", {"form": form, "cart": summary})
    try:
        order = order_place(cart=cart, user=request.user, address=form.cleaned_data)
    except (EmptyCartError, NotEnoughStockError):
        messages.error(
            request, _("Someone was faster: part of your cart has just been sold. Please check it.")
        )
        return redirect("shop:cart")
    if order.user_id is None:
        order_remember(request, order.pk)
    return redirect("shop:order", order.pk)


@never_cache
@require_safe
def order_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The confirmation of one order, for whoever placed it."""
    try:
        order = order_get(order_id=pk, user=request.user, session_orders=order_ids(request))
    except Order.DoesNotExist as error:
        raise Http404(_("There is no such order.")) from error
    return render(request, "shop/order.html", {"order": order})


@never_cache
@require_safe
@login_required
def order_list(request: HttpRequest) -> HttpResponse:
    """The orders of an account."""
    return render(request, "shop/orders.html", {"orders": orders_of(request.user)})


def _known_address(request: HttpRequest) -> dict[str, str]:
    """What an account has told us before: the address of its last order."""
    if not request.user.is_authenticated:
        return {}
    last = orders_of(request.user).first()
    if last is None:
        return {"name": request.user.get_full_name(), "email": request.user.email}
    return {field: getattr(last, field) for field in AddressForm.Meta.fields}
