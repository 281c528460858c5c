"""Browsers of guests and of staff."""

from django.contrib.auth.models import Group, Permission
from rest_framework.test import APIClient

from tests.tryon import factories
from tryon.identity import SESSION_KEY
from tryon.models import Shopper


def browser_of(shopper: Shopper) -> APIClient:
    """A browser whose session is that of a guest."""
    client = APIClient()
    session = client.session
    session[SESSION_KEY] = str(shopper.pk)
    session.save()
    return client


def browser_in(role: str) -> APIClient:
    """A browser of somebody of the staff who has this role."""
    user = factories.user(role.replace(" ", "-"), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return _logged_in(user)


def browser_with(*permissions: str) -> APIClient:
    """A browser of somebody of the staff who has these permissions alone."""
    user = factories.user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return _logged_in(user)


def _logged_in(user: object) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client
