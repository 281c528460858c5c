"""Pictures that a model may be trained on, and on what ground."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .work import LeasedWork


class TrainingSample(LeasedWork):
    """A picture without face and surroundings. Its work is to make it: `succeeded` means fit to train on,
    `failed` carries the reason.

    A shopper's comes from a photo of theirs while they agree to training, and keeps the link to them, so that
    their erasure finds it. A merchant's comes from an upload with a note of what permits its use; the upload
    is erased as soon as the sample is made or refused.
    """

    class Source(models.TextChoices):
        SHOPPER = "shopper", _("Shopper who agreed")
        MERCHANT = "merchant", _("Merchant")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(_("source"), max_length=16, choices=Source.choices)
    shopper = models.ForeignKey(
        "tryon.Shopper", null=True, blank=True, on_delete=models.CASCADE, related_name="samples"
    )
    photo = models.OneToOneField(
        "tryon.Photo", null=True, blank=True, on_delete=models.SET_NULL, related_name="sample"
    )
    upload = models.OneToOneField(
        "tryon.SealedObject", null=True, blank=True, on_delete=models.SET_NULL, related_name="sample_upload"
    )
    sealed = models.OneToOneField(
        "tryon.SealedObject", null=True, blank=True, on_delete=models.PROTECT, related_name="sample"
    )
    garment = models.ForeignKey(
        "tryon.Garment",
        verbose_name=_("garment"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="samples",
    )
    licence_note = models.CharField(
        _("licence note"),
        max_length=255,
        blank=True,
        help_text=_("What permits training on this picture: contract with model and photographer, and when."),
    )
    in_lookbooks = models.BooleanField(
        _("may be shown in lookbooks"),
        default=False,
        help_text=_("The contract permits that too. Face and surroundings are replaced there as well."),
    )
    batch = models.UUIDField(
        null=True, blank=True, editable=False, db_index=True, help_text=_("Of photos that came together.")
    )
    source_name = models.CharField(
        max_length=500, blank=True, editable=False, help_text=_("What the file was called that it came in.")
    )
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    quality = models.JSONField(
        _("measured"), default=dict, blank=True, help_text=_("What was measured in the picture.")
    )
    expires_at = models.DateTimeField(_("kept until"), db_index=True)

    class Meta(LeasedWork.Meta):
        ordering = ["-created_at"]
        verbose_name = _("training sample")
        verbose_name_plural = _("training samples")
        constraints = [
            *LeasedWork.Meta.constraints,
            models.CheckConstraint(
                condition=Q(source="shopper", shopper__isnull=False)
                | (Q(source="merchant", shopper__isnull=True) & ~Q(licence_note="")),
                name="samples_have_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(in_lookbooks=False) | Q(source="merchant"), name="shoppers_are_in_no_lookbook"
            ),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | (Q(sealed__isnull=False) & ~Q(sha256="")),
                name="samples_done_have_a_picture",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
