"""Many garments put on sale on one page, all of them or none."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test import Client
from djmoney.money import Money
from PIL import Image

from shop.admin_listing import MOST_LISTINGS
from shop.colours import colour_name
from shop.models import Category, Product, ProductColour, ProductVariant
from shop.roles import TRAINER
from tests.tryon import factories
from tryon.models import Garment

LIST, PAGE = "/admin/tryon/garment/", "/admin/shop/productcolour/publish/"
RED, BLUE, GREEN = (170, 40, 45), (48, 95, 170), (60, 120, 72)


@pytest.fixture
def make(db: None) -> Callable[..., Garment]:
    def make(name: str, colour: tuple[int, int, int] = RED, **fields: Any) -> Garment:
        row = factories.garment(name=name, **fields)
        row.image.save("a.jpg", ContentFile(factories.encoded(Image.new("RGB", (30, 40), "white"))))
        cutout = Image.new("RGBA", (30, 40), (*colour, 255))
        row.cutout.save("a.webp", ContentFile(factories.encoded(cutout, "WEBP", lossless=True)))
        return row

    return make


def selected(client: Client, *garments: Garment) -> Any:
    data = {"action": "publish", "_selected_action": [str(each.pk) for each in garments]}
    return client.post(LIST, data)


def test_the_page_opens_no_cut_out_whose_colour_is_kept(
    merchant: Client, make: Callable[..., Garment], monkeypatch: pytest.MonkeyPatch
) -> None:
    garments = [make("Shirt", RED, swatch="#305faa"), make("Dress", BLUE, swatch="#3c7848")]
    opened = []
    monkeypatch.setattr(Image, "open", lambda *fields: opened.append(fields))
    page = selected(merchant, *garments)
    assert [bound.initial["name"] for _, bound, _ in page.context["rows"]] == ["Green", "Blue"]
    assert opened == []


def form(*rows: tuple[Garment, str, str, str], **shared: object) -> dict[str, object]:
    """What the browser sends: (garment, product, colour, another price) each, and what holds for all."""
    data: dict[str, object] = {"price": "30", "sizes": "S, M", "stock": "4", **shared}
    for garment, product, colour, price in rows:
        fields = {"chosen": "on", "product": product, "name": colour, "price": price}
        data |= {f"{garment.pk}-{name}": value for name, value in fields.items()}
    return data


def test_the_action_leads_to_a_page_that_knows_the_rest(
    merchant: Client, make: Callable[..., Garment], shirt: Product
) -> None:
    known = make("Linen shirt in blue", BLUE, sku="linen-shirt-navy")
    new = make("Summer dress", GREEN, category="dresses")
    ProductColour.objects.filter(product=shirt).update(garment=None)
    ProductColour.objects.filter(slug="white").update(garment=factories.garment())
    page = selected(merchant, known, new)
    assert page.status_code == 200
    initial = {garment.pk: bound.initial for garment, bound, _problem in page.context["rows"]}
    assert initial == {
        known.pk: {"chosen": True, "product": "Linen shirt", "name": "Blue", "price": Decimal(20)},
        new.pk: {"chosen": True, "product": "Summer dress", "name": "Green", "price": None},
    }
    shared = page.context["shared"]
    assert {name: shared[name].initial for name in shared.fields} == {
        "price": None,
        "sizes": "S, M, L, XL",
        "stock": None,
        "category_dresses": None,
        "category_upper_body": shirt.category,
    }


def test_all_are_sold_at_once_as_colours_of_old_and_new_products(
    merchant: Client, make: Callable[..., Garment], shirt: Product
) -> None:
    old = make("Linen shirt in blue", BLUE, sku="linen-shirt")
    one, two = make("Summer dress", GREEN, category="dresses"), make("Red one", RED, category="dresses")
    left = make("Left out")
    dresses = Category.objects.create(slug="dresses", name="Dresses")
    data = form(
        (old, "Linen shirt", "Blue", ""),
        (one, "Summer dress", "Green", "59.90"),
        (two, "Summer dress", "Red", "60"),
        sizes="36、38, 38",
        category_dresses=dresses.pk,
    )
    data |= {f"{left.pk}-product": "", f"{left.pk}-name": "", f"{left.pk}-price": ""}
    answer = merchant.post(PAGE, data)
    assert answer["Location"] == "/admin/shop/product/"
    assert "3 garments are on sale now." in merchant.get(answer["Location"]).text
    dress = Product.objects.get(name="Summer dress")
    assert (dress.slug, dress.category, dress.active) == ("summer-dress", dresses, True)
    found = ProductColour.objects.filter(garment__isnull=False).order_by("pk")
    assert [(each.product, each.name, each.hex, each.garment, each.alt) for each in found] == [
        (shirt, "Blue", "#305faa", old, "Linen shirt in blue"),
        (dress, "Red", "#aa282d", two, "Red one"),
        (dress, "Green", "#3c7848", one, "Summer dress"),
    ]
    variants = ProductVariant.objects.filter(colour__in=found).order_by("colour_id", "position")
    assert [(each.sku, each.size, each.stock, each.price) for each in variants] == [
        ("linen-shirt-36", "36", 4, Money(30, "EUR")),
        ("linen-shirt-38", "38", 4, Money(30, "EUR")),
        ("summer-dress-red-36", "36", 4, Money(60, "EUR")),
        ("summer-dress-red-38", "38", 4, Money(60, "EUR")),
        ("summer-dress-green-36", "36", 4, Money("59.90", "EUR")),
        ("summer-dress-green-38", "38", 4, Money("59.90", "EUR")),
    ]


def test_article_numbers_that_are_taken_are_passed_over(
    merchant: Client, make: Callable[..., Garment], shirt: Product
) -> None:
    garment = make("Blue", BLUE, sku="linen-shirt-white")
    merchant.post(PAGE, form((garment, "Linen shirt", "Blue", "")))
    skus = ProductVariant.objects.filter(colour__garment=garment).values_list("sku", flat=True)
    assert list(skus) == ["linen-shirt-white-blue-S", "linen-shirt-white-blue-M"]


def test_chinese_names_make_products_of_their_own(
    merchant: Client, make: Callable[..., Garment], tops: Category
) -> None:
    one, two = make("亚麻衬衫"), make("真丝衬衫")
    rows = (one, one.name, "红色", ""), (two, two.name, "红色", "")
    merchant.post(PAGE, form(*rows, category_upper_body=tops.pk))
    assert list(Product.objects.order_by("pk").values_list("name", "slug")) == [
        (one.name, str(one.pk)[:8]),
        (two.name, str(two.pk)[:8]),
    ]


@pytest.mark.parametrize(
    ("row", "shared", "words"),
    [
        (("Linen shirt", "white", ""), {}, "has a colour of this name already"),
        (("Linen shirt", "Red", ""), {}, "has a colour of this name already"),
        (("New shirt", "Blue", ""), {}, "say above in which category"),
        (("Twice", "Blue", ""), {}, "Several products have this name"),
        (("", "Blue", ""), {}, "This field is required"),
        (("Linen shirt", "", ""), {}, "This field is required"),
        (("Linen shirt", "Blue", ""), {"price": ""}, "Enter a price here, or one for all."),
        (("Linen shirt", "Blue", "-1"), {}, "greater than or equal to 0"),
        (("Linen shirt", "Blue", ""), {"stock": ""}, "This field is required"),
        (("Linen shirt", "Blue", ""), {"sizes": " , "}, "Write sizes with commas"),
        (("Linen shirt", "Blue", ""), {"sizes": "x" * 17}, "Write sizes with commas"),
    ],
)
def test_if_one_is_wrong_none_is_sold_and_the_page_says_why(
    merchant: Client,
    make: Callable[..., Garment],
    shirt: Product,
    row: tuple[str, str, str],
    shared: dict[str, str],
    words: str,
) -> None:
    for slug in ("twice-a", "twice-b"):
        Product.objects.create(slug=slug, name="Twice", category=shirt.category)
    good, bad = make("Good"), make("Bad")
    answer = merchant.post(PAGE, form((good, "Linen shirt", "Red", "9"), (bad, *row), **shared))
    assert answer.status_code == 200
    assert words in answer.text
    assert "Nothing was put on sale yet." in answer.text
    assert ProductColour.objects.count() == 2
    assert Product.objects.count() == 3


def test_those_that_cannot_be_sold_are_named_with_the_reason(
    merchant: Client, make: Callable[..., Garment], shirt: Product
) -> None:
    good, sold = make("Good"), make("Sold")
    waiting, failed = (
        make("Waiting", status="queued"),
        make("Failed", status="failed", error_code="cloth_worn"),
    )
    ProductColour.objects.filter(slug="white").update(garment=sold)
    page = selected(merchant, good, sold, waiting, failed)
    reasons = {garment: str(reason)[:28] for garment, reason in page.context["unfit"]}
    assert reasons == {
        sold: "This garment is on sale alre",
        waiting: "This garment cannot be tried",
        failed: "Somebody wears this garment.",
    }
    assert [garment for garment, _form, _problem in page.context["rows"]] == [good]
    Garment.objects.filter(pk=good.pk).update(status="queued")
    again = merchant.post(PAGE, form((good, "Linen shirt", "Red", "")))
    assert "Choose at least one garment." in again.text or again.context["rows"] == []
    assert ProductColour.objects.count() == 2


def test_nothing_chosen_is_said(merchant: Client, make: Callable[..., Garment], tops: Category) -> None:
    garment = make("Shirt")
    data = form((garment, "Shirt", "Red", ""))
    del data[f"{garment.pk}-chosen"]
    assert "Choose at least one garment." in merchant.post(PAGE, data).text
    assert merchant.get(PAGE)["Location"] == LIST


def test_more_than_can_be_sent_are_refused_before(
    merchant: Client, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Garment]
) -> None:
    monkeypatch.setattr("shop.admin_garments.MOST_LISTINGS", 1)
    answer = selected(merchant, make("a"), make("b"))
    assert "At most 1 garments" in merchant.get(answer["Location"]).text
    assert 4 * MOST_LISTINGS + 20 < 1000


def test_two_hundred_are_sold_in_one_go(merchant: Client, db: None, tops: Category) -> None:
    picture = make_files()
    rows = Garment.objects.bulk_create(
        Garment(name=f"Shirt {n}", category="upper_body", status="succeeded", **picture)
        for n in range(MOST_LISTINGS)
    )
    assert len(selected(merchant, *rows).context["rows"]) == MOST_LISTINGS
    data = form(*((row, row.name, "Red", "") for row in rows), category_upper_body=tops.pk)
    assert merchant.post(PAGE, data).status_code == 302
    assert (Product.objects.count(), ProductVariant.objects.count()) == (MOST_LISTINGS, 2 * MOST_LISTINGS)


def make_files() -> dict[str, str]:
    """Names of a picture and a cut-out that many garments share."""
    row = factories.garment(name="First")
    row.image.save("a.jpg", ContentFile(factories.encoded(Image.new("RGB", (30, 40), "white"))))
    row.cutout.save("a.webp", ContentFile(factories.encoded(Image.new("RGBA", (30, 40), "red"), "WEBP")))
    return {"image": str(row.image.name), "cutout": str(row.cutout.name)}


def test_others_are_not_offered_it(client: Client, make: Callable[..., Garment]) -> None:
    user = factories.user("trainer", is_staff=True)
    user.groups.add(Group.objects.get(name=TRAINER))
    client.force_login(user)
    garment = make("Shirt")
    assert "Put the selected garments on sale" not in client.get(LIST).text
    assert client.post(PAGE, form((garment, "Shirt", "Red", ""))).status_code == 403
    assert not ProductColour.objects.exists()


def test_swatches_have_everyday_names() -> None:
    names = {"#101010": "Black", "#ffffff": "White", "#647828": "Olive", "#ff0000": "Red", "#20305a": "Navy"}
    assert {swatch: colour_name(swatch) for swatch in names} == names
