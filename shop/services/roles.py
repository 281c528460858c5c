"""Keeping the groups of staff in step with the table of roles."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from shop.roles import ROLES


@transaction.atomic
def roles_grant(**_signal: Any) -> None:
    """Give each role exactly the permissions that the table names and the database has. Idempotent."""
    for name, permissions in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        named = Q()
        for permission in permissions:
            label, codename = permission.split(".")
            named |= Q(content_type__app_label=label, codename=codename)
        group.permissions.set(Permission.objects.filter(named))
