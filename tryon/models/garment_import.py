import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .garment import Garment
from .work import LeasedWork


class GarmentImport(LeasedWork):
    """Many garments that come in together. Its work is the fetching of their pictures, by `maintenance`;
    what is in them is the work of the items. Nothing becomes a garment before a merchant says so.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("added by"),
    )
    archive = models.FileField(
        upload_to="uploads/", blank=True, editable=False, help_text=_("Gone once its pictures are fetched.")
    )

    class Meta(LeasedWork.Meta):
        ordering = ["-created_at"]
        verbose_name = _("import of garments")
        verbose_name_plural = _("imports of garments")

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class GarmentImportItem(LeasedWork):
    """One picture of an import. Its work is to look at it: which kind of garment, and can it be worn?

    `source` is a name in the archive or an address. `image` is there once it is fetched and decoded; when the
    item is added, it belongs to `garment`.
    """

    batch = models.ForeignKey(GarmentImport, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=500)
    name = models.CharField(max_length=120)
    sku = models.CharField(max_length=40, blank=True)
    category = models.CharField(max_length=16, choices=Garment.Category.choices, blank=True)
    outer = models.BooleanField(default=False)
    certainty = models.FloatField(
        null=True, help_text=_("Of a guessed category, 0 to 1; none if the merchant gave it.")
    )
    image = models.ImageField(upload_to="garments/", blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text=_("SHA-256 of the picture."))
    warnings = models.JSONField(default=list)
    garment = models.ForeignKey(Garment, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(LeasedWork.Meta):
        ordering = ["position"]
        constraints = [
            *LeasedWork.Meta.constraints,
            models.UniqueConstraint(fields=["batch", "position"], name="one_item_per_position"),
        ]

    def __str__(self) -> str:
        return self.name
