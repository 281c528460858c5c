"""Put a try-on on any page with `{% tryon_head %}`, `{% tryon_button %}` and `{% tryon_dialog %}`."""

from datetime import timedelta
from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tryon.errors import ADVICE, message_for
from tryon.models import Garment, TryOnJob
from tryon.selectors.comparisons import report_reason

register = template.Library()
DURATIONS = (
    (60, 1, _("%(count)d s")),
    (2 * 3600, 60, _("%(count)d min")),
    (2 * 86_400, 3600, _("%(count)d h")),
    (float("inf"), 86_400, _("%(count)d days")),
)
"""Below how many seconds, what is counted, and how it is written."""


@register.inclusion_tag("tryon/_head.html")
def tryon_head() -> dict[str, Any]:
    """Style and script of the dialog, for the page's head."""
    return {}


@register.inclusion_tag("tryon/_button.html")
def tryon_button(garment: Garment) -> dict[str, Any]:
    """The button that opens the dialog; a note while the garment is being prepared."""
    return {"garment": garment, "ready": garment.status == Garment.Status.SUCCEEDED}


@register.inclusion_tag("tryon/_dialog.html")
def tryon_dialog(garment: Garment, cart_form: str = "") -> dict[str, Any]:
    """The dialog itself. `cart_form` is the id of the form that puts the garment into a cart, if any."""
    return {
        "garment": garment,
        "cart_form": cart_form,
        "version": settings.TRYON["CONSENT_VERSION"],
        "max_bytes": settings.TRYON["MAX_UPLOAD_BYTES"],
        "samples": settings.TRYON["SAMPLE_PHOTOS"],
        "hours": retention_hours(),
    }


@register.simple_tag
def retention_hours() -> dict[str, int]:
    """How many whole hours photos and results are kept."""
    hour = timedelta(hours=1)
    return {"photo": settings.TRYON["PHOTO_TTL"] // hour, "result": settings.TRYON["RESULT_TTL"] // hour}


@register.simple_tag
def sample_days() -> int:
    """How many whole days a training sample is kept at most."""
    days: int = settings.TRYON["SAMPLE_TTL"].days
    return days


@register.filter
def why_failed(job: TryOnJob) -> str:
    """The reason of a failed try-on in words."""
    return str(message_for(job.error_code))


@register.filter
def advice(code: str) -> str:
    """What a merchant is told about a garment that can be tried on all the same."""
    return str(ADVICE.get(code, ""))


@register.filter
def reason(report: dict[str, Any]) -> str:
    """Why a candidate was judged so, from the report of its training."""
    return report_reason(report)


@register.filter
def percent(share: float) -> str:
    """0.873 -> 87 %"""
    return f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


@register.filter
def duration(seconds: float) -> str:
    """75 -> 1 min; below a minute in seconds, from two hours in hours, from two days in days."""
    _limit, size, words = next(each for each in DURATIONS if seconds < each[0])
    return str(words) % {"count": int(seconds // size)}
