"""The names under which the cache counts how often somebody asks: nothing else in it is about a person."""

import hashlib
import logging

from django.core.cache import cache
from redis import RedisError
from rest_framework.settings import api_settings

FORMAT = "throttle_{scope}_{ident}"
"""That of `rest_framework.throttling.SimpleRateThrottle`."""
logger = logging.getLogger(__name__)


def visitor_digest(ident: str) -> str:
    """Stands for an address or a guest, so that neither is kept anywhere."""
    return hashlib.sha256(ident.encode()).hexdigest()[:32]


def throttles_forget(*, shopper_id: object = None, user_id: object = None) -> None:
    """Drop the counters of a guest or an account. A cache that is down is survived: they last a minute."""
    idents = [visitor_digest(str(shopper_id))] if shopper_id is not None else []
    idents += [str(user_id)] if user_id is not None else []
    scopes = api_settings.DEFAULT_THROTTLE_RATES
    try:
        cache.delete_many([FORMAT.format(scope=scope, ident=ident) for scope in scopes for ident in idents])
    except RedisError as error:
        logger.warning("Counters of throttles stay until they expire: %s", type(error).__name__)
