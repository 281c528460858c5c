"""What is refused before any view sees it."""

import pytest
from django.test import Client

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
