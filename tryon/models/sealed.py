"""Where the ciphertext of a picture lies and the wrapped key that opens it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class SealedObject(models.Model):
    """An encrypted object in the private store. Without `wrapped_key` the stored bytes are noise."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        RESULT = "result", _("Result")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shopper = models.ForeignKey("tryon.Shopper", on_delete=models.CASCADE, related_name="sealed_objects")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    version = models.PositiveSmallIntegerField(default=1)
    media_type = models.CharField(max_length=32)
    storage_name = models.CharField(max_length=255, unique=True)
    wrapped_key = models.BinaryField()
    key_id = models.CharField(max_length=32, help_text=_("The key of the ring that wraps the data key."))
    size = models.PositiveBigIntegerField(help_text=_("Plaintext bytes."))
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)
