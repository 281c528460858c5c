import time
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from tryon.errors import TryOnError, message_for
from tryon.management.operator import OperatorCommand
from tryon.models import DataSource, Garment, ModelVersion, TrainingRun
from tryon.services.training_runs import run_start


def day(text: str) -> date:
    """Raises ValueError."""
    return date.fromisoformat(text)


class Command(OperatorCommand):
    help = _(
        "Start a retraining on the store's prepared garments and follow it to its end. A trainer does it, "
        "the process of the queue `training`. Ctrl-C stops the watching, not the training."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        length = parser.add_mutually_exclusive_group()
        length.add_argument("--minutes", type=float, help=_("of training, 15"))
        length.add_argument("--steps", type=int)
        parser.add_argument("--base", help=_("name of the version to start from; the built-in one"))
        parser.add_argument("--category", action="append", default=[], choices=Garment.Category.values)
        parser.add_argument("--source", action="append", default=[], choices=DataSource.values)
        parser.add_argument(
            "--since", type=day, help=_("only what was added on this day or later: 2026-03-01")
        )
        parser.add_argument("--device", default="cpu", choices=TrainingRun.Device.values)
        parser.add_argument("--seed", type=int)
        parser.add_argument("--no-follow", action="store_true", help=_("print the run's id and end"))

    def handle(self, *args: Any, **options: Any) -> None:
        steps = options["steps"]
        minutes = 15.0 if steps is None and options["minutes"] is None else options["minutes"]
        try:
            run = run_start(
                base=self._base(options["base"]),
                categories=options["category"],
                sources=options["source"],
                since=options["since"],
                minutes=minutes,
                steps=steps,
                device=options["device"],
                seed=options["seed"],
                created_by=None,
            )
        except TryOnError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(f"{run.pk} {run.name}")
        if not options["no_follow"]:
            self._follow(run)

    def _base(self, name: str | None) -> ModelVersion | None:
        version = ModelVersion.objects.filter(name=name).first()
        if name and version is None:
            raise CommandError(_("There is no version %(name)s.") % {"name": name})
        return version

    def _follow(self, run: TrainingRun) -> None:
        told = None
        while run.is_active:
            now = run.status, run.stage, run.step
            if now != told:
                losses = " ".join(f"{value:.3f}" for value in run.curve[-1][1:]) if run.curve else ""
                self.stdout.write(
                    f"{run.progress:4.0%} {run.status} {run.stage} {run.step} {losses}".rstrip()
                )
                told = now
            time.sleep(2)
            run.refresh_from_db()
        if run.status != TrainingRun.Status.SUCCEEDED:
            why = message_for(run.error_code) if run.error_code else run.get_status_display()
            raise CommandError(f"{run.error_code or run.status}: {why}")
        self.stdout.write(f"{run.report['verdict']}: {run.report['why']}")
