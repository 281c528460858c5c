import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from .work import LeasedWork


class Photo(LeasedWork):
    """A shopper's photo. Its work is the check before any try-on: `succeeded` means fit to use,
    `failed` carries the reason. A photo has the id of its sealed object, which its erasure receipt names."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shopper = models.ForeignKey("tryon.Shopper", on_delete=models.CASCADE, related_name="photos")
    sealed = models.OneToOneField("tryon.SealedObject", on_delete=models.PROTECT, related_name="photo")
    analysis = models.OneToOneField(
        "tryon.SealedObject", null=True, blank=True, on_delete=models.SET_NULL, related_name="analysed"
    )
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    checks = models.JSONField(default=dict, blank=True, help_text=_("What the check measured."))
    expires_at = models.DateTimeField(db_index=True)

    class Meta(LeasedWork.Meta):
        ordering = ["-created_at"]
        verbose_name = _("photo")
        verbose_name_plural = _("photos")

    def __str__(self) -> str:
        return str(self.id)
