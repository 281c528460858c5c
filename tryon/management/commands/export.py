import sys
import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from tryon.management.operator import OperatorCommand
from tryon.models import Shopper
from tryon.services.export import person_export


class Command(OperatorCommand):
    help = _(
        "Write everything known of one person to standard output, as a zip: facts as JSON, and the "
        "decrypted pictures. Nothing is kept on disk by the way; where you send it is up to you. For those "
        "who ask by letter: check first who it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        person = parser.add_mutually_exclusive_group(required=True)
        person.add_argument("--shopper", type=uuid.UUID, metavar="ID")
        person.add_argument("--user", metavar="NAME", help=_("The login of the account."))

    def handle(self, *args: Any, shopper: uuid.UUID | None, user: str | None, **options: Any) -> None:
        if sys.stdout.isatty():
            raise CommandError(_("This would fill the terminal with pictures. Send it to a file or a pipe."))
        try:
            person, account = _person(shopper, user)
        except ObjectDoesNotExist as error:
            raise CommandError(_("There is no such shopper.")) from error
        for piece in person_export(shopper=person, user=account):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


def _person(shopper_id: uuid.UUID | None, user_name: str | None) -> tuple[Shopper | None, Any]:
    """Raises ObjectDoesNotExist."""
    if shopper_id is not None:
        shopper = Shopper.objects.select_related("user").get(pk=shopper_id)
        return shopper, shopper.user
    account = get_user_model()._default_manager.get_by_natural_key(user_name)
    return Shopper.objects.filter(user=account).first(), account
