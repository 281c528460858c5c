"""What visitors did who were offered the try-on, and those who were not."""

from datetime import date
from typing import Any, Literal, NamedTuple

from django.db.models import Max, Min, Sum

from shop.models import ExposureDay
from shop.proportions import Estimate, difference, proportion

Verdict = Literal["more", "less", "unclear"]


class Arm(NamedTuple):
    """Visitors (a day of one counts as one) and how many of them did what."""

    opened: int
    tried: int
    added: int

    @property
    def tried_share(self) -> Estimate | None:
        return proportion(self.tried, self.opened) if self.opened else None

    @property
    def added_share(self) -> Estimate | None:
        return proportion(self.added, self.opened) if self.opened else None


class Figures(NamedTuple):
    """All days on which `percent` of the visitors were offered the try-on; no days, no dates."""

    percent: int
    first_day: date | None
    last_day: date | None
    offered: Arm
    hidden: Arm

    @property
    def compares(self) -> bool:
        """Whether chance alone decided who was offered it."""
        return 0 < self.percent < 100

    @property
    def gain(self) -> Estimate | None:
        """How much larger the share is that added to the cart, with the try-on than without."""
        with_it, without = self.offered.added_share, self.hidden.added_share
        return difference(with_it, without) if self.compares and with_it and without else None

    @property
    def verdict(self) -> Verdict:
        """What the gain says; unclear while its interval holds 0."""
        if self.gain is None or self.gain.low <= 0 <= self.gain.high:
            return "unclear"
        return "more" if self.gain.value > 0 else "less"


def exposure_figures(*, percent: int) -> Figures:
    """The figures of all days with this share."""
    rows = ExposureDay.objects.filter(percent=percent)
    days = rows.aggregate(first=Min("day"), last=Max("day"))
    return Figures(
        percent,
        days["first"],
        days["last"],
        _arm(rows.filter(offered=True)),
        _arm(rows.filter(offered=False)),
    )


def last_comparison() -> Figures | None:
    """The newest days on which chance decided, if there were any."""
    newest = ExposureDay.objects.filter(percent__gt=0, percent__lt=100).order_by("-day", "-pk").first()
    return exposure_figures(percent=newest.percent) if newest else None


def _arm(rows: Any) -> Arm:
    sums = rows.aggregate(**{event.value: Sum(event.value, default=0) for event in ExposureDay.Event})
    return Arm(**sums)
