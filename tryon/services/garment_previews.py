"""Pictures of a garment on the sample shoppers."""

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from tryon.announce import announce_on_commit
from tryon.errors import TryOnError
from tryon.models import Garment, GarmentPreview

from .garment_files import files_delete
from .work import work_succeed


@transaction.atomic
def previews_request(*, garment: Garment) -> list[GarmentPreview]:
    """Have the garment put on every sample shopper, anew. Raises TryOnError garment_not_ready."""
    locked = Garment.objects.select_for_update().get(pk=garment.pk)
    if locked.status != Garment.Status.SUCCEEDED:
        raise TryOnError("garment_not_ready")
    previews_forget(garment=garment)
    samples = [each["image"] for each in settings.TRYON["SAMPLE_PHOTOS"]]
    previews = GarmentPreview.objects.bulk_create(
        GarmentPreview(garment=garment, sample=sample) for sample in samples
    )
    announce_on_commit(GarmentPreview)
    return previews


@transaction.atomic
def previews_forget(*, garment: Garment) -> None:
    """Delete the pictures, for they show what the garment was."""
    rows = GarmentPreview.objects.select_for_update().filter(garment=garment)
    names = [row.image.name for row in rows]
    rows.delete()
    transaction.on_commit(lambda: files_delete(names))


def preview_finish(*, preview: GarmentPreview, png: bytes) -> bool:
    """Keep the picture. False: the row is gone or another worker's, and nothing is kept."""
    name = default_storage.save(f"previews/{preview.pk}.png", ContentFile(png))
    if work_succeed(work=preview, image=name):
        return True
    default_storage.delete(name)
    return False
