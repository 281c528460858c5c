"""A page of the admin in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import Browser, Page

from tests.tryon import factories


@contextmanager
def staff_page(browser: Browser, address: str, role: str, **options: Any) -> Iterator[Page]:
    """A page for somebody with `role`, who is logged in. What it logs as an error fails the test."""
    user = factories.user(role, is_staff=True)
    group, _created = Group.objects.get_or_create(name=role)
    user.groups.add(group)
    client = Client()
    client.force_login(user)
    context = browser.new_context(base_url=address, reduced_motion="reduce", **options)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
