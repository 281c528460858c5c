"""What a garment could be sold as, and which cannot be put on sale."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Min

from shop.models import Category, Product, ProductColour, ProductVariant
from tryon.models import Garment


def product_of_garment(garment: Garment) -> Product | None:
    """The product whose sizes carry the garment's article number, if there is one."""
    if not garment.sku:
        return None
    return Product.objects.filter(colours__variants__sku__istartswith=garment.sku).first()


def product_price(product: Product) -> Decimal | None:
    """The lowest price of its sizes."""
    lowest: Decimal | None = ProductVariant.objects.filter(colour__product=product).aggregate(Min("price"))[
        "price__min"
    ]
    return lowest


def usual_category(kind: str) -> Category | None:
    """Where most of the garments of a kind (`Garment.Category`) are sold."""
    categories = Category.objects.filter(products__colours__garment__category=kind)
    return categories.annotate(pieces=Count("products__colours")).order_by("-pieces", "position").first()


def garments_unfit(garments: Iterable[Garment]) -> dict[UUID, str]:
    """Why some of them cannot be put on sale: garment_taken or garment_not_ready, by id."""
    rows = list(garments)
    sold = set(ProductColour.objects.filter(garment__in=rows).values_list("garment_id", flat=True))
    unready = {row.pk: "garment_not_ready" for row in rows if row.status != Garment.Status.SUCCEEDED}
    return unready | dict.fromkeys(sold, "garment_taken")
