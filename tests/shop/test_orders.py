"""Orders: stock is taken once, prices are kept, others see nothing."""

import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from djmoney.money import Money

from shop.models import Cart, Order, ProductVariant, User
from shop.services.carts import cart_add
from shop.services.orders import EmptyCartError, NotEnoughStockError, order_place

ADDRESS = {
    "name": "Ada L.",
    "email": "ada@example.com",
    "street": "1 Main Street",
    "postal_code": "12345",
    "city": "Town",
    "country": "Country",
}
GUEST = AnonymousUser()


def cart_with(variant: ProductVariant, quantity: int) -> Cart:
    cart = Cart.objects.create()
    cart_add(cart=cart, variant=variant, quantity=quantity)
    return cart


def test_an_order_takes_the_stock_and_keeps_names_and_prices(variant: ProductVariant) -> None:
    cart = cart_with(variant, 2)
    order = order_place(cart=cart, user=GUEST, address=ADDRESS)
    variant.refresh_from_db()
    assert variant.stock == 1
    assert not cart.lines.exists()
    variant.price = Money("99", "EUR")
    variant.save()
    line = order.lines.get()
    assert (line.sku, line.name, line.colour, line.size) == (
        "linen-shirt-white-M",
        "Linen shirt",
        "White",
        "M",
    )
    assert (line.quantity, line.total, order.total) == (2, Money("40.00", "EUR"), Money("40.00", "EUR"))
    assert (order.user, order.city, order.status) == (None, "Town", Order.Status.PLACED)


def test_too_little_stock_changes_nothing(variant: ProductVariant) -> None:
    cart = cart_with(variant, 3)
    ProductVariant.objects.filter(pk=variant.pk).update(stock=2)
    with pytest.raises(NotEnoughStockError) as error:
        order_place(cart=cart, user=GUEST, address=ADDRESS)
    assert [(line.variant.sku, line.variant.stock) for line in error.value.lines] == [
        ("linen-shirt-white-M", 2)
    ]
    variant.refresh_from_db()
    assert (variant.stock, cart.lines.count(), Order.objects.count()) == (2, 1, 0)


def test_an_empty_cart_is_no_order(db: None) -> None:
    with pytest.raises(EmptyCartError):
        order_place(cart=Cart.objects.create(), user=GUEST, address=ADDRESS)


@pytest.mark.django_db(transaction=True)
def test_of_many_orders_at_once_as_many_win_as_there_are_pieces(variant: ProductVariant) -> None:
    carts = [cart_with(variant, 1) for _ in range(6)]
    together = threading.Barrier(len(carts))
    outcomes: list[str] = []

    def order(cart: Cart) -> None:
        together.wait()
        try:
            order_place(cart=cart, user=GUEST, address=ADDRESS)
            outcomes.append("placed")
        except NotEnoughStockError:
            outcomes.append("sold out")
        finally:
            connection.close()

    threads = [threading.Thread(target=order, args=[cart]) for cart in carts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    variant.refresh_from_db()
    assert sorted(outcomes) == ["placed"] * 3 + ["sold out"] * 3
    assert (variant.stock, Order.objects.count()) == (0, 3)


def test_a_guest_orders_and_no_other_guest_sees_it(client: Client, variant: ProductVariant) -> None:
    client.post("/cart/add/", {"variant": variant.pk})
    assert client.get("/checkout/").status_code == 200
    response = client.post("/checkout/", ADDRESS)
    order = Order.objects.get()
    assert response["Location"] == f"/orders/{order.pk}/"
    assert order.number in client.get(response["Location"]).text
    assert Client().get(response["Location"]).status_code == 404


def test_an_account_sees_its_orders_alone_and_is_offered_its_last_address(
    client: Client, variant: ProductVariant, user: User
) -> None:
    client.force_login(user)
    client.post("/cart/add/", {"variant": variant.pk})
    client.post("/checkout/", ADDRESS)
    order = Order.objects.get()
    assert order.user == user
    assert order.number in client.get("/orders/").text
    client.post("/cart/add/", {"variant": variant.pk})
    assert client.get("/checkout/").context["form"].initial == ADDRESS
    stranger = Client()
    stranger.force_login(User.objects.create_user("bob"))
    assert order.number not in stranger.get("/orders/").text
    assert stranger.get(f"/orders/{order.pk}/").status_code == 404


def test_a_wrong_address_is_asked_for_again(client: Client, variant: ProductVariant) -> None:
    client.post("/cart/add/", {"variant": variant.pk})
    response = client.post("/checkout/", ADDRESS | {"email": "nobody"})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["email"]
    assert not Order.objects.exists()


def test_checkout_without_anything_leads_back_to_the_cart(client: Client, db: None) -> None:
    assert client.get("/checkout/")["Location"] == "/cart/"
