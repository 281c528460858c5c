"""Put the sample catalogue into the shop. Running it again refreshes texts and prices and adds what is new;
stock and pictures of what is there stay as they are."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from djmoney.money import Money

from shop.models import Category, Product, ProductColour, ProductVariant
from tryon.services.garments import garment_create


def sample_load(*, folder: Path) -> int:
    """Load `catalogue.json` of a folder with its pictures. Returns how many products it names.

    Raises FileNotFoundError and KeyError for an incomplete folder. Each product is one transaction.
    """
    catalogue = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
    for position, entry in enumerate(catalogue["categories"]):
        defaults = {"name": entry["name"], "position": position}
        Category.objects.update_or_create(slug=entry["slug"], defaults=defaults)
    for position, entry in enumerate(catalogue["products"]):
        _load_product(entry, position=position, currency=catalogue["currency"], folder=folder)
    return len(catalogue["products"])


@transaction.atomic
def _load_product(entry: dict[str, Any], *, position: int, currency: str, folder: Path) -> None:
    texts = ("name", "description", "audience", "material", "care", "featured")
    product, _created = Product.objects.update_or_create(
        slug=entry["slug"],
        defaults={
            **{key: entry[key] for key in texts},
            "category": Category.objects.get(slug=entry["category"]),
            "position": position,
        },
    )
    price = Money(Decimal(entry["price"]), currency)
    for place, colour_entry in enumerate(entry["colours"]):
        colour = _load_colour(product, colour_entry, entry, position=place, folder=folder)
        sizes = zip(entry["sizes"], colour_entry["stock"], strict=True)
        for rank, (size, stock) in enumerate(sizes):
            ProductVariant.objects.update_or_create(
                sku=f"{entry['sku']}-{colour_entry['code']}-{size}",
                defaults={"colour": colour, "size": size, "price": price, "position": rank},
                create_defaults={
                    "colour": colour,
                    "size": size,
                    "price": price,
                    "position": rank,
                    "stock": stock,
                },
            )


def _load_colour(
    product: Product, entry: dict[str, Any], article: dict[str, Any], *, position: int, folder: Path
) -> ProductColour:
    """Refresh a colour of an article, or make it with its picture and the garment that the try-on puts on."""
    texts = {"name": entry["name"], "hex": entry["hex"], "alt": entry["alt"], "position": position}
    colour = ProductColour.objects.filter(product=product, slug=entry["slug"]).first()
    if colour:
        ProductColour.objects.filter(pk=colour.pk).update(**texts)
        return colour
    path = folder / entry["image"]
    picture = path.read_bytes()
    garment = garment_create(
        name=f"{product.name}, {entry['name']}",
        category=article["garment_category"],
        outer=article.get("garment_outer", False),
        image=picture,
    )
    return ProductColour.objects.create(
        product=product,
        slug=entry["slug"],
        image=ContentFile(picture, path.name),
        garment=garment,
        **texts,
    )
