from django.db import models
from django.utils.translation import gettext_lazy as _


class ExposureDay(models.Model):
    """What the visitors of one day did who were offered the try-on, or who were not. Counts alone.

    Each visitor counts once a day in `opened`, and at most once in each of the others. `percent` is the
    share of visitors to whom it was offered then: only rows of the same share may be compared.
    """

    class Event(models.TextChoices):
        OPENED = "opened", _("Opened a product")
        TRIED = "tried", _("Tried something on")
        ADDED = "added", _("Added to the cart")

    day = models.DateField()
    percent = models.PositiveSmallIntegerField()
    offered = models.BooleanField()
    opened = models.PositiveIntegerField(default=0)
    tried = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "percent", "offered"], name="one_exposure_row_per_arm_and_day"
            ),
            models.CheckConstraint(condition=models.Q(percent__lte=100), name="exposure_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.opened}"
