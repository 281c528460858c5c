"""Every page answers, without JavaScript, in both languages, and under a strict policy."""

import re

import pytest
from django.conf import settings
from django.test import Client

from shop.models import Product, User

PAGES = ["/", "/products/", "/categories/tops/", "/products/linen-shirt/", "/cart/", "/privacy/"]
ACCOUNT_PAGES = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]


@pytest.mark.parametrize("address", [*PAGES, *ACCOUNT_PAGES, "/tryon/"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_page_answers(client: Client, shirt: Product, address: str, language: str) -> None:
    response = client.get(address, headers={"Accept-Language": language})
    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.text
    assert "<h1" in response.text


@pytest.mark.parametrize("address", [*PAGES, *ACCOUNT_PAGES, "/tryon/", "/nowhere/"])
def test_no_page_has_inline_script_or_style(client: Client, shirt: Product, address: str) -> None:
    response = client.get(address)
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", response.text)


def test_unknown_pages_are_a_friendly_404(client: Client, db: None) -> None:
    for address in ("/nowhere/", "/products/none/", "/categories/none/", "/orders/"):
        response = client.get(address, follow=True)
        assert response.status_code == (200 if address == "/orders/" else 404)
    assert "This page is not on the rail" in client.get("/nowhere/").text


def test_what_is_not_on_sale_has_no_page(client: Client, shirt: Product) -> None:
    Product.objects.update(active=False)
    assert client.get("/products/linen-shirt/").status_code == 404


def test_a_product_page_shows_the_chosen_colour(client: Client, shirt: Product) -> None:
    assert client.get("/products/linen-shirt/?colour=navy").context["colour"].slug == "navy"
    assert client.get("/products/linen-shirt/?colour=plaid").context["colour"].slug == "white"


def test_prices_are_written_with_their_currency(client: Client, shirt: Product) -> None:
    assert "€20.00" in client.get("/products/").text
    assert "€20.00" in client.get("/products/linen-shirt/").text


@pytest.mark.parametrize("model", ["product", "productcolour", "category", "order", "user"], ids=str)
def test_the_admin_lists_and_opens(client: Client, shirt: Product, model: str) -> None:
    client.force_login(User.objects.create_superuser("root"))
    response = client.get(f"/admin/shop/{model}/")
    assert response.status_code == 200
    link = re.search(rf"/admin/shop/{model}/[0-9a-f-]+/change/", response.text)
    assert link or model == "order"
    if link:
        assert client.get(link[0]).status_code == 200


def test_what_is_vendored_carries_its_licence() -> None:
    folders = [path for path in (settings.BASE_DIR / "static" / "vendor").iterdir() if path.is_dir()]
    assert folders
    assert [path.name for path in folders if not (path / "LICENSE").stat().st_size] == []
