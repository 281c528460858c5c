import json
import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from tryon.models import ErasureReceipt, Photo, Shopper
from tryon.services.photos import photo_erase
from tryon.services.receipts import receipt_document
from tryon.services.shoppers import shopper_erase


class Command(BaseCommand):
    help = _(
        "Erase one photo with the pictures made from it, or everything of one shopper, at once. Prints the "
        "signed receipt of the photo, or of every picture, one JSON object a line. The account itself stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument("--photo", type=uuid.UUID, metavar="ID")
        target.add_argument("--shopper", type=uuid.UUID, metavar="ID")
        target.add_argument("--user", metavar="NAME", help=_("The login of the shopper's account."))

    def handle(self, *args: Any, **options: Any) -> None:
        for receipt in _erase(**{name: options[name] for name in ("photo", "shopper", "user")}):
            self.stdout.write(json.dumps(receipt_document(receipt=receipt)))


def _erase(*, photo: uuid.UUID | None, shopper: uuid.UUID | None, user: str | None) -> list[ErasureReceipt]:
    try:
        if photo is not None:
            row = Photo.objects.get(pk=photo)
            return [photo_erase(photo=row, reason=ErasureReceipt.Reason.REQUESTED)]
        if shopper is not None:
            return shopper_erase(shopper=Shopper.objects.get(pk=shopper))
        account = get_user_model().objects.get_by_natural_key(user)
        return shopper_erase(shopper=Shopper.objects.get(user=account))
    except (Photo.DoesNotExist, Shopper.DoesNotExist, get_user_model().DoesNotExist) as error:
        raise CommandError(_("There is no such photo or shopper.")) from error
