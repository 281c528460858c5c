from typing import Any

from django.utils.translation import gettext as _

from tryon.management.operator import OperatorCommand
from tryon.services.retention import retention_sweep


class Command(OperatorCommand):
    help = _(
        "Erase photos and try-ons whose time is up, encrypted objects that nothing refers to for an hour, "
        "bytes that are waiting for deletion, guests whose session has ended and who left nothing, sessions "
        "and tokens that are over, carts and addresses kept too long, and entries of the ledger from before "
        "the oldest backup."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in retention_sweep()._asdict().items():
            self.stdout.write(f"{name}: {count}")
