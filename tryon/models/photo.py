import uuid

from django.db import models

from .work import LeasedWork


class Photo(LeasedWork):
    """A shopper's photo. Its work is the check before any try-on: `succeeded` means fit to use,
    `failed` carries the reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shopper = models.ForeignKey("tryon.Shopper", on_delete=models.CASCADE, related_name="photos")
    sealed = models.OneToOneField("tryon.SealedObject", on_delete=models.PROTECT, related_name="photo")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta(LeasedWork.Meta):
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return str(self.id)
