"""Clients of the API: a guest with a browser, and staff.

This file may be read before the apps are loaded, so it imports models only inside its fixtures.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from tryon.models import Shopper


@pytest.fixture(autouse=True)
def _no_throttle_history(valkey: str) -> None:
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def visitor(db: None) -> "APIClient":
    """A browser that owns nothing yet."""
    from rest_framework.test import APIClient

    return APIClient()


@pytest.fixture
def shopper(db: None) -> "Shopper":
    """A guest who agreed to try on."""
    from tests.tryon import factories

    return factories.shopper()


@pytest.fixture
def guest(shopper: "Shopper") -> "APIClient":
    """The browser of `shopper`."""
    from tests.tryon.api.browsers import browser_of

    return browser_of(shopper)


@pytest.fixture
def staff(visitor: "APIClient") -> "APIClient":
    from django.contrib.auth.models import Group

    from shop.roles import MERCHANT
    from tests.tryon import factories

    merchant = factories.user("staff", is_staff=True)
    merchant.groups.add(Group.objects.get(name=MERCHANT))
    visitor.force_login(merchant)
    return visitor
