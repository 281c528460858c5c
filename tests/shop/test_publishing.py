"""From a garment that can be tried on to a colour on sale."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from shop.models import Product, ProductColour
from shop.services.publishing import PublishError, garment_publish
from tests.tryon import factories
from tryon.errors import TryOnError
from tryon.models import Garment
from tryon.services.garment_swatches import garment_swatch


@pytest.fixture
def garment(db: None) -> Garment:
    row = factories.garment(name="Linen shirt, olive", sku="linen-shirt-white")
    row.image.save("a.jpg", ContentFile(factories.encoded(Image.new("RGB", (30, 40), "white"))))
    cutout = Image.new("RGBA", (30, 40), (0, 0, 0, 0))
    cutout.paste((100, 120, 40, 255), (10, 0, 20, 40))
    row.cutout.save("a.webp", ContentFile(factories.encoded(cutout, "WEBP", lossless=True)))
    return row


FORM = {"name": "Olive green", "hex": "#647828", "alt": "A linen shirt in olive green"}


def test_the_page_knows_product_and_colour_and_leads_to_sizes(
    merchant: Client, shirt: Product, garment: Garment
) -> None:
    page = f"/admin/shop/productcolour/publish/{garment.pk}/"
    assert page in merchant.get(f"/admin/tryon/garment/{garment.pk}/change/").text
    shown = merchant.get(page)
    assert shown.context["form"].initial == {
        "product": shirt,
        "name": "Olive",
        "hex": "#647828",
        "alt": "Linen shirt, olive",
    }
    response = merchant.post(page, FORM | {"product": shirt.pk})
    colour = ProductColour.objects.get(slug="olive-green")
    assert response["Location"] == f"/admin/shop/productcolour/{colour.pk}/change/"
    assert (colour.product, colour.garment, colour.name, colour.position) == (
        shirt, garment, "Olive green", 2
    )  # fmt: skip
    assert colour.image.read() == garment.image.read()
    assert colour.image.name != garment.image.name
    assert not colour.variants.exists()
    garment_page = merchant.get(f"/admin/tryon/garment/{garment.pk}/change/").text
    assert "Sold as Linen shirt, Olive green" in garment_page
    assert "This garment is on sale already." in merchant.post(page, FORM | {"product": shirt.pk}).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "White"}, "has a colour of this name already"),
        ({"hex": "olive"}, "Enter a valid value"),
        ({"product": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said(
    merchant: Client, shirt: Product, garment: Garment, changes: dict[str, str], words: str
) -> None:
    form = FORM | {"product": shirt.pk} | changes
    assert words in merchant.post(f"/admin/shop/productcolour/publish/{garment.pk}/", form).text
    assert ProductColour.objects.count() == 2


def test_what_cannot_be_tried_on_is_not_published(shirt: Product) -> None:
    garment = factories.garment(status="running")
    with pytest.raises(TryOnError, match="garment_not_ready"):
        garment_publish(garment=garment, product=shirt, **FORM)


def test_a_garment_is_sold_as_one_thing(shirt: Product, garment: Garment) -> None:
    ProductColour.objects.filter(slug="white").update(garment=garment)
    with pytest.raises(PublishError, match="garment_taken"):
        garment_publish(garment=garment, product=shirt, **FORM)


def test_before_it_is_cut_out_its_colour_is_grey(db: None) -> None:
    assert garment_swatch(garment=factories.garment()) == "#888888"


def test_a_cut_out_is_opened_once_for_its_colour(garment: Garment) -> None:
    assert garment_swatch(garment=garment) == "#647828"
    garment.cutout.storage.delete(garment.cutout.name)
    assert garment_swatch(garment=Garment.objects.get()) == "#647828"
