from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shop.models import User

DEMO_USERS = (
    # name, password, may use the admin
    ("admin", "admin-demo", True),
    ("shopper", "shopper-demo", False),
)


class Command(BaseCommand):
    help = (
        "Create the logins of the demo and print them. Refuses outside demo mode: the passwords are public."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo logins have public passwords. They are created with DEMO=1 only.")
        for name, password, staff in DEMO_USERS:
            rights = {"email": f"{name}@example.com", "is_staff": staff, "is_superuser": staff}
            user, _created = User.objects.update_or_create(username=name, defaults=rights)
            user.set_password(password)
            user.save(update_fields=["password"])
            self.stdout.write(f"{name} / {password}")
