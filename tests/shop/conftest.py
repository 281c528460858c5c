"""Shop rows for the tests, made the way a merchant would."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from djmoney.money import Money
from PIL import Image

if TYPE_CHECKING:  # this file may be read before the apps are ready
    from shop.models import Category, Product, ProductVariant, User


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A small real JPEG."""
    target = io.BytesIO()
    Image.new("RGB", (30, 40), "navy").save(target, "JPEG")
    return target.getvalue()


@pytest.fixture
def tops(db: None) -> "Category":
    from shop.models import Category

    return Category.objects.create(slug="tops", name="Tops")


@pytest.fixture
def make_product(tops: "Category", jpeg: bytes) -> "Callable[..., Product]":
    """`make_product("Linen shirt", {"white": {"M": 3}}, price="20")`: colours, sizes and their stock."""
    from shop.models import Product, ProductColour, ProductVariant

    def make(
        name: str, colours: dict[str, dict[str, int]], price: str = "20.00", **fields: object
    ) -> Product:
        slug = name.lower().replace(" ", "-")
        product = Product.objects.create(**{"slug": slug, "name": name, "category": tops} | fields)
        for colour, sizes in colours.items():
            row = ProductColour.objects.create(
                product=product,
                slug=colour,
                name=colour.title(),
                hex="#123456",
                image=ContentFile(jpeg, "picture.jpg"),
                alt=name,
            )
            for position, (size, stock) in enumerate(sizes.items()):
                ProductVariant.objects.create(
                    colour=row,
                    size=size,
                    sku=f"{slug}-{colour}-{size}",
                    stock=stock,
                    price=Money(price, "EUR"),
                    position=position,
                )
        return product

    return make


@pytest.fixture
def shirt(make_product: "Callable[..., Product]") -> "Product":
    return make_product("Linen shirt", {"white": {"S": 0, "M": 3}, "navy": {"M": 1}})


@pytest.fixture
def variant(shirt: "Product") -> "ProductVariant":
    """The white linen shirt in M: three pieces at 20 EUR."""
    from shop.models import ProductVariant

    return ProductVariant.objects.get(sku="linen-shirt-white-M")


@pytest.fixture
def user(db: None) -> "User":
    from shop.models import User

    return User.objects.create_user("ada", password="correct horse")


@pytest.fixture
def merchant(client: Client, db: None) -> Client:
    """Signed in as staff with the role of a merchant."""
    from django.contrib.auth.models import Group

    from shop.roles import MERCHANT
    from tests.tryon import factories

    user = factories.user("merchant", is_staff=True)
    user.groups.add(Group.objects.get(name=MERCHANT))
    client.force_login(user)
    return client
