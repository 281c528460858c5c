import json
import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from tryon.management.operator import OperatorCommand
from tryon.models import ErasureReceipt, Photo, Shopper
from tryon.services.accounts import account_erase
from tryon.services.photos import photo_erase
from tryon.services.receipts import receipt_document
from tryon.services.shoppers import shopper_erase


class Command(OperatorCommand):
    help = _(
        "Erase one photo with the pictures made from it, or everything of one shopper, at once. Prints the "
        "signed receipt of the photo, or of every picture, one JSON object a line. The account itself stays, "
        "unless it is named by --account: then login, sessions, tokens and cart go too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument("--photo", type=uuid.UUID, metavar="ID")
        target.add_argument("--shopper", type=uuid.UUID, metavar="ID")
        target.add_argument("--user", metavar="NAME", help=_("The login of the shopper's account."))
        target.add_argument("--account", metavar="NAME", help=_("The login of the account to erase whole."))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            receipts = _erase(**{name: options[name] for name in ("photo", "shopper", "user", "account")})
        except ObjectDoesNotExist as error:
            raise CommandError(_("There is no such photo or shopper.")) from error
        for receipt in receipts:
            self.stdout.write(json.dumps(receipt_document(receipt=receipt)))


def _erase(
    *, photo: uuid.UUID | None, shopper: uuid.UUID | None, user: str | None, account: str | None
) -> list[ErasureReceipt]:
    """Raises ObjectDoesNotExist."""
    accounts = get_user_model()._default_manager
    if photo is not None:
        return [photo_erase(photo=Photo.objects.get(pk=photo), reason=ErasureReceipt.Reason.REQUESTED)]
    if account is not None:
        return account_erase(user=accounts.get_by_natural_key(account)).receipts
    if shopper is not None:
        return shopper_erase(shopper=Shopper.objects.get(pk=shopper))
    return shopper_erase(shopper=Shopper.objects.get(user=accounts.get_by_natural_key(user)))
