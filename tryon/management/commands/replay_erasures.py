import json
from collections import Counter
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from tryon.ledger import ledger_read
from tryon.management.operator import OperatorCommand
from tryon.services.replay import erasures_replay, erasures_undone


class Command(OperatorCommand):
    help = _(
        "After the database or the private store was restored from a backup: erase again everything that "
        "the ledger says was erased. May be stopped and started at any time. Prints one JSON line with the "
        "number of entries and what was erased again, by kind; with --dry-run, what would be. Fails if "
        "something could not be erased or if the ledger holds entries that are not ours."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("Count, and change nothing."))

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        ledger = ledger_read()
        failed: list[str] = []
        if dry_run:
            erased = dict(Counter(undone.kind for undone in erasures_undone(ledger=ledger)))
        else:
            erased, failed = erasures_replay(ledger=ledger)
        report = {"dry_run": dry_run, "entries": len(ledger.entries), "erased": erased, "failed": failed}
        self.stdout.write(json.dumps(report | {"foreign": ledger.foreign}))
        if failed:
            raise CommandError(_("%d could not be erased: see the log, and run it again.") % len(failed))
        if ledger.foreign:
            raise CommandError(
                _("%d entries of the ledger are not ours. If RECEIPT_KEY has changed, use the old one.")
                % len(ledger.foreign)
            )
