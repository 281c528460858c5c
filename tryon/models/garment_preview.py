import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from .garment import Garment
from .work import LeasedWork


class GarmentPreview(LeasedWork):
    """A garment on one of the sample shoppers, for merchants to look at. No shopper's photo is involved."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    garment = models.ForeignKey(Garment, on_delete=models.CASCADE, related_name="previews")
    sample = models.CharField(max_length=100, help_text=_("Static path of the sample shopper's picture."))
    image = models.ImageField(upload_to="previews/", blank=True)

    class Meta(LeasedWork.Meta):
        ordering = ["sample"]
        constraints = [
            *LeasedWork.Meta.constraints,
            models.UniqueConstraint(fields=["garment", "sample"], name="one_preview_per_sample"),
        ]

    def __str__(self) -> str:
        return f"{self.garment_id} {self.sample}"
