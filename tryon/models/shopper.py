"""Who owns a photo, what they agreed to, and the proof that something of theirs is gone."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .sealed import SealedObject


class Shopper(models.Model):
    """The owner of photos and try-ons: an account, or a guest known only by their session."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="shopper"
    )
    quota_day = models.DateField(null=True, blank=True)
    quota_used = models.PositiveSmallIntegerField(
        default=0, help_text=_("Try-ons submitted on `quota_day`; deleting one gives nothing back.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("shopper")
        verbose_name_plural = _("shoppers")

    def __str__(self) -> str:
        return str(self.id)


class Consent(models.Model):
    """A recorded agreement to one purpose, in the version of the text that was shown."""

    class Purpose(models.TextChoices):
        TRYON = "tryon", _("Try-on")
        TRAINING = "training", _("Training")

    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    version = models.CharField(max_length=16)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["shopper", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_active_consent_per_purpose",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class ErasureReceipt(models.Model):
    """A signed statement that an object was erased. Holds no personal data, only the id of the object."""

    class Reason(models.TextChoices):
        REQUESTED = "requested", _("Asked for by the shopper")
        EXPIRED = "expired", _("Time was up")
        WITHDRAWN = "withdrawn", _("Consent was withdrawn")
        ACCOUNT = "account", _("The shopper's data was erased")
        STALE = "stale", _("Made by a worker that had lost the job")
        OUTDATED = "outdated", _("Made anew")
        REFUSED = "refused", _("Not fit to be used")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    object_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=16, choices=SealedObject.Kind.choices)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    erased_at = models.DateTimeField()
    signature = models.TextField(help_text=_("Ed25519 over the other fields, base64."))

    class Meta:
        verbose_name = _("erasure receipt")
        verbose_name_plural = _("erasure receipts")

    def __str__(self) -> str:
        return str(self.id)
