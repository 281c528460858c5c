import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ModelVersion(models.Model):
    """A set of trained weights that can make pictures. Where no row is current, the built-in weights serve.

    Legal transitions: candidate | retired <-> canary; candidate | canary | retired -> current;
    current -> retired; anything -> damaged, which is final.
    """

    class Status(models.TextChoices):
        CANDIDATE = "candidate", _("Candidate")
        CANARY = "canary", _("On trial")
        CURRENT = "current", _("In service")
        RETIRED = "retired", _("Retired")
        DAMAGED = "damaged", _("Damaged")

    class Verdict(models.TextChoices):
        BETTER = "better", _("Better")
        SAME = "same", _("The same")
        WORSE = "worse", _("Worse")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.SlugField(_("name"), max_length=64, unique=True)
    base = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("trained from"),
        help_text=_("Empty: the built-in version."),
    )
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.CANDIDATE)
    share = models.FloatField(
        _("share"), default=0.0, help_text=_("Of the try-ons that a version on trial makes, 0 to 1.")
    )
    files = models.JSONField(help_text=_("SHA-256 of the weights of each network, all of them."))
    metrics = models.JSONField(_("figures"), default=dict, blank=True)
    verdict = models.CharField(
        _("verdict"),
        max_length=8,
        choices=Verdict.choices,
        blank=True,
        help_text=_("Of the evaluation, against the version in service."),
    )
    manifest = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("What it was trained on; `samples`: SHA-256 by id."),
    )
    tainted_at = models.DateTimeField(
        _("tainted"), null=True, blank=True, help_text=_("When something it was trained on was erased.")
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    promoted_at = models.DateTimeField(
        _("in service since"),
        null=True,
        blank=True,
        help_text=_("Empty again for a version that was rolled back: another roll back passes it over."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        permissions = [("promote_modelversion", "Can promote, try out and roll back model versions")]
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="current"), name="one_current_model"
            ),
            models.UniqueConstraint(fields=["status"], condition=Q(status="canary"), name="one_canary_model"),
            models.CheckConstraint(
                condition=Q(status="canary", share__gt=0, share__lte=1) | (~Q(status="canary") & Q(share=0)),
                name="a_canary_alone_has_a_share",
            ),
            models.CheckConstraint(
                condition=~Q(status="current") | Q(promoted_at__isnull=False),
                name="current_model_was_promoted",
            ),
        ]

    def __str__(self) -> str:
        return self.name
