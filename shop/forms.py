from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from shop.models import Order
from shop.selectors.catalogue import ORDERS, Criteria, Facet, colour_facets, size_facets

ORDER_LABELS = {
    "": _("Our choice"),
    "price": _("Price, low to high"),
    "-price": _("Price, high to low"),
    "newest": _("Newest"),
    "name": _("Name"),
}


class CatalogueForm(forms.Form):
    """The filter of the product list, read from the query string."""

    q = forms.CharField(label=_("Search"), required=False, max_length=80)
    colour = forms.MultipleChoiceField(label=_("Colour"), required=False)
    size = forms.MultipleChoiceField(label=_("Size"), required=False)
    price_min = forms.DecimalField(label=_("From"), required=False, min_value=0, max_digits=9)
    price_max = forms.DecimalField(label=_("To"), required=False, min_value=0, max_digits=9)
    in_stock = forms.BooleanField(label=_("In stock only"), required=False)
    sort = forms.ChoiceField(
        label=_("Sort by"), required=False, choices=[(key, ORDER_LABELS[key]) for key in ORDERS]
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.colours = colour_facets()
        self._offer("colour", self.colours)
        self._offer("size", size_facets())

    def criteria(self) -> Criteria:
        """What to look for; a field that makes no sense narrows nothing."""
        self.is_valid()
        data = self.cleaned_data
        return Criteria(
            query=data.get("q", ""),
            colours=tuple(data.get("colour", ())),
            sizes=tuple(data.get("size", ())),
            price_min=data.get("price_min"),
            price_max=data.get("price_max"),
            in_stock=data.get("in_stock", False),
            order=data.get("sort", ""),
        )

    def narrowing(self) -> int:
        """How many filters are set, not counting search and order."""
        wanted = self.criteria()
        bounds = sum(bound is not None for bound in (wanted.price_min, wanted.price_max))
        return len(wanted.colours) + len(wanted.sizes) + bounds + wanted.in_stock

    def _offer(self, name: str, facets: list[Facet]) -> None:
        field = cast(forms.MultipleChoiceField, self.fields[name])
        field.choices = [(facet.value, facet.label) for facet in facets]


class AddressForm(forms.ModelForm):
    """Where an order goes."""

    class Meta:
        model = Order
        fields = ["name", "email", "street", "postal_code", "city", "country"]
        widgets = {
            "name": forms.TextInput({"autocomplete": "name"}),
            "email": forms.EmailInput({"autocomplete": "email"}),
            "street": forms.TextInput({"autocomplete": "street-address"}),
            "postal_code": forms.TextInput({"autocomplete": "postal-code"}),
            "city": forms.TextInput({"autocomplete": "address-level2"}),
            "country": forms.TextInput({"autocomplete": "country-name"}),
        }


class QuantityForm(forms.Form):
    quantity = forms.IntegerField(min_value=0, max_value=99)
