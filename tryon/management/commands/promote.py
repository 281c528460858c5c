import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from tryon.errors import TryOnError
from tryon.management.operator import OperatorCommand
from tryon.models import ModelVersion
from tryon.selectors.model_versions import garments_differ, models_serving
from tryon.services.model_versions import model_promote


class Command(OperatorCommand):
    help = _(
        "Put a model version into service; the next try-on is made by it. Prints one JSON line. A version "
        "that was judged worse, or compared with one that serves no more, needs --override with the reason, "
        "which the audit trail keeps."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--override", metavar="REASON", default="")
        parser.add_argument("--dry-run", action="store_true", help=_("Say what would be done."))

    def handle(self, *args: Any, name: str, override: str, dry_run: bool, **options: Any) -> None:
        version, before = ModelVersion.objects.filter(name=name).first(), models_serving().current
        if version is None:
            raise CommandError(_("There is no model version %s.") % name)
        report = {
            "dry_run": dry_run,
            "before": before.name if before else None,
            "after": version.name,
            "verdict": version.verdict,
            "against": version.metrics.get("against"),
            "tainted": version.tainted_at is not None,
            "garments_again": garments_differ(old=before, new=version),
        }
        if not dry_run:
            try:
                model_promote(version=version, override_reason=override)
            except TryOnError as error:
                raise CommandError(str(error.message)) from error
        self.stdout.write(json.dumps(report))
