"""The commands that fill a demo shop."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from shop.models import Category, Product, ProductColour, ProductVariant, User
from tryon.models import Garment


@pytest.fixture
def folder(tmp_path: Path, jpeg: bytes) -> Path:
    (tmp_path / "tee.jpg").write_bytes(jpeg)
    colour = {
        "slug": "white",
        "name": "White",
        "hex": "#ffffff",
        "code": "WHT",
        "image": "tee.jpg",
        "alt": "T",
    }
    product = {
        "slug": "tee",
        "name": "Tee",
        "description": "A tee.",
        "category": "tops",
        "garment_category": "upper_body",
        "audience": "unisex",
        "price": "19.90",
        "sizes": ["S", "M"],
        "material": "Cotton",
        "care": "Wash.",
        "sku": "TEE",
        "featured": True,
        "colours": [colour | {"stock": [4, 0]}],
    }
    write_catalogue(tmp_path, product)
    return tmp_path


def write_catalogue(folder: Path, product: dict) -> None:
    categories = [{"slug": "tops", "name": "Tops"}, {"slug": "dresses", "name": "Dresses"}]
    catalogue = {"version": 1, "currency": "EUR", "categories": categories, "products": [product]}
    (folder / "catalogue.json").write_text(json.dumps(catalogue))


def test_the_sample_says_what_is_worn_over_a_top(folder: Path, db: None) -> None:
    catalogue = json.loads((folder / "catalogue.json").read_text())
    write_catalogue(folder, catalogue["products"][0] | {"garment_outer": True})
    call_command("load_sample", folder=folder)
    assert Garment.objects.get().outer


def test_loading_twice_is_loading_once_and_keeps_the_stock(folder: Path, db: None) -> None:
    call_command("load_sample", folder=folder)
    ProductVariant.objects.filter(sku="TEE-WHT-S").update(stock=1)
    before = Garment.objects.get()
    catalogue = json.loads((folder / "catalogue.json").read_text())
    write_catalogue(folder, catalogue["products"][0] | {"name": "Better tee", "price": "21.00"})
    call_command("load_sample", folder=folder)
    assert [category.slug for category in Category.objects.all()] == ["tops", "dresses"]
    assert Product.objects.get().name == "Better tee"
    variants = ProductVariant.objects.values_list("sku", "stock", "price")
    assert [(sku, stock, str(price)) for sku, stock, price in variants] == [
        ("TEE-WHT-S", 1, "21.00"),
        ("TEE-WHT-M", 0, "21.00"),
    ]
    assert Garment.objects.get() == before == ProductColour.objects.get().garment
    assert before.category == Garment.Category.UPPER_BODY


def test_demo_logins_work_in_a_demo(db: None, settings: Settings) -> None:
    settings.DEMO = True
    call_command("create_demo_users")
    call_command("create_demo_users")
    people = User.objects.order_by("username")
    assert list(people.values_list("username", "is_staff", "is_superuser", "groups__name")) == [
        ("admin", True, True, None),
        ("merchant", True, False, "merchant"),
        ("privacy", True, False, "privacy officer"),
        ("shopper", False, False, None),
        ("trainer", True, False, "trainer"),
    ]
    assert User.objects.get(username="admin").check_password("admin-demo")


def test_demo_logins_are_refused_in_a_real_shop(db: None, settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("create_demo_users")
    assert not User.objects.exists()
