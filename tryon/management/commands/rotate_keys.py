import argparse
import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from tryon.key_ring import key_manager
from tryon.management.operator import OperatorCommand
from tryon.selectors.keys import keys_missing, objects_by_key
from tryon.services.key_rotation import BATCH_SIZE, Rotated, keys_rotate


class Command(OperatorCommand):
    help = _(
        "Wrap the data key of every object by the first key of the ring; no picture is encrypted again. May "
        "be stopped and started at any time. Prints one JSON line with the objects of each key before and "
        "after. Succeeds when the other keys may leave the ring; with --dry-run, when no key is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("Count, and change nothing."))
        parser.add_argument("--batch", type=_positive, default=BATCH_SIZE, help=_("Rows read at a time."))

    def handle(self, *args: Any, dry_run: bool, batch: int, **options: Any) -> None:
        current, before = key_manager().current_id, objects_by_key()
        rotated = Rotated(0, 0) if dry_run else keys_rotate(batch_size=batch)
        after, missing = objects_by_key(), keys_missing()
        report = {"current": current, "dry_run": dry_run, "before": before, "after": after}
        self.stdout.write(json.dumps(report | rotated._asdict() | {"missing": missing}))
        if missing:
            raise CommandError(_("These keys wrap objects but are not in the ring: %s") % ", ".join(missing))
        left = sorted(after.keys() - {current})
        if left and not dry_run:
            raise CommandError(_("These keys must stay, they still wrap objects: %s") % ", ".join(left))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("It must be 1 or more."))
    return number
