"""Putting garments on sale as colours of products."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import PurePosixPath
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from djmoney.money import Money

from shop.models import Category, Product, ProductColour, ProductVariant
from shop.selectors.publishing import garments_unfit
from tryon.errors import TryOnError
from tryon.models import Garment
from tryon.services.garment_swatches import garment_swatch

SKU_LENGTH = 40


class Listing(NamedTuple):
    """What one garment is put on sale as: `product` is the name of one that there is, or of a new one."""

    product: str
    colour: str
    price: Decimal


class ListingsRefusedError(Exception):
    """Nothing was put on sale. `codes`: what is wrong with each garment, by its id."""

    def __init__(self, codes: dict[UUID, str]) -> None:
        self.codes = codes
        super().__init__(codes)


class PublishError(Exception):
    """It cannot be put on sale so. `code`: garment_taken or colour_taken."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@transaction.atomic
def garment_publish(*, garment: Garment, product: Product, name: str, hex: str, alt: str) -> ProductColour:  # noqa: A002
    """A new colour of `product` that shows the garment's picture and can be tried on.

    It has no sizes yet, so nothing is sold before a merchant enters them. Raises TryOnError
    garment_not_ready; PublishError if the garment or the name of the colour is taken.
    """
    locked = Garment.objects.select_for_update().get(pk=garment.pk)
    if locked.status != Garment.Status.SUCCEEDED:
        raise TryOnError("garment_not_ready")
    if ProductColour.objects.filter(garment=locked).exists():
        raise PublishError("garment_taken")
    slug = slugify(name)[:50] or str(locked.pk)[:8]
    if _words_of(name) & _words_taken(product.colours.all())[product.name]:
        raise PublishError("colour_taken")
    with locked.image.open() as file:
        picture = ContentFile(file.read(), PurePosixPath(str(locked.image.name)).name)
    position = product.colours.count()
    return ProductColour.objects.create(
        product=product,
        slug=slug,
        name=name,
        hex=hex,
        alt=alt,
        image=picture,
        garment=locked,
        position=position,
    )


@transaction.atomic
def garments_publish(
    *, listings: Mapping[UUID, Listing], sizes: Sequence[str], stock: int, categories: Mapping[str, Category]
) -> list[ProductColour]:
    """Put garments on sale, all or none: each as a colour with `stock` pieces of each of `sizes`.

    Products that there are not yet are made, in the category that `categories` names for their kind of
    garment. Raises ListingsRefusedError with garment_not_ready, garment_taken, product_ambiguous,
    category_missing or colour_taken.
    """
    garments = Garment.objects.select_for_update().in_bulk(listings)
    if codes := _refused(garments, listings, categories):
        raise ListingsRefusedError(codes)
    colours = []
    for pk, listing in listings.items():
        garment = garments[pk]
        product = Product.objects.filter(name=listing.product).first()
        product = product or _new_product(listing.product, garment, categories[garment.category])
        swatch = garment_swatch(garment=garment)
        colour = garment_publish(
            garment=garment, product=product, name=listing.colour, hex=swatch, alt=garment.name
        )
        _add_sizes(colour, garment, sizes, stock, listing.price)
        colours.append(colour)
    return colours


def _refused(
    garments: Mapping[UUID, Garment], listings: Mapping[UUID, Listing], categories: Mapping[str, Category]
) -> dict[UUID, str]:
    """What is wrong with each listing that cannot be; a garment that is gone is not ready."""
    codes = dict.fromkeys(set(listings) - set(garments), "garment_not_ready")
    codes |= garments_unfit(garments.values())
    names = [listing.product for listing in listings.values()]
    found: dict[str, int] = defaultdict(int)
    for name in Product.objects.filter(name__in=names).values_list("name", flat=True):
        found[name] += 1
    taken = _words_taken(ProductColour.objects.filter(product__name__in=names))
    for pk, listing in listings.items():
        if pk in codes:
            continue
        words = _words_of(listing.colour)
        if found[listing.product] > 1:
            codes[pk] = "product_ambiguous"
        elif not found[listing.product] and garments[pk].category not in categories:
            codes[pk] = "category_missing"
        elif words & taken[listing.product]:
            codes[pk] = "colour_taken"
        taken[listing.product] |= words
    return codes


def _words_of(colour: str) -> set[str]:
    """What no two colours of a product may share: the name, and what addresses are made of it."""
    return {colour.strip().casefold(), slugify(colour)[:50]} - {""}


def _words_taken(colours: QuerySet[ProductColour]) -> dict[str, set[str]]:
    """`_words_of` these colours with their slugs, by the name of the product."""
    taken: dict[str, set[str]] = defaultdict(set)
    for product, name, slug in colours.values_list("product__name", "name", "slug"):
        taken[product] |= _words_of(name) | {slug}
    return taken


def _new_product(name: str, garment: Garment, category: Category) -> Product:
    slug = slugify(name)[:70]
    if not slug or Product.objects.filter(slug=slug).exists():
        slug = f"{slug}-{str(garment.pk)[:8]}".removeprefix("-")
    return Product.objects.create(name=name, slug=slug, category=category)


def _add_sizes(
    colour: ProductColour, garment: Garment, sizes: Sequence[str], stock: int, price: Decimal
) -> None:
    """Variants with article numbers that begin with the garment's, if it has one and they are free."""
    stems = [garment.sku, f"{garment.sku}-{colour.slug}"] if garment.sku else []
    stems += [f"{colour.product.slug}-{colour.slug}", garment.pk.hex[:12]]
    choices = [[f"{stem}-{size}" for size in sizes] for stem in stems]
    free = (
        skus
        for skus in choices
        if max(map(len, skus)) <= SKU_LENGTH and not ProductVariant.objects.filter(sku__in=skus).exists()
    )
    for position, (size, sku) in enumerate(zip(sizes, next(free), strict=True)):
        money = Money(price, settings.DEFAULT_CURRENCY)
        ProductVariant.objects.create(
            colour=colour, size=size, sku=sku, stock=stock, price=money, position=position
        )
