"""Browsers of guests."""

from rest_framework.test import APIClient

from tryon.identity import SESSION_KEY
from tryon.models import Shopper


def browser_of(shopper: Shopper) -> APIClient:
    """A browser whose session is that of a guest."""
    client = APIClient()
    session = client.session
    session[SESSION_KEY] = str(shopper.pk)
    session.save()
    return client
