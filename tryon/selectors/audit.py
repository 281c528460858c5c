"""What the audit trail says of a person."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from tryon.models import AuditEntry, PendingAuditEntry, Shopper
from tryon.pseudonyms import account_pseudonym, shopper_pseudonym


def all_pseudonyms(shopper_id: object) -> list[str]:
    """The shopper's own, and those of the guests that they were before they logged in."""
    own = shopper_pseudonym(shopper_id)
    merged = {"action": AuditEntry.Action.MERGE, "subject": own}
    guests = AuditEntry.objects.filter(**merged).values_list("object_id", flat=True).order_by("number")
    waiting = PendingAuditEntry.objects.filter(**merged).values_list("object_id", flat=True).order_by("pk")
    return [own, *guests, *waiting]


def audit_of(*, shopper: Shopper | None, user: AbstractBaseUser | None) -> list[dict[str, Any]]:
    """Entries about a person, oldest first, those from before they logged in included. Other people's ids,
    such as that of staff, are left out; the kind of actor stays."""
    subjects = all_pseudonyms(shopper.pk) if shopper else []
    subjects += [account_pseudonym(user.pk)] if user else []
    fields = ("at", "actor_kind", "action", "object_kind", "object_id", "note")
    linked = AuditEntry.objects.filter(subject__in=subjects).order_by("number")
    waiting = PendingAuditEntry.objects.filter(subject__in=subjects).order_by("pk")
    return [*linked.values(*fields), *waiting.values(*fields)]
