"""Which keys wrap the data keys of stored pictures and the short secrets of rows. Ids alone, never a key."""

from collections import Counter

from allauth.mfa.models import Authenticator
from django.db.models import Count, F, Func, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from tryon.key_ring import key_manager
from tryon.models import SealedObject, WebhookEndpoint


def objects_by_key() -> dict[str, int]:
    """How many objects and secrets each key wraps, by its id. A key that is not among them wraps nothing."""
    endpoints = WebhookEndpoint.objects.annotate(key_id=_key_of(F("secret")))
    authenticators = Authenticator.objects.annotate(
        key_id=_key_of(Coalesce(KT("data__secret"), KT("data__seed")))
    )
    tables: list[QuerySet] = [SealedObject.objects.all(), endpoints, authenticators]
    counted: Counter[str] = Counter()
    for table in tables:
        counted.update(dict(table.order_by("key_id").values_list("key_id").annotate(Count("pk"))))
    return dict(counted)


def keys_missing() -> list[str]:
    """Keys that wrap something and are not in the ring: until they are back, nothing of theirs opens."""
    return sorted(objects_by_key().keys() - set(key_manager().key_ids))


def _key_of(sealed: F | Coalesce) -> Func:
    """The id at the beginning of a sealed text."""
    return Func(sealed, Value(":"), Value(1), function="split_part", output_field=TextField())
