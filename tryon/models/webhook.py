import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WebhookEndpoint(models.Model):
    """An address of a store that wants to hear how try-ons end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    url = models.URLField(_("address"), max_length=500, help_text=_("https, a host name, port 443."))
    secret = models.TextField(editable=False, help_text=_("Sealed; it is shown once, when it is made."))
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """An event on its way to an endpoint: the outbox.

    A trigger of the database writes these rows in the transaction that changes the try-on, whatever code
    changes it (migration 0004). `attempts` fences: only the latest claim finishes a delivery. The id of the
    try-on is no foreign key, since the row may outlive it.
    """

    class Event(models.TextChoices):
        SUCCEEDED = "tryon.succeeded", _("Try-on is done")
        FAILED = "tryon.failed", _("Try-on failed")
        EXPIRED = "tryon.expired", _("Picture is deleted")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=32, choices=Event.choices)
    job_id = models.UUIDField()
    error_code = models.CharField(max_length=32, blank=True)
    occurred_at = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(help_text=_("While an attempt runs: when it counts as lost."))
    last_error = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["-occurred_at"]
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="pending"), name="webhooks_due")
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.job_id}"
