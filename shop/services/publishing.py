"""Putting a garment on sale as a colour of a product."""

from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.text import slugify
from PIL import Image

from shop.models import Product, ProductColour
from tryon.errors import TryOnError
from tryon.models import Garment


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
    if ProductColour.objects.filter(product=product, slug=slug).exists():
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


def garment_colour(garment: Garment) -> str:
    """The mean colour of the garment, as #rrggbb; grey before it is cut out."""
    if not garment.cutout:
        return "#888888"
    with garment.cutout.open() as file, Image.open(file) as cutout:
        small = cutout.convert("RGBA").resize((48, 48), Image.Resampling.BOX)
    seen = [
        colour
        for *colour, alpha in zip(*(band.tobytes() for band in small.split()), strict=True)
        if alpha > 200
    ] or [[136, 136, 136]]
    mean = [round(sum(channel) / len(seen)) for channel in zip(*seen, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mean)
