"""What is for sale, narrowed and ordered the way a shopper asks for it."""

from decimal import Decimal
from typing import NamedTuple

from django.contrib.postgres.search import SearchQuery, SearchVector, TrigramWordSimilarity
from django.db.models import Exists, Max, Min, OuterRef, Prefetch, Q, QuerySet

from shop.models import Category, Product, ProductColour, ProductVariant

# Below this word similarity a match reads as noise ("shirt" against "skirt" is 0.33).
SIMILAR = 0.4

ORDERS = {
    "": ("-featured", "position", "name"),
    "price": ("from_price", "name"),
    "-price": ("-from_price", "name"),
    "newest": ("-created_at", "-pk"),
    "name": ("name",),
}


class Facet(NamedTuple):
    value: str
    label: str
    hex: str = ""


class Criteria(NamedTuple):
    """What a shopper looks for. `order` is a key of `ORDERS`."""

    query: str = ""
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool = False
    order: str = ""


ANYTHING = Criteria()


def category_list() -> QuerySet[Category]:
    """Categories with something on sale, in the shop's order."""
    return Category.objects.filter(Exists(Product.objects.filter(category=OuterRef("pk"), active=True)))


def product_list(*, category: Category | None = None, wanted: Criteria = ANYTHING) -> QuerySet[Product]:
    """Products on sale with one variant that meets colour, size, price and stock all at once.

    Each has `from_price` and `to_price` (amounts in the shop's currency) and its colours prefetched.
    Raises KeyError for an order that is not in `ORDERS`.
    """
    products = Product.objects.filter(Exists(_variants(wanted)), active=True)
    if category:
        products = products.filter(category=category)
    if wanted.query:
        products = _search(products, wanted.query)
    return _for_cards(products).order_by(*ORDERS[wanted.order])


def featured_products(limit: int) -> QuerySet[Product]:
    """Up to `limit` products for the front page."""
    products = Product.objects.filter(active=True, featured=True)
    return _for_cards(products).order_by("position", "name")[:limit]


def related_products(product: Product, limit: int) -> QuerySet[Product]:
    """Up to `limit` others of the same category."""
    products = Product.objects.filter(active=True, category=product.category).exclude(pk=product.pk)
    return _for_cards(products).order_by("position", "name")[:limit]


def product_get(slug: str) -> Product:
    """One product on sale with colours, variants and garments. Raises Product.DoesNotExist."""
    colours = ProductColour.objects.select_related("garment").prefetch_related("variants")
    return (
        Product.objects.filter(active=True)
        .select_related("category")
        .prefetch_related(Prefetch("colours", queryset=colours))
        .get(slug=slug)
    )


def colour_facets() -> list[Facet]:
    """The colours on sale, each once, by name."""
    colours = ProductColour.objects.filter(product__active=True)
    rows = colours.order_by("name", "slug").values_list("slug", "name", "hex")
    return list({slug: Facet(slug, name, swatch) for slug, name, swatch in rows}.values())


def size_facets() -> list[Facet]:
    """The sizes on sale: letters in the order they are worn, then numbers."""
    variants = ProductVariant.objects.filter(colour__product__active=True)
    rows = variants.values("size").annotate(first=Min("position")).values_list("size", "first")
    ordered = sorted(rows, key=lambda row: (row[0].isdigit(), int(row[0]) if row[0].isdigit() else row[1]))
    return [Facet(size, size) for size, _first in ordered]


def _variants(wanted: Criteria) -> QuerySet[ProductVariant]:
    variants = ProductVariant.objects.filter(colour__product=OuterRef("pk"))
    if wanted.colours:
        variants = variants.filter(colour__slug__in=wanted.colours)
    if wanted.sizes:
        variants = variants.filter(size__in=wanted.sizes)
    if wanted.price_min is not None:
        variants = variants.filter(price__gte=wanted.price_min)
    if wanted.price_max is not None:
        variants = variants.filter(price__lte=wanted.price_max)
    return variants.filter(stock__gt=0) if wanted.in_stock else variants


def _for_cards(products: QuerySet[Product]) -> QuerySet[Product]:
    colours = ProductColour.objects.select_related("garment")
    return products.annotate(
        from_price=Min("colours__variants__price"), to_price=Max("colours__variants__price")
    ).prefetch_related(Prefetch("colours", queryset=colours))


def _search(products: QuerySet[Product], query: str) -> QuerySet[Product]:
    """Whole words anywhere in the text, or a name that is nearly or partly what was typed."""
    vector = SearchVector("name", "description", "material", "category__name", config="english")
    words = SearchQuery(query, config="english", search_type="websearch")
    return products.annotate(words=vector, similarity=TrigramWordSimilarity(query, "name")).filter(
        Q(words=words) | Q(similarity__gte=SIMILAR) | Q(name__icontains=query)
    )
