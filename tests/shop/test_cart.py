"""Filling, changing and merging carts."""

from collections.abc import Callable

import pytest
from django.test import Client
from djmoney.money import Money

from shop.models import Cart, CartLine, Product, ProductVariant, User
from shop.selectors.carts import cart_for, cart_summary
from shop.services.carts import MAX_PER_LINE, OutOfStockError, cart_add, cart_merge, cart_set_quantity


@pytest.fixture
def cart(db: None) -> Cart:
    return Cart.objects.create()


def contents(cart: Cart) -> dict[str, int]:
    return dict(cart.lines.values_list("variant__sku", "quantity"))


def test_adding_twice_is_one_line_of_two(cart: Cart, variant: ProductVariant) -> None:
    cart_add(cart=cart, variant=variant)
    cart_add(cart=cart, variant=variant)
    assert contents(cart) == {"linen-shirt-white-M": 2}
    assert cart_summary(cart).total == Money("40.00", "EUR")
    assert cart_summary(cart).count == 2


def test_a_line_never_passes_the_stock_or_the_limit(cart: Cart, variant: ProductVariant) -> None:
    cart_add(cart=cart, variant=variant, quantity=9)
    assert contents(cart) == {"linen-shirt-white-M": 3}
    variant.stock = 100
    variant.save()
    cart_add(cart=cart, variant=variant, quantity=99)
    assert contents(cart) == {"linen-shirt-white-M": MAX_PER_LINE}


def test_what_is_sold_out_cannot_be_added(cart: Cart, shirt: Product) -> None:
    with pytest.raises(OutOfStockError):
        cart_add(cart=cart, variant=ProductVariant.objects.get(sku="linen-shirt-white-S"))
    assert contents(cart) == {}


def test_quantity_zero_removes_the_line(cart: Cart, variant: ProductVariant) -> None:
    cart_set_quantity(line=cart_add(cart=cart, variant=variant), quantity=0)
    assert contents(cart) == {}


def test_an_empty_cart_has_no_total_and_cannot_be_ordered() -> None:
    empty = cart_summary(None)
    assert (empty.total, empty.count, empty.can_order) == (None, 0, False)


def test_merging_keeps_the_larger_quantity_and_drops_the_guest_cart(
    shirt: Product, variant: ProductVariant, user: User
) -> None:
    navy = ProductVariant.objects.get(sku="linen-shirt-navy-M")
    own, guest = Cart.objects.create(user=user), Cart.objects.create()
    cart_add(cart=own, variant=variant, quantity=1)
    cart_add(cart=guest, variant=variant, quantity=2)
    cart_add(cart=guest, variant=navy)
    assert cart_merge(guest=guest, user=user) == own
    assert contents(own) == {"linen-shirt-white-M": 2, "linen-shirt-navy-M": 1}
    assert list(Cart.objects.all()) == [own]


def test_nobody_reaches_the_cart_of_an_account_by_its_id(user: User) -> None:
    from django.contrib.auth.models import AnonymousUser

    own = Cart.objects.create(user=user)
    assert cart_for(user=AnonymousUser(), session_cart=own.pk) is None


def test_a_guest_keeps_the_cart_through_login(client: Client, variant: ProductVariant, user: User) -> None:
    response = client.post("/cart/add/", {"variant": variant.pk}, follow=True)
    assert response.redirect_chain == [("/products/linen-shirt/?colour=white", 302)]
    response = client.post("/accounts/login/", {"login": "ada", "password": "correct horse"})
    assert response.status_code == 302
    assert contents(Cart.objects.get(user=user)) == {"linen-shirt-white-M": 1}
    assert client.get("/cart/").context["cart"].count == 1
    client.logout()
    assert client.get("/cart/").context["cart"].count == 0


def test_the_lines_of_others_are_not_found(client: Client, cart: Cart, variant: ProductVariant) -> None:
    line = cart_add(cart=cart, variant=variant)
    assert client.post(f"/cart/lines/{line.pk}/", {"quantity": "0"}).status_code == 404
    assert CartLine.objects.filter(pk=line.pk).exists()


@pytest.mark.parametrize("value", ["", "nonsense", "0", "99999999999"])
def test_a_variant_that_does_not_exist_is_not_found(client: Client, db: None, value: str) -> None:
    assert client.post("/cart/add/", {"variant": value}).status_code == 404


def test_a_cart_page_takes_a_fixed_number_of_queries(
    client: Client, make_product: Callable[..., Product], django_assert_num_queries: Callable
) -> None:
    for number in range(5):
        make_product(f"Shirt {number}", {"white": {"M": 3}})
    for each in ProductVariant.objects.all():
        client.post("/cart/add/", {"variant": each.pk})
    client.get("/cart/")  # thumbnails are made once
    with django_assert_num_queries(6):  # session, cart and lines for the page and for the header, menu
        assert client.get("/cart/").context["cart"].count == 5
