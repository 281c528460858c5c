"""Many garments that can be tried on, put on sale together on one page."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tryon.errors import message_for
from tryon.models import Garment

from .admin_publishing import PROBLEMS
from .listing_forms import ListingForm, SharedForm, garment_ids, listing_form
from .models import Product, ProductColour
from .selectors.publishing import garments_unfit
from .services.publishing import Listing, ListingsRefusedError, garments_publish

MOST_LISTINGS = 200
"""With four fields each they stay below the 1000 that Django reads."""
RIGHTS = tuple(f"shop.add_{model}" for model in ("product", "productcolour", "productvariant"))


def may_list(request: HttpRequest) -> bool:
    """Whether the account may put many garments on sale, which can make products of them."""
    return request.user.has_perms(RIGHTS)


def publish_many_view(request: HttpRequest) -> HttpResponse:
    """Put on sale what the page of `publish_many_page` sends, all of it or nothing."""
    if not may_list(request):
        raise PermissionDenied
    garments = list(Garment.objects.filter(pk__in=_uuids(request.POST)))
    if not garments:
        messages.info(request, _("Select garments, then choose “Put the selected garments on sale”."))
        return redirect("admin:tryon_garment_changelist")
    return publish_many_page(request, garments, request.POST)


def publish_many_page(
    request: HttpRequest, garments: Sequence[Garment], data: QueryDict | None = None
) -> HttpResponse:
    """A form for all of them and one for each that can be sold, with those that cannot and why.

    With `data` they are put on sale; if anything is wrong, the page says it and nothing is.
    """
    unfit = garments_unfit(garments)
    fit = [garment for garment in garments if garment.pk not in unfit]
    shared = SharedForm(data, sorted({garment.category for garment in fit}))
    forms = {garment.pk: listing_form(garment, data) for garment in fit}
    codes: dict[UUID, str] = {}
    if data:
        listings = _listings(shared, forms)
        if listings is not None:
            try:
                return _published(request, shared, listings)
            except ListingsRefusedError as error:
                codes = error.codes
        messages.error(request, _("Nothing was put on sale yet. See what is wrong at the marked garments."))
    context = {
        **admin.site.each_context(request),
        "title": _("Put garments on sale"),
        "opts": ProductColour._meta,
        "media": shared.media,
        "shared": shared,
        "rows": [(each, forms[each.pk], PROBLEMS.get(codes.get(each.pk, ""), "")) for each in fit],
        "unfit": [(each, _reason(each, unfit[each.pk])) for each in garments if each.pk in unfit],
        "products": Product.objects.order_by("name").values_list("name", flat=True).distinct() if fit else [],
    }
    return TemplateResponse(request, "shop/admin/publish_many.html", context)


def _published(request: HttpRequest, shared: SharedForm, listings: dict[UUID, Listing]) -> HttpResponse:
    """Raises ListingsRefusedError."""
    sizes, stock = shared.cleaned_data["sizes"], shared.cleaned_data["stock"]
    sold = len(garments_publish(listings=listings, sizes=sizes, stock=stock, categories=shared.categories()))
    text = ngettext(
        "%(count)d garment is on sale now. Describe its product if it is new.",
        "%(count)d garments are on sale now. Describe the products that are new.",
        sold,
    )
    messages.success(request, text % {"count": sold})
    return redirect("admin:shop_product_changelist")


def _listings(shared: SharedForm, forms: dict[UUID, ListingForm]) -> dict[UUID, Listing] | None:
    """Those that are chosen; None if something is missing or wrong in the forms."""
    fine = shared.is_valid()
    chosen = {pk: form for pk, form in forms.items() if form["chosen"].data}
    if not chosen:
        shared.add_error(None, _("Choose at least one garment."))
        return None
    price = shared.cleaned_data.get("price")
    listings = {pk: form.listing(price) for pk, form in chosen.items()}
    whole = {pk: listing for pk, listing in listings.items() if listing}
    return whole if fine and len(whole) == len(listings) else None


def _reason(garment: Garment, code: str) -> object:
    """Why it cannot be sold: what is wrong with its picture, if that is it."""
    wrong = code == "garment_not_ready" and garment.error_code
    return message_for(garment.error_code) if wrong else PROBLEMS[code]


def _uuids(data: QueryDict) -> list[UUID]:
    found = []
    for text in garment_ids(data):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
