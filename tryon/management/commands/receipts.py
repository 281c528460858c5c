import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from tryon.models import SealedObject
from tryon.services.receipts import receipt_from_document, receipt_verify


class Command(BaseCommand):
    help = _(
        "Check erasure receipts that somebody shows: `receipts verify FILE`, or - for standard input. The "
        "file holds what the API or `erase` gave out: one receipt, a list, or one a line. Prints a line for "
        "each, and fails unless every one was signed by us and its object is gone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        verdicts = [_verdict(document) for document in _documents(_read(file))]
        for name, verdict in verdicts:
            self.stdout.write(f"{name}: {verdict or _('ours, and the object is gone')}")
        if not verdicts:
            raise CommandError(_("There is no receipt in this file."))
        if any(verdict for _name, verdict in verdicts):
            raise CommandError(_("Not every receipt is good."))


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(_("The file cannot be read: %s") % error) from error


def _documents(text: str) -> Iterator[Any]:
    """The receipts in JSON, or in lines of JSON, however they are wrapped."""
    try:
        try:
            parsed = [json.loads(text)]
        except ValueError:
            parsed = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise CommandError(_("The file is not JSON: %s") % error) from error
    for each in parsed:
        yield from _unwrapped(each)


def _unwrapped(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _unwrapped(each)
    elif isinstance(value, dict) and {"receipts", "receipt"} & value.keys():
        yield from _unwrapped(value.get("receipts", value.get("receipt")))
    elif value is not None:
        yield value


def _verdict(document: Any) -> tuple[str, str]:
    """The receipt's id and what is wrong with it; nothing if it is good."""
    try:
        receipt = receipt_from_document(document)
    except ValueError:
        return "?", _("no receipt")
    if not receipt_verify(receipt=receipt):
        return str(receipt.id), _("NOT ours, or altered")
    if SealedObject.objects.filter(pk=receipt.object_id).exists():
        return str(receipt.id), _("ours, but the object is there: run replay_erasures")
    return str(receipt.id), ""
