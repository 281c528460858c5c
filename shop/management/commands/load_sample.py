from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

import shop
from shop.services.sample import sample_load

SAMPLE = Path(shop.__file__).parent / "sample"


class Command(BaseCommand):
    help = (
        "Load the sample catalogue: categories, products and the garments to try on. "
        "Safe to run again: texts and prices are refreshed, stock and pictures stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=SAMPLE, help="Where catalogue.json lies.")

    def handle(self, *args: Any, **options: Any) -> None:
        count = sample_load(folder=options["folder"])
        self.stdout.write(f"{count} products")
