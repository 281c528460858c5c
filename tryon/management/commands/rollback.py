import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from tryon.errors import TryOnError
from tryon.management.operator import OperatorCommand
from tryon.selectors.model_versions import model_before, models_serving
from tryon.services.model_versions import model_rollback


class Command(OperatorCommand):
    help = _(
        "Put the model version before the one in service back, or the built-in one (null). Prints one JSON "
        "line."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("Say what would be done."))

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        current = models_serving().current
        if current is None:
            raise CommandError(str(TryOnError("nothing_to_roll_back").message))
        after = model_before(version=current) if dry_run else model_rollback()
        report = {"dry_run": dry_run, "before": current.name, "after": after.name if after else None}
        self.stdout.write(json.dumps(report))
