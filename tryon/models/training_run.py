import uuid

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .model_version import ModelVersion
from .work import LeasedWork


class DataSource(models.TextChoices):
    """Where a training takes what it learns from; those of photos as in `TrainingSample.Source`."""

    GARMENTS = "garments", _("Garments")
    MERCHANT = "merchant", _("Photos of models, with a licence note")
    SHOPPER = "shopper", _("Photos of shoppers who agreed")


def every_source() -> list[str]:
    """The default of a run: all there is."""
    return list(DataSource.values)


class TrainingRun(LeasedWork):
    """A retraining on the store's own data. It is active, and its device taken, until it has ended.

    Beside the transitions of LeasedWork: queued | running <-> paused; paused -> cancelled; failed -> queued,
    if there is a checkpoint to go on from.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Working")
        PAUSED = "paused", _("Paused")
        SUCCEEDED = "succeeded", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    class Device(models.TextChoices):
        CPU = "cpu", _("Processor")
        CUDA = "cuda", _("NVIDIA GPU")

    ACTIVE = (Status.QUEUED, Status.RUNNING, Status.PAUSED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField(
        _("state"), max_length=16, choices=Status.choices, default=Status.QUEUED, db_index=True
    )
    base = models.ForeignKey(
        ModelVersion,
        verbose_name=_("start from"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: the built-in version."),
    )
    categories = models.JSONField(_("categories"), default=list, help_text=_("Of garments to learn from."))
    sources = models.JSONField(_("sources"), default=every_source, help_text=_("Of what to learn from."))
    since = models.DateField(
        _("added since"),
        null=True,
        blank=True,
        help_text=_("Learn only from what was added on this day or later. Empty: from all."),
    )
    minutes = models.FloatField(
        _("minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.1)],
        help_text=_("Of training; reading the pictures and comparing come on top."),
    )
    steps = models.PositiveIntegerField(
        _("steps"), null=True, blank=True, help_text=_("Instead of minutes: the same on every machine.")
    )
    device = models.CharField(_("device"), max_length=8, choices=Device.choices, default=Device.CPU)
    seed = models.PositiveIntegerField(_("seed"), default=0)
    step = models.PositiveIntegerField(_("step"), default=0)
    eta_seconds = models.FloatField(null=True, blank=True)
    curve = models.JSONField(default=list, help_text=_("[step, place, differences, layout], thinned out."))
    checkpoint = models.CharField(max_length=200, blank=True, editable=False)
    sheet = models.CharField(max_length=200, blank=True, editable=False)
    report = models.JSONField(default=dict, help_text=_("What the comparison found."))
    manifest = models.JSONField(
        default=dict, help_text=_("SHA-256 of each garment's picture and each sample.")
    )
    candidate = models.OneToOneField(
        ModelVersion,
        verbose_name=_("candidate"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="training_run",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("started by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta(LeasedWork.Meta):
        ordering = ["-created_at"]
        verbose_name = _("training run")
        verbose_name_plural = _("training runs")
        constraints = [
            *LeasedWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["device"],
                condition=Q(status__in=["queued", "running", "paused"]),
                name="one_active_training_per_device",
            ),
            models.CheckConstraint(
                # A check that comes out as NULL passes: both lengths have to be asked for by name.
                condition=Q(minutes__isnull=True, steps__isnull=False, steps__gt=0)
                | Q(steps__isnull=True, minutes__isnull=False, minutes__gt=0),
                name="training_has_one_length",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Of the run, and of the version that comes of it."""
        return f"store-{self.created_at:%Y%m%d}-{self.pk.hex[:8]}"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE
