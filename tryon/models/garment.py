import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .work import LeasedWork


class Garment(LeasedWork):
    """A garment that can be tried on. Its work is the preparation of its picture: `succeeded` means ready.

    `category` is empty only until a worker has guessed it.
    """

    class Category(models.TextChoices):
        UPPER_BODY = "upper_body", _("Tops")
        LOWER_BODY = "lower_body", _("Trousers and skirts")
        DRESSES = "dresses", _("Dresses")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    sku = models.CharField(
        _("article number"),
        max_length=40,
        blank=True,
        help_text=_("The SKU that it is sold under, if it has one yet."),
    )
    category = models.CharField(_("category"), max_length=16, choices=Category.choices)
    outer = models.BooleanField(
        _("outer garment"),
        default=False,
        help_text=_("A jacket, coat or cardigan: worn over a top or a dress."),
    )
    image = models.ImageField(_("picture"), upload_to="garments/")
    warnings = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Codes of advice about a picture that can be used all the same."),
    )
    cutout = models.ImageField(_("cut-out"), upload_to="cutouts/", blank=True)
    swatch = models.CharField(
        max_length=7, blank=True, editable=False, help_text=_("Mean colour of the cut-out, as #rrggbb.")
    )
    analysis = models.FileField(blank=True, editable=False)
    outdated = models.BooleanField(
        default=False, editable=False, help_text=_("Other networks serve since it was prepared.")
    )
    landmarks = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text=_("Corners found in the picture: name to x and y in its pixels, and how surely seen."),
    )
    drawn_mask = models.ImageField(
        upload_to="masks/", blank=True, editable=False, help_text=_("Drawn by hand, it is believed.")
    )
    drawn_landmarks = models.JSONField(
        default=dict, blank=True, editable=False, help_text=_("Corners moved by hand: name to x and y.")
    )

    class Meta(LeasedWork.Meta):
        ordering = ["name"]
        verbose_name = _("garment")
        verbose_name_plural = _("garments")
        constraints = [
            *LeasedWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["sku"],
                condition=~Q(sku=""),
                name="one_garment_per_sku",
                violation_error_message=_("Another garment has this article number (SKU). Give it its own."),
            ),
            models.CheckConstraint(
                condition=Q(outer=False) | Q(category="upper_body"),
                name="outer_garments_are_tops",
                violation_error_message=_(
                    "Only tops can be outer garments. Change the category, or untick it."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name
