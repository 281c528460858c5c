from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from shop.exposure import Event, event_count, visit_of
from shop.forms import CatalogueForm
from shop.models import Category, Product, ProductColour
from shop.selectors import catalogue
from tryon.models import Garment

PAGE_SIZE = 12
FEATURED = 6
RELATED = 4


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: what the shop is for, and a choice of products."""
    context = {"featured": catalogue.featured_products(FEATURED), "categories": catalogue.category_list()}
    return render(request, "shop/home.html", context)


@require_safe
def product_list(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """All products or those of one category, filtered, searched, sorted and paged by the query string."""
    category = get_object_or_404(Category, slug=slug) if slug else None
    form = CatalogueForm(request.GET)
    products = catalogue.product_list(category=category, wanted=form.criteria())
    paginator = Paginator(products, PAGE_SIZE)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "category": category,
        "form": form,
        "page": page,
        "page_range": paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
    }
    return render(request, "shop/product_list.html", context)


@require_safe
@ensure_csrf_cookie
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One product in one colour (`?colour=`), its sizes, and the try-on."""
    try:
        product = catalogue.product_get(slug)
    except Product.DoesNotExist as error:
        raise Http404(_("This product is not on sale.")) from error
    colour = _chosen_colour(product, request.GET.get("colour"))
    can_be_tried = colour.garment is not None and colour.garment.status == Garment.Status.SUCCEEDED
    visit = visit_of(request) if can_be_tried else None
    context = {
        "product": product,
        "colour": colour,
        "offers_tryon": colour.garment is not None and (visit is None or visit["offered"]),
        "count_visit": visit is not None and Event.OPENED not in visit["counted"],
        "related": catalogue.related_products(product, RELATED),
    }
    return render(request, "shop/product_detail.html", context)


@require_POST
def product_opened(request: HttpRequest) -> HttpResponse:
    """The script of a product page says that a browser shows it, so programs are not counted."""
    event_count(request, Event.OPENED)
    return HttpResponse(status=204)


@require_safe
def garment_product(request: HttpRequest, garment_id: UUID) -> HttpResponse:
    """From a garment that was tried on to the product that is sold."""
    colours = ProductColour.objects.select_related("product").filter(product__active=True)
    return redirect(get_object_or_404(colours, garment_id=garment_id))


def _chosen_colour(product: Product, slug: str | None) -> ProductColour:
    colours = list(product.colours.all())
    if not colours:
        raise Http404(_("This product is not on sale."))
    return next((colour for colour in colours if colour.slug == slug), colours[0])
