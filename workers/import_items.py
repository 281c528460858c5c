"""Looking at one picture of an import: which garment it shows, and whether it can be worn."""

from ml.images import read_image
from tryon.models import GarmentImportItem
from tryon.services.work import work_succeed

from . import engines
from .guessing import guess_category
from .runner import LeaseLostError, Progress


def look(item: GarmentImportItem, progress: Progress[GarmentImportItem]) -> None:
    """Guess the category that the merchant left open, and check the picture as it will be when prepared."""
    progress("cloth", 0.0)
    pipeline = engines.engine().pipeline
    with item.image.open() as file:
        picture = read_image(file.read())
    category, certainty = item.category, None
    if not category:
        category, certainty = guess_category(pipeline, picture)
    check = pipeline.check_cloth(pipeline.analyse_cloth(picture, category))
    kept = work_succeed(work=item, category=category, certainty=certainty, warnings=list(check.warnings))
    if not kept:
        raise LeaseLostError
