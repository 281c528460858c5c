from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError

from shop.models import User
from shop.roles import MERCHANT, PRIVACY_OFFICER, TRAINER

ADMIN, SHOPPER = "admin", "shopper"
DEMO_USERS = {
    ADMIN: None,
    SHOPPER: None,
    "merchant": MERCHANT,
    "trainer": TRAINER,
    "privacy": PRIVACY_OFFICER,
}
"""Names with their roles; the password of each is NAME-demo."""


class Command(BaseCommand):
    help = (
        "Create the logins of the demo and print them. Refuses outside demo mode: the passwords are public."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo logins have public passwords. They are created with DEMO=1 only.")
        for name, role in DEMO_USERS.items():
            rights = {
                "email": f"{name}@example.com",
                "is_staff": name != SHOPPER,
                "is_superuser": name == ADMIN,
            }
            user, _created = User.objects.update_or_create(username=name, defaults=rights)
            user.groups.set(Group.objects.filter(name=role))
            user.set_password(f"{name}-demo")
            user.save(update_fields=["password"])
            self.stdout.write(f"{name} / {name}-demo")
