"""Which keys wrap the data keys of stored pictures. Ids alone, never a key."""

from django.db.models import Count

from tryon.key_ring import key_manager
from tryon.models import SealedObject


def objects_by_key() -> dict[str, int]:
    """How many objects each key wraps, by its id. A key that is not among them wraps nothing."""
    rows = SealedObject.objects.order_by("key_id").values_list("key_id")
    return dict(rows.annotate(Count("pk")))


def keys_missing() -> list[str]:
    """Keys that wrap something and are not in the ring: until they are back, nothing of theirs opens."""
    return sorted(objects_by_key().keys() - set(key_manager().key_ids))
