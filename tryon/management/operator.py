"""Commands that a person runs on a person's data."""

from typing import Any

from django.core.management.base import BaseCommand

from tryon.actors import Actor, acting


class OperatorCommand(BaseCommand):
    """The audit trail says that an operator did what it does."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        with acting(lambda: Actor("operator")):
            return super().execute(*args, **options)
