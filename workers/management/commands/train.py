from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from tryon.models import TrainingRun


class Command(BaseCommand):
    help = _(
        "Do the retraining that waits for this device, in this process and in those that torchrun started "
        "beside it (torchrun --nproc-per-node 2 manage.py train --device cuda), in the place of a trainer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--device", default="cpu", choices=TrainingRun.Device.values)

    def handle(self, *args: Any, **options: Any) -> None:
        # Here, since web processes have no torch and list commands all the same.
        from workers.crew_training import train_together

        done = train_together(options["device"])
        self.stdout.write(_("Done.") if done else _("No retraining waits."))
