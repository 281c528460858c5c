"""Rows that a worker claims, leases and finishes: the table is the queue, Celery only wakes workers."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

TURN = Coalesce("lease_until", "created_at")
"""Since when a waiting row stands in the queue: since it was made, or since its last attempt ended."""


class LeasedWork(models.Model):
    """One piece of work: claimed with SKIP LOCKED, kept by renewing `lease_until`, finished only by the
    holder of the current `fencing_token`. `lease_until` of a waiting row is when its last attempt ended.

    Legal transitions: queued -> running -> succeeded | failed; queued | running -> cancelled;
    running -> queued (lease ran out, attempts left); queued -> expired; succeeded -> expired (its result was
    erased).
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Working")
        SUCCEEDED = "succeeded", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    MAX_ATTEMPTS = 3

    status = models.CharField(
        _("state"), max_length=16, choices=Status.choices, default=Status.QUEUED, db_index=True
    )
    stage = models.CharField(max_length=16, blank=True)
    progress = models.FloatField(default=0.0, help_text=_("0 to 1."))
    attempts = models.PositiveSmallIntegerField(default=0)
    fencing_token = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(_("reason"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False),
                name="%(class)s_running_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error_code=""), name="%(class)s_failed_has_code"
            ),
        ]
