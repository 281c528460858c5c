"""Limits on how fast one visitor may ask. How much a shopper may ask for in a day is the quota's matter."""

import logging

from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from tryon.identity import SESSION_KEY
from tryon.throttle_keys import visitor_digest

logger = logging.getLogger(__name__)


class VisitorThrottle(ScopedRateThrottle):
    """Counts by account, or by address for guests, since a guest can start a new session at will. Reads of a
    guest who agreed to try on count by guest: many of them may poll from behind one address.

    The view's `throttle_scope` picks the rate. Without the cache nobody is held back: the daily quota, which
    the database keeps, still holds.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            logger.warning("Throttling is off: %s", type(error).__name__)
            return True

    def get_ident(self, request: Request) -> str:
        """A digest, so that no address is kept anywhere. Behind a Unix socket there may be no address."""
        guest = request.session.get(SESSION_KEY) if self.scope == "read" else None
        ident = guest or super().get_ident(request) or ""
        return visitor_digest(ident)
