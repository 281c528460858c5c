import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .work import LeasedWork


class TryOnJob(LeasedWork):
    """One picture to make: a photo and the garments to put on it, in order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shopper = models.ForeignKey("tryon.Shopper", on_delete=models.CASCADE, related_name="tryons")
    photo = models.ForeignKey("tryon.Photo", null=True, on_delete=models.SET_NULL, related_name="tryons")
    garments = models.ManyToManyField("tryon.Garment", through="tryon.TryOnItem", related_name="tryons")
    result = models.OneToOneField(
        "tryon.SealedObject", null=True, blank=True, on_delete=models.SET_NULL, related_name="tryon"
    )
    confidence = models.FloatField(null=True, blank=True, help_text=_("0 to 1."))
    model_version = models.CharField(max_length=64, blank=True)
    timings = models.JSONField(default=dict, blank=True, help_text=_("Seconds by stage."))
    idempotency_key = models.CharField(max_length=64, blank=True)
    request_hash = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta(LeasedWork.Meta):
        ordering = ["-created_at"]
        verbose_name = _("try-on")
        verbose_name_plural = _("try-ons")
        constraints = [
            *LeasedWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["shopper", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="one_job_per_idempotency_key",
            ),
        ]
        indexes = [models.Index(fields=["status", "created_at"], name="tryon_queue")]

    def __str__(self) -> str:
        return str(self.id)


class TryOnItem(models.Model):
    """A garment's place in an outfit: 0 is put on first."""

    job = models.ForeignKey(TryOnJob, on_delete=models.CASCADE, related_name="items")
    garment = models.ForeignKey("tryon.Garment", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="one_garment_per_position")]

    def __str__(self) -> str:
        return f"{self.position}: {self.garment_id}"
