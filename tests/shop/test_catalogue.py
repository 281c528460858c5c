"""Which products a filter, a search and an order give, exactly."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from shop.models import Category, Product
from shop.selectors.catalogue import Criteria, category_list, colour_facets, product_list, size_facets

MakeProduct = Callable[..., Product]


@pytest.fixture
def rail(make_product: MakeProduct) -> None:
    make_product("Linen shirt", {"white": {"S": 0, "M": 3}, "navy": {"L": 1}}, price="40", position=1)
    make_product("Wool jumper", {"navy": {"M": 2}}, price="80", featured=True, position=2)
    make_product("Straight jeans", {"navy": {"28": 1, "30": 0}}, price="60", position=3)
    make_product("Old coat", {"white": {"M": 1}}, price="10", active=False)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Criteria(), {"Linen shirt", "Wool jumper", "Straight jeans"}),
        (Criteria(colours=("white",)), {"Linen shirt"}),
        (Criteria(sizes=("M", "28")), {"Linen shirt", "Wool jumper", "Straight jeans"}),
        # One and the same variant: the white shirt is there in M, but not in L.
        (Criteria(colours=("white",), sizes=("L",)), set()),
        (Criteria(colours=("white",), sizes=("S",)), {"Linen shirt"}),
        (Criteria(colours=("white",), sizes=("S",), in_stock=True), set()),
        (Criteria(price_min=Decimal("60")), {"Wool jumper", "Straight jeans"}),
        (Criteria(price_min=Decimal("40"), price_max=Decimal("60")), {"Linen shirt", "Straight jeans"}),
        (Criteria(query="jumper"), {"Wool jumper"}),
        (Criteria(query="jumpr"), {"Wool jumper"}),
        (Criteria(query="shi"), {"Linen shirt"}),
        (Criteria(query="tops"), {"Linen shirt", "Wool jumper", "Straight jeans"}),
        (Criteria(query="umbrella"), set()),
        (Criteria(query="' OR 1=1 --"), set()),
    ],
)
def test_exactly_the_products_that_meet_all_criteria(rail: None, wanted: Criteria, names: set[str]) -> None:
    assert {product.name for product in product_list(wanted=wanted)} == names


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("", ["Wool jumper", "Linen shirt", "Straight jeans"]),
        ("price", ["Linen shirt", "Straight jeans", "Wool jumper"]),
        ("-price", ["Wool jumper", "Straight jeans", "Linen shirt"]),
        ("name", ["Linen shirt", "Straight jeans", "Wool jumper"]),
        ("newest", ["Straight jeans", "Wool jumper", "Linen shirt"]),
    ],
)
def test_orders(rail: None, order: str, names: list[str]) -> None:
    assert [product.name for product in product_list(wanted=Criteria(order=order))] == names


def test_a_category_shows_its_own_products_alone(rail: None, tops: Category) -> None:
    empty = Category.objects.create(slug="hats", name="Hats")
    assert list(product_list(category=empty)) == []
    assert list(category_list()) == [tops]


def test_facets_name_each_value_on_sale_once_in_wearing_order(rail: None) -> None:
    assert [facet.value for facet in colour_facets()] == ["white", "navy"]
    assert [facet.value for facet in size_facets()] == ["S", "M", "L", "28", "30"]


def test_a_page_holds_twelve_and_keeps_the_filter(make_product: MakeProduct, client: Client) -> None:
    for number in range(14):
        make_product(f"Shirt {number:02}", {"white": {"M": 1}})
    response = client.get("/products/", {"colour": "white", "page": "2", "sort": "name"})
    assert [product.name for product in response.context["page"]] == ["Shirt 12", "Shirt 13"]
    assert 'href="?colour=white&amp;page=1&amp;sort=name"' in response.text


def test_nonsense_in_the_query_string_narrows_nothing(rail: None, client: Client) -> None:
    query = {"price_min": "cheap", "price_max": "-1", "colour": "plaid", "sort": "random", "page": "x"}
    response = client.get("/products/", query)
    assert response.status_code == 200
    assert response.context["page"].paginator.count == 3


@pytest.mark.parametrize("count", [2, 12])
def test_the_number_of_queries_does_not_grow(
    make_product: MakeProduct, client: Client, count: int, django_assert_num_queries: Callable
) -> None:
    for number in range(count):
        make_product(f"Shirt {number}", {"white": {"M": 1}, "navy": {"M": 1}})
    pages = {"/products/": 6, "/products/shirt-1/?colour=navy": 6}
    for address, queries in pages.items():
        client.get(address)  # thumbnails are made once
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == 200
