import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .garment import Garment
from .work import LeasedWork


class Lookbook(LeasedWork):
    """Garments, as they are or varied, on sample shoppers and models, side by side. Its work is to make all
    pictures, turn by turn, and then the sheets. No shopper's photo is involved.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    samples = models.JSONField(help_text=_("Static paths of sample shoppers, ids of models' samples."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("added by"),
    )
    sheet = models.ImageField(upload_to="lookbooks/", blank=True)
    document = models.FileField(upload_to="lookbooks/", blank=True)

    class Meta(LeasedWork.Meta):
        ordering = ["-created_at"]
        verbose_name = _("lookbook")
        verbose_name_plural = _("lookbooks")

    def __str__(self) -> str:
        return self.name


class Look(models.Model):
    """A garment of a lookbook, in a colour of its own if `colour` is given, with a print if `motif` is."""

    lookbook = models.ForeignKey(Lookbook, on_delete=models.CASCADE, related_name="looks")
    garment = models.ForeignKey(Garment, on_delete=models.PROTECT, related_name="+")
    colour = models.CharField(max_length=7, blank=True, validators=[RegexValidator(r"^#[0-9a-f]{6}$")])
    motif = models.ImageField(upload_to="motifs/", blank=True)
    repeat = models.BooleanField(default=False)
    cloth = models.ImageField(upload_to="lookbooks/", blank=True, help_text=_("The garment so varied."))

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.garment_id} {self.colour}"

    @property
    def is_varied(self) -> bool:
        return bool(self.colour or self.motif)


class LookPicture(models.Model):
    """A look on one sample shopper or model, or why there is none."""

    look = models.ForeignKey(Look, on_delete=models.CASCADE, related_name="pictures")
    sample = models.CharField(max_length=100)
    image = models.ImageField(upload_to="lookbooks/", blank=True)
    error_code = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["sample"]
        constraints = [
            models.UniqueConstraint(fields=["look", "sample"], name="one_picture_per_look_and_sample"),
            models.CheckConstraint(condition=Q(image="") ^ Q(error_code=""), name="a_picture_or_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.look_id} {self.sample}"
