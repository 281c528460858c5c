"""From a garment that can be tried on to a colour of a product."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tryon.admin_garments import PageLink
from tryon.errors import TryOnError
from tryon.models import Garment
from tryon.services.garment_swatches import garment_swatch

from .colours import colour_name
from .models import Product, ProductColour
from .selectors.publishing import product_of_garment
from .services.publishing import PublishError, garment_publish

PROBLEMS = {
    "garment_taken": _("This garment is on sale already."),
    "garment_not_ready": _("This garment cannot be tried on yet. See its page."),
    "colour_taken": _("This product has a colour of this name already. Choose another name or product."),
    "product_ambiguous": _("Several products have this name. Put this garment on sale on its own page."),
    "category_missing": _("It is a new product: say above in which category it is to be."),
}
MAY_PUBLISH = "shop.add_productcolour"
STYLES = forms.Media(css={"all": ["tryon/admin.css"]})


class PublishForm(forms.Form):
    product = forms.ModelChoiceField(
        Product.objects.all(), label=capfirst(_("product")), empty_label=_("Choose a product")
    )
    name = forms.CharField(label=capfirst(_("name of the colour")), max_length=60)
    hex = forms.CharField(
        label=capfirst(_("swatch")),
        widget=forms.TextInput(attrs={"type": "color"}),
        validators=[RegexValidator(r"^#[0-9a-f]{6}$")],
    )
    alt = forms.CharField(label=capfirst(_("picture in words")), max_length=200)


def publish_view(request: HttpRequest, garment_id: object) -> HttpResponse:
    """Ask for product and colour, then go on to its sizes and prices."""
    if not request.user.has_perm(MAY_PUBLISH):
        raise PermissionDenied
    garment = get_object_or_404(Garment, pk=garment_id)
    form = PublishForm(request.POST or None, initial=_initial(garment), label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            colour = garment_publish(garment=garment, **form.cleaned_data)
        except TryOnError as error:
            form.add_error(None, str(error.message))
        except PublishError as error:
            form.add_error(None, PROBLEMS[error.code])
        else:
            messages.success(request, _("It is a colour of the product now. Enter its sizes and prices."))
            return redirect(reverse("admin:shop_productcolour_change", args=[colour.pk]))
    context = {
        **admin.site.each_context(request),
        "title": _("Put %(garment)s on sale") % {"garment": garment},
        "opts": ProductColour._meta,
        "media": STYLES,
        "garment": garment,
        "form": form,
    }
    return TemplateResponse(request, "shop/admin/publish.html", context)


def publish_link(request: HttpRequest, garment: Garment) -> PageLink | None:
    """To the product it is sold as, or to the page that puts it on sale."""
    colour = ProductColour.objects.select_related("product").filter(garment=garment).first()
    if colour and request.user.has_perm("shop.view_productcolour"):
        url = reverse("admin:shop_productcolour_change", args=[colour.pk])
        return PageLink(_("Sold as %(colour)s") % {"colour": colour}, url)
    if not colour and garment.status == Garment.Status.SUCCEEDED and request.user.has_perm(MAY_PUBLISH):
        return PageLink(_("Put it on sale"), reverse("admin:shop_productcolour_publish", args=[garment.pk]))
    return None


def _initial(garment: Garment) -> dict[str, Any]:
    swatch = garment_swatch(garment=garment)
    product = product_of_garment(garment)
    return {"product": product, "name": colour_name(swatch), "hex": swatch, "alt": garment.name}
