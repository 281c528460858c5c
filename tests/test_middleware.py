"""What is refused before any view sees it."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.tryon import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "query", ["status__exact=%00", "status__exact=queued&status__exact=a%00", "%00=queued"]
)
def test_a_question_with_a_null_character_is_a_bad_request(query: str) -> None:
    client = Client()
    client.force_login(factories.user("staff", is_staff=True, is_superuser=True))
    assert client.get("/admin/tryon/photo/?status__exact=queued").status_code == 200
    assert client.get(f"/admin/tryon/photo/?{query}").status_code == 400
    assert client.get(f"/products/?{query}").status_code == 400


@pytest.mark.parametrize("name", ["category", "outer", "status", "page_size"])
def test_the_api_says_which_parameter_has_a_null_character(valkey: str, name: str) -> None:
    refused = Client().get(f"/api/v1/garments/?{name}=%00")
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, name)
    assert Client().get(f"/api/v1/garments/?x%00={name}").status_code == 200


def test_the_api_refuses_what_is_sent_in_the_clear(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    plain, page = client.get("/api/v1/garments/"), client.get("/products/")
    assert (plain.status_code, plain.text) == (403, "The API answers over https alone.")
    assert (page.status_code, page.headers["Location"]) == (301, "https://testserver/products/")
    assert client.get("/api/v1/garments/", secure=True).status_code == 200
