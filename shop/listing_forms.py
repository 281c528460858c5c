"""What a merchant says of garments that are put on sale together."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.forms.widgets import Script
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tryon.models import Garment
from tryon.services.garment_swatches import garment_swatch

from .colours import colour_name
from .models import Category
from .selectors.publishing import product_of_garment, product_price, usual_category
from .services.publishing import Listing

LONGEST_SIZE, MOST_SIZES = 16, 30


class PriceField(forms.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, min_value=0, max_digits=9, decimal_places=2, **options)


class SharedForm(forms.Form):
    """What holds for all of them."""

    class Media:
        css = {"all": ["tryon/admin.css"]}
        js = [Script("tryon/admin_import.js", type="module")]

    price = PriceField()
    sizes = forms.CharField(label=_("Sizes"), initial="S, M, L, XL", max_length=500)
    stock = forms.IntegerField(label=_("Pieces of each size"), min_value=0, max_value=1_000_000)

    def __init__(self, data: QueryDict | None, kinds: Iterable[str]) -> None:
        super().__init__(data, label_suffix="")
        self.fields["price"].label = _("Price in %(currency)s") % {"currency": settings.DEFAULT_CURRENCY}
        self._kinds = list(kinds)
        for kind in self._kinds:
            name = Garment.Category(kind).label
            self.fields[f"category_{kind}"] = forms.ModelChoiceField(
                Category.objects.all(),
                required=False,
                label=_("Category of new products: %(kind)s") % {"kind": name},
                empty_label=_("Choose a category"),
                initial=usual_category(kind),
            )

    def clean_sizes(self) -> list[str]:
        parts = (part.strip() for part in re.split("[,;，、；]", self.cleaned_data["sizes"]))
        sizes = [part for part in dict.fromkeys(parts) if part]
        if not sizes or len(sizes) > MOST_SIZES or max(map(len, sizes)) > LONGEST_SIZE:
            raise forms.ValidationError(
                _("Write sizes with commas between them, each of at most 16 characters.")
            )
        return sizes

    def categories(self) -> dict[str, Category]:
        """Where new products go, by kind of garment, as far as that is said."""
        chosen = {kind: self.cleaned_data[f"category_{kind}"] for kind in self._kinds}
        return {kind: category for kind, category in chosen.items() if category}


class ListingForm(forms.Form):
    """What one garment is put on sale as. Fields of those that are not chosen do not matter."""

    chosen = forms.BooleanField(
        required=False, widget=forms.CheckboxInput(attrs={"aria-label": _("put this garment on sale")})
    )
    product = forms.CharField(
        label=capfirst(_("product")), max_length=120, widget=forms.TextInput(attrs={"list": "products"})
    )
    name = forms.CharField(label=capfirst(_("name of the colour")), max_length=60)
    price = PriceField(label=_("Another price"))

    def listing(self, price: Decimal | None) -> Listing | None:
        """With `price` unless another one is given; None if something is wrong with it."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        amount = price if data["price"] is None else data["price"]
        if amount is None:
            self.add_error("price", _("Enter a price here, or one for all."))
            return None
        return Listing(data["product"], data["name"], amount)


def listing_form(garment: Garment, data: QueryDict | None = None) -> ListingForm:
    """The form of a garment, filled by a request, or with the product that has its article number."""
    initial = {} if data else _initial(garment)
    return ListingForm(data, initial=initial, prefix=str(garment.pk), label_suffix="")


def garment_ids(data: QueryDict) -> Sequence[str]:
    """Ids, as they were sent, of the garments that have a form in `data`."""
    return [name.removesuffix("-product") for name in data if name.endswith("-product")]


def _initial(garment: Garment) -> dict[str, Any]:
    product = product_of_garment(garment)
    return {
        "chosen": True,
        "product": product.name if product else garment.name,
        "name": colour_name(garment_swatch(garment=garment)),
        "price": product_price(product) if product else None,
    }
