"""Where the ciphertext of a picture, or of what was found in it, lies; the wrapped key that opens it; bytes
still to be deleted."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SealedObject(models.Model):
    """An encrypted object in the private store. Without `wrapped_key` the stored bytes are noise."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        RESULT = "result", _("Result")
        ANALYSIS = "analysis", _("What was found in a photo")
        SAMPLE = "sample", _("Training sample")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # PROTECT: a cascade would drop the row and leave its bytes in the store. Erase through the services.
    shopper = models.ForeignKey(
        "tryon.Shopper",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sealed_objects",
        help_text=_("Nobody for a merchant's training sample."),
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    version = models.PositiveSmallIntegerField(default=1)
    media_type = models.CharField(max_length=32)
    storage_name = models.CharField(max_length=255, unique=True)
    wrapped_key = models.BinaryField()
    key_id = models.CharField(max_length=32, help_text=_("The key of the ring that wraps the data key."))
    size = models.PositiveBigIntegerField(help_text=_("Plaintext bytes."))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("sealed object")
        verbose_name_plural = _("sealed objects")
        constraints = [
            models.CheckConstraint(
                condition=Q(shopper__isnull=False) | Q(kind="sample"), name="only_samples_are_nobodys"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class PendingDeletion(models.Model):
    """Bytes in the private store that nobody can open any more and that still have to be deleted.

    Written in the transaction that erases the key, removed once the store has let go of the bytes: a crash
    between the two leaves work for the sweeper, never a forgotten object.
    """

    storage_name = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("pending deletion")
        verbose_name_plural = _("pending deletions")

    def __str__(self) -> str:
        return self.storage_name
