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

LETTER_SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL")


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
    """The colours on sale, each once under its first name, from light to dark."""
    colours = ProductColour.objects.filter(product__active=True)
    rows = colours.order_by("-name", "slug").values_list("slug", "name", "hex")
    facets = {slug: Facet(slug, name, swatch) for slug, name, swatch in rows}
    return sorted(facets.values(), key=lambda facet: -_lightness(facet.hex))


def size_facets() -> list[Facet]:
    """The sizes on sale: letters from small to large, then numbers, then the rest by name."""
    sizes = ProductVariant.objects.filter(colour__product__active=True).values_list("size", flat=True)
    return [Facet(size, size) for size in sorted(set(sizes), key=_size_rank)]


def _lightness(swatch: str) -> float:
    """Luma of `#rrggbb`, 0 to 255."""
    red, green, blue = bytes.fromhex(swatch[1:])
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _size_rank(size: str) -> tuple[int, int, str]:
    if size in LETTER_SIZES:
        return 0, LETTER_SIZES.index(size), size
    return (1, int(size), size) if size.isdecimal() else (2, 0, size)


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
